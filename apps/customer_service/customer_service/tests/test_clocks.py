"""The clocks of a record while it lives (F-6, G-5): triggers, rounds, pauses by hand, changed policies. Figures by hand."""

from datetime import timedelta

import frappe
import pytest
from frappe.model.workflow import apply_workflow
from frappe.utils import get_datetime

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import clock_plan, clock_sweep, clocks, replanning
from customer_service.tests.client import Refused
from customer_service.tests.factories import (
	make_clock_policy,
	make_clock_type,
	make_complaint,
	make_customer,
	make_working_calendar,
	monday_morning,
)

OFFICE = [(day, "09:00", "18:00") for day in range(5)]  # nine hours a day


def moment(hours: float):
	return monday_morning() + timedelta(hours=hours)


@pytest.fixture(autouse=True)
def monday():
	frappe.flags.service_now = monday_morning()


@pytest.fixture
def calendar():
	return make_working_calendar("Test Clock Hours", OFFICE).name


@pytest.fixture
def policy(calendar):
	"""Two clocks that pause, and one of the whole case that does not."""
	return make_clock_policy(
		[
			{"clock": "Response", "limit_value": 4, "calendar": calendar},
			{"clock": "Resolution", "limit_value": 2, "limit_unit": "Working Days", "calendar": calendar},
			{
				"clock": "Closing",
				"limit_value": 5,
				"limit_unit": "Working Days",
				"calendar": calendar,
				"pauses_while_waiting": 0,
			},
		],
		complaint_class="Quality",
	).name


def a_case(**values):
	return make_complaint(received_at=monday_morning(), customer=make_customer().name, **values)


def row(case, name: str, round_no: int = 1):
	found = clocks.rows_of(case.doctype, case.name)
	return next(each for each in found if each.clock == name and each["round"] == round_no)


def through(case, *actions):
	for action in actions:
		case = apply_workflow(case, action)
	return case


TO_ANSWER = ("Acknowledge", "Assess", "Start Investigation", "Decide", "Carry Out", "Answer Customer")


def test_several_clocks_run_on_one_record(policy):
	case = a_case()
	due = {each.clock: each.due_at for each in clocks.rows_of("Complaint", case.name)}
	# 4 h: 13:00. Two days of nine hours: Tuesday 18:00. Five: Friday 18:00.
	assert due == {"Response": moment(4), "Resolution": moment(33), "Closing": moment(105)}
	assert get_datetime(case.next_due) == moment(4)
	case = through(case, "Acknowledge")
	assert get_datetime(case.next_due) == moment(33)
	assert row(case, "Response").status == "Stopped"


def test_whole_case_clock_runs_on_while_the_customer_is_awaited_and_shows_the_waiting(policy):
	case = through(a_case(), "Acknowledge")
	frappe.flags.service_now = moment(1)
	case = through(case, "Ask Customer")
	assert [row(case, name).status for name in ("Resolution", "Closing")] == ["Paused", "Running"]
	frappe.flags.service_now = moment(4)
	case = through(case, "Customer Replied")
	assert (row(case, "Closing").waited_minutes, row(case, "Closing").paused_minutes) == (180, 0)
	assert row(case, "Closing").due_at == moment(105)
	assert row(case, "Resolution").due_at == moment(33 + 15 + 3)  # Tuesday 18:00 and 3 h more: Wednesday 12:00


def test_reopening_starts_a_new_round_and_leaves_the_old_one_as_it_was(policy):
	case = a_case()
	frappe.flags.service_now = moment(34)  # an hour late
	case = through(case, *TO_ANSWER)
	first = row(case, "Resolution")
	assert (first.is_breached, first.stopped_at) == (1, moment(34))
	frappe.flags.service_now = moment(48)  # Wednesday 9:00
	case = through(case, "Reopen")
	assert row(case, "Resolution") == first
	second = row(case, "Resolution", 2)
	assert (second.due_at, second.is_breached, second.status) == (moment(81), 0, "Running")  # Thursday 18:00
	assert (case.reopen_count, case.resolution_breached) == (1, 0)
	# The clock of the whole case was never stopped, and goes on; the first response is not asked for again.
	rows = clocks.rows_of("Complaint", case.name)
	assert [each["round"] for each in rows if each.clock == "Closing"] == [1]
	assert [each["round"] for each in rows if each.clock == "Response"] == [1]


def test_clock_starts_and_stops_with_dates_of_the_record(calendar):
	"""F-6: from one dated step to another, such as from the shipment to the receipt."""
	make_clock_type(
		"Test Stage", starts_on="Date Field", start_field="ship_date", stops_on="State", stop_state="Assessed"
	)
	make_clock_policy(
		[{"clock": "Test Stage", "limit_value": 1, "limit_unit": "Working Days", "calendar": calendar}],
		complaint_class="Quality",
	)
	case = a_case(ship_date=None)
	assert clocks.rows_of("Complaint", case.name) == []
	case.ship_date = (monday_morning() - timedelta(days=3)).date()  # Friday 0:00
	case.save()
	stage = row(case, "Test Stage")
	assert stage.due_at == monday_morning() - timedelta(days=3) + timedelta(hours=9)  # Friday 18:00
	case = through(case, "Acknowledge")
	assert row(case, "Test Stage").status == "Running"
	case = through(case, "Assess")
	assert (row(case, "Test Stage").status, row(case, "Test Stage").is_breached) == ("Stopped", 1)


def test_clock_starts_with_a_state(calendar):
	make_clock_type("Test State", starts_on="State", start_state="Assessed")
	make_clock_policy([{"clock": "Test State", "limit_value": 3, "calendar": calendar}], complaint_class="Quality")
	case = through(a_case(), "Acknowledge")
	frappe.flags.service_now = moment(2)
	case = through(case, "Assess")
	assert row(case, "Test State").due_at == moment(5)


def test_grading_chooses_another_policy_for_a_running_case(policy, calendar):
	make_clock_policy([{"clock": "Resolution", "limit_value": 6, "calendar": calendar}], priority="Urgent", rank=1)
	case = a_case()
	frappe.flags.service_now = moment(1)
	case.priority = "Urgent"
	case.save()
	assert row(case, "Resolution").due_at == moment(6)  # from its own start
	assert row(case, "Closing").status == "Cancelled"
	assert frappe.db.count("Service Event", {"reference_name": case.name, "event": "Deadline Changed"}) == 1


def test_policy_is_chosen_by_an_expression(policy, calendar):
	make_clock_policy(
		[{"clock": "Resolution", "limit_value": 1, "calendar": calendar}], condition="doc.estimated_loss > 100", rank=1
	)
	assert row(a_case(estimated_loss=100), "Resolution").due_at == moment(33)
	assert row(a_case(estimated_loss=101), "Resolution").due_at == moment(1)


# --- pauses by hand ------------------------------------------------------------------------------------------------


def test_pause_by_hand_needs_a_reason_and_moves_only_what_pauses(policy):
	case = through(a_case(), "Acknowledge")
	with pytest.raises(CustomerServiceError, match="reason"):
		case.hold_clocks("  ")
	case.hold_clocks("The part is at an outside laboratory.")
	case.save()
	assert case.held_reason == "The part is at an outside laboratory."
	with pytest.raises(CustomerServiceError, match="paused already"):
		case.hold_clocks("again")
	frappe.flags.service_now = moment(5)
	case.release_clocks()
	case.save()
	assert row(case, "Resolution").due_at == moment(33 + 15 + 5)  # Tuesday 18:00 and 5 h more: Wednesday 14:00
	assert row(case, "Closing").due_at == moment(105)
	assert case.held_since is None
	with pytest.raises(CustomerServiceError, match="not paused"):
		case.release_clocks()
	trail = frappe.get_all("Service Event", {"reference_name": case.name}, ["event", "detail"])
	assert ("Clock Paused", "The part is at an outside laboratory.") in [(each.event, each.detail) for each in trail]


def test_two_reasons_to_pause_count_their_time_once(policy):
	case = through(a_case(), "Acknowledge")
	case.hold_clocks("laboratory")
	case.save()
	frappe.flags.service_now = moment(2)
	case = through(case, "Ask Customer")
	frappe.flags.service_now = moment(4)
	case.release_clocks()
	case.save()
	assert row(case, "Resolution").status == "Paused"  # the customer is still awaited
	frappe.flags.service_now = moment(6)
	case = through(case, "Customer Replied")
	assert row(case, "Resolution").paused_minutes == 6 * 60


def test_pause_over_night_counts_working_time_only(policy):
	case = through(a_case(), "Acknowledge")
	frappe.flags.service_now = moment(8)  # 17:00
	case.hold_clocks("laboratory")
	case.save()
	frappe.flags.service_now = moment(25)  # Tuesday 10:00
	case.release_clocks()
	case.save()
	assert row(case, "Resolution").paused_minutes == 120


def test_clocks_are_paused_by_who_may_write_the_record(client):
	case = a_case()  # under the shipped policy: what is committed here stays
	frappe.db.commit()
	method = "customer_service.organisation.api.hold_clocks"
	for stranger in ("materials_reviewer", "employee"):
		with pytest.raises(Refused, match="403"):
			client(stranger).call(method, doctype="Complaint", name=case.name, reason="I want to")
	with pytest.raises(Refused, match="Give a reason"):
		client("clerk").call(method, doctype="Complaint", name=case.name, reason="")
	client("clerk").call(method, doctype="Complaint", name=case.name, reason="laboratory")
	assert client("clerk").get("Complaint", case.name)["held_reason"] == "laboratory"
	client("clerk").call("customer_service.organisation.api.release_clocks", doctype="Complaint", name=case.name)
	with pytest.raises(Refused, match="has no clocks"):
		client("clerk").call(method, doctype="Service Customer", name=case.customer, reason="x")


# --- policies and calendars that change ------------------------------------------------------------------------------


def test_changed_policy_plans_running_clocks_anew_and_keeps_history(policy, monkeypatch):
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	running, ended = a_case(), through(a_case(), *TO_ANSWER)
	before = row(ended, "Resolution")
	doc = frappe.get_doc("Service Clock Policy", policy)
	doc.limits[1].limit_value = 1
	doc.save()
	assert replanning.run("clock_policy", policy) == 1
	assert row(running, "Resolution").due_at == moment(9)
	assert get_datetime(frappe.db.get_value("Complaint", running.name, "resolution_due")) == moment(9)
	assert row(ended, "Resolution") == before
	event = frappe.get_all(
		"Service Event", {"reference_name": running.name, "event": "Deadline Changed"}, ["before_value", "after_value"]
	)
	assert [(each.before_value, each.after_value) for each in event] == [(str(moment(33)), str(moment(9)))]
	assert replanning.run("clock_policy", policy) == 0


def test_holiday_added_to_the_calendar_moves_running_clocks(policy, calendar, monkeypatch):
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	case = a_case()
	doc = frappe.get_doc("Working Calendar", calendar)
	doc.append("holidays", {"holiday_date": moment(24).date()})
	doc.save()
	replanning.run("calendar", calendar)
	assert row(case, "Resolution").due_at == moment(57)  # Wednesday 18:00
	assert row(case, "Response").due_at == moment(4)


def test_shorter_limit_that_has_passed_is_marked_by_the_next_sweep(policy, monkeypatch):
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	case = a_case()
	frappe.flags.service_now = moment(20)
	doc = frappe.get_doc("Service Clock Policy", policy)
	doc.limits[1].limit_value = 1
	doc.save()
	replanning.run("clock_policy", policy)
	clock_sweep.mark_breaches()
	assert frappe.db.get_value("Complaint", case.name, "resolution_breached") == 1


def test_policy_without_default_warns_the_administrator():
	for name in frappe.get_all("Service Clock Policy", {"document_type": "Complaint", "is_default": 1}, pluck="name"):
		frappe.db.set_value("Service Clock Policy", name, "enabled", 0)
	frappe.clear_messages()
	make_clock_policy([{"clock": "Response", "limit_value": 1}], complaint_class="Quality")
	assert "No policy is the default" in str(frappe.get_message_log())


def test_validity_that_ends_before_it_begins_is_refused():
	with pytest.raises(CustomerServiceError, match="Valid Until"):
		make_clock_policy([{"clock": "Response", "limit_value": 1}], valid_from="2026-03-02", valid_until="2026-03-01")


def test_saving_what_concerns_no_clock_costs_no_look_at_them(policy, monkeypatch):
	case = a_case()
	asked = []
	monkeypatch.setattr(clock_plan.Plan, "load", lambda self: asked.append(1))
	case.customer_demand = "a new set"
	case.save()
	assert asked == []


def test_clock_that_starts_while_the_customer_is_awaited_stands_still(calendar):
	make_clock_type("Test Late Stage", starts_on="Date Field", start_field="ship_date")
	make_clock_policy([{"clock": "Test Late Stage", "limit_value": 9, "calendar": calendar}], complaint_class="Quality")
	case = through(a_case(ship_date=None), "Acknowledge", "Ask Customer")
	case.ship_date = monday_morning().date()
	case.save()
	assert row(case, "Test Late Stage").status == "Paused"
	frappe.flags.service_now = moment(3)
	case = through(case, "Customer Replied")
	assert row(case, "Test Late Stage").due_at == moment(24 + 3)  # 18:00 and the three hours that were waited


def test_record_that_was_answered_is_no_longer_paused_by_hand(policy):
	case = through(a_case(), "Acknowledge", "Assess", "Start Investigation", "Decide", "Carry Out")
	case.hold_clocks("laboratory")
	case.save()
	case = through(case, "Answer Customer")
	assert row(case, "Closing").status == "Running"
	assert (case.held_since, case.held_reason) == (None, None)
	case = through(case, "Reopen")
	assert row(case, "Resolution", 2).status == "Running"
