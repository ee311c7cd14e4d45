"""The customer accepts our answer or says that it is not solved, by his link, once a round (F-7, S3, S9, S10)."""

import os
import subprocess
import sys
import time
from datetime import timedelta

import frappe
import pytest

from customer_service.complaint_handling import customer_decision, intake
from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import clock
from customer_service.tests.client import Refused
from customer_service.tests.factories import (
	finish_tasks,
	go,
	make_complaint,
	make_customer,
	make_disposition,
	monday_morning,
)
from customer_service.tests.test_mail import body, inbox, send_queue  # noqa: F401

DECIDE = "customer_service.complaint_handling.api.decide_complaint"
STATUS = "customer_service.complaint_handling.api.complaint_status"

TO_ANSWERED = ("Acknowledge", "Assess", "Start Investigation", "Decide", "Carry Out", "Answer Customer")


def answered(**values):
	"""An answered complaint and the customer's token."""
	case = make_complaint(customer=make_customer().name, answer="Ten new pieces are on their way.", **values)
	case = go(case, *TO_ANSWERED)
	token = intake.status_path(case).split("#")[1]
	frappe.db.commit()
	return case, token


def stored(case):
	frappe.db.rollback()
	return frappe.get_doc("Complaint", case.name)


def test_customer_accepts_and_rates(client):
	case, token = answered()
	visitor = client(None)
	assert visitor.call(STATUS, token=token)["can_decide"] is True
	shown = visitor.call(DECIDE, token=token, decision="Accepted", rating="4", comment="Quick & <b>kind</b>.")
	assert (shown["state"], shown["can_decide"], shown["decision"]) == ("Accepted by Customer", False, "Accepted")
	case = stored(case)
	assert (case.workflow_state, case.customer_decision, case.handling_rating) == (
		"Accepted by Customer",
		"Accepted",
		4,
	)
	assert case.handling_comment == "Quick & kind." and case.accepted_at and case.handling_rated_at
	event = frappe.get_last_doc("Service Event", {"reference_name": case.name, "event": "Customer Decided"})
	assert (event.actor, event.after_value) == ("Guest", "Accepted by Customer")
	assert "By the customer's personal link" in event.detail and "4" in event.detail


def test_not_solved_reopens_with_the_reason_and_a_new_round_can_be_decided(client):
	case, token = answered()
	visitor = client(None)
	shown = visitor.call(DECIDE, token=token, decision="Not Solved", reason="Two are still broken.")
	assert (shown["state"], shown["answer"]) == ("Reopened", None)
	case = stored(case)
	assert (case.customer_reason, case.reopen_count, case.answered_at) == ("Two are still broken.", 1, None)
	assert case.handling_rating in (None, 0), "not rated is not the lowest rating"
	with pytest.raises(Refused, match="recorded already"):
		visitor.call(DECIDE, token=token, decision="Accepted")
	go(case, "Start Investigation", "Decide", "Carry Out", "Answer Customer")
	frappe.db.commit()
	assert visitor.call(DECIDE, token=token, decision="Accepted")["state"] == "Accepted by Customer"


def test_second_decision_of_a_round_is_refused_and_changes_nothing(client):
	case, token = answered()
	visitor = client(None)
	visitor.call(DECIDE, token=token, decision="Accepted", rating=5)
	for values in ({"decision": "Accepted"}, {"decision": "Not Solved", "reason": "Changed my mind"}):
		with pytest.raises(Refused, match="recorded already") as refused:
			visitor.call(DECIDE, token=token, **values)
		assert refused.value.status == 417
	assert (stored(case).customer_decision, stored(case).handling_rating) == ("Accepted", 5)


def test_nothing_to_decide_before_the_answer(client):
	case = make_complaint()
	token = intake.status_path(case).split("#")[1]
	frappe.db.commit()
	visitor = client(None)
	assert visitor.call(STATUS, token=token)["can_decide"] is False
	with pytest.raises(Refused, match="nothing to decide"):
		visitor.call(DECIDE, token=token, decision="Accepted")
	assert stored(case).workflow_state == "Received"


def test_clerk_who_recorded_the_acceptance_was_first(client):
	case, token = answered()
	go(case, "Record Acceptance")
	frappe.db.commit()
	with pytest.raises(Refused) as refused:
		client(None).call(DECIDE, token=token, decision="Not Solved", reason="No.")
	assert refused.value.status == 417 and stored(case).workflow_state == "Accepted by Customer"


@pytest.mark.parametrize(
	"values, message",
	[
		({"decision": "Closed"}, "Decision"),
		({"decision": "Not Solved"}, "what is not solved"),
		({"decision": "Not Solved", "reason": " <b></b> "}, "what is not solved"),
		({"decision": "Accepted", "rating": 6}, "1 to 5"),
		({"decision": "Accepted", "rating": "many"}, "1 to 5"),
		({"decision": "Accepted", "rating": "4.5"}, "1 to 5"),
		({"decision": "Accepted", "comment": "x" * 5001}, "too long"),
	],
)
def test_bad_answers_are_refused_and_leave_the_decision_open(client, values, message):
	case, token = answered()
	visitor = client(None)
	with pytest.raises(Refused, match=message) as refused:
		visitor.call(DECIDE, token=token, **values)
	assert refused.value.status == 417
	assert stored(case).workflow_state == "Answered"
	assert visitor.call(DECIDE, token=token, decision="Accepted")["state"] == "Accepted by Customer"


@pytest.mark.parametrize("values", [{"decision": ["Accepted"]}, {"decision": "Accepted", "comment": {"a": 1}}])
def test_what_is_no_text_is_refused(client, values):
	case, token = answered()
	with pytest.raises(Refused) as refused:
		client(None).call(DECIDE, token=token, **values)
	assert refused.value.status in (417, 500) and stored(case).workflow_state == "Answered"


def test_wrong_expired_and_revoked_links_look_the_same(client):
	"""S3: to a guest "not yours" and "does not exist" look the same."""
	visitor, answers = client(None), []
	for change in (None, {"is_revoked": 1}, {"expires_at": clock.now() - timedelta(seconds=1)}):
		case, token = answered()
		if change:
			name = frappe.db.get_value("Guest Link", {"reference_name": case.name})
			frappe.db.set_value("Guest Link", name, change)
			frappe.db.commit()
		with pytest.raises(Refused) as refused:
			visitor.call(DECIDE, token=token if change else "x" * 43, decision="Accepted")
		answers.append((refused.value.status, refused.value.messages))
		assert stored(case).workflow_state == "Answered"
	assert answers[0][0] == 404 and len(set(answers)) == 1


def test_get_decides_nothing(client):
	case, token = answered()
	with pytest.raises(Refused):
		client(None).read(DECIDE, token=token, decision="Accepted")
	assert stored(case).workflow_state == "Answered"


RACE = """
import os, sys, time, frappe
os.chdir(sys.argv[1])
frappe.init(site=os.environ["CS_SITE"]); frappe.connect(); frappe.set_user("Guest")
from customer_service.complaint_handling import customer_decision
from customer_service.exceptions import GuestInputError
time.sleep(max(0, float(sys.argv[4]) - time.time()))
try:
	customer_decision.decide(sys.argv[2], sys.argv[3], "Broken", 3, None); frappe.db.commit(); print("done")
except GuestInputError:
	frappe.db.rollback(); print("late")
frappe.destroy()
"""


def test_of_six_decisions_at_once_one_counts():
	"""S10: six processes, half accept and half do not; one decides, the others are told so."""
	case, _token = answered()
	sites = os.path.join(os.environ["CS_BENCH"], "sites")
	start = str(time.time() + 6)
	command = [sys.executable, "-c", RACE, sites, case.name]
	decisions = ["Accepted", "Not Solved"] * 3
	workers = [
		subprocess.Popen([*command, decision, start], stdout=subprocess.PIPE, text=True) for decision in decisions
	]
	said = [worker.communicate(timeout=120)[0].strip() for worker in workers]
	assert sorted(said) == ["done"] + ["late"] * 5
	case = stored(case)
	assert case.customer_decision == decisions[said.index("done")]
	assert frappe.db.count("Service Event", {"reference_name": case.name, "event": "Customer Decided"}) == 1


def test_answer_mail_leads_to_the_decision(inbox, client):  # noqa: F811
	"""In the customer's language, with his link, and again for each new answer."""
	case = make_complaint(
		customer=make_customer().name,
		contact_email="li@customer.example.com",
		language="zh",
		answer="已更换<b>。",
		complaint_class=None,
	)
	case = go(case, *TO_ANSWERED)
	send_queue()
	message = inbox.messages[-1]
	assert "的答复" in message["Subject"] and case.name in message["Subject"]
	assert "已更换" in body(message)
	token = body(message).split("complaint-status#")[1].split('"')[0]
	assert client(None).call(DECIDE, token=token, decision="Accepted", _lang="zh")["state"] == "客户已接受"
	count, case = len(inbox.messages), stored(case)
	finish_tasks(case.name)
	case = go(case, "Close Complaint", "Reopen", "Start Investigation", "Decide", "Carry Out", "Answer Customer")
	send_queue()
	assert len(inbox.messages) == count + 1


def test_link_of_a_process_that_is_off_decides_nothing(client):
	case, token = answered()
	settings = frappe.get_doc("Customer Service Settings")
	settings.enable_complaint_handling = 0
	settings.save()
	frappe.db.commit()
	try:
		with pytest.raises(Refused):
			client(None).call(DECIDE, token=token, decision="Accepted")
	finally:
		settings.enable_complaint_handling = 1
		settings.save()
		frappe.db.commit()
	assert stored(case).workflow_state == "Answered"


# --- no reaction ---------------------------------------------------------------------------------------------------


def set_days(days: int) -> None:
	settings = frappe.get_doc("Customer Service Settings")
	settings.close_unanswered_days = days
	settings.save()


def answered_on_monday():
	frappe.flags.service_now = monday_morning()
	# Of no class, which could ask for an improvement before it is closed.
	case = make_complaint(customer=make_customer().name, received_at=monday_morning(), complaint_class=None)
	case = go(case, *TO_ANSWERED)
	finish_tasks(case.name)
	return case


def test_without_the_switch_nothing_is_closed_for_want_of_an_answer():
	case = answered_on_monday()
	frappe.flags.service_now = monday_morning() + timedelta(days=400)
	customer_decision.close_unanswered()
	assert frappe.db.get_value("Complaint", case.name, "workflow_state") == "Answered"
	assert case.name in customer_decision.unanswered(14)


@pytest.mark.parametrize("days, closed", [(9.99, False), (10.01, True)])
def test_site_that_says_so_closes_after_its_days_with_an_event(days, closed):
	set_days(10)
	case = answered_on_monday()
	frappe.flags.service_now = monday_morning() + timedelta(days=days)
	customer_decision.close_unanswered()
	customer_decision.close_unanswered()
	found = frappe.get_doc("Complaint", case.name)
	assert (found.state_category == "Closed") == closed and not found.accepted_at
	events = frappe.db.count("Service Event", {"reference_name": case.name, "event": "Closed Without Answer"})
	assert events == int(closed)


def test_open_measure_keeps_it_open_and_stops_no_other():
	set_days(10)
	first, second = answered_on_monday(), answered_on_monday()
	make_disposition(first.name)
	frappe.flags.service_now = monday_morning() + timedelta(days=11)
	customer_decision.close_unanswered()
	states = {name: frappe.db.get_value("Complaint", name, "state_category") for name in (first.name, second.name)}
	assert states == {first.name: "Resolved", second.name: "Closed"}


def test_report_lists_who_has_not_reacted_for_the_days_of_the_settings(as_user):
	"""Answered on Monday 9:00. After 14 days and an hour it is listed with 14 days, after 13 not; accepted ones never."""
	from customer_service.complaint_handling.report.answers_without_reaction import answers_without_reaction as report

	case, accepted = answered_on_monday(), answered_on_monday()
	go(accepted, "Record Acceptance")

	def listed(hours: float, **filters) -> dict:
		frappe.flags.service_now = monday_morning() + timedelta(hours=hours)
		rows = {row.name: row.days for row in report.execute(filters)[1]}
		return {name: rows[name] for name in (case.name, accepted.name) if name in rows}

	assert listed(14 * 24 + 1) == {case.name: 14}
	assert listed(13 * 24) == {}
	assert listed(13 * 24, days=2) == {case.name: 13}
	as_user("materials_reviewer")
	assert listed(14 * 24 + 1) == {}
	with pytest.raises(CustomerServiceError):
		report.execute({"days": "1 or 1"})
