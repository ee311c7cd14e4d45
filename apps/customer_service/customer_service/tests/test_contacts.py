"""Contacts (A-1, A-3, A-6, A-8, A-9): appointments and visits, plans with tasks, watched channels, complaints made from them."""

from datetime import timedelta

import frappe
import pytest

from customer_service.complaint_handling import from_contact
from customer_service.customer_communication import watching
from customer_service.exceptions import ContactError, CustomerServiceError, FutureDateError, RecordClosedError
from customer_service.organisation import clock
from customer_service.tests import factories
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, make_channel, make_contact

CHANNELS = ["Phone", "Hot Line", "Fax", "E-mail", "Letter", "SMS", "Visit", "On-site Reception", "Website", "Forum"]


def next_week() -> str:
	return str(clock.now().replace(microsecond=0) + timedelta(days=7))


def make_visit(**values):
	start = next_week()
	return make_contact(
		**{
			"channel": "Visit",
			"direction": "Outgoing",
			"status": "Planned",
			"appointment_from": start,
			"place": "Customer's plant",
			"purpose": "Yearly review",
			"companions": [{"user": email("engineer")}, {"companion_name": "Wu Example", "organisation": "Agent"}],
			**values,
		}
	)


def events_of(doc) -> list[tuple]:
	return [
		(row.event, row.before_value, row.after_value)
		for row in frappe.get_all(
			"Service Event",
			{"reference_name": doc.name},
			["event", "before_value", "after_value"],
			order_by="creation asc, name asc",
		)
	]


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_in_and_out_is_recorded(channel):
	assert make_contact(channel=channel, direction="Incoming").channel == channel
	assert make_contact(channel=channel, direction="Outgoing").channel == channel


# --- visits by appointment (A-6) -----------------------------------------------------------------------------------


def test_planned_visit_lies_in_the_future_and_is_the_companys_own():
	visit = make_visit()
	assert str(visit.contacted_at) == str(visit.appointment_from)
	assert (visit.status, visit.state_category, visit.initiated_by) == ("Planned", "Open", "Company")


def test_planned_visit_needs_its_appointment():
	with pytest.raises(ContactError, match="Appointment From"):
		make_visit(appointment_from=None)


def test_appointment_must_not_end_before_it_begins():
	with pytest.raises(ContactError, match="must not be before"):
		make_visit(appointment_until=str(clock.now()))


def test_visit_that_has_not_taken_place_is_not_answered():
	visit = make_visit()
	visit.status, visit.visit_report = "Answered", "All is well."
	with pytest.raises(FutureDateError):
		visit.save()


def test_visit_ends_with_its_report():
	visit = make_visit()
	visit.status, visit.contacted_at = "Closed", clock.now()
	with pytest.raises(ContactError, match="Visit Report"):
		visit.save()
	visit.reload()
	visit.update({"status": "Closed", "contacted_at": clock.now(), "visit_report": "All is well."})
	visit.save()
	assert visit.state_category == "Closed"
	assert ("State Changed", "Planned", "Closed") in events_of(visit)


def test_visit_can_be_cancelled_and_then_changes_no_more():
	visit = make_visit()
	visit.status = "Cancelled"
	visit.save()
	visit.place = "Elsewhere"
	with pytest.raises(RecordClosedError):
		visit.save()


def test_contact_that_has_taken_place_is_not_planned_again():
	contact = make_contact()
	contact.update({"status": "Planned", "appointment_from": next_week()})
	with pytest.raises(ContactError, match="has taken place"):
		contact.save()


def test_contact_that_is_not_planned_still_refuses_the_future():
	with pytest.raises(FutureDateError):
		make_contact(contacted_at=next_week())


def test_category_follows_the_status_whatever_a_request_says():
	contact = make_contact(state_category="Closed")
	assert contact.state_category == "Open"
	contact.status = "Answered"
	contact.save()
	assert contact.state_category == "Resolved"


def test_visit_prints_as_its_own_form(client):
	visit = make_visit(contact_person="Li Example")
	frappe.db.commit()
	from customer_service.tests.browser import text_of

	printed = text_of(client("clerk").pdf("Contact Record", visit.name, format="Visit Record Form", language="both"))
	for wanted in ("CR-03", "顾客拜访记录", "Customer Visit Record", "Customer's plant", "Enno Engineer", "Wu Example"):
		assert wanted in printed, wanted


# --- communication plan (A-3) --------------------------------------------------------------------------------------


def make_planned_contact(**values):
	task = {"task": "Ask Quality for the report", "responsible": email("quality_reviewer"), "due_on": "2030-01-31"}
	return make_contact(plan_mode="Written answer", plan_means="E-mail", plan_tasks=[{**task, **values}])


def todo_of(contact):
	return frappe.get_doc("ToDo", contact.plan_tasks[0].todo)


def test_task_becomes_a_todo_of_its_person():
	contact = make_planned_contact()
	todo = todo_of(contact)
	assert (todo.allocated_to, str(todo.date), todo.status) == (email("quality_reviewer"), "2030-01-31", "Open")
	assert (todo.reference_type, todo.reference_name) == ("Contact Record", contact.name)
	contact.save()
	assert frappe.db.count("ToDo", {"reference_name": contact.name}) == 1


def test_two_tasks_of_one_person_are_two_todos():
	rows = [{"task": text, "responsible": email("engineer")} for text in ("Measure", "Write")]
	contact = make_contact(plan_tasks=rows)
	assert frappe.db.count("ToDo", {"reference_name": contact.name, "allocated_to": email("engineer")}) == 2


def test_done_in_the_todo_is_done_in_the_plan(as_user):
	contact = make_planned_contact()
	todo = todo_of(contact)
	as_user("quality_reviewer")
	todo.status = "Closed"
	todo.save()
	as_user(None)
	frappe.set_user("Administrator")
	contact.reload()
	assert contact.plan_tasks[0].done_at
	assert "Task Done" in [event[0] for event in events_of(contact)]
	todo.reload()
	todo.status = "Open"
	todo.save()
	contact.reload()
	assert not contact.plan_tasks[0].done_at


def test_done_in_the_plan_closes_the_todo():
	contact = make_planned_contact()
	contact.plan_tasks[0].done_at = clock.now()
	contact.save()
	assert todo_of(contact).status == "Closed"


def test_another_person_takes_the_todo_over_and_a_removed_task_cancels_it():
	contact = make_planned_contact()
	contact.plan_tasks[0].responsible = email("engineer")
	contact.save()
	todo = todo_of(contact)
	assert todo.allocated_to == email("engineer")
	contact.set("plan_tasks", [])
	contact.save()
	assert frappe.db.get_value("ToDo", todo.name, "status") == "Cancelled"


def test_person_with_a_task_may_read_the_contact():
	contact = make_planned_contact(responsible=email("employee"))
	assert frappe.has_permission("Contact Record", "read", contact, user=email("employee"))
	assert not frappe.has_permission("Contact Record", "write", contact, user=email("employee"))


def test_contact_is_not_closed_while_a_task_is_open():
	contact = make_planned_contact()
	contact.status = "Closed"
	with pytest.raises(ContactError, match="Ask Quality"):
		contact.save()


# --- watched channels (A-9) ----------------------------------------------------------------------------------------


def test_check_is_stamped_and_the_next_one_follows_by_the_calendar(client):
	channel = make_channel()
	assert channel.name in [row["name"] for row in watching.due_channels()]
	frappe.db.commit()
	answer = client("clerk").call(
		"customer_service.customer_communication.api.mark_checked", channel=channel.name, note="Two comments."
	)
	frappe.db.rollback()
	channel.reload()
	assert channel.last_checked_by == email("clerk")
	assert channel.next_check_at - channel.last_checked_at == timedelta(hours=4)
	assert answer["next_check_at"] == str(channel.next_check_at)
	assert [row[0] for row in events_of(channel)] == ["Checked"]
	assert channel.name not in [row["name"] for row in watching.due_channels()]


def test_only_the_watcher_says_that_he_looked(client):
	channel = make_channel()
	frappe.db.commit()
	with pytest.raises(Refused) as refused:
		client("quality_reviewer").call(
			"customer_service.customer_communication.api.mark_checked", channel=channel.name
		)
	assert refused.value.status == 403
	frappe.db.rollback()
	channel.reload()
	assert channel.last_checked_at is None


def test_last_check_cannot_be_typed():
	channel = make_channel(last_checked_at="2020-01-01 00:00:00")
	assert channel.last_checked_at is None
	channel.last_checked_by = email("manager")
	channel.save()
	assert channel.last_checked_by is None


def test_comment_keeps_where_it_was_found_and_a_partner_is_marked():
	forum = make_contact(
		channel="Forum",
		watched_channel=make_channel().name,
		page_address="https://forum.example.com/7",
		author_name="fan7",
	)
	assert (forum.is_reported_by_partner, forum.author_name) == (0, "fan7")
	manager = make_channel(channel_name="Property manager of Garden Estate", kind="Partner", address="Ms Zhou")
	told = make_contact(channel="Phone", watched_channel=manager.name, partner_person="Ms Zhou")
	assert told.is_reported_by_partner == 1


def test_address_of_a_page_is_one_of_the_web():
	with pytest.raises(ContactError, match="http"):
		make_contact(channel="Forum", page_address="javascript:alert(1)")


# --- a complaint from a contact ------------------------------------------------------------------------------------


def test_complaint_takes_over_what_the_contact_says_and_names_it(client):
	contact = make_contact(
		topic="Product Quality", contact_person="Li Example", contact_email="li@customer.example.com", channel="Forum",
		content="Scratched.",
	)  # fmt: skip
	frappe.db.commit()
	clerk = client("clerk")
	made = clerk.read(
		"customer_service.complaint_handling.from_contact.make_complaint", source_name=contact.name
	).json()["message"]
	assert (made["description"], made["channel"], made["contact_person"]) == ("Scratched.", "Forum", "Li Example")
	assert made["received_at"] == str(contact.contacted_at)
	assert not made.get("lead_department")
	stored = clerk.insert(**{**made, "complaint_class": "Quality", "defective_qty": 5})
	assert (stored["source_doctype"], stored["source_name"]) == ("Contact Record", contact.name)
	assert stored["lead_department"] == "Quality Department"
	frappe.db.rollback()
	assert ("Complaint Made", "", stored["name"]) in events_of(contact)


def test_complaint_names_no_source_that_its_maker_may_not_read(client):
	contact = make_contact(topic="Order or Contract", subject="Secret price")
	frappe.db.commit()
	values = factories.complaint_values(source_doctype="Contact Record", source_name=contact.name)
	with pytest.raises(Refused, match="may not read"):
		client("employee").insert(**values)


def test_employee_makes_no_complaint_from_a_contact_of_others(client):
	contact = make_contact()
	frappe.db.commit()
	with pytest.raises(Refused) as refused:
		client("employee").read(
			"customer_service.complaint_handling.from_contact.make_complaint", source_name=contact.name
		)
	assert refused.value.status == 403


def test_planned_contact_is_no_complaint_yet():
	with pytest.raises(CustomerServiceError, match="not taken place"):
		from_contact.make_complaint(make_visit().name)


def test_employee_takes_a_contact_in_and_sees_his_own(client):
	employee = client("employee")
	made = employee.insert(
		"Contact Record", subject="A word at the fair", content="Too late again.", topic="Delivery", channel="On-site Reception"
	)  # fmt: skip
	assert employee.get("Contact Record", made["name"])["lead_department"] == "Marketing"
	with pytest.raises(Refused):
		client("warehouse").get("Contact Record", made["name"])
