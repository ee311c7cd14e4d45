"""Abnormalities of customers' property (D-5): reported in three fields, told at once, taken to the customer, closed by his answer."""

from datetime import timedelta

import frappe
import pytest

from customer_service.customer_property import event_api, from_event, ledger, property_events
from customer_service.exceptions import (
	DeletionRefusedError,
	FutureDateError,
	LedgerError,
	PropertyError,
	RecordClosedError,
)
from customer_service.organisation import clock, clock_sweep
from customer_service.tests import properties
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, go
from customer_service.tests.forked import at_once
from customer_service.tests.production import acting, change
from customer_service.tests.production import told as who_was_told

DOCTYPE = "Property Event"
API = "customer_service.customer_property.event_api"


def fresh(doc):
	return frappe.get_doc(doc.doctype, doc.name)


def reported(by: str = "plant", item=None, **values):
	item = item or properties.stocked(100)
	name = acting(by, property_events.report, item.name, "Damage", "Two corners are dented.", 2, **values)
	return frappe.get_doc(DOCTYPE, name)


def told(doc=None, by: str = "materials_reviewer"):
	doc = doc or reported()
	acting(by, event_api.record_told, doc.name, "Phone", "Li Example")
	return fresh(doc)


def answer(doc, decision: str, remark: str | None = None, by: str = "materials_reviewer", person: str = "Li Example"):
	acting(by, event_api.record_answer, doc.name, decision, person, remark)
	return fresh(doc)


# --- reporting ---------------------------------------------------------------------------------------------------------


def test_three_fields_make_a_report_and_materials_is_told_at_once():
	item = properties.stocked(100)
	doc = reported(item=item)
	assert (doc.property_name, doc.customer, doc.place) == (item.property_name, item.customer, item.storage_place)
	assert (doc.department, doc.reporting_department) == ("Materials", "Manufacturing")
	assert (doc.reported_by, doc.workflow_state, doc.qty) == (email("plant"), "Reported", 2)
	assert doc.contact_person == "Li Example" and doc.contact_email
	assert who_was_told(doc) == {email("materials_reviewer")}
	assert properties.state(item) == "Abnormal"


def test_reporter_need_not_see_the_item_but_sees_his_report():
	item = properties.stocked(10)
	frappe.set_user(email("plant"))
	assert not frappe.has_permission("Customer Property", "read", doc=item.name)
	doc = reported(by="plant", item=item)
	assert frappe.has_permission(DOCTYPE, "read", doc=doc, user=email("plant"))


@pytest.mark.parametrize("field", ["serial_no", "lot_no"])
def test_code_is_also_a_serial_number_or_lot(field):
	code = f"X-{frappe.generate_hash(length=8)}"
	item = properties.stocked(10, **{field: code})
	assert property_events.item_of(f" {code} ") == item.name


@pytest.mark.parametrize("code", ["", "  ", "no such thing", "%", None])
def test_code_that_names_nothing_is_refused(code):
	with pytest.raises(PropertyError, match="No customer property has"):
		property_events.item_of(code)


def test_code_that_names_several_is_refused():
	for _each in range(2):
		properties.make_item(lot_no="LOT-TWICE")
	with pytest.raises(PropertyError, match="Several customer properties"):
		property_events.item_of("LOT-TWICE")


def test_code_is_shown_escaped():
	with pytest.raises(PropertyError) as refused:
		property_events.item_of("a <b&c")
	assert "&amp;c" in str(refused.value)


@pytest.mark.parametrize("by", ["general_manager", "employee", "service_admin"])
def test_who_may_not_report_is_refused(by):
	item = properties.stocked(10)
	with pytest.raises(frappe.PermissionError):
		reported(by=by, item=item)


def test_bad_values_are_refused():
	item = properties.stocked(10)
	values = {"doctype": DOCTYPE, "customer_property": item.name, "kind": "Loss", "description": "x"}
	with pytest.raises(PropertyError):
		frappe.get_doc({**values, "qty": -1}).insert()
	with pytest.raises(FutureDateError):
		frappe.get_doc({**values, "found_at": clock.now() + timedelta(hours=2)}).insert()


def test_no_request_sets_what_follows():
	item = properties.stocked(10)
	values = {
		"department": "Marketing",
		"told_at": "2020-01-01 00:00:00",
		"customer_decision": "Accept",
		"customer": None,
	}
	doc = reported(item=item, **values)
	assert (doc.department, doc.told_at, doc.customer_decision, doc.customer) == ("Materials", None, "", item.customer)


# --- the clock ---------------------------------------------------------------------------------------------------------


def test_clock_runs_a_day_until_the_customer_is_told():
	doc = reported()
	row = frappe.get_doc("Service Clock", {"reference_name": doc.name})
	assert row.due_at - row.started_at == timedelta(hours=24) and row.status == "Running"
	assert doc.told_due == row.due_at and row.department == "Materials"
	doc = told(doc)
	row.reload()
	assert (row.status, row.stopped_at, doc.told_late) == ("Stopped", doc.told_at, 0)
	again = told(doc)  # told once more: the clock stands as it did
	assert (again.told_at, fresh(row).stopped_at) == (doc.told_at, doc.told_at)


def test_late_telling_is_marked():
	doc = reported()
	started, due = clock.now() - timedelta(hours=25), clock.now() - timedelta(hours=1)
	frappe.db.set_value(DOCTYPE, doc.name, "reported_at", started, update_modified=False)
	name = frappe.db.get_value("Service Clock", {"reference_name": doc.name})
	frappe.db.set_value("Service Clock", name, {"started_at": started, "due_at": due, "next_notice_at": due})
	while clock_sweep.mark_breaches():
		pass
	assert frappe.db.get_value("Service Clock", name, "is_breached") == 1
	assert told(doc).told_late == 1


def test_withdrawn_report_has_no_clock():
	doc = change(reported(), "materials_reviewer", end_reason="Not ours")
	doc = go(doc, "Withdraw Report", by="materials_reviewer")
	assert frappe.db.get_value("Service Clock", {"reference_name": doc.name}, "status") == "Cancelled"


# --- who writes and steps ----------------------------------------------------------------------------------------------


def test_reporter_corrects_his_report_until_the_customer_was_told():
	doc = change(reported(), "plant", qty=3)
	assert doc.qty == 3
	doc = told(doc)
	for by in ("plant", "materials_reviewer"):
		with pytest.raises(RecordClosedError, match="was told"):
			change(doc, by, description="other")
	assert change(doc, "materials_reviewer", cause="Fork lift").cause == "Fork lift"


def test_reporter_does_not_write_the_words_of_the_department():
	doc = reported()
	for values in ({"cause": "x"}, {"message": "x"}, {"end_reason": "x"}):
		with pytest.raises(frappe.PermissionError, match="Materials"):
			change(doc, "plant", **values)


def test_withdrawing_has_a_reason_and_is_the_departments():
	doc = reported()
	with pytest.raises(PropertyError, match="what has become"):
		go(doc, "Withdraw Report", by="materials_reviewer")
	frappe.clear_messages()
	doc = change(doc, "materials_reviewer", end_reason="Our own box")
	for by in ("plant", "clerk", "warehouse"):
		with pytest.raises(frappe.ValidationError if by == "plant" else frappe.PermissionError):
			go(doc, "Withdraw Report", by=by) if by != "plant" else _withdraw_as_plant(doc)
	doc = go(doc, "Withdraw Report", by="materials_reviewer")
	assert (doc.workflow_state, doc.state_category) == ("Withdrawn", "Cancelled") and doc.ended_at
	assert properties.state(doc.customer_property) == "In Store"


def _withdraw_as_plant(doc):
	try:
		go(doc, "Withdraw Report", by="plant")
	except frappe.PermissionError as error:
		raise frappe.ValidationError from error


def test_ended_event_stays():
	doc = answer(told(), "Accept")
	with pytest.raises(RecordClosedError):
		change(doc, "materials_reviewer", cause="x")
	with pytest.raises(DeletionRefusedError):
		frappe.delete_doc(DOCTYPE, doc.name)


# --- the customer ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", ["Accept", "Compensate", "Other"])
def test_answer_that_leaves_nothing_to_do_closes(decision):
	doc = answer(told(), decision, "30 yuan <b>each</b>")
	assert (doc.workflow_state, doc.customer_decision, doc.customer_answer) == ("Closed", decision, "30 yuan each")
	assert (doc.customer_decided_by, doc.customer_decided_via) == ("Li Example", "Staff")
	assert properties.state(doc.customer_property) == "In Store"
	assert frappe.db.get_value("Customer Property", doc.customer_property, "open_events") == 0


@pytest.mark.parametrize("decision", ["Replace", "Repair", "Return", "Scrap"])
def test_answer_that_needs_work_is_closed_by_the_department_with_a_word(decision):
	doc = answer(told(), decision)
	assert doc.workflow_state == "Customer Decided" and properties.state(doc.customer_property) == "Abnormal"
	with pytest.raises(PropertyError, match="what has become"):
		go(doc, "Close Abnormality", by="materials_reviewer")
	frappe.clear_messages()
	doc = change(doc, "materials_reviewer", end_reason="Returned with waybill 4711")
	with pytest.raises(frappe.PermissionError):
		go(doc, "Close Abnormality", by="clerk")
	assert go(doc, "Close Abnormality", by="materials_reviewer").workflow_state == "Closed"


def test_item_stays_abnormal_while_another_event_runs():
	item = properties.stocked(10)
	first, second = reported(item=item), reported(item=item)
	answer(told(first), "Accept")
	assert properties.state(item) == "Abnormal"
	answer(told(second), "Accept")
	assert properties.state(item) == "In Store"


def test_answer_comes_after_telling_and_once():
	doc = reported()
	with pytest.raises(PropertyError, match="record first that the customer was told"):
		answer(doc, "Accept")
	doc = told(doc)
	with pytest.raises(PropertyError, match="write in the remark"):
		answer(doc, "Other")
	with pytest.raises(PropertyError, match="choose one"):
		answer(doc, "Use As Is")
	answer(doc, "Repair")
	with pytest.raises(PropertyError, match="answered|decided already"):
		answer(doc, "Accept")
	with pytest.raises(PropertyError, match="waits for the customer"):
		told(doc)


@pytest.mark.parametrize("by", ["plant", "quality_reviewer", "warehouse", "general_manager"])
def test_others_neither_tell_nor_answer(by):
	doc = told()
	for call in (
		lambda: acting(by, event_api.record_told, doc.name, "Phone", "Li"),
		lambda: acting(by, event_api.tell, doc.name),
		lambda: answer(doc, "Accept", by=by),
	):
		with pytest.raises(frappe.PermissionError):
			call()


def test_marketing_may_take_it_to_the_customer_too():
	assert told(by="clerk").told_via == "Phone"


def test_answers_at_the_same_moment_are_one():
	doc = told()
	frappe.db.commit()
	values = {"name": doc.name, "by": "Li Example"}
	jobs = [
		{"user": email("clerk"), "method": f"{API}.record_answer", "values": {**values, "decision": decision}}
		for decision in ("Accept", "Scrap", "Repair", "Return")
	]
	said = at_once(jobs)
	assert sorted(each.partition(":")[0] for each in said) == ["PropertyError"] * 3 + ["ok"], said


# --- what follows ------------------------------------------------------------------------------------------------------


def test_difference_is_booked_once_with_reference_to_the_event():
	doc = reported()
	names = acting("warehouse", event_api.book_difference, doc.name, -2, None, "Not on the shelf")
	entry = frappe.get_doc("Property Ledger Entry", names[0])
	assert (entry.kind, entry.qty, entry.reference_name, entry.actor) == (
		"Count Difference",
		-2,
		doc.name,
		email("warehouse"),
	)
	assert frappe.db.get_value("Customer Property", doc.customer_property, "on_hand") == 98
	with pytest.raises(PropertyError, match="booked already"):
		acting("warehouse", event_api.book_difference, doc.name, -2)


def test_difference_booked_twice_at_the_same_moment_is_booked_once():
	doc = reported()
	frappe.db.commit()
	job = {"user": email("warehouse"), "method": f"{API}.book_difference", "values": {"name": doc.name, "qty": -2}}
	said = at_once([job] * 4)
	assert sorted(each.partition(":")[0] for each in said) == ["PropertyError"] * 3 + ["ok"], said
	frappe.db.rollback()
	assert frappe.db.get_value("Customer Property", doc.customer_property, "on_hand") == 98


def test_difference_whose_entry_was_reversed_may_be_booked_again():
	doc = reported()
	names = acting("warehouse", event_api.book_difference, doc.name, -2)
	ledger.reverse(names, "Counted wrongly")
	assert acting("warehouse", event_api.book_difference, doc.name, -1)


@pytest.mark.parametrize("qty, error", [(0, PropertyError), (-101, LedgerError), ("x", frappe.ValidationError)])
def test_difference_is_a_number_that_is_there(qty, error):
	with pytest.raises(error):
		acting("warehouse", event_api.book_difference, reported().name, qty)


@pytest.mark.parametrize("by", ["plant", "clerk", "general_manager"])
def test_others_book_no_difference(by):
	with pytest.raises(frappe.PermissionError):
		acting(by, event_api.book_difference, reported().name, -1)


def test_complaint_takes_over_what_is_known():
	doc = reported()
	made = acting("clerk", from_event.make_complaint, doc.name)
	assert (made.customer, made.description, made.product) == (doc.customer, doc.description, doc.property_name)
	assert (made.defective_qty, made.source_doctype, made.source_name) == (2, DOCTYPE, doc.name)
	assert made.contact_person == "Li Example" and made.lead_department is None
	with pytest.raises(frappe.PermissionError):
		acting("quality_reviewer", from_event.make_complaint, doc.name)
	made.update({"channel": "Phone", "complaint_class": "Service", "topic": "Product Quality"})
	acting("clerk", made.insert)
	event = frappe.get_last_doc("Service Event", {"reference_name": doc.name, "event": "Complaint Made"})
	assert event.after_value == made.name


def test_improvement_starts_from_an_event():
	from customer_service.improvement import sources

	doc = reported()
	made = frappe.get_doc("Improvement", sources.start(DOCTYPE, doc.name, "Corrective"))
	assert (made.problem_what, made.problem_how_many, made.customer) == (doc.description, "2", doc.customer)


def test_doors_of_the_api_obey(client):
	doc = reported()
	frappe.db.commit()
	with pytest.raises(Refused) as refused:
		client("quality_reviewer").get(DOCTYPE, doc.name)
	assert refused.value.status == 403
	with pytest.raises(Refused):
		client("plant").update(DOCTYPE, doc.name, workflow_state="Closed")
	name = client("plant").call(f"{API}.report", code=doc.customer_property, kind="Loss", description="One is missing")
	assert client("plant").get(DOCTYPE, name)["workflow_state"] == "Reported"
	with pytest.raises(Refused) as refused:
		client(None).call(f"{API}.report", code=doc.customer_property, kind="Loss", description="x")
	assert refused.value.status == 403
