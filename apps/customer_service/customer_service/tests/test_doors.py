"""The declared table role × DocType × action (S2), tried on every door over HTTP as each of the procedure's people."""

import json
import os

import frappe
import pytest

from customer_service.organisation.access import permission_table
from customer_service.tests.client import Client, Refused
from customer_service.tests.factories import (
	PASSWORD,
	PEOPLE,
	complaint_values,
	email,
	make_complaint,
	make_contact,
	make_customer,
)

UNIQUE = "«unique»"
ELSEWHERE = "Department Without People"
HELD = "«customer»"

# One sound record of every DocType that people can make.
SAMPLES = {
	"Cause Branch": {"branch_name": UNIQUE, "is_active": 0},
	"Communication Topic": {"topic_name": UNIQUE},
	"Complaint": complaint_values(),
	"Complaint Class": {"class_name": UNIQUE},
	"Contact Record": {"subject": UNIQUE, "content": "x", "topic": "Delivery", "channel": "Phone"},
	"Controlled Form": {
		"form_number": UNIQUE,
		"version": "A/0",
		"document_type": "Contact Record",
		"title_en": "x",
		"title_zh": "x",
		"is_in_force": 0,
	},
	"Customer Class": {"class_name": UNIQUE},
	"Improvement": {"title": UNIQUE, "problem_what": "x", "lead_department": ELSEWHERE},
	"Legal Hold": {"scope": "All Records of a Customer", "customer": HELD, "reason": UNIQUE},
	"Record Disposal": {"reason": UNIQUE},
	"Procedure Document": {
		"document_number": UNIQUE,
		"title_en": "x",
		"title_zh": "x",
		"owner_department": "Quality Department",
	},
	"Routing Rule": {"rule_name": UNIQUE, "lead_department": "Marketing", "enabled": 0},
	"Service Clock Policy": {
		"policy_name": UNIQUE,
		"document_type": "Complaint",
		"enabled": 0,
		"limits": [{"clock": "Response", "limit_value": 1, "limit_unit": "Hours", "calendar": "Around the Clock"}],
	},
	"Service Customer": {"customer_name": UNIQUE},
	"Service Department": {"department_name": UNIQUE},
	"Verification Rule": {"rule_name": UNIQUE, "enabled": 0},
	"Working Calendar": {"calendar_name": UNIQUE, "is_around_the_clock": 1},
}

SYSTEM_ONLY = ("Disposal Log Entry", "Guest Link", "Service Event", "Shipped Record")


def sample(doctype: str) -> dict:
	text = json.dumps({"doctype": doctype, **SAMPLES[doctype]}, ensure_ascii=False)
	if HELD in text:
		text = text.replace(HELD, make_customer().name)
		frappe.db.commit()
	return json.loads(text.replace(UNIQUE, f"Door {frappe.generate_hash(length=10)}"))


def allowed(person: str, doctype: str) -> dict[str, set[str]]:
	"""Actions of the person by how far they reach: all, department, own, in force."""
	roles = {*frappe.get_roles(email(person))}
	reach: dict[str, set[str]] = {"all": set(), "department": set(), "own": set(), "in force": set()}
	for role, declared in permission_table()[doctype].items():
		if role in roles:
			reach[declared["rows"]].update(declared["actions"])
	return reach


@pytest.fixture(scope="module")
def clients(site):
	if not frappe.db.exists("Service Department", ELSEWHERE):
		frappe.get_doc({"doctype": "Service Department", "department_name": ELSEWHERE, "is_active": 1}).insert()
		frappe.db.commit()
	made = {key: Client(os.environ["CS_URL"], email(key), PASSWORD) for key in PEOPLE}
	yield made
	for each in made.values():
		each.close()


def opens(function, *args, **kwargs) -> bool:
	"""Whether the door opens. Anything but "not allowed" is a defect, not an answer."""
	try:
		function(*args, **kwargs)
	except Refused as refused:
		assert refused.status in (403, 404), refused
		return False
	return True


@pytest.mark.parametrize("doctype", sorted(SAMPLES))
def test_every_door_obeys_the_table(doctype, clients):
	# A record of no department of theirs, made by nobody of theirs: "department" and "own" rights do not reach it.
	foreign = frappe.get_doc(sample(doctype))
	if doctype in ("Complaint", "Contact Record"):
		foreign.update({"lead_department": ELSEWHERE, "contact_window": ELSEWHERE})
	if doctype == "Procedure Document":
		foreign.owner_department = ELSEWHERE
	foreign.insert()
	frappe.db.commit()
	for person, client in clients.items():
		reach = allowed(person, doctype)
		doors = {
			"read": opens(client.get, doctype, foreign.name),
			"write": opens(client.update, doctype, foreign.name, idx=1),
			"print": opens(client.pdf, doctype, foreign.name) if doctype == "Complaint" else None,
		}
		for action, opened in doors.items():
			if opened is not None:
				assert opened == (action in reach["all"]), (person, doctype, action)

		may_list = any({"read", "select"} & actions for actions in reach.values())
		listed = opens(client.list, doctype)
		assert listed == may_list, (person, doctype, "list")
		if listed:
			names = [row["name"] for row in client.list(doctype, [["name", "=", foreign.name]])]
			assert bool(names) == bool({"read", "select"} & reach["all"]), (person, doctype, "row in list")
			count = client.call("frappe.client.get_count", doctype=doctype, filters=[["name", "=", foreign.name]])
			assert bool(count) == bool(names), (person, doctype, "count")

		export = {
			"doctype": doctype,
			"file_format_type": "CSV",
			"fields": json.dumps([f"`tab{doctype}`.`name`"]),
			"filters": "[]",
		}
		exported = opens(client.request, "GET", "/api/method/frappe.desk.reportview.export_query", params=export)
		assert exported == any("export" in actions for actions in reach.values()), (person, doctype, "export")

		may_create = any("create" in actions for actions in reach.values())
		assert opens(client.insert, **sample(doctype)) == may_create, (person, doctype, "create")
		if "delete" not in reach["all"]:
			assert not opens(client.delete, doctype, foreign.name), (person, doctype, "delete")


@pytest.mark.parametrize("doctype", SYSTEM_ONLY)
def test_what_the_system_writes_nobody_else_makes(doctype, clients):
	for person, client in clients.items():
		with pytest.raises(Refused):
			client.insert(doctype, reference_doctype="Complaint", reference_name="x", event="Created", purpose="x")
		may_list = "read" in allowed(person, doctype)["all"] or "read" in allowed(person, doctype)["own"]
		assert opens(client.list, doctype) == may_list, (person, doctype)


@pytest.mark.parametrize("doctype, make", [("Complaint", make_complaint), ("Contact Record", make_contact)])
def test_department_sees_what_it_leads_assists_or_speaks_for(doctype, make, clients):
	lead = make(lead_department="Quality Department").name
	assisted = make(lead_department="Materials", assisting_departments=[{"department": "Quality Department"}]).name
	window = make(lead_department="Materials", contact_window="Quality Department").name
	foreign = make(lead_department="Materials").name
	frappe.db.commit()
	reviewer = clients["quality_reviewer"]
	mine = {lead, assisted, window}
	listed = reviewer.list(doctype, [["name", "in", [*mine, foreign]]])
	assert {row["name"] for row in listed} == mine
	for name in mine:
		assert reviewer.get(doctype, name)["name"] == name
	with pytest.raises(Refused, match="403"):
		reviewer.get(doctype, foreign)


@pytest.mark.parametrize("doctype", ["Complaint", "Contact Record"])
def test_every_employee_may_take_a_matter_in_and_sees_his_own(doctype, clients):
	"""A-8: first asked, first responsible."""
	own = clients["employee"].insert(**sample(doctype))["name"]
	assert clients["employee"].get(doctype, own)["name"] == own
	assert own in [row["name"] for row in clients["employee"].list(doctype)]
	with pytest.raises(Refused, match="403"):
		clients["engineer"].get(doctype, own)
	assert clients["clerk"].get(doctype, own)["name"] == own


def test_naming_ones_own_department_opens_no_foreign_record(clients):
	"""The desk's save sends the whole document; what it says of departments counts for nothing."""
	foreign = make_complaint(lead_department="Materials", contact_window="Materials", assisting_departments=[])
	frappe.db.commit()
	doc = json.loads(foreign.as_json())
	doc.update(
		{"lead_department": "Quality Department", "description": "taken over", "owner": email("quality_reviewer")}
	)
	reviewer = clients["quality_reviewer"]
	with pytest.raises(Refused, match="403"):
		reviewer.call("frappe.desk.form.save.savedocs", doc=json.dumps(doc), action="Save")
	with pytest.raises(Refused, match="403"):
		reviewer.call(
			"frappe.client.set_value", doctype="Complaint", name=foreign.name, fieldname="decision", value="x"
		)
	with pytest.raises(Refused, match="403"):
		reviewer.call("frappe.desk.form.load.getdoc", doctype="Complaint", name=foreign.name)
	assert clients["clerk"].get("Complaint", foreign.name)["description"] == foreign.description


def test_computed_fields_take_no_orders(clients):
	"""Due times, their outcome and the status category are the app's, whatever a request says."""
	forged = {
		"state_category": "Closed",
		"response_due": "2099-01-01 00:00:00",
		"resolution_due": "2099-01-01 00:00:00",
		"responded_at": "2020-01-01 00:00:00",
		"routing_rule": "P1 Delivery",
	}
	clerk = clients["clerk"]
	case = clerk.insert(**{**sample("Complaint"), **forged})
	assert case["state_category"] == "Open" and case["responded_at"] is None
	assert not case["response_due"].startswith("2099") and case["routing_rule"] == "P1 Complaint on quality"
	changed = clerk.update("Complaint", case["name"], **forged)
	assert {field: changed[field] for field in forged if field != "routing_rule"} == {
		field: case[field] for field in forged if field != "routing_rule"
	}


def test_workflow_cannot_be_jumped_by_writing_the_status(clients):
	case = clients["clerk"].insert(**sample("Complaint"))
	with pytest.raises(Refused):
		clients["clerk"].update("Complaint", case["name"], workflow_state="Closed")
	with pytest.raises(Refused):
		clients["clerk"].insert(**{**sample("Complaint"), "workflow_state": "Closed"})


def test_nobody_deletes_a_business_record(clients):
	"""L1: cancelled, never deleted; not even by the Administrator."""
	case = clients["clerk"].insert(**sample("Complaint"))["name"]
	with pytest.raises(Refused):
		clients["system_manager"].delete("Complaint", case)
	with pytest.raises(frappe.ValidationError, match="cannot be deleted"):
		frappe.delete_doc("Complaint", case)


def test_attachments_are_read_only_with_their_record(clients):
	case = make_complaint(lead_department="Materials")
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": "note.txt",
			"content": "secret",
			"attached_to_doctype": "Complaint",
			"attached_to_name": case.name,
			"is_private": 1,
		}
	).insert()
	frappe.db.commit()
	assert clients["materials_reviewer"].request("GET", file.file_url).content == b"secret"
	for other in (clients["engineer"], clients["employee"], Client(os.environ["CS_URL"])):
		with pytest.raises(Refused, match="403"):
			other.request("GET", file.file_url)


def test_attach_field_takes_no_foreign_file(clients):
	"""S7: naming another record's file would open it, or publish a copy."""
	case = make_complaint(lead_department="Materials")
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": "foreign.txt",
			"content": f"secret {case.name}",
			"attached_to_doctype": "Complaint",
			"attached_to_name": case.name,
			"is_private": 1,
		}
	).insert()
	frappe.db.commit()
	employee = clients["employee"]
	for url in (file.file_url, "/files/anything.html", "https://example.com/x.png", "/private/files/missing.png"):
		with pytest.raises(Refused, match="attach a file of your own"):
			employee.insert(**{**sample("Complaint"), "attachment": url})
	public = file.file_url.replace("/private", "")
	with pytest.raises(Refused, match="404"):
		employee.request("GET", public)


def test_attach_field_takes_the_file_that_the_desk_has_just_uploaded(clients):
	employee = clients["employee"]
	upload = {
		"file": ("note.txt", f"my own note {frappe.generate_hash()}".encode()),
		"is_private": (None, "1"),
		"doctype": (None, "Complaint"),
		"docname": (None, "new-complaint-1"),
	}
	file = employee.request("POST", "/api/method/upload_file", files=upload).json()["message"]
	case = employee.insert(**{**sample("Complaint"), "attachment": file["file_url"]})
	frappe.db.rollback()
	(stored,) = frappe.get_all("File", {"file_url": file["file_url"]}, ["attached_to_name", "is_private"])
	assert (stored.attached_to_name, stored.is_private) == (case["name"], 1)
	assert clients["clerk"].request("GET", file["file_url"]).text.startswith("my own note")


def test_file_moved_to_a_record_is_checked_like_an_attached_one(clients):
	reviewer = clients["quality_reviewer"]
	upload = {"file": ("page.html", b"<script>alert(1)</script>"), "is_private": (None, "1")}
	file = reviewer.request("POST", "/api/method/upload_file", files=upload).json()["message"]
	case = make_complaint().name
	frappe.db.commit()
	with pytest.raises(Refused, match="not accepted"):
		reviewer.update("File", file["name"], attached_to_doctype="Complaint", attached_to_name=case)


def test_file_list_shows_no_file_of_a_foreign_case(clients):
	case = make_complaint(lead_department="Materials", contact_window="Materials", assisting_departments=[])
	frappe.get_doc(
		{
			"doctype": "File",
			"file_name": "listed.txt",
			"content": f"listed {case.name}",
			"attached_to_doctype": "Complaint",
			"attached_to_name": case.name,
			"is_private": 1,
		}
	).insert()
	frappe.db.commit()
	mine = [["attached_to_name", "=", case.name]]
	assert len(clients["materials_reviewer"].list("File", mine)) == 1
	assert clients["quality_reviewer"].list("File", mine) == []


def test_own_rows_are_not_the_departments_rows(clients):
	"""A department member without one of the procedure's roles sees what he made himself, as declared."""
	case = make_complaint(lead_department="Warehouse")
	frappe.db.commit()
	with pytest.raises(Refused, match="403"):
		clients["warehouse"].get("Complaint", case.name)


def test_pdf_button_of_other_apps_records_goes_to_frappe(clients):
	"""Frappe answers for its own records; what it needs for that, wkhtmltopdf, may be missing here."""
	todo = frappe.get_doc({"doctype": "ToDo", "description": "x", "allocated_to": email("clerk")}).insert()
	frappe.db.commit()
	try:
		clients["clerk"].pdf("ToDo", todo.name)
	except Refused as refused:
		assert "wkhtmltopdf" in str(refused), refused


def test_guests_and_customers_belong_to_no_department():
	for user in ("Guest",):
		department = frappe.get_doc("Service Department", "Materials")
		department.append("members", {"user": user})
		with pytest.raises(frappe.ValidationError, match="does not work in the desk"):
			department.save()


def test_website_user_of_another_app_gets_nothing(client):
	"""The role All covers website users as well; they are not employees."""
	from customer_service.tests.factories import make_user

	make_user("portal@customer.example.com", "Petra Portal", [], user_type="Website User")
	existing = make_complaint().name
	frappe.db.commit()
	portal = Client(os.environ["CS_URL"], "portal@customer.example.com", PASSWORD)
	with pytest.raises(Refused, match="403"):
		portal.insert(**sample("Complaint"))
	with pytest.raises(Refused, match="403"):
		portal.get("Complaint", existing)


def test_export_holds_no_live_formula(clients):
	"""S8."""
	case = clients["clerk"].insert(**{**sample("Complaint"), "part_no": "=HYPERLINK(1)", "order_no": "-5"})["name"]
	params = {
		"doctype": "Complaint",
		"file_format_type": "CSV",
		"fields": json.dumps(["`tabComplaint`.`part_no`", "`tabComplaint`.`order_no`"]),
		"filters": json.dumps([["name", "=", case]]),
	}
	path = "/api/method/frappe.desk.reportview.export_query"
	assert "'=HYPERLINK(1)" in clients["clerk"].request("GET", path, params=params).text
	import io

	import openpyxl

	book = clients["clerk"].request("GET", path, params={**params, "file_format_type": "Excel"}).content
	cells = [cell for row in openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows() for cell in row]
	assert "=HYPERLINK(1)" in [cell.value for cell in cells]
	assert all(cell.data_type != "f" for cell in cells)
