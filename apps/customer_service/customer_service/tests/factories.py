"""Records for tests, each by one function with sensible values. Only here are permissions and validation passed by."""

from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

import frappe
from frappe.model.workflow import apply_workflow
from frappe.utils.password import update_password

from customer_service.organisation import clock

PASSWORD = "Test-only-Passw0rd!"

WEEKDAYS = clock.WEEKDAYS

# The people of the P1 profile: key -> (full name, department, place in it, roles of their own).
PEOPLE = {
	# The first system user of a site becomes its system manager whatever else he is, so this one comes first.
	"system_manager": ("Sam System", None, None, ["System Manager", "Script Manager"]),
	"clerk": ("Clara Clerk", "Marketing", "member", []),
	"manager": ("Max Manager", None, None, ["Customer Service Manager"]),
	"quality_head": ("Hanna Head", "Quality Department", "head", ["Department Head"]),
	"quality_reviewer": ("Rita Reviewer", "Quality Department", "member", []),
	"materials_reviewer": ("Milo Materials", "Materials", "member", []),
	"engineer": ("Enno Engineer", "Engineering", "member", []),
	"general_manager": ("Gloria General", None, None, ["General Manager"]),
	"deputy_manager": ("Dora Deputy", None, None, ["Deputy General Manager"]),
	"warehouse": ("Willa Warehouse", "Warehouse", "member", []),
	"plant": ("Paula Plant", "Manufacturing", "member", []),
	"inspector": ("Ines Inspector", "Incoming Inspection", "member", []),
	"employee": ("Emil Employee", None, None, []),
	"service_admin": ("Ada Admin", None, None, ["Customer Service Administrator"]),
}


def email(key: str) -> str:
	"""The user name of one of `PEOPLE`."""
	return f"{key.replace('_', '.')}@test.example.com"


def make_people() -> None:
	"""Create `PEOPLE`, put them into their departments and give them one password; does nothing the second time."""
	for key, (full_name, department, place, roles) in PEOPLE.items():
		make_user(email(key), full_name, roles)
		if department:
			put_into_department(email(key), department, place)


def make_user(user: str, full_name: str, roles: list[str], user_type: str = "System User") -> str:
	if frappe.db.exists("User", user):
		return user
	first, _space, last = full_name.partition(" ")
	doc = frappe.get_doc(
		{
			"doctype": "User",
			"email": user,
			"first_name": first,
			"last_name": last,
			"user_type": user_type,
			"send_welcome_email": 0,
			"language": "en",
		}
	)
	doc.flags.no_welcome_mail = True
	doc.insert(ignore_permissions=True)
	if roles:
		doc.add_roles(*roles)
	if user_type == "System User":
		frappe.db.set_value("User", user, "user_type", "System User")  # one without roles that open the desk, too
	update_password(user, PASSWORD)
	return user


def put_into_department(user: str, department: str, place: str = "member") -> None:
	doc = frappe.get_doc("Service Department", department)
	if user in doc.people():
		return
	if place == "member":
		doc.append("members", {"user": user})
	else:
		doc.set(place, user)
	doc.save(ignore_permissions=True)


def make_customer(customer_name: str | None = None, **values):
	"""A company with one contact."""
	customer_name = customer_name or f"Fictional Instruments {frappe.generate_hash(length=6)}"
	doc = frappe.get_doc(
		{
			"doctype": "Service Customer",
			"customer_name": customer_name,
			"customer_type": "Company",
			"contacts": [
				{"contact_name": "Li Example", "email": f"{frappe.generate_hash(length=8)}@customer.example.com"}
			],
			**values,
		}
	)
	return doc.insert(ignore_permissions=True)


def complaint_values(**values) -> dict:
	"""Fields of a sound quality complaint: 500 of 2,000 pieces."""
	return {
		"doctype": "Complaint",
		"contact_person": "Li Example",
		"channel": "Phone",
		"complaint_class": "Quality",
		"topic": "Product Quality",
		"description": "500 of 2000 pieces are scratched.",
		"order_no": "ORD-1",
		"part_no": "PART-1",
		"shipped_qty": 2000,
		"defective_qty": 500,
		**values,
	}


def analysis(**values) -> dict:
	"""What a complaint needs to be decided (F-7): ours, a worn fixture."""
	return {
		"is_justified": "Justified",
		"cause_category": "Machine",
		"cause": "Worn fixture.",
		"responsibilities": [{"party": "Our Department", "department": "Quality Department", "share": 100}],
		**values,
	}


def make_complaint(**values):
	"""A complaint whose analysis is known, so that it can take every step."""
	return frappe.get_doc(complaint_values(**analysis(**values))).insert(ignore_permissions=True)


def make_contact(**values):
	return frappe.get_doc(
		{
			"doctype": "Contact Record",
			"subject": "Asks for the delivery date",
			"content": "When will the order be shipped?",
			"topic": "Delivery",
			"channel": "Phone",
			**values,
		}
	).insert(ignore_permissions=True)


def end_case(doc, ended: str, state: str = "Closed"):
	"""Let a case have ended at a moment of the past (``1970-01-31``), without taking all its steps."""
	moment = f"{ended} 12:00:00"
	values = {"status": state, "state_category": state, "contacted_at": moment}
	if doc.doctype == "Complaint":
		values = {"workflow_state": state, "state_category": state, "resolved_at": moment, "received_at": moment}
	frappe.db.set_value(doc.doctype, doc.name, values)
	doc.reload()
	return doc


def set_retention(doctype: str, months: int) -> None:
	"""Let the controlled forms of a DocType be kept for so many months; 0 takes the retention away."""
	for name in frappe.get_all("Controlled Form", {"document_type": doctype}, pluck="name"):
		frappe.db.set_value("Controlled Form", name, "retention_months", months)


def make_routing_rule(**values):
	return frappe.get_doc(
		{"doctype": "Routing Rule", "rule_name": f"Test {frappe.generate_hash(length=8)}", "rank": 10, **values}
	).insert(ignore_permissions=True)


def make_working_calendar(
	name: str,
	intervals: list[tuple[int, str, str]] | None = None,
	holidays: list[date] | None = None,
	around_the_clock: bool = False,
):
	"""A calendar; `intervals` are (weekday 0–6, "HH:MM", "HH:MM")."""
	if frappe.db.exists("Working Calendar", name):
		frappe.delete_doc("Working Calendar", name, force=True)
	return frappe.get_doc(
		{
			"doctype": "Working Calendar",
			"calendar_name": name,
			"is_around_the_clock": int(around_the_clock),
			"intervals": [
				{"weekday": WEEKDAYS[weekday], "from_time": start, "to_time": end}
				for weekday, start, end in intervals or []
			],
			"holidays": [{"holiday_date": day} for day in holidays or []],
		}
	).insert(ignore_permissions=True)


def make_clock_policy(limits: list[dict], **values):
	return frappe.get_doc(
		{
			"doctype": "Service Clock Policy",
			"policy_name": f"Test {frappe.generate_hash(length=8)}",
			"document_type": "Complaint",
			"rank": 10,
			"limits": [{"limit_unit": "Hours", "calendar": "Around the Clock", **limit} for limit in limits],
			**values,
		}
	).insert(ignore_permissions=True)


SIGNERS = (
	("Hand In", "quality_head"),
	("Standardise", "service_admin"),
	("Review", "manager"),
	("Countersign", "manager"),
	("Approve", "general_manager"),
)
"""Steps of a procedure's version to its approval, and who takes them."""


def make_procedure(**values):
	"""A procedure of the Quality Department without a version."""
	return frappe.get_doc(
		{
			"doctype": "Procedure Document",
			"document_number": f"QP-{frappe.generate_hash(length=8)}",
			"title_en": "Handling of Complaints",
			"title_zh": "客户投诉处理程序",
			"owner_department": "Quality Department",
			"iso_clauses": "8.2.1, 9.1.2",
			**values,
		}
	).insert()


def make_version(document: str, **values):
	"""A draft with a short text and one row of change record."""
	return frappe.get_doc(
		{
			"doctype": "Procedure Document Version",
			"document": document,
			"version": "A/0",
			"content": "<h2>Purpose 目的</h2><p>Every complaint is answered. 每件投诉都有答复。</p>",
			"changes": [{"change_no": "1", "page": "2", "change_order_no": "CO-17", "summary": "First issue 首次发布"}],
			**values,
		}
	).insert()


def approve_version(version, steps: int = len(SIGNERS), prepared_by: str = "quality_head"):
	"""Take the version's steps as the people whose they are; the session's user is Administrator again afterwards."""
	for action, person in SIGNERS[:steps]:
		frappe.set_user(email(prepared_by if action == "Hand In" else person))
		apply_workflow(frappe.get_doc(version.doctype, version.name), action)
	frappe.set_user("Administrator")
	version.reload()
	return version


def make_copy(version: str, holder: str = "clerk", **values):
	"""A copy in the hands of one of `PEOPLE`, or of whom `values` name."""
	holders = {"holder_department", "outside_holder"} & values.keys()
	named = {} if holders else {"holder": email(holder)}
	return frappe.get_doc({"doctype": "Document Copy", "procedure_version": version, **named, **values}).insert()


def at(text: str) -> datetime:
	"""A moment: ``2026-03-02 09:00``."""
	return datetime.strptime(text, "%Y-%m-%d %H:%M")


def monday_morning() -> datetime:
	"""09:00 of a Monday in the recent past, so that nothing lies in the future."""
	today = date.today()
	return datetime.combine(today - timedelta(days=today.weekday() + 14), time(9))


def make_escalation_rule(levels: list[tuple[str, float, str]], at_once: int = 0, **values):
	"""A rule for complaints; `levels` are (moment, hours, whom to notify)."""
	return frappe.get_doc(
		{
			"doctype": "Escalation Rule",
			"rule_name": f"Test {frappe.generate_hash(length=8)}",
			"document_type": "Complaint",
			"rank": 10,
			"levels": [
				{"moment": moment, "offset_value": hours, "offset_unit": "Hours", "notify": notify, "at_once": at_once}
				for moment, hours, notify in levels
			],
			**values,
		}
	).insert(ignore_permissions=True)


def make_clock_type(name: str, **values):
	"""A kind of clock with its own triggers."""
	return frappe.get_doc({"doctype": "Service Clock Type", "clock_name": name, **values}).insert(
		ignore_permissions=True
	)


def make_task(complaint, **values):
	"""A task of the Materials department in a complaint."""
	return frappe.get_doc(
		{
			"doctype": "Complaint Task",
			"complaint": complaint.name,
			"department": "Materials",
			"task_kind": "Investigate",
			"instruction": "How many pieces are left?",
			**values,
		}
	).insert(ignore_permissions=True)


def go(doc, *actions: str, by: str | None = None):
	"""Take steps of a record's workflow as one of `PEOPLE`, or as the present user; returns the record as stored then."""
	before = frappe.session.user
	if by:
		frappe.set_user(email(by))
	try:
		for action in actions:
			doc = apply_workflow(frappe.get_doc(doc.doctype, doc.name), action)
	finally:
		frappe.set_user(before)
	return doc


def make_disposition(complaint: str, by: str = "clerk", **values):
	"""A measure proposed by one of `PEOPLE`: an exchange of 10 pieces, if not said otherwise."""
	before = frappe.session.user
	frappe.set_user(email(by))
	try:
		return frappe.get_doc(
			{
				"doctype": "Complaint Disposition",
				"complaint": complaint,
				"kind": "Exchange of Goods",
				"quantity": 10,
				"description": "Ten sound pieces by air freight.",
				**values,
			}
		).insert()
	finally:
		frappe.set_user(before)


def attach_file(doc) -> str:
	"""A small private file at a record; returns its address."""
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{frappe.generate_hash(length=6)}.txt",
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"content": f"Evidence {frappe.generate_hash(length=20)}",
			"is_private": 1,
		}
	)
	return file.insert(ignore_permissions=True).file_url


def attach_evidence(disposition, *kinds: str):
	"""Attach a small file for each kind of evidence to a measure."""
	for kind in kinds:
		address = attach_file(disposition)
		row = next((each for each in disposition.evidence if each.evidence_kind == kind), None)
		row = row or disposition.append("evidence", {"evidence_kind": kind})
		row.attachment = address
	disposition.save()
	return disposition


def finish_tasks(complaint: str) -> None:
	"""Let the departments report their tasks of a complaint done."""
	for name in frappe.get_all("Complaint Task", {"complaint": complaint, "state_category": "Open"}, pluck="name"):
		task = go(frappe.get_doc("Complaint Task", name), "Take Up")
		task.report = "Done as asked."
		task.save()
		go(task, "Report Done")


def make_improvement(**values):
	"""A corrective action of the Quality Department for a customer's problem, just opened."""
	return frappe.get_doc(
		{
			"doctype": "Improvement",
			"title": "Scratched housings",
			"kind": "Corrective",
			"problem_what": "500 of 2000 housings are scratched.",
			"lead_department": "Quality Department",
			**values,
		}
	).insert(ignore_permissions=True)


def make_improvement_action(improvement: str, **values):
	"""A corrective action of the Engineering department, owned by its engineer, due in a week."""
	return frappe.get_doc(
		{
			"doctype": "Improvement Action",
			"improvement": improvement,
			"action_type": "Corrective",
			"description": "Line the trays with foam",
			"department": "Engineering",
			"responsible": email("engineer"),
			"due_date": date.today() + timedelta(days=7),
			**values,
		}
	).insert(ignore_permissions=True)


def make_verification_rule(**values):
	return frappe.get_doc(
		{"doctype": "Verification Rule", "rule_name": f"Test {frappe.generate_hash(length=8)}", "rank": 1, **values}
	).insert(ignore_permissions=True)


def make_slip(recipients: list[dict] | None = None, **values):
	"""A drafted internal slip from Marketing; by default Quality is to answer and Materials to acknowledge."""
	return frappe.get_doc(
		{
			"doctype": "Internal Slip",
			"subject": "Scratches on PART-1",
			"content": "The customer found scratches on 500 pieces.",
			"from_department": "Marketing",
			"recipients": recipients
			or [
				{"department": "Quality Department", "required": "Answer"},
				{"department": "Materials", "required": "Acknowledge"},
			],
			**values,
		}
	).insert()


def make_instruction(**values):
	"""A service instruction from Marketing to Engineering."""
	return frappe.get_doc(
		{
			"doctype": "Service Instruction",
			"subject": "Adjust the machine",
			"service_stage": "After the Sale",
			"requested_by": "Li Example",
			"issuing_department": "Marketing",
			"implementing_department": "Engineering",
			"instruction": "Adjust the feeding speed at the customer's site.",
			**values,
		}
	).insert()


def make_channel(**values):
	"""A forum that the clerk looks at every four hours, around the clock."""
	return frappe.get_doc(
		{
			"doctype": "Watched Channel",
			"channel_name": f"Forum {frappe.generate_hash(length=6)}",
			"kind": "Forum",
			"address": "https://forum.example.com",
			"watched_by": email("clerk"),
			"check_every_hours": 4,
			"calendar": "Around the Clock",
			**values,
		}
	).insert(ignore_permissions=True)


def lay_down(doctype: str, **values) -> str:
	"""A row as it stands in the database, with no validation and no hooks: for sets of figures worked out by hand."""
	moment = clock.now()
	row = {"name": frappe.generate_hash(length=16), "owner": "Administrator", "creation": moment, "modified": moment}
	row.update({key: value for key, value in values.items() if value is not None})
	frappe.qb.into(frappe.qb.DocType(doctype)).columns(*row).insert(*row.values()).run()
	return row["name"]


def order_values(**values) -> dict:
	"""Fields of a sound order of three lines: 8,500.00 CNY, received on paper."""
	lines = [
		{
			"item_code": "PS-100",
			"description": "Power supply",
			"qty": 100,
			"unit_price": 45,
			"delivery_date": "2030-03-01",
		},
		{
			"item_code": "PS-200",
			"description": "Power supply",
			"qty": 50,
			"unit_price": 70,
			"delivery_date": "2030-03-15",
		},
		{"item_code": "CB-1", "description": "Cable", "qty": 1000, "unit_price": 0.5, "delivery_date": "2030-03-01"},
	]
	return {
		"doctype": "Contract Review",
		"customer_order_no": "PO-1",
		"order_source": "E-mail",
		"order_kind": "Product",
		"order_date": "2030-01-02",
		"lead_department": "Marketing",
		"currency": "CNY",
		"lines": lines,
		**values,
	}


def make_order(by: str = "clerk", **values):
	"""An order as one of the people enters it."""
	values.setdefault("customer", make_customer().name)
	frappe.set_user(email(by))
	try:
		return frappe.get_doc(order_values(**values)).insert()
	finally:
		frappe.set_user("Administrator")


REVIEWERS = {
	"Marketing": "clerk",
	"Engineering": "engineer",
	"Quality Department": "quality_reviewer",
	"Materials": "materials_reviewer",
}
"""Who gives each department's opinion in tests."""


def sheet_of(order, department: str, by: str | None = None) -> dict | None:
	"""What somebody of the department is asked about an order; None if it is not his to answer."""
	from customer_service.contract_review import api

	before = frappe.session.user
	frappe.set_user(email(by or REVIEWERS[department]))
	try:
		return next((row for row in api.sheets(order.name) if row["department"] == department), None)
	finally:
		frappe.set_user(before)


def give_opinion(order, department: str, conclusion: str = "Accept", by: str | None = None, **values):
	"""A department's opinion with every question answered by Yes, on what is stored now if nothing else was seen."""
	from customer_service.contract_review import api

	shown = sheet_of(order, department, by)
	if shown:
		values.setdefault("seen", shown["seen"])
		values.setdefault("answers", {row["question"]: "Yes" for row in shown["questions"]})
	values.setdefault("seen", "")
	before = frappe.session.user
	frappe.set_user(email(by or REVIEWERS[department]))
	try:
		api.give_opinion(order.name, department, conclusion, **values)
	finally:
		frappe.set_user(before)
	order.reload()
	return order


def review_all(order, *besides: str):
	"""Every department accepts, but for those named."""
	for department in REVIEWERS:
		if department not in besides:
			give_opinion(order, department)
	order.reload()
	return order


@contextmanager
def as_person(key: str):
	"""What follows is done by one of the people."""
	before = frappe.session.user
	frappe.set_user(email(key))
	try:
		yield
	finally:
		frappe.set_user(before)


def approved_order(**values):
	"""An order that every department accepted and the general manager approved."""
	from customer_service.contract_review import api

	order = review_all(go(make_order(**values), "Start Review", by="clerk"))
	with as_person("general_manager"):
		api.decide(order.name, "Approve", api.content_hash(order.name))
	order.reload()
	return order


def released_order(**values):
	"""The same, released to production."""
	return go(approved_order(**values), "Release to Production", by="clerk")


def make_change(order, by: str = "clerk", **values):
	"""A drafted change of an approved order, by the customer if nothing else is said."""
	with as_person(by):
		return frappe.get_doc(
			{
				"doctype": "Order Change",
				"contract_review": order.name,
				"origin": "Customer",
				"cause": "Customer's Wish",
				"department": "Marketing",
				"reason": "Fewer are needed.",
				**values,
			}
		).insert()


def changed_line(order, number: int = 0, **values) -> dict:
	"""A line of an order as a change has it, with some other figures."""
	from customer_service.contract_review import order_lines, versions

	line = order.lines[number]
	return {"order_line": order_lines.key_of(line), **{field: line.get(field) for field in versions.FIGURES}, **values}
