"""What holds for every DocType, hook, endpoint and preset of the app, whoever adds one."""

import ast
import importlib
import inspect
import json
import pkgutil
import re

import frappe
import pytest

import customer_service
from customer_service import hooks
from customer_service.organisation import access, guest, presets, row_rules
from customer_service.tests import factories
from customer_service.tests.client import Refused
from customer_service.tests.translatable import APP, files

# Names that ERPNext, HRMS and Helpdesk have: the app is installed beside them.
TAKEN = {
	"Communication",
	"Contract",
	"Customer",
	"Department",
	"Holiday List",
	"Issue",
	"Maintenance Visit",
	"Non Conformance",
	"Proforma Invoice",
	"Project",
	"Quality Action",
	"Quality Feedback",
	"Quality Review",
	"Service Level Agreement",
	"Task",
	"Warranty Claim",
	"Web Form Request",
}

ACTIONS = ("select", "read", "write", "create", "delete", "submit", "cancel", "amend")
ACTIONS += ("report", "export", "import", "print", "email", "share")

# Open to guests as Frappe's own is, which it stands in for; the permission to print is checked inside.
MIRRORED = {"customer_service.controlled_forms.frappe_doors.download_pdf"}

# States that no person's step leads to: the app takes it when it is due.
BY_LEDGER = (
	"Received",
	"In Inspection",
	"Accepted",
	"In Store",
	"Issued",
	"Rejected",
	"Abnormal",
	"Returned",
	"Consumed",
	"Scrapped",
	"Lost",
)
SYSTEM_REACHES = {
	"Procedure Document Version": ("In Force", "Superseded"),
	"Pro Forma Invoice": ("Deposit Paid", "Paid", "Superseded", "Expired"),
	"Complaint Disposition": ("Approved", "Refused"),  # follow from the decisions of those whom the limits name
	"Survey Campaign": ("Open",),  # when all invitations have left
	"Contract Review": ("Objection", "Coordinated", "Approved", "Superseded"),  # follow from opinions and decisions
	"Customer Property": BY_LEDGER,
	"Property Receipt": ("Completed",),  # follows from the verdicts
	"Property Inspection": (
		"Customer Told",
		"Customer Decided",
		"Cancelled",
	),  # by the customer's word, with the receipt
	"Property Event": ("Customer Told", "Customer Decided"),  # by the customer's word
	"Order Change": ("In Force",),  # follows from the decision on the new version
}
SYSTEM_LEAVES = {
	"Contract Review": {"In Review", "Objection", "Coordinated"},
	"Order Change": {"In Review"},
	"Survey Campaign": {"Sending"},
	"Customer Property": set(BY_LEDGER),
	"Property Inspection": {"Failed Inspection", "Customer Told"},
}

LAYOUT = {"Section Break", "Column Break", "Tab Break", "HTML", "Heading", "Fold"}

# Links whose lists grow with the business: a list filtered by one of these reads an index, not the table.
FILTERED_BY = {"Customer Property", "Service Customer", "Service Department", "User", "Workflow State"}


def shipped_doctypes() -> list[dict]:
	found = [json.loads(path.read_text(encoding="utf-8")) for path in files(".json") if "doctype" in path.parts]
	return sorted((content for content in found if content.get("doctype") == "DocType"), key=lambda each: each["name"])


def seeds(*doctypes: str) -> list[dict]:
	records = [record for path in sorted((APP / "seeds").glob("*.json")) for record in json.loads(path.read_text())]
	return [record for record in records if record["doctype"] in doctypes]


DOCTYPES = shipped_doctypes()
REGISTERS = [each for each in DOCTYPES if not each.get("istable")]

every_doctype = pytest.mark.parametrize("doctype", DOCTYPES, ids=lambda each: each["name"])
every_register = pytest.mark.parametrize("doctype", REGISTERS, ids=lambda each: each["name"])


@every_doctype
def test_doctype_says_what_it_is_for(doctype):
	assert doctype.get("istable") or len(doctype.get("description") or "") > 20


@every_doctype
def test_name_is_free_beside_other_apps(doctype):
	assert doctype["name"] not in TAKEN
	assert re.fullmatch(r"[A-Z][A-Za-z]*( [A-Z][a-z]+)*", doctype["name"])
	assert doctype["module"] in (APP / "modules.txt").read_text().splitlines()


@every_doctype
def test_fields_have_plain_names_and_labels(doctype):
	for field in doctype["fields"]:
		assert re.fullmatch(r"[a-z][a-z0-9_]*", field["fieldname"]), field["fieldname"]
		assert field["fieldtype"] in LAYOUT or field.get("label"), field["fieldname"]


@every_doctype
def test_links_lead_somewhere(doctype):
	fields = {field["fieldname"]: field for field in doctype["fields"]}
	for field in doctype["fields"]:
		if field["fieldtype"] in ("Link", "Table", "Table MultiSelect"):
			assert frappe.db.exists("DocType", field["options"]), field["fieldname"]
		elif field["fieldtype"] == "Dynamic Link":
			target = fields[field["options"]]
			assert (target["fieldtype"], target["options"]) == ("Link", "DocType"), field["fieldname"]


def test_every_register_with_a_number_has_its_own_series():
	series = [
		option
		for doctype in REGISTERS
		for field in doctype["fields"]
		if field["fieldname"] == "naming_series"
		for option in field["options"].split("\n")
	]
	assert series
	prefixes = [option.split(".")[0] for option in series]
	assert len(prefixes) == len(set(prefixes)), prefixes


@every_register
def test_permissions_are_those_of_the_declared_table(doctype):
	declared = {role: set(row["actions"]) for role, row in access.permission_table()[doctype["name"]].items()}
	assert all(not row.get("permlevel") for row in doctype["permissions"])
	given = {row["role"]: {action for action in ACTIONS if row.get(action)} for row in doctype["permissions"]}
	assert given == declared


def test_declared_table_names_every_register_and_no_other():
	assert set(access.permission_table()) == {doctype["name"] for doctype in REGISTERS}
	rows = {row["rows"] for roles in access.permission_table().values() for row in roles.values()}
	assert rows <= {"all", "department", "own", "in force"}


def test_roles_ship_with_the_app():
	shipped = {role["role_name"] for role in json.loads((APP / "fixtures/role.json").read_text())}
	assert shipped == set(hooks.fixtures[0]["filters"][0][2])
	used = {row["role"] for doctype in REGISTERS for row in doctype["permissions"]}
	assert used <= shipped | {"All", "System Manager"}
	assert all(frappe.db.exists("Role", role) for role in shipped)


@pytest.mark.parametrize("name", [*row_rules.ROW_RULES, "Service Event"])
def test_lists_filter_by_an_index(name):
	"""An index begins with the column; one with a record's name may begin with its DocType."""
	doctype = next(each for each in REGISTERS if each["name"] == name)
	first = {row.Column_name for row in indexes(name) if row.Seq_in_index == 1}
	second = {row.Column_name for row in indexes(name) if row.Seq_in_index == 2}
	filtered = {
		field["fieldname"]
		for field in doctype["fields"]
		if field["fieldtype"] == "Link" and field["options"] in FILTERED_BY and field.get("in_standard_filter")
	}
	named = {field["fieldname"] for field in doctype["fields"] if field["fieldtype"] == "Dynamic Link"}
	assert filtered | named, "nothing to filter by"
	assert filtered <= first, filtered - first
	assert named <= first | second, named


def indexes(doctype: str) -> list:
	return frappe.db.sql(f"show index from `tab{doctype}`", as_dict=True)


@pytest.mark.parametrize("workflow", seeds("Workflow"), ids=lambda each: each["name"])
class TestWorkflow:
	def test_every_state_has_its_record_and_a_category(self, workflow):
		known = {record["name"] for record in seeds("Workflow State")}
		from customer_service.organisation import states

		for row in workflow["states"]:
			assert row["state"] in known, row["state"]
			assert row[states.CATEGORY_FIELD] in states.CATEGORIES, row["state"]

	def test_it_starts_with_an_open_state(self, workflow):
		assert workflow["states"][0]["service_state_category"] == "Open"

	def test_every_transition_joins_two_states_by_a_known_action_and_role(self, workflow):
		known = {row["state"] for row in workflow["states"]}
		actions = {record["name"] for record in seeds("Workflow Action Master")}
		for row in workflow["transitions"]:
			assert {row["state"], row["next_state"]} <= known, row
			assert row["action"] in actions, row
			assert frappe.db.exists("Role", row["allowed"]), row
		for row in workflow["states"]:
			assert frappe.db.exists("Role", row["allow_edit"]), row

	def test_no_action_is_on_offer_twice(self, workflow):
		offers = [(row["state"], row["action"], row["allowed"]) for row in workflow["transitions"]]
		assert len(offers) == len(set(offers))
		targets: dict[tuple, set] = {}
		for row in workflow["transitions"]:
			targets.setdefault((row["state"], row["action"]), set()).add(row["next_state"])
		assert all(len(found) == 1 for found in targets.values())

	def test_every_state_can_be_reached(self, workflow):
		reached, waiting = set(), [workflow["states"][0]["state"], *SYSTEM_REACHES.get(workflow["document_type"], ())]
		while waiting:
			state = waiting.pop()
			reached.add(state)
			steps = {row["next_state"] for row in workflow["transitions"] if row["state"] == state}
			waiting.extend(steps - reached)
		assert reached == {row["state"] for row in workflow["states"]}

	def test_every_state_but_the_end_can_be_left(self, workflow):
		left = {row["state"] for row in workflow["transitions"] if row["next_state"] != row["state"]}
		ends = {row["state"] for row in workflow["states"] if row["service_state_category"] in ("Closed", "Cancelled")}
		assert {row["state"] for row in workflow["states"]} - left <= ends | SYSTEM_LEAVES.get(
			workflow["document_type"], set()
		)

	def test_every_action_is_used(self, workflow):
		used = {row["action"] for each in seeds("Workflow") for row in each["transitions"]}
		assert {record["name"] for record in seeds("Workflow Action Master")} == used


@pytest.mark.parametrize("form", seeds("Web Form"), ids=lambda each: each["name"])
def test_web_form_asks_for_fields_of_its_doctype(form):
	same = {"Text": {"Text", "Small Text", "Long Text"}, "Small Text": {"Text", "Small Text", "Long Text"}}
	meta = frappe.get_meta(form["doc_type"])
	for asked in form["web_form_fields"]:
		if asked["fieldtype"] in LAYOUT | {"Page Break"}:
			continue
		field = meta.get_field(asked["fieldname"])
		assert field, asked["fieldname"]
		assert field.fieldtype in same.get(asked["fieldtype"], {asked["fieldtype"]}), asked["fieldname"]
		if field.fieldtype == "Link":
			assert asked["options"] == field.options, asked["fieldname"]
		elif field.fieldtype == "Select":
			assert set(asked["options"].split("\n")) <= set(field.options.split("\n")), asked["fieldname"]


MADE = {"Complaint": factories.make_complaint, "Contact Record": factories.make_contact}


@pytest.mark.parametrize(
	"language, label", [("en", "Contact Person"), ("zh", "联系人"), ("both", "联系人 Contact Person")]
)
@pytest.mark.parametrize(
	"print_format",
	[each for each in seeds("Print Format") if each["doc_type"] in MADE],  # procedures: test_procedure_prints.py
	ids=lambda each: each["name"],
)
def test_print_format_renders_in_every_language(print_format, language, label):
	from customer_service.controlled_forms import printing

	case = MADE[print_format["doc_type"]](contact_person="A<4>7 & Söhne 示例")
	html = printing.render_html(case, print_format=print_format["name"], language=language)
	assert f"<th>{label}</th>" in html
	for text in (case.name, "A&lt;4&gt;7 &amp; Söhne 示例"):
		assert text in html
	assert printing.html_to_pdf(html).startswith(b"%PDF-")


def test_hooks_are_short():
	assert len((APP / "hooks.py").read_text().splitlines()) <= 150


def test_every_path_in_hooks_can_be_imported():
	paths = set(paths_in({key: value for key, value in vars(hooks).items() if not key.startswith("__")}))
	assert len(paths) > 10
	for path in paths:
		assert callable(frappe.get_attr(path)), path


def paths_in(value):
	if isinstance(value, dict):
		for key, item in value.items():
			yield from paths_in(key)
			yield from paths_in(item)
	elif isinstance(value, list | tuple):
		for item in value:
			yield from paths_in(item)
	elif isinstance(value, str) and value.endswith(".bundle.js"):
		return
	elif isinstance(value, str) and re.fullmatch(r"(customer_service|frappe)(\.\w+)+", value):
		yield value


def test_every_patch_can_be_imported():
	for line in (APP / "patches.txt").read_text().splitlines():
		line = line.split("#")[0].strip()
		if line and not line.startswith("["):
			assert callable(importlib.import_module(line).execute), line


def own_functions(registered) -> set[str]:
	"""Dotted names of the app's functions among those that Frappe has registered."""
	for module in pkgutil.walk_packages(customer_service.__path__, "customer_service."):
		if ".tests" not in module.name:
			importlib.import_module(module.name)
	return {
		f"{each.__module__}.{each.__name__}" for each in list(registered) if each.__module__.startswith(hooks.app_name)
	}


def test_every_endpoint_that_a_script_calls_is_one():
	called = {
		(path.name, method)
		for path in files(".js")
		for method in re.findall(r'"(customer_service(?:\.\w+){2,})"', path.read_text(encoding="utf-8"))
	}
	assert len(called) > 10
	endpoints = own_functions(frappe.whitelisted)
	beginnings = {endpoint.rsplit(".", 1)[0] for endpoint in endpoints}  # of which a script completes the name
	assert {(name, method) for name, method in called if method not in endpoints | beginnings} == set()


def test_only_the_listed_doors_are_open_to_guests():
	assert own_functions(frappe.guest_methods) == set(guest.GUEST_DOORS) | MIRRORED
	assert set(guest.GUEST_DOORS) <= own_functions(frappe.whitelisted)


def test_guest_doors_take_posts_only():
	for door in guest.GUEST_DOORS:
		assert frappe.allowed_http_methods_for_whitelisted_func[frappe.get_attr(door)] == ["POST"], door


def test_every_endpoint_has_types_and_words():
	for name in own_functions(frappe.whitelisted):
		function = frappe.get_attr(name)
		assert function.__doc__, name
		signature = inspect.signature(function)
		assert signature.return_annotation is not signature.empty, name
		for parameter in signature.parameters.values():
			assert parameter.annotation is not parameter.empty or parameter.kind is parameter.VAR_KEYWORD, name


def test_guest_gets_no_pdf_through_the_mirrored_door(client):
	case = factories.make_complaint()
	frappe.db.commit()
	guest_client = client(None)
	for language in (None, "zh"):
		with pytest.raises(Refused) as refused:
			guest_client.pdf("Complaint", case.name, language=language)
		assert refused.value.status == 403


def test_no_f_string_is_translated():
	for path in files(".py"):
		for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
			if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "_lt"):
				assert not isinstance(node.args[0], ast.JoinedStr), f"{path.name}:{node.lineno}"
				assert not isinstance(node.args[0], ast.BinOp), f"{path.name}:{node.lineno}"
				assert not _is_format(node.args[0]), f"{path.name}:{node.lineno}: format outside of _()"


def _is_format(node) -> bool:
	return isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "format"


@pytest.mark.parametrize("profile", presets.available())
class TestPreset:
	def test_it_refers_only_to_what_it_brings(self, profile):
		content = json.loads((presets.FOLDER / f"{profile}.json").read_text(encoding="utf-8"))
		brought = {(record["doctype"], record["name"]) for record in content["records"]}
		brought |= {
			(record["doctype"], record["name"])
			for record in seeds("Print Format", "Working Calendar", "Service Clock Type", "Workflow State")
		}
		missing = {target for record in content["records"] for target in references(record) if target not in brought}
		assert not missing
		fallback = content["settings"].get("fallback_department")
		assert not fallback or ("Service Department", fallback) in brought

	def test_it_loads_and_again_changes_nothing(self, profile):
		presets.load(profile)
		content = json.loads((presets.FOLDER / f"{profile}.json").read_text(encoding="utf-8"))
		for record in content["records"]:
			assert frappe.db.exists(record["doctype"], record["name"]), record["name"]
		assert presets.load(profile) == []

	def test_no_two_of_its_rules_decide_the_same_case(self, profile):
		content = json.loads((presets.FOLDER / f"{profile}.json").read_text(encoding="utf-8"))
		keys = ("document_type", "topic", "complaint_class", "customer_class", "customer", "condition", "rank")
		rules = [
			tuple(record.get(key) for key in keys)
			for record in content["records"]
			if record["doctype"] == "Routing Rule" and record.get("enabled")
		]
		assert len(rules) == len(set(rules))


def references(record: dict, doctype: str | None = None):
	"""(DocType, name) of the app's own records that a record links to, its rows included."""
	meta = frappe.get_meta(doctype or record["doctype"])
	own = {each["name"] for each in DOCTYPES} | {"Print Format"}
	for field in meta.fields:
		value = record.get(field.fieldname)
		if value and field.fieldtype == "Link" and field.options in own:
			yield field.options, value
		elif value and field.fieldtype == "Table":
			for row in value:
				yield from references(row, field.options)
