"""Tasks of a complaint (F-7): several departments side by side, each with its own clocks, and the gates between them."""

from datetime import timedelta

import frappe
import pytest
from frappe.model.workflow import apply_workflow
from frappe.utils import get_datetime

from customer_service.complaint_handling import tasks
from customer_service.exceptions import CustomerServiceError, DeletionRefusedError, RecordClosedError
from customer_service.organisation import clock_sweep, clocks
from customer_service.tests.client import Refused
from customer_service.tests.factories import (
	complaint_values,
	email,
	make_complaint,
	make_customer,
	make_task,
	monday_morning,
)


def moment(hours: float):
	return monday_morning() + timedelta(hours=hours)


def tasks_of(complaint) -> list:
	return frappe.get_all("Complaint Task", {"complaint": complaint.name}, ["name", "department"], order_by="name asc")


def set_moment(moment: str) -> None:
	settings = frappe.get_doc("Customer Service Settings")
	settings.tasks_made = moment
	settings.save()


def test_assisting_departments_get_their_tasks_on_receipt_where_the_site_wants_it():
	set_moment(tasks.ON_RECEIPT)
	complaint = make_complaint(assisting_departments=[{"department": "Materials"}, {"department": "Engineering"}])
	assert [row.department for row in tasks_of(complaint)] == ["Materials", "Engineering"]
	task = frappe.get_doc("Complaint Task", tasks_of(complaint)[0].name)
	assert (task.instruction, task.task_kind) == (complaint.description, "Investigate")


def test_no_tasks_where_the_site_makes_them_by_hand():
	set_moment(tasks.BY_HAND)
	complaint = make_complaint(assisting_departments=[{"department": "Materials"}])
	assert tasks_of(complaint) == []


def test_each_task_has_its_own_clocks():
	"""The shipped policy: taken up within 4 office hours, done within 2 working days (Mon–Fri 9:00–18:00)."""
	frappe.flags.service_now = monday_morning()
	complaint = make_complaint(received_at=monday_morning())
	first = make_task(complaint)
	frappe.flags.service_now = moment(3)
	second = make_task(complaint, department="Engineering")
	assert (get_datetime(first.response_due), get_datetime(first.due_at)) == (moment(4), moment(33))
	assert (get_datetime(second.response_due), get_datetime(second.due_at)) == (moment(7), moment(36 + 15))
	frappe.flags.service_now = moment(5)
	clock_sweep.mark_breaches()
	late = {each.name: each.taken_up_late for each in map(reload, (first, second))}
	assert late == {first.name: 1, second.name: 0}


def reload(doc):
	return frappe.get_doc(doc.doctype, doc.name)


def done(task):
	task = apply_workflow(task, "Take Up")
	task.report = "The fixture is worn."
	task.save()
	return apply_workflow(task, "Report Done")


def test_task_is_done_with_a_report_where_its_kind_asks_for_one():
	task = apply_workflow(make_task(make_complaint()), "Take Up")
	with pytest.raises(CustomerServiceError, match="Report"):
		apply_workflow(task, "Report Done")
	frappe.db.set_value("Complaint Task Kind", "Investigate", "needs_report", 0)
	frappe.clear_document_cache("Complaint Task Kind", "Investigate")
	assert apply_workflow(reload(task), "Report Done").done_at


def test_who_did_the_work_does_not_accept_it(as_user):
	task = make_task(make_complaint(), department="Quality Department")
	as_user("quality_head")
	task = done(task)
	with pytest.raises(CustomerServiceError, match="Somebody else"):
		apply_workflow(task, "Accept Report")
	as_user("clerk")
	assert apply_workflow(reload(task), "Accept Report").state_category == "Closed"


def test_returned_task_says_why_and_runs_a_new_round(as_user):
	frappe.flags.service_now = monday_morning()
	task = make_task(make_complaint(received_at=monday_morning()))
	as_user("materials_reviewer")
	task = done(task)
	as_user("clerk")
	with pytest.raises(CustomerServiceError, match="Returned Because"):
		apply_workflow(task, "Return to Department")
	task = reload(task)
	task.return_reason = "Which lot?"
	task.save()
	frappe.flags.service_now = moment(24)
	task = apply_workflow(task, "Return to Department")
	assert (task.workflow_state, task.reopen_count) == ("Returned", 1)
	assert get_datetime(task.due_at) == moment(57)  # Tuesday 9:00 and two days: Wednesday 18:00
	assert [row["round"] for row in clocks.rows_of(task.doctype, task.name) if row.clock == "Resolution"] == [1, 2]
	event = frappe.get_all("Service Event", {"reference_name": task.name, "event": "Returned"}, pluck="detail")
	assert event == ["Which lot?"]
	as_user("materials_reviewer")
	assert done(reload(task)).return_reason is None


def test_clocks_of_tasks_stand_still_while_the_complaint_waits_for_the_customer():
	frappe.flags.service_now = monday_morning()
	complaint = apply_workflow(make_complaint(received_at=monday_morning()), "Acknowledge")
	task = make_task(complaint)
	complaint = apply_workflow(complaint, "Ask Customer")
	assert reload(task).held_since
	frappe.flags.service_now = moment(2)
	apply_workflow(complaint, "Customer Replied")
	task = reload(task)
	assert task.held_since is None
	assert get_datetime(task.response_due) == moment(6)


def test_open_tasks_are_named_for_the_closing_gate():
	complaint = make_complaint()
	task = make_task(complaint)
	assert [task.name in reason and "Materials" in reason for reason in tasks.open_tasks(complaint)] == [True]
	done(task)
	assert tasks.open_tasks(complaint) == []


def test_ended_complaint_gets_no_more_tasks():
	complaint = apply_workflow(make_complaint(), "Cancel Complaint")
	with pytest.raises(RecordClosedError, match="gets no more tasks"):
		make_task(complaint)


def test_person_of_another_department_is_refused():
	with pytest.raises(CustomerServiceError, match="does not belong to"):
		make_task(make_complaint(), assigned_to=email("clerk"))
	assert make_task(make_complaint(), assigned_to=email("materials_reviewer")).name


def test_task_cannot_be_deleted():
	with pytest.raises(DeletionRefusedError):
		make_task(make_complaint()).delete()


def test_several_departments_are_asked_at_once_and_see_their_own_task(client):
	complaint = make_complaint(customer=make_customer().name)
	frappe.db.commit()
	method = "customer_service.complaint_handling.api.add_tasks"
	asked = {
		"complaint": complaint.name,
		"departments": ["Materials", "Engineering"],
		"task_kind": "Give Opinion",
		"instruction": "Can the lot be replaced?",
	}
	with pytest.raises(Refused, match="403"):
		client("employee").call(method, **asked)
	made = client("clerk").call(method, **asked)
	assert len(made) == 2
	assert client("clerk").call(method, **asked) == []  # they are at it
	mine = client("materials_reviewer").list(
		"Complaint Task", [["complaint", "=", complaint.name]], ("name", "department")
	)
	assert mine == [{"name": made[0], "department": "Materials"}]
	with pytest.raises(Refused, match="403"):
		client("materials_reviewer").get("Complaint Task", made[1])
	# The lead department sees the tasks of its complaint.
	theirs = client("quality_reviewer").list("Complaint Task", [["complaint", "=", complaint.name]])
	assert len(theirs) == 2
	assert (
		client("materials_reviewer").workflow("Complaint Task", made[0], "Take Up")["workflow_state"] == "In Progress"
	)
	with pytest.raises(Refused):
		client("warehouse").workflow("Complaint Task", made[1], "Take Up")
	trail = frappe.get_all("Service Event", {"reference_name": complaint.name, "event": "Task"}, pluck="after_value")
	frappe.db.rollback()
	assert sorted(trail) == ["In Progress", "To Do", "To Do"]


def test_of_two_people_who_take_a_case_at_once_the_second_is_told(client):
	"""L2: nobody's choice is overwritten silently, and a step is taken once."""
	clerk, head = client("clerk"), client("quality_head")
	name = clerk.insert(**complaint_values())["name"]
	seen = {person: person.get("Complaint", name) for person in (clerk, head)}
	take = {"doctype": "Complaint", "assigned_to": email("quality_reviewer")}
	clerk.call("frappe.client.save", doc={**seen[clerk], **take})
	take["assigned_to"] = email("quality_head")
	with pytest.raises(Refused, match="modified"):
		head.call("frappe.client.save", doc={**seen[head], **take})
	assert clerk.get("Complaint", name)["assigned_to"] == email("quality_reviewer")
	clerk.workflow("Complaint", name, "Acknowledge")
	with pytest.raises(Refused):
		head.workflow("Complaint", name, "Acknowledge")
