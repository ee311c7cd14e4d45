"""The complaint itself: what it refuses (F-2), what it completes, and how its clocks run (F-5, F-6)."""

from datetime import timedelta

import frappe
import pytest
from frappe.model.workflow import apply_workflow
from frappe.utils import get_datetime

from customer_service.exceptions import CustomerServiceError, FutureDateError, QuantityError
from customer_service.organisation import clock, clock_sweep, clocks
from customer_service.tests.factories import (
	email,
	make_clock_policy,
	make_complaint,
	make_customer,
	make_working_calendar,
	monday_morning,
)

# --- bad input -----------------------------------------------------------------------------------------------------


def test_defective_quantity_may_not_exceed_shipped():
	with pytest.raises(QuantityError, match="Defective Quantity .501.0. must not exceed Shipped Quantity .500.0."):
		make_complaint(shipped_qty=500, defective_qty=501)
	assert make_complaint(shipped_qty=500, defective_qty=500).name


def test_defective_quantity_is_free_where_the_shipment_is_unknown():
	assert make_complaint(shipped_qty=None, defective_qty=3).name


@pytest.mark.parametrize("fieldname", ["received_at", "ship_date"])
def test_date_in_the_future_is_refused_naming_the_field(fieldname):
	label = frappe.get_meta("Complaint").get_label(fieldname)
	with pytest.raises(FutureDateError, match=label):
		make_complaint(**{fieldname: clock.now() + timedelta(days=2)})


def test_unknown_customer_is_refused():
	with pytest.raises(frappe.LinkValidationError, match="No Such Customer"):
		make_complaint(customer="No Such Customer")


@pytest.mark.parametrize("fieldname", ["priority", "severity", "channel"])
def test_unknown_choice_is_refused(fieldname):
	with pytest.raises(frappe.ValidationError):
		make_complaint(**{fieldname: "No Such Choice"})


TEXT_FIELDS = (
	"reported_company",
	"contact_person",
	"contact_phone",
	"order_no",
	"part_no",
	"description",
	"customer_demand",
	"cause",
	"decision",
	"measures",
	"answer",
)


@pytest.mark.parametrize("fieldname", TEXT_FIELDS)
def test_script_tags_are_taken_out_of_every_text_field(fieldname):
	stored = make_complaint(**{fieldname: "<script>alert(1)</script>a < b<img src=x onerror=alert(1)>"})
	value = frappe.db.get_value("Complaint", stored.name, fieldname)
	assert "<script" not in value and "<img" not in value and "alert(1)a < b" in value


@pytest.mark.parametrize("fieldname", TEXT_FIELDS)
def test_sql_in_a_text_field_is_text(fieldname):
	attack = "'; drop table `tabComplaint`; -- %s {} \" \\"
	stored = make_complaint(**{fieldname: attack})
	assert frappe.db.get_value("Complaint", stored.name, fieldname) == attack
	assert frappe.db.count("Complaint", {fieldname: attack}) == 1


def test_a_megabyte_of_text_is_refused_naming_the_field():
	with pytest.raises(CustomerServiceError, match="Description.* is too long"):
		make_complaint(description="汉" * 350_000)


def test_rare_characters_and_emoji_survive():
	text = "㐀𠮷😀 שלום"
	assert frappe.db.get_value("Complaint", make_complaint(description=text).name, "description") == text


def test_number_series_of_another_register_is_refused():
	"""L1: each register has its own series, whatever a request names."""
	with pytest.raises(CustomerServiceError, match="Number series"):
		make_complaint(naming_series="CMP-2026-9.####")
	assert make_complaint(amended_from="CMP-2026-00001").name


def test_computed_numbers_out_of_all_measure_are_refused():
	for value in ("nan", float("inf"), 1e18, "many"):
		with pytest.raises(CustomerServiceError, match="must be a number"):
			make_complaint(shipped_qty=value, defective_qty=None)


# --- what follows from the rest --------------------------------------------------------------------------------------


def test_registered_contact_names_the_customer():
	customer = make_customer()
	email = customer.contacts[0].email
	assert make_complaint(contact_email=email).customer == customer.name


def test_address_of_two_customers_names_neither():
	first, second = make_customer(), make_customer()
	second.contacts[0].email = first.contacts[0].email
	second.save()
	assert make_complaint(contact_email=first.contacts[0].email).customer is None


@pytest.mark.parametrize("loss, major", [(4999.99, 0), (5000, 1), (5000.01, 1)])
def test_loss_from_the_sites_threshold_on_is_major(loss, major):
	"""F-5: loss ≥ 5,000 CNY."""
	settings = frappe.get_doc("Customer Service Settings")
	settings.major_loss_threshold = 5000
	settings.save()
	assert make_complaint(estimated_loss=loss).is_major == major


@pytest.mark.parametrize(
	"owner, person", [("", None), ("Group Leader", "quality_reviewer"), ("Department Head", "quality_head")]
)
def test_major_complaint_belongs_to_whom_the_settings_name(owner, person):
	"""F-5: owner is the group leader; who it is, is data. Whoever has the complaint already keeps it."""
	settings = frappe.get_doc("Customer Service Settings")
	settings.major_owner = owner
	settings.save()
	department = frappe.get_doc("Service Department", "Quality Department")
	next(row for row in department.members if row.user == email("quality_reviewer")).is_group_leader = 1
	department.save()
	assert make_complaint().assigned_to is None
	complaint = make_complaint()
	complaint.is_major = 1
	complaint.save()
	assert complaint.assigned_to == (email(person) if person else None)
	taken = make_complaint(assigned_to=email("quality_reviewer"), is_major=1)
	assert taken.assigned_to == email("quality_reviewer")


def test_complaint_cannot_be_answered_while_its_customer_is_unknown():
	complaint = through(make_complaint(), "Acknowledge", "Assess", "Start Investigation", "Decide", "Carry Out")
	with pytest.raises(CustomerServiceError, match="Customer"):
		apply_workflow(complaint, "Answer Customer")


# --- clocks ----------------------------------------------------------------------------------------------------------


def through(complaint, *actions):
	for action in actions:
		complaint = apply_workflow(complaint, action)
	return complaint


@pytest.fixture
def office_policy():
	"""Response within 4 working hours, resolution within 2 working days of 8 hours, which pauses."""
	spans = [(day, start, end) for day in range(5) for start, end in (("09:00", "12:00"), ("13:00", "18:00"))]
	calendar = make_working_calendar("Test Office", spans).name
	return make_clock_policy(
		[
			{"clock": "Response", "limit_value": 4, "calendar": calendar, "pauses_while_waiting": 0},
			{
				"clock": "Resolution",
				"limit_value": 2,
				"limit_unit": "Working Days",
				"calendar": calendar,
				"pauses_while_waiting": 1,
			},
		],
		complaint_class="Quality",
	).name


def moments(**offsets):
	return monday_morning() + timedelta(**offsets)


def limit_of(complaint, name="Resolution"):
	return next(row for row in clocks.rows_of("Complaint", complaint.name) if row.clock == name)


def test_policy_is_chosen_by_its_conditions(office_policy):
	start = monday_morning()
	quality = make_complaint(received_at=start)
	assert quality.clock_policy == office_policy
	# 4 working hours from 9:00: 3 before lunch, one after: 14:00. Two days of 8 h: Tuesday 18:00.
	assert get_datetime(quality.response_due) == start + timedelta(hours=5)
	assert get_datetime(quality.resolution_due) == start + timedelta(days=1, hours=9)


def test_default_policy_where_no_other_matches(office_policy):
	"""F-6: response 30 min around the clock, the case within 5 working days."""
	start = monday_morning()
	delivery = make_complaint(received_at=start, complaint_class="Delivery")
	assert delivery.clock_policy == "Complaint Standard"
	assert get_datetime(delivery.response_due) == start + timedelta(minutes=30)
	assert get_datetime(delivery.resolution_due) == start + timedelta(days=4, hours=9)  # Friday 18:00


def test_policy_edited_by_an_administrator_counts_for_the_next_case(office_policy):
	policy = frappe.get_doc("Service Clock Policy", office_policy)
	policy.limits[0].limit_value = 1
	policy.save()
	start = monday_morning()
	assert get_datetime(make_complaint(received_at=start).response_due) == start + timedelta(hours=1)


def test_without_any_policy_there_are_no_due_times():
	for name in frappe.get_all("Service Clock Policy", pluck="name"):
		policy = frappe.get_doc("Service Clock Policy", name)
		policy.enabled = 0
		policy.save()
	complaint = make_complaint()
	assert complaint.clock_policy is None and complaint.response_due is None


def test_waiting_for_the_customer_moves_only_the_clock_that_pauses(office_policy):
	start = monday_morning()
	frappe.flags.service_now = start
	complaint = through(make_complaint(received_at=start), "Acknowledge")
	frappe.flags.service_now = moments(hours=2)  # 11:00
	complaint = through(complaint, "Ask Customer")
	assert get_datetime(complaint.waiting_since) == moments(hours=2)
	frappe.flags.service_now = moments(hours=6)  # 15:00: 1 h before and 2 h after lunch have passed
	complaint = through(complaint, "Customer Replied")
	assert complaint.waiting_since is None
	assert limit_of(complaint).paused_minutes == 180
	# Tuesday 18:00 and three working hours more: Wednesday 12:00.
	assert get_datetime(complaint.resolution_due) == moments(days=2, hours=3)
	assert get_datetime(complaint.response_due) == moments(hours=5)


def test_first_step_stops_the_response_clock(office_policy):
	frappe.flags.service_now = monday_morning()
	complaint = make_complaint(received_at=monday_morning())
	frappe.flags.service_now = moments(hours=5, minutes=1)  # due 14:00
	complaint = through(complaint, "Acknowledge")
	assert get_datetime(complaint.responded_at) == moments(hours=5, minutes=1)
	assert complaint.response_breached == 1


def test_reopening_starts_a_new_round_of_resolution(office_policy):
	frappe.flags.service_now = monday_morning()
	customer = make_customer().name
	complaint = through(
		make_complaint(received_at=monday_morning(), customer=customer),
		"Acknowledge",
		"Assess",
		"Start Investigation",
		"Decide",
		"Carry Out",
		"Answer Customer",
	)
	assert get_datetime(complaint.resolved_at) == monday_morning()
	frappe.flags.service_now = moments(days=2)  # Wednesday 9:00
	complaint = through(complaint, "Reopen")
	assert (complaint.reopen_count, complaint.resolved_at) == (1, None)
	assert get_datetime(complaint.resolution_due) == moments(days=3, hours=9)  # Thursday 18:00


def test_sweep_marks_a_breach_once_without_anyone_opening_the_record(office_policy):
	frappe.flags.service_now = monday_morning()
	complaint = make_complaint(received_at=monday_morning())
	for hours, late in ((5, (0, 0)), (6, (1, 0)), (33, (1, 0)), (34, (1, 1)), (100, (1, 1))):
		frappe.flags.service_now = moments(hours=hours)
		clock_sweep.mark_breaches()
		clock_sweep.mark_breaches()
		found = frappe.db.get_value("Complaint", complaint.name, ["response_breached", "resolution_breached"])
		assert found == late, hours
	events = frappe.get_all(
		"Service Event", {"reference_name": complaint.name, "event": "Clock Breached"}, pluck="before_value"
	)
	assert sorted(events) == ["Resolution", "Response"]


def test_sweep_marks_a_waiting_case_only_by_limits_that_run_on(office_policy):
	"""F-6: the clocks of our steps pause while the customer is awaited, a limit of the whole case may not."""
	frappe.flags.service_now = monday_morning()
	pausing = through(make_complaint(received_at=monday_morning()), "Acknowledge", "Ask Customer")
	standard = through(
		make_complaint(received_at=monday_morning(), complaint_class="Delivery"), "Acknowledge", "Ask Customer"
	)
	cancelled = through(make_complaint(received_at=monday_morning()), "Cancel Complaint")
	frappe.flags.service_now = moments(days=10)
	clock_sweep.mark_breaches()
	late = {
		name: frappe.db.get_value("Complaint", name, "resolution_breached") for name in (pausing.name, standard.name)
	}
	assert late == {pausing.name: 0, standard.name: 1}
	assert frappe.db.get_value("Complaint", cancelled.name, "resolution_breached") == 0
	assert [shown["state"] for shown in clocks.summary(pausing)] == ["kept", "paused"]
	assert [shown["state"] for shown in clocks.summary(standard)] == ["kept", "late"]
	assert clocks.summary(cancelled) == []


def test_waiting_is_shown_apart_also_where_it_moves_no_limit():
	frappe.flags.service_now = monday_morning()
	complaint = through(
		make_complaint(received_at=monday_morning(), complaint_class="Delivery"), "Acknowledge", "Ask Customer"
	)
	due = complaint.resolution_due
	frappe.flags.service_now = moments(hours=3)
	complaint = through(complaint, "Customer Replied")
	assert (complaint.waited_minutes, limit_of(complaint).paused_minutes) == (180, 0)
	assert get_datetime(complaint.resolution_due) == get_datetime(due)


def test_policy_that_was_disabled_still_rules_its_running_cases(office_policy):
	frappe.flags.service_now = monday_morning()
	complaint = through(make_complaint(received_at=monday_morning()), "Acknowledge", "Ask Customer")
	policy = frappe.get_doc("Service Clock Policy", office_policy)
	policy.enabled = 0
	policy.save()
	frappe.flags.service_now = moments(hours=2)
	complaint = through(complaint, "Customer Replied")
	assert limit_of(complaint).paused_minutes == 120


def test_late_sweep_ends_like_a_punctual_one(office_policy):
	frappe.flags.service_now = monday_morning()
	complaint = make_complaint(received_at=monday_morning())
	frappe.flags.service_now = moments(days=9)
	clock_sweep.mark_breaches()
	found = frappe.db.get_value("Complaint", complaint.name, ["response_breached", "resolution_breached"])
	assert found == (1, 1)


@pytest.mark.parametrize(
	"hours, states",
	[(0, ["running", "running"]), (4, ["soon", "running"]), (6, ["late", "running"]), (33, ["late", "soon"])],
)
def test_form_tells_how_each_clock_stands(office_policy, hours, states):
	frappe.flags.service_now = monday_morning()
	complaint = make_complaint(received_at=monday_morning())
	frappe.flags.service_now = moments(hours=hours)
	assert [shown["state"] for shown in clocks.summary(complaint)] == states


def test_second_default_policy_is_refused():
	with pytest.raises(CustomerServiceError, match="Complaint Standard"):
		make_clock_policy([{"clock": "Response", "limit_value": 1}], is_default=1)


def test_same_clock_twice_is_refused_naming_the_rows():
	with pytest.raises(CustomerServiceError, match="Row 2: the clock .*Response.* is already limited in row 1"):
		make_clock_policy([{"clock": "Response", "limit_value": 1}, {"clock": "Response", "limit_value": 2}])
