"""The dated steps of a complaint (F-6, ISO 10002), what a decision needs (F-7), and what keeps a complaint from closing."""

from datetime import timedelta

import frappe
import pytest
from frappe.utils import get_datetime

from customer_service.complaint_handling import api, steps
from customer_service.exceptions import AnalysisError, AttachmentError, ClosingRefusedError, StepError
from customer_service.organisation import states
from customer_service.tests.client import Refused
from customer_service.tests.factories import (
	analysis,
	email,
	finish_tasks,
	go,
	make_complaint,
	make_customer,
	make_disposition,
	monday_morning,
)

TO_DECIDED = ("Acknowledge", "Assess", "Start Investigation", "Decide")
TO_ANSWERED = (*TO_DECIDED, "Carry Out", "Answer Customer")


@pytest.fixture
def clocked():
	"""`clocked(hours)` sets the present to so many hours after a Monday morning."""

	def at(hours: float):
		frappe.flags.service_now = monday_morning() + timedelta(hours=hours)
		return frappe.flags.service_now

	return at


def known_customer(**values):
	"""A complaint of no class, which could ask for an improvement before it is closed; that gate has tests of its own."""
	values = {"complaint_class": None, **values}
	return make_complaint(customer=make_customer().name, received_at=monday_morning(), **values)


def dates(case) -> dict:
	"""Step -> hours after Monday morning, of those that have a date."""
	return {
		name: (get_datetime(case.get(step.field)) - monday_morning()).total_seconds() / 3600
		for name, step in steps.STEPS.items()
		if step.field and case.get(step.field)
	}


# --- steps ---------------------------------------------------------------------------------------------------------


def test_each_state_stamps_its_step_once(clocked):
	clocked(0)
	case = known_customer()
	for hour, action in enumerate(TO_ANSWERED, start=1):
		clocked(hour)
		case = go(case, action)
	clocked(7)
	case = go(case, "Record Acceptance")
	clocked(8)
	finish_tasks(case.name)
	case = go(case, "Close Complaint")
	# The decision ends the investigation (4 h); answering tells the decision (6 h).
	assert dates(case) == {
		"Acknowledged": 1,
		"Assessed": 2,
		"Investigated": 4,
		"Decided": 4,
		"Decision Told": 6,
		"Answered": 6,
		"Accepted": 7,
		"Closed": 8,
	}


def test_second_time_in_a_state_keeps_the_first_date(clocked):
	clocked(0)
	case = known_customer()
	clocked(1)
	case = go(case, *TO_DECIDED, "Carry Out", "Ask Customer", "Customer Replied")
	clocked(5)
	case = go(case, "Decide")
	assert dates(case)["Decided"] == 1


def test_reopening_begins_a_round_and_the_dates_before_stay_in_the_trail(clocked):
	clocked(0)
	case = go(known_customer(), *TO_ANSWERED)
	clocked(20)
	case = go(case, "Reopen")
	assert dates(case) == {"Acknowledged": 0, "Assessed": 0}
	assert get_datetime(case.reopened_at) == monday_morning() + timedelta(hours=20)
	clocked(30)
	case = go(case, "Start Investigation", "Decide", "Carry Out", "Answer Customer")
	assert dates(case)["Answered"] == 30
	answered = frappe.get_all(
		"Service Event",
		{"reference_name": case.name, "after_value": "Answered"},
		pluck="happened_at",
		order_by="happened_at",
	)
	assert answered == [monday_morning(), monday_morning() + timedelta(hours=30)]


def test_request_cannot_set_a_step(clocked):
	case = known_customer()
	case.update({"acknowledged_at": "2020-01-01 00:00:00", "head_opinion": "fine", "duplicate_of": case.name})
	case.update({"handling_rating": 5, "compensation_total": 7, "customer_decision": "Accepted"})
	case.save()
	assert not (case.acknowledged_at or case.head_opinion or case.duplicate_of)
	assert not (case.handling_rating or case.compensation_total or case.customer_decision)


def test_state_of_an_administrator_stamps_the_step_that_he_chose(clocked):
	"""Which state stamps which step is data (design rule 5)."""
	workflow = frappe.get_doc("Workflow", "Complaint Handling")
	row = next(each for each in workflow.states if each.state == "Investigating")
	row.service_step = "Assessed"
	next(each for each in workflow.states if each.state == "Assessed").service_step = None
	workflow.save()
	clocked(0)
	case = go(known_customer(), "Acknowledge")
	clocked(2)
	case = go(case, "Assess")
	assert "Assessed" not in dates(case)
	clocked(3)
	assert dates(go(case, "Start Investigation"))["Assessed"] == 3


@pytest.mark.parametrize(
	"method, field",
	[("customer_contacted", "contacted_at"), ("report_to_head", "reported_to_head_at")],
)
def test_buttons_stamp_once_a_round(as_user, method, field):
	case = known_customer()
	as_user("clerk")
	getattr(api, method)(case.name, "by phone")
	as_user(None)
	frappe.set_user("Administrator")
	case.reload()
	assert case.get(field)
	event = frappe.get_last_doc("Service Event", {"reference_name": case.name, "event": "Step Taken"})
	assert (event.actor, event.detail) == (email("clerk"), "by phone")
	with pytest.raises(StepError, match="recorded already"):
		getattr(api, method)(case.name)


def test_decision_is_told_only_after_it_was_made():
	case = go(known_customer(), *TO_DECIDED[:3])
	with pytest.raises(StepError, match="first comes.*Decided"):
		api.decision_told(case.name)
	case = go(case, "Decide")
	api.decision_told(case.name)
	assert frappe.db.get_value("Complaint", case.name, "decision_told_at")


def test_only_the_head_of_the_lead_department_gives_the_opinion(client):
	"""F-6: beyond authority → to the head, his opinion."""
	case = known_customer()
	frappe.db.commit()
	method = "customer_service.complaint_handling.api.give_head_opinion"
	client("clerk").call("customer_service.complaint_handling.api.report_to_head", name=case.name)
	for wrong in ("clerk", "quality_reviewer", "manager", "general_manager", "engineer"):
		with pytest.raises(Refused) as refused:
			client(wrong).call(method, name=case.name, opinion="Exchange all.")
		assert refused.value.status == 403, wrong
	with pytest.raises(Refused):
		client("quality_head").call(method, name=case.name, opinion=" ")
	client("quality_head").call(method, name=case.name, opinion="Exchange <b>all</b>.")
	stored = client("clerk").get("Complaint", case.name)
	assert (stored["head_opinion"], stored["head_opinion_by"]) == ("Exchange all.", email("quality_head"))
	assert stored["is_beyond_authority"] == 1 and stored["head_opinion_at"] >= stored["reported_to_head_at"]
	with pytest.raises(Refused, match="recorded already"):
		client("quality_head").call(method, name=case.name, opinion="Or not.")


@pytest.mark.parametrize("method", ["customer_contacted", "decision_told", "report_to_head"])
def test_strangers_take_no_step(client, method):
	case = known_customer()
	frappe.db.commit()
	for wrong in ("employee", "materials_reviewer", None):
		with pytest.raises(Refused) as refused:
			client(wrong).call(f"customer_service.complaint_handling.api.{method}", name=case.name)
		assert refused.value.status == 403, wrong


# --- what a decision needs -----------------------------------------------------------------------------------------

EMPTY = {"cause": None, "cause_category": None, "is_justified": "Undecided", "responsibilities": []}


@pytest.mark.parametrize("field, label", [("cause", "Cause"), ("is_justified", "Justified")])
def test_decision_names_what_is_missing(field, label):
	case = go(known_customer(**{field: EMPTY[field]}), *TO_DECIDED[:3])
	with pytest.raises(AnalysisError, match=label):
		go(case, "Decide")


def test_everything_missing_is_told_at_once():
	case = go(known_customer(**EMPTY), *TO_DECIDED[:3])
	with pytest.raises(AnalysisError, match="Cause Category.*Cause.*Justified.*Responsibilities"):
		go(case, "Decide")


def test_class_decides_what_is_demanded():
	"""Which of these are demanded is data of the class."""
	complaint_class = frappe.get_doc("Complaint Class", "Quality")
	complaint_class.update({"cause_required": 0, "responsibility_required": 0})
	complaint_class.save()
	case = go(known_customer(**EMPTY, complaint_class="Quality"), *TO_DECIDED)
	assert case.workflow_state == "Decided"


def test_without_a_class_the_settings_decide():
	with pytest.raises(AnalysisError):
		go(known_customer(**EMPTY, complaint_class=None), *TO_DECIDED)
	settings = frappe.get_doc("Customer Service Settings")
	settings.update({"cause_required": 0, "responsibility_required": 0})
	settings.save()
	assert go(known_customer(**EMPTY, complaint_class=None), *TO_DECIDED).decided_at


def not_ours(evidence: str | None):
	rows = [{"party": "Transport", "party_name": "Fictional Carriers", "share": 100, "evidence": evidence}]
	return known_customer(**analysis(is_justified="Not Justified", responsibilities=rows))


def test_not_ours_is_explained_with_evidence():
	"""F-7: not ours → explained with evidence; such a complaint is answered by it."""
	case = go(not_ours(None), *TO_DECIDED[:3])
	for action in ("Decide", "Reject with Reason"):
		with pytest.raises(AnalysisError, match="evidence"):
			go(case, action)
	case = go(go(not_ours("Seal broken on arrival."), *TO_DECIDED[:3]), "Reject with Reason")
	assert (case.state_category, bool(case.answered_at), bool(case.decided_at)) == (states.RESOLVED, True, True)


def test_justified_complaint_cannot_be_rejected():
	with pytest.raises(AnalysisError, match="Not Justified"):
		go(known_customer(), *TO_DECIDED[:3], "Reject with Reason")


@pytest.mark.parametrize(
	"shares, sound",
	[((60, 40), True), ((33.33, 33.33, 33.34), True), ((60, 30), False), ((0, 0), True), ((120,), False)],
)
def test_shares_make_a_whole(shares, sound):
	rows = [{"party": "Unknown", "share": share} for share in shares]
	if sound:
		assert known_customer(responsibilities=rows).name
	else:
		with pytest.raises(AnalysisError):
			known_customer(responsibilities=rows)


@pytest.mark.parametrize(
	"party, missing", [("Our Department", "department"), ("Supplier", "supplier"), ("Transport", "carrier")]
)
def test_responsible_party_is_named(party, missing):
	with pytest.raises(AnalysisError, match=rf"row 1.*{missing}"):
		known_customer(responsibilities=[{"party": party}])


def test_supplier_is_to_settle():
	"""F-7: bought-in parts: Purchasing makes the supplier settle."""
	case = known_customer(responsibilities=[{"party": "Supplier", "party_name": "Fictional Foundry", "share": 100}])
	assert case.responsibilities[0].settlement == "Open"


def test_file_in_a_row_is_ones_own():
	"""S7: whoever may write the record could read another's file through its row."""
	other = frappe.get_doc(
		{"doctype": "File", "file_name": "secret.txt", "content": "secret", "is_private": 1, "owner": "Guest"}
	).insert()
	frappe.db.set_value("File", other.name, "owner", email("engineer"))
	row = {"party": "Unknown", "attachment": other.file_url}
	with pytest.raises(AttachmentError):
		known_customer(responsibilities=[row])


# --- closing -------------------------------------------------------------------------------------------------------


def test_closing_tells_all_reasons_at_once():
	case = known_customer()
	first = make_disposition(case.name)
	second = make_disposition(case.name, kind="Guidance", quantity=0)
	case = go(case, *TO_ANSWERED, "Record Acceptance")
	(task,) = frappe.get_all("Complaint Task", {"complaint": case.name}, pluck="name")
	with pytest.raises(ClosingRefusedError, match=rf"{first.name}.*{second.name}.*{task}"):
		go(case, "Close Complaint")
	for each in (first, second):
		go(each, "Cancel Disposition")
	finish_tasks(case.name)
	assert go(case, "Close Complaint").closed_at


def test_gate_of_another_process_holds_a_complaint_open(monkeypatch):
	"""Design rule 1: a later register registers its gate; the complaint does not know it."""
	from customer_service.organisation import closing

	case = go(known_customer(), *TO_ANSWERED, "Record Acceptance")
	hooks = {"Complaint": ["customer_service.tests.test_complaint_steps.never"]}
	monkeypatch.setattr(closing.frappe, "get_hooks", lambda *args, **kwargs: hooks)
	assert closing.reasons(case) == ["Never."]
	with pytest.raises(ClosingRefusedError, match="Never"):
		closing.check(case)


def never(doc) -> list[str]:
	return ["Never."]


def test_complaint_with_open_measures_is_not_cancelled():
	case = known_customer()
	make_disposition(case.name)
	with pytest.raises(ClosingRefusedError):
		go(case, "Cancel Complaint")
