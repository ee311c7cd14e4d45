"""Escalation by level (F-5, F-6): who is told when, each notice once, and digests instead of floods. Figures by hand."""

from datetime import timedelta

import frappe
import pytest
from frappe.model.workflow import apply_workflow
from frappe.utils import get_datetime

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import clock_sweep, digests, escalation
from customer_service.tests.factories import (
	email,
	make_clock_policy,
	make_complaint,
	make_escalation_rule,
	make_working_calendar,
	monday_morning,
)

# Mon–Fri 9:00–18:00. A case of Monday 9:00 with 4 hours is due on Monday 13:00.
OFFICE = [(day, "09:00", "18:00") for day in range(5)]


def moment(hours: float):
	return monday_morning() + timedelta(hours=hours)


@pytest.fixture
def department():
	"""Group leader, head, deputy and manager, each another person."""
	return (
		frappe.get_doc(
			{
				"doctype": "Service Department",
				"department_name": f"Test {frappe.generate_hash(length=6)}",
				"head": email("quality_head"),
				"deputy": email("engineer"),
				"manager": email("manager"),
				"members": [{"user": email("quality_reviewer")}, {"user": email("clerk"), "is_group_leader": 1}],
			}
		)
		.insert()
		.name
	)


@pytest.fixture
def calendar():
	return make_working_calendar("Test Escalation Hours", OFFICE).name


@pytest.fixture
def four_hours(calendar):
	return make_clock_policy(
		[{"clock": "Resolution", "limit_value": 4, "calendar": calendar, "pauses_while_waiting": 1}],
		complaint_class="Quality",
	).name


LEVELS = [
	# moment, by hours, whom, when for a case of Monday 9:00
	("Before the Limit", 1, "Assigned Person"),  # Monday 12:00
	("After the Limit", 0, "Group Leader"),  # Monday 13:00
	("After the Limit", 2, "Department Head"),  # Monday 15:00
	("After the Limit", 6, "Supervising Manager"),  # 5 h on Monday, 1 h on Tuesday: Tuesday 10:00
]


@pytest.fixture
def rule():
	return make_escalation_rule(LEVELS, complaint_class="Quality")


def case_of(department, **values):
	frappe.flags.service_now = monday_morning()
	return make_complaint(
		received_at=monday_morning(), lead_department=department, assigned_to=email("quality_reviewer"), **values
	)


def told(case) -> list[tuple[int, str]]:
	rows = frappe.get_all(
		"Escalation Log", {"reference_name": case.name}, ["level", "recipient"], order_by="level asc, recipient asc"
	)
	return [(row.level, row.recipient) for row in rows]


def sweep_at(hours: float) -> None:
	frappe.flags.service_now = moment(hours)
	while clock_sweep.mark_breaches():
		pass


STEPS = [
	# hours after Monday 9:00, people told by then
	(2.9, []),
	(3.1, ["quality_reviewer"]),
	(4.1, ["quality_reviewer", "clerk"]),
	(6.1, ["quality_reviewer", "clerk", "quality_head"]),
	(20, ["quality_reviewer", "clerk", "quality_head"]),  # Tuesday 5:00: the night does not count
	(25.1, ["quality_reviewer", "clerk", "quality_head", "manager"]),  # Tuesday 10:06
	(99, ["quality_reviewer", "clerk", "quality_head", "manager"]),
]


def test_levels_rise_from_the_person_to_the_manager_in_working_time(department, four_hours, rule):
	case = case_of(department)
	for hours, people in STEPS:
		sweep_at(hours)
		assert told(case) == [(level, email(key)) for level, key in enumerate(people, 1)], hours


def test_a_late_sweep_tells_what_punctual_ones_would_have_told(department, four_hours, rule):
	case = case_of(department)
	sweep_at(500)
	sweep_at(501)
	assert told(case) == [
		(1, email("quality_reviewer")),
		(2, email("clerk")),
		(3, email("quality_head")),
		(4, email("manager")),
	]


def test_waiting_for_the_customer_moves_the_levels_too(department, four_hours, rule):
	case = case_of(department)
	apply_workflow(case, "Acknowledge")
	frappe.flags.service_now = moment(2)
	apply_workflow(case, "Ask Customer")
	sweep_at(8)  # 17:00: the clock stands still, nobody is told
	assert told(case) == []
	apply_workflow(case, "Customer Replied")  # 11:00 to 17:00, six hours, were waited
	# Due after 4 + 6 working hours: nine on Monday, one on Tuesday, 10:00. One hour before that are nine: Monday 18:00.
	assert get_datetime(frappe.db.get_value("Complaint", case.name, "resolution_due")) == moment(25)
	sweep_at(8.9)
	assert told(case) == []
	sweep_at(9.1)
	assert told(case) == [(1, email("quality_reviewer"))]


def test_an_answered_complaint_escalates_no_more(department, four_hours, rule):
	from customer_service.tests.factories import make_customer

	case = case_of(department, customer=make_customer().name)
	for action in ("Acknowledge", "Assess", "Start Investigation", "Decide", "Carry Out", "Answer Customer"):
		case.reload()
		apply_workflow(case, action)
	sweep_at(500)
	assert told(case) == []


def test_deputy_is_told_while_the_head_is_away(department, four_hours, rule):
	doc = frappe.get_doc("Service Department", department)
	doc.head_absent_from = doc.head_absent_until = monday_morning().date()
	doc.save()
	case = case_of(department)
	sweep_at(6.1)
	assert told(case)[-1] == (3, email("engineer"))


def test_department_without_head_tells_the_manager_and_says_so(department, four_hours, rule):
	doc = frappe.get_doc("Service Department", department)
	doc.update({"head": None, "deputy": None})
	doc.save()
	case = case_of(department)
	sweep_at(6.1)
	row = frappe.get_all("Escalation Log", {"reference_name": case.name, "level": 3}, ["recipient", "notified_as"])
	assert [(each.recipient, each.notified_as) for each in row] == [(email("manager"), "Supervising Manager")]


def test_department_with_nobody_tells_the_customer_service_managers(four_hours, rule):
	empty = frappe.get_doc({"doctype": "Service Department", "department_name": "Test Empty House"}).insert().name
	frappe.flags.service_now = monday_morning()
	case = make_complaint(received_at=monday_morning(), lead_department=empty)
	sweep_at(4.1)
	assert (1, email("manager")) in told(case)


def test_major_complaint_has_its_own_chain(department, four_hours, rule):
	"""F-5: a rule of its own for major cases; it starts with the arrival."""
	make_escalation_rule([("After the Start", 2, "Department Head")], major_only=1, rank=1)
	minor, major = case_of(department), case_of(department, is_major=1)
	sweep_at(2.1)
	assert told(minor) == []
	assert told(major) == [(1, email("quality_head"))]


def test_grading_a_running_case_major_changes_its_chain(department, four_hours, rule):
	make_escalation_rule([("After the Start", 2, "Department Head")], major_only=1, rank=1)
	case = case_of(department)
	frappe.flags.service_now = moment(1)
	case.is_major = 1
	case.save()
	sweep_at(2.1)
	assert told(case) == [(1, email("quality_head"))]


def test_breach_event_is_written_once_beside_the_notices(department, four_hours, rule):
	case = case_of(department)
	for hours in (4.1, 6.1, 30, 40):
		sweep_at(hours)
	assert frappe.db.count("Service Event", {"reference_name": case.name, "event": "Clock Breached"}) == 1


@pytest.fixture
def quiet(monkeypatch):
	"""Mails are read from the queue, not committed."""
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	frappe.db.delete("Email Queue")
	frappe.db.delete("Escalation Log")


def mails() -> list:
	return [frappe.get_doc("Email Queue", name) for name in frappe.get_all("Email Queue", pluck="name")]


def test_burst_becomes_one_digest_a_person(department, four_hours, rule, quiet):
	"""L7: ten cases that are late together are one mail, not ten."""
	cases = [case_of(department) for _number in range(10)]
	sweep_at(4.2)
	digests.send()
	assert mails() == []  # notices wait for the digest, those of other records on this site as well
	frappe.flags.service_now = moment(5)
	digests.send()
	digests.send()
	ours = [mail for mail in mails() if cases[0].name in mail.message.replace("=\n", "")]
	sent = {mail.recipients[0].recipient: mail for mail in ours}
	assert len(ours) == 2 and set(sent) == {email("quality_reviewer"), email("clerk")}
	text = sent[email("clerk")].message
	assert all(case.name in text.replace("=\n", "") for case in cases)
	assert frappe.db.count("Escalation Log", {"sent_at": ("is", "not set")}) == 0
	bell = frappe.get_all("Notification Log", {"for_user": email("clerk")}, pluck="subject")
	assert any(subject.startswith("Time limits of") for subject in bell)


def test_level_marked_at_once_does_not_wait(department, four_hours, quiet):
	make_escalation_rule([("After the Limit", 0, "Department Head")], at_once=1, complaint_class="Quality")
	case_of(department)
	sweep_at(4.1)
	digests.send()
	assert [mail.recipients[0].recipient for mail in mails()] == [email("quality_head")]


def test_levels_in_a_circle_are_refused_naming_the_rows():
	with pytest.raises(CustomerServiceError, match="Row 3: .*Group Leader.* was told in row 1"):
		make_escalation_rule(
			[
				("After the Limit", 0, "Group Leader"),
				("After the Limit", 1, "Department Head"),
				("After the Limit", 2, "Group Leader"),
			]
		)
	assert make_escalation_rule([("Before the Limit", 1, "Group Leader"), ("After the Limit", 0, "Group Leader")])


def test_level_without_its_user_or_moment_is_refused_naming_the_row():
	with pytest.raises(CustomerServiceError, match="Row 1: choose the User"):
		make_escalation_rule([("After the Limit", 1, "User")])
	with pytest.raises(CustomerServiceError, match="Row 1: say how long before"):
		make_escalation_rule([("Before the Limit", 0, "Group Leader")])


def test_condition_that_cannot_be_read_is_refused():
	with pytest.raises(CustomerServiceError, match="The condition cannot be read"):
		make_escalation_rule([("After the Limit", 1, "Group Leader")], condition="doc.estimated_loss >")


def test_condition_that_fails_on_a_case_refuses_no_case(department, four_hours):
	make_escalation_rule([("After the Limit", 0, "Department Head")], rank=1, condition="doc.estimated_loss > 'much'")
	assert case_of(department, estimated_loss=3).name


def test_sweep_reads_no_clock_that_is_not_due(department, four_hours, rule):
	"""B4: nothing due costs one look at the index."""
	case_of(department)
	frappe.flags.service_now = monday_morning() - timedelta(days=4000)
	table = "tabService Clock"
	plan = frappe.db.sql(
		f"explain select name from `{table}` where next_notice_at < %s order by next_notice_at limit 1000",
		(frappe.flags.service_now,),
		as_dict=True,
	)
	assert plan[0].key == "sweep"
	assert clock_sweep.mark_breaches() == 0


def test_sweep_ends_although_a_clock_that_stands_still_has_a_moment(department, four_hours, rule):
	"""No loop without an end: what the sweep does not deal with it does not find."""
	case = case_of(department)
	frappe.db.set_value("Service Clock", {"reference_name": case.name}, "status", "Paused")
	frappe.flags.service_now = moment(40)
	for _round in range(50):
		if not clock_sweep.mark_breaches():
			break
	else:
		pytest.fail("the sweep goes on and on")
	assert told(case) == []


def test_notice_has_one_key_for_clock_level_and_person():
	keys = {
		escalation.log_name(*parts) for parts in (("a", "b", "c"), ("a", "b", "d"), ("a", "c", "c"), ("b", "b", "c"))
	}
	assert len(keys) == 4 and escalation.log_name("a", "b", "c") in keys


def test_one_clock_that_cannot_be_worked_out_stops_no_other(department, four_hours, rule):
	bad, good = case_of(department), case_of(department)
	frappe.db.set_value("Service Clock", {"reference_name": bad.name}, "calendar", "No Such Calendar")
	sweep_at(4.1)
	assert told(good) == [(1, email("quality_reviewer")), (2, email("clerk"))]
	assert frappe.db.get_value("Complaint", bad.name, "resolution_breached") == 1
	assert frappe.db.exists("Error Log", {"method": ("like", f"%{bad.name}%")})
