"""Procedure documents (J-3): a procedure's life told in order over HTTP, and its rules one by one."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import frappe
import pytest

from customer_service.controlled_forms import document_copies, procedure_documents
from customer_service.controlled_forms.report.copies_not_returned import copies_not_returned
from customer_service.exceptions import (
	ApprovalError,
	CopyError,
	CustomerServiceError,
	DeletionRefusedError,
	RecordClosedError,
)
from customer_service.organisation import clock
from customer_service.tests.client import Refused
from customer_service.tests.factories import (
	approve_version,
	email,
	make_copy,
	make_procedure,
	make_version,
)

DOCUMENT, VERSION, COPY = "Procedure Document", "Procedure Document Version", "Document Copy"

COPIES = "customer_service.controlled_forms.document_copies"

STEPS = [
	# action, who may, who may not, state reached
	("Hand In", "quality_head", "general_manager", "Prepared"),
	("Standardise", "service_admin", "manager", "Standardised"),
	("Review", "manager", "service_admin", "Reviewed"),
	("Countersign", "quality_head", "clerk", "Countersigned"),
	("Approve", "general_manager", "manager", "In Force"),
]


def move_clock(days: int):
	"""Let the present be some days from now; the fixture `transaction` sets it back."""
	frappe.flags.service_now = None
	frappe.flags.service_now = clock.now() + timedelta(days=days)


def fresh(doc):
	doc.reload()
	return doc


def sign(people, name: str, last: str) -> None:
	for action, right, wrong, state in STEPS:
		with pytest.raises(Refused):
			people[wrong].workflow(VERSION, name, action)
		people[right].workflow(VERSION, name, action)
		reached = people["service_admin"].get(VERSION, name)["workflow_state"]
		assert reached == (last if action == "Approve" else state)


def test_a_procedure_from_its_draft_to_the_return_of_old_copies(client):
	keys = ("quality_head", "service_admin", "manager", "general_manager", "clerk", "engineer", "employee")
	people = {key: client(key) for key in keys}
	head, admin, approver, reader = (
		people[key] for key in ("quality_head", "service_admin", "general_manager", "clerk")
	)

	# The head of Quality writes a procedure of his department; the clerk may not, and he not one of another department.
	values = {
		"document_number": f"QP-{frappe.generate_hash(length=8)}",
		"title_en": "Handling of Complaints",
		"title_zh": "客户投诉处理程序",
		"owner_department": "Quality Department",
		"iso_clauses": "8.2.1，9.1.2",
	}
	for person, changed in ((reader, {}), (head, {"owner_department": "Materials"})):
		with pytest.raises(Refused, match="403"):
			person.insert(DOCUMENT, **{**values, **changed})
	document = head.insert(DOCUMENT, **values)
	number = document["name"]
	assert (document["status"], document["iso_clauses"]) == ("In Preparation", "8.2.1, 9.1.2")

	first = head.call("customer_service.controlled_forms.procedure_documents.new_version", document=number)
	assert first == f"{number} A/0"
	with pytest.raises(Refused, match="still in preparation"):
		head.insert(VERSION, document=number, version="B/0")
	with pytest.raises(Refused, match="before you hand the version in"):
		head.workflow(VERSION, first, "Hand In")
	head.update(VERSION, first, content="<p>Every complaint is answered. 每件投诉都有答复。</p>")

	# Nobody but those who write or sign sees a draft.
	for door in (
		lambda: reader.get(VERSION, first),
		lambda: reader.pdf(VERSION, first),
		lambda: reader.get(DOCUMENT, number),
	):
		with pytest.raises(Refused, match="403"):
			door()
	assert reader.list(VERSION, [["name", "=", first]]) == reader.list(DOCUMENT, [["name", "=", number]]) == []

	# Each signs after somebody who may not has tried; the approval puts it in force at once.
	sign(people, first, last="In Force")
	version = reader.get(VERSION, first)
	assert [(row["step"], row["person"]) for row in version["approvals"]] == [
		("Prepared", email("quality_head")),
		("Standardised", email("service_admin")),
		("Reviewed", email("manager")),
		("Countersigned", email("quality_head")),
		("Approved", email("general_manager")),
	]
	today = str(clock.now().date())
	assert version["issue_date"] == version["effective_from"] == today
	document = reader.get(DOCUMENT, number)
	assert (document["current_version"], document["status"]) == (first, "In Force")

	# Only the approver hands out copies; the holder alone confirms that he has his, staff for a holder outside.
	with pytest.raises(Refused, match="403"):
		admin.insert(COPY, procedure_version=first, holder=email("clerk"))
	own = [approver.insert(COPY, procedure_version=first, holder=email("clerk"))["name"] for _twice in range(2)]
	engineering = approver.insert(COPY, procedure_version=first, holder_department="Engineering")["name"]
	outside = approver.insert(COPY, procedure_version=first, outside_holder="Fictional Auditors 样例审核公司")["name"]
	assert [admin.get(COPY, name)["copy_number"] for name in (*own, engineering, outside)] == [1, 2, 3, 4]
	for person in ("employee", "engineer", "service_admin", "general_manager"):
		with pytest.raises(Refused, match="403"):
			people[person].call(f"{COPIES}.confirm_receipt", copy_name=own[0])
	reader.call(f"{COPIES}.confirm_receipt", copy_name=own[0])
	people["engineer"].call(f"{COPIES}.confirm_receipt", copy_name=engineering)
	with pytest.raises(Refused, match="Note how"):
		admin.call(f"{COPIES}.confirm_receipt", copy_name=outside)
	admin.call(f"{COPIES}.confirm_receipt", copy_name=outside, note="Signed slip of 3 March")
	assert admin.get(COPY, own[0])["received_by"] == email("clerk")
	assert {row["name"] for row in reader.list(COPY, [["document", "=", number]])} == set(own)

	# The next version begins with what the last one says, and takes force on the day that it names.
	second = head.call("customer_service.controlled_forms.procedure_documents.new_version", document=number)
	assert second == f"{number} A/1"
	assert "每件投诉都有答复" in head.get(VERSION, second)["content"]
	tomorrow = str(clock.now().date() + timedelta(days=1))
	head.update(VERSION, second, effective_from=tomorrow, title_en="Handling of Customer Complaints")
	sign(people, second, last="Approved")
	assert reader.get(DOCUMENT, number)["current_version"] == first
	with pytest.raises(Refused, match="403"):
		reader.get(VERSION, second)

	# On that day the daily run puts it in force; the old one is superseded and its copies are asked back.
	frappe.db.rollback()
	move_clock(1)
	procedure_documents.run()
	frappe.db.commit()
	document = reader.get(DOCUMENT, number)
	assert (document["current_version"], document["title_en"]) == (second, "Handling of Customer Complaints")
	old = admin.get(VERSION, first)
	assert (old["workflow_state"], old["ended_on"], old["superseded_by"]) == ("Superseded", tomorrow, second)
	with pytest.raises(Refused, match="403"):
		reader.get(VERSION, first)
	assert {admin.get(COPY, name)["state"] for name in (*own, engineering, outside)} == {"Recall Requested"}
	todos = reader.list("ToDo", [["reference_name", "in", own], ["status", "=", "Open"]])
	assert len(todos) == 1, "one notice for both copies of one holder"

	# Staff confirms what came back; the report empties.
	with pytest.raises(Refused, match="403"):
		reader.call(f"{COPIES}.confirm_return", copy_name=own[0], end="Returned")
	for name, end, note in (
		(own[0], "Returned", ""),
		(own[1], "Destroyed", ""),
		(outside, "Lost", "Not found in the archive"),
	):
		assert name in waited_for(admin, number)
		admin.call(f"{COPIES}.confirm_return", copy_name=name, end=end, note=note)
	assert waited_for(admin, number) == [engineering]
	assert reader.list("ToDo", [["reference_name", "in", own], ["status", "=", "Open"]]) == []


def waited_for(person, document: str) -> list[str]:
	answer = person.call(
		"frappe.desk.query_report.run", report_name="Copies Not Returned", filters=json.dumps({"document": document})
	)
	return [row["name"] for row in answer["result"]]


# The version


def test_who_prepared_a_version_must_not_approve_it(as_user):
	workflow = frappe.get_doc("Workflow", "Procedure Document Approval")
	approval = next(row for row in workflow.transitions if row.action == "Approve")
	approval.allowed = "Department Head"
	workflow.save()
	version = approve_version(make_version(make_procedure().name), steps=4)
	as_user("quality_head")
	with pytest.raises(ApprovalError, match="must not approve"):
		frappe.model.workflow.apply_workflow(frappe.get_doc(VERSION, version.name), "Approve")


def test_signatures_are_never_typed():
	version = make_version(
		make_procedure().name,
		approvals=[{"step": "Approved", "person": email("general_manager"), "signed_at": "2020-01-01 00:00:00"}],
		state_category="Resolved",
		issue_date="2020-01-01",
		is_handed_in=1,
	)
	assert (version.approvals, version.state_category, version.issue_date) == ([], "Open", None)
	assert not version.is_handed_in
	approve_version(version, steps=2)
	version.approvals = []
	version.save()
	assert [row.step for row in fresh(version).approvals] == ["Prepared", "Standardised"]


def test_returned_version_loses_its_signatures_and_is_a_draft_again(as_user):
	version = approve_version(make_version(make_procedure().name), steps=2)
	as_user("manager")
	frappe.model.workflow.apply_workflow(frappe.get_doc(VERSION, version.name), "Return to Draft")
	version.reload()
	assert (version.workflow_state, version.approvals, version.is_handed_in) == ("Draft", [], 0)
	as_user("quality_head")
	version.content = "<p>Better</p>"
	version.save()
	events = frappe.get_all("Service Event", {"reference_name": version.name, "after_value": "Draft"})
	assert len(events) == 2, "made as a draft, and returned to it"


def test_approval_is_of_what_was_signed(as_user):
	version = approve_version(make_version(make_procedure().name), steps=4)
	frappe.db.set_value(VERSION, version.name, "content", "<p>Changed behind everybody's back</p>")
	as_user("general_manager")
	with pytest.raises(ApprovalError, match="not what was signed"):
		frappe.model.workflow.apply_workflow(frappe.get_doc(VERSION, version.name), "Approve")


def test_approver_signs_and_does_not_write(as_user):
	version = make_version(make_procedure().name)
	as_user("general_manager")
	version.content = "<p>By the approver</p>"
	with pytest.raises(frappe.PermissionError):
		version.save()


DOORS = {
	"resource": lambda who, version: who.update(VERSION, version.name, content="<p>forged</p>"),
	"resource, rows": lambda who, version: who.update(VERSION, version.name, changes=[{"summary": "forged"}]),
	"set_value": lambda who, version: set_value(who, VERSION, version.name, "title_en", "forged"),
	"set_value of the date": lambda who, version: set_value(who, VERSION, version.name, "effective_from", "2020-01-01"),
	"set_value of a change row": lambda who, version: set_value(
		who, "Procedure Document Change", version.changes[0].name, "summary", "forged"
	),
	"resource of a change row": lambda who, version: who.update(
		"Procedure Document Change", version.changes[0].name, summary="forged"
	),
	"resource of an approval": lambda who, version: who.update(
		"Procedure Document Approval", version.approvals[0].name, person=email("clerk")
	),
	"deletion of an approval": lambda who, version: who.delete(
		"Procedure Document Approval", version.approvals[0].name
	),
	"deletion": lambda who, version: who.delete(VERSION, version.name),
	"a further row": lambda who, version: who.insert(
		"Procedure Document Change",
		parent=version.name,
		parenttype=VERSION,
		parentfield="changes",
		summary="forged",
	),
	"the desk's save": lambda who, version: who.call(
		"frappe.desk.form.save.savedocs",
		doc=json.dumps({**json.loads(version.as_json()), "content": "<p>forged</p>"}),
		action="Save",
	),
	"bulk update": lambda who, version: refuse_failures(
		who.call(
			"frappe.client.bulk_update",
			docs=json.dumps([{"doctype": VERSION, "docname": version.name, "content": "<p>forged</p>"}]),
		)
	),
	"the workflow, back": lambda who, version: who.update(VERSION, version.name, workflow_state="Draft"),
	"a new name": lambda who, version: who.call(
		"frappe.client.rename_doc", doctype=VERSION, old_name=version.name, new_name="forged"
	),
	"another file": lambda who, version: who.insert(
		"File",
		file_name="x.txt",
		content="forged",
		is_private=1,
		attached_to_doctype=VERSION,
		attached_to_name=version.name,
	),
}


def set_value(who, doctype, name, fieldname, value):
	return who.call("frappe.client.set_value", doctype=doctype, name=name, fieldname=fieldname, value=value)


def refuse_failures(answer):
	"""Bulk update answers with what it could not do."""
	assert not answer["failed_docs"], answer["failed_docs"]


@pytest.fixture(scope="module")
def in_force(site):
	"""A version in force that other processes see as well."""
	version = approve_version(make_version(make_procedure().name))
	frappe.db.commit()
	return version


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("person", ["quality_head", "service_admin", "general_manager"])
def test_approved_content_is_frozen_at_every_door(door, person, in_force, client):
	"""L3: as the author, the controller of documents and the approver."""
	before = everything_of(in_force.name)
	with pytest.raises(AssertionError):  # `Refused` is one
		DOORS[door](client(person), in_force)
	frappe.db.rollback()
	assert everything_of(in_force.name) == before


def everything_of(name: str) -> tuple:
	frappe.clear_document_cache(VERSION, name)
	doc = frappe.get_doc(VERSION, name)
	files = frappe.get_all("File", {"attached_to_doctype": VERSION, "attached_to_name": name})
	return doc.as_dict(no_default_fields=True), [row.name for row in (*doc.changes, *doc.approvals)], files


def test_computed_fields_take_no_orders(in_force, client):
	"""Sent with a save that is allowed, they are left as they are."""
	before = everything_of(in_force.name)
	forged = {
		"state_category": "Open",
		"is_handed_in": 0,
		"ended_on": "2020-01-01",
		"approvals": [],
		"issue_date": None,
	}
	client("service_admin").update(VERSION, in_force.name, **forged)
	frappe.db.rollback()
	assert everything_of(in_force.name) == before
	document = client("service_admin").update(
		DOCUMENT, in_force.document, current_version="", title_en="forged", status="x"
	)
	assert (document["current_version"], document["status"]) == (in_force.name, "In Force")
	assert document["title_en"] == "Handling of Complaints"


def test_signed_file_stays(as_user):
	version = make_version(make_procedure().name)
	file = attach(version, b"The procedure as it was signed")
	approve_version(version, steps=1)
	as_user("service_admin")
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc("File", file.name)
	assert frappe.get_doc("File", file.name).get_content() == "The procedure as it was signed"
	moved = frappe.get_doc("File", file.name)
	moved.attached_to_name = make_version(make_procedure().name).name
	with pytest.raises(RecordClosedError):
		moved.save()


def attach(version, content: bytes):
	file = frappe.get_doc(
		{"doctype": "File", "file_name": "procedure.txt", "content": content, "is_private": 1}
	).insert()
	version.content_file = file.file_url
	version.save()
	return fresh(file)


def test_next_version_copies_text_file_and_change_record():
	version = make_version(make_procedure().name)
	file = attach(version, b"Text of the procedure")
	approve_version(version)
	copied = frappe.get_doc(VERSION, procedure_documents.new_version(version.document))
	assert (copied.version, copied.previous_version) == ("A/1", version.name)
	assert copied.content == version.content
	assert [row.summary for row in copied.changes] == ["First issue 首次发布"]
	assert copied.content_file == file.file_url
	attached = frappe.get_doc("File", {"attached_to_name": copied.name})
	assert attached.get_content() == "Text of the procedure" and attached.is_private
	copied.save()  # what was copied is a file of this record
	approve_version(copied)
	assert fresh(version).state_category == "Closed"


@pytest.mark.parametrize("last, expected", [("A/0", "A/1"), ("A/9", "A/10"), ("3", "4"), ("B", "B/1")])
def test_next_versions_text(last, expected):
	assert procedure_documents.next_version(frappe._dict(version=last)) == expected


def test_version_takes_force_on_its_day_and_a_late_run_ends_the_same():
	"""A/1 from day 3, A/2 from day 5; the scheduler comes on day 9 and again."""
	first = approve_version(make_version(make_procedure().name))
	start = clock.now().date()
	later = []
	for version, days in (("A/1", 3), ("A/2", 5)):
		made = make_version(first.document, version=version, effective_from=start + timedelta(days=days))
		later.append(approve_version(made))
	assert [each.workflow_state for each in (fresh(first), *later)] == ["In Force", "Approved", "Approved"]
	for _again in range(2):
		move_clock(9)
		take_due_force()
		periods = [(fresh(each).workflow_state, each.effective_from, each.ended_on) for each in (first, *later)]
		day3, day5 = start + timedelta(days=3), start + timedelta(days=5)
		assert periods == [("Superseded", start, day3), ("Superseded", day3, day5), ("In Force", day5, None)]
	expected = {-1: None, 0: first.name, 2: first.name, 3: later[0].name, 4: later[0].name, 5: later[1].name}
	for day, name in expected.items():
		assert procedure_documents.version_in_force(first.document, start + timedelta(days=day)) == name, day
	assert frappe.db.get_value(DOCUMENT, first.document, "current_version") == later[1].name


def take_due_force():
	"""The daily run without its commits, so that the test leaves nothing."""
	for name in procedure_documents.due_versions():
		procedure_documents._take_force_if_waiting(name)


def test_one_failing_version_stops_no_other(monkeypatch):
	due = [approved_for_tomorrow() for _each in range(2)]
	frappe.db.commit()
	take = procedure_documents.take_force

	def fail_for_the_first(doc):
		if doc.name == due[0]:
			raise ValueError("broken")
		take(doc)

	monkeypatch.setattr(procedure_documents, "take_force", fail_for_the_first)
	move_clock(1)
	procedure_documents.run()
	states = [frappe.db.get_value(VERSION, name, "state_category") for name in due]
	assert states == ["Waiting", "Resolved"]
	monkeypatch.undo()
	procedure_documents.run()
	assert frappe.db.get_value(VERSION, due[0], "state_category") == "Resolved"


def approved_for_tomorrow() -> str:
	tomorrow = clock.now().date() + timedelta(days=1)
	return approve_version(make_version(make_procedure().name, effective_from=tomorrow)).name


def test_effective_date_is_never_before_the_approval():
	version = approve_version(make_version(make_procedure().name, effective_from="2020-01-01"))
	assert version.effective_from == version.issue_date == clock.now().date()


def test_same_day_the_later_version_is_the_one_in_force():
	first = approve_version(make_version(make_procedure().name))
	second = approve_version(make_version(first.document, version="A/1"))
	assert (fresh(first).workflow_state, second.workflow_state) == ("Superseded", "In Force")
	assert procedure_documents.version_in_force(first.document, clock.now().date()) == second.name


def test_withdrawn_version_leaves_the_document_without_one(as_user):
	version = approve_version(make_version(make_procedure().name))
	make_copy(version.name)
	as_user("general_manager")
	frappe.model.workflow.apply_workflow(version, "Withdraw")
	version.reload()
	assert (version.workflow_state, version.ended_on) == ("Withdrawn", clock.now().date())
	status = frappe.db.get_value(DOCUMENT, version.document, ["status", "current_version"])
	assert status == ("Withdrawn", None)
	assert frappe.db.get_value(COPY, {"procedure_version": version.name}, "state") == "Recall Requested"


@pytest.mark.parametrize("clauses", ["eight", "8..2", "8.2.1 9.1", "8.2.1, §9"])
def test_iso_clauses_are_numbers(clauses):
	with pytest.raises(CustomerServiceError, match="not a clause number"):
		make_procedure(iso_clauses=clauses)


def test_nothing_is_deleted():
	version = approve_version(make_version(make_procedure().name))
	copy = make_copy(version.name)
	for doctype, name in ((DOCUMENT, version.document), (VERSION, version.name), (COPY, copy.name)):
		with pytest.raises(DeletionRefusedError):
			frappe.delete_doc(doctype, name)


# Who sees and does what


def test_readers_reach_only_what_is_in_force(as_user):
	draft = make_version(make_procedure().name)
	file = attach(draft, b"Not yet for everybody")
	handed_in = approve_version(make_version(make_procedure(owner_department="Materials").name), 1, "service_admin")
	valid = approve_version(
		make_version(make_procedure(owner_department="Materials").name), prepared_by="service_admin"
	)
	mine = [draft.name, handed_in.name, valid.name]
	reached = {
		"clerk": [valid.name],
		"quality_reviewer": [valid.name],
		"warehouse": [valid.name],
		"employee": None,
		"quality_head": mine,
		"manager": mine,
		"general_manager": mine,
		"service_admin": mine,
	}
	for person, expected in reached.items():
		as_user(person)
		if expected is None:
			with pytest.raises(frappe.PermissionError):
				frappe.get_list(VERSION)
		else:
			assert sorted(frappe.get_list(VERSION, {"name": ("in", mine)}, pluck="name")) == sorted(expected), person
			assert bool(frappe.get_list("File", {"name": file.name})) == (draft.name in expected), person
		for name in mine:
			assert bool(frappe.has_permission(VERSION, "read", name)) == (name in (expected or [])), (person, name)
		assert bool(frappe.has_permission("File", "read", file.name)) == (draft.name in (expected or [])), person


def test_head_writes_only_his_departments_documents(as_user):
	foreign = make_procedure(owner_department="Materials")
	own = make_procedure()
	as_user("quality_head")
	for attempt in (
		lambda: make_procedure(owner_department="Materials"),
		lambda: make_version(foreign.name),
		lambda: procedure_documents.new_version(foreign.name),
		lambda: own.update({"owner_department": "Materials"}).save(),
	):
		with pytest.raises(frappe.PermissionError):
			attempt()
	assert make_version(own.name).workflow_state == "Draft"


# Copies


@pytest.mark.parametrize("steps", [0, 4])
def test_copies_are_made_of_approved_versions_only(steps):
	version = approve_version(make_version(make_procedure().name), steps=steps)
	with pytest.raises(CopyError, match="approved versions"):
		make_copy(version.name)


@pytest.mark.parametrize("holders", [{}, {"holder": "Administrator", "outside_holder": "x"}])
def test_copy_has_exactly_one_holder(holders):
	version = approve_version(make_version(make_procedure().name))
	with pytest.raises(CopyError, match="exactly one holder"):
		frappe.get_doc({"doctype": COPY, "procedure_version": version.name, **holders}).insert()


def test_only_the_verbs_move_a_copy(as_user):
	version = approve_version(make_version(make_procedure().name))
	copy = make_copy(version.name, copy_number=77, state="Returned", received_at="2020-01-01 00:00:00", name="forged")
	assert (copy.name, copy.copy_number, copy.state) == (f"{version.name}-1", 1, "Issued") and not copy.received_at
	as_user("service_admin")
	copy.update({"state": "Returned", "copy_number": 9, "received_by": email("clerk")})
	copy.save()
	copy.reload()
	assert (copy.state, copy.copy_number, copy.received_by) == ("Issued", 1, None)


def test_no_receipt_and_no_return_twice(as_user):
	version = approve_version(make_version(make_procedure().name))
	copy = make_copy(version.name)
	as_user("clerk")
	document_copies.confirm_receipt(copy.name)
	with pytest.raises(CopyError, match="no receipt"):
		document_copies.confirm_receipt(copy.name)
	as_user("service_admin")
	with pytest.raises(CopyError, match="how the copy was lost"):
		document_copies.confirm_return(copy.name, "Lost")
	with pytest.raises(CopyError):
		document_copies.confirm_return(copy.name, "Issued")
	document_copies.confirm_return(copy.name, "Returned")
	with pytest.raises(CopyError, match="no return"):
		document_copies.confirm_return(copy.name, "Destroyed")


def test_recall_asks_each_holder_once_and_the_report_lists_the_copies():
	first = approve_version(make_version(make_procedure().name))
	copies = [
		make_copy(first.name),
		make_copy(first.name),
		make_copy(first.name, holder_department="Quality Department"),
	]
	copies.append(make_copy(first.name, outside_holder="Fictional Auditors"))
	copies.append(make_copy(first.name, "engineer"))
	document_copies.confirm_return(copies[-1].name, "Destroyed")
	approve_version(make_version(first.document, version="A/1"))
	names = [copy.name for copy in copies]
	todos = frappe.get_all(
		"ToDo", {"reference_type": COPY, "reference_name": ("in", names)}, ["allocated_to", "description"]
	)
	# The clerk has copies 1 and 2, the department's copy 3 is asked of its head; outside nobody reads a to-do.
	assert sorted(todo.allocated_to for todo in todos) == sorted([email("clerk"), email("quality_head")])
	assert any("1, 2" in todo.description for todo in todos)
	notices = frappe.get_all("Notification Log", {"document_name": ("in", names)}, pluck="for_user")
	assert sorted(notices) == sorted([email("clerk"), email("quality_head")])
	move_clock(4)
	_columns, rows, _message, _chart, summary = copies_not_returned.execute({"document": first.document})
	assert [(row.copy_number, row.days) for row in rows] == [(1, 4), (2, 4), (3, 4), (4, 4)]
	assert [figure["value"] for figure in summary] == [4, 4]


RACE = """
import sys, frappe
site, sites, version, user, count = sys.argv[1:]
import os; os.chdir(sites)
frappe.init(site=site); frappe.connect(); frappe.set_user(user)
for _each in range(int(count)):
	copy = frappe.get_doc({"doctype": "Document Copy", "procedure_version": version, "outside_holder": "x"}).insert()
	frappe.db.commit()
	print(copy.copy_number)
frappe.destroy()
"""


def test_no_copy_number_twice_in_a_race(in_force):
	"""Four processes, eight copies each: the numbers 1 to 32 (L1)."""
	version = approve_version(make_version(make_procedure().name)).name
	frappe.db.commit()
	sites = os.path.join(os.environ["CS_BENCH"], "sites")
	command = [sys.executable, "-c", RACE, os.environ["CS_SITE"], sites, version, email("general_manager"), "8"]
	processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _each in range(4)]
	numbers = [int(line) for process in processes for line in process.communicate(timeout=120)[0].split()]
	assert [process.returncode for process in processes] == [0] * 4
	assert sorted(numbers) == list(range(1, 33))
	frappe.db.rollback()
	assert frappe.db.count(COPY, {"procedure_version": version}) == 32
