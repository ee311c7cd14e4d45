"""Recovery and the judging of answers (E-3). Figures by hand."""

import frappe
import pytest

from customer_service.customer_satisfaction import campaign_view, judging, judging_api, recovery, results
from customer_service.exceptions import SurveyError
from customer_service.tests.factories import go, make_customer
from customer_service.tests.survey_data import lay_answer, lay_campaign, lay_invitation, lay_scheme, lay_survey

RECOVERED = [
	# (answers valid, not valid, pending, sent without answer, bounced, opted out, failed), scheme, recovery, valid?
	((7, 0, 0, 3, 0, 0, 0), {}, "7 of 10 is not more than 70", 70.0, 0),
	((7, 0, 0, 3, 0, 0, 0), {"recovery_must_exceed": 0}, "7 of 10 reaches 70", 70.0, 1),
	((8, 0, 0, 2, 0, 0, 0), {}, "8 of 10", 80.0, 1),
	((8, 0, 0, 2, 5, 0, 4), {}, "bounced and failed were not delivered to: 8 of 10", 80.0, 1),
	((8, 0, 0, 0, 0, 4, 0), {}, "opted out were delivered to: 8 of 12", 66.67, 0),
	((6, 2, 1, 1, 0, 0, 0), {}, "not valid and pending ones do not count: 6 of 10", 60.0, 0),
	((6, 2, 1, 1, 0, 0, 0), {"recovery_counts_invalid": 1}, "judged ones count: 8 of 10", 80.0, 1),
	((0, 0, 0, 0, 3, 0, 0), {}, "nobody delivered to", 0.0, 0),
]


@pytest.mark.parametrize("numbers,scheme,_why,share,is_valid", RECOVERED)
def test_recovery_is_valid_answers_by_customers_delivered_to(numbers, scheme, _why, share, is_valid):
	campaign = lay_campaign(lay_survey(lay_scheme(**scheme)))
	customer = iter([make_customer().name for _each in range(sum(numbers))])
	verdicts = ["Valid", "Not Valid", "Pending"]
	for verdict, count in zip(verdicts, numbers, strict=False):
		for _each in range(count):
			lay_answer(campaign, next(customer), validity=verdict)
	for status, count in zip(["Sent", "Bounced", "Opted Out", "Failed"], numbers[3:], strict=True):
		for _each in range(count):
			lay_invitation(campaign, next(customer), status)
	found = recovery.count(campaign)
	assert (found.recovery, found.is_valid) == (share, is_valid)
	assert (found.bounced, found.opted_out, found.invited) == (numbers[4], numbers[5], sum(numbers))
	assert (found.judged_valid, found.judged_invalid, found.answered) == (numbers[0], numbers[1], sum(numbers[:3]))


def test_a_customer_with_two_contacts_counts_once():
	campaign, customer = lay_campaign(), make_customer().name
	lay_answer(campaign, customer)
	lay_answer(campaign, customer, validity="Not Valid")
	lay_invitation(campaign, make_customer().name)
	assert recovery.count(campaign).recovery == 50


def test_who_answered_although_his_mail_bounced_counts_as_delivered_to():
	campaign = lay_campaign()
	name = lay_answer(campaign)
	frappe.db.set_value("Survey Invitation", name, "bounce_reason", "Mailbox full")
	assert recovery.count(campaign).recovery == 100


def test_judging_refreshes_the_campaign_and_leaves_a_trail(as_user):
	campaign = lay_campaign()
	names = [lay_answer(campaign, validity="Pending") for _each in range(3)]
	as_user("clerk")
	assert judging_api.judge(names[:2], "Valid") == 2
	judging_api.judge(names[2:], "Not Valid", "All levels the same.")
	figures = frappe.db.get_value("Survey Campaign", campaign, ["judged_valid", "judged_invalid", "recovery"])
	assert figures == (2, 1, 66.67)
	row = frappe.db.get_value("Survey Response", names[2], ["validity", "validity_reason", "judged_by"])
	assert row == ("Not Valid", "All levels the same.", frappe.session.user)
	assert frappe.db.count("Service Event", {"reference_name": ("in", names), "event": "Judged"}) == 3


def test_not_valid_needs_a_reason(as_user):
	name = lay_answer(lay_campaign(), validity="Pending")
	as_user("manager")
	with pytest.raises(SurveyError, match="why"):
		judging_api.judge([name], "Not Valid", "  ")
	with pytest.raises(SurveyError, match="Valid or Not Valid"):
		judging_api.judge([name], "Perhaps")


@pytest.mark.parametrize(
	"person", ["quality_head", "quality_reviewer", "general_manager", "service_admin", "employee", None]
)
def test_others_do_not_judge(as_user, person):
	name = lay_answer(lay_campaign(), validity="Pending")
	as_user(person)
	with pytest.raises(frappe.PermissionError):
		judging_api.judge([name], "Valid")
	assert frappe.db.get_value("Survey Response", name, "validity") == "Pending"


def test_a_clerk_judges_only_answers_of_his_own_department(as_user):
	name = lay_answer(lay_campaign(department="Materials"), validity="Pending")
	as_user("clerk")
	with pytest.raises(frappe.PermissionError):
		judging_api.judge([name], "Valid")
	as_user("manager")
	assert judging_api.judge([name], "Valid") == 1


def test_all_or_none_are_judged(as_user):
	mine, other = lay_answer(lay_campaign(), validity="Pending"), lay_answer(lay_campaign(department="Materials"))
	as_user("clerk")
	with pytest.raises(frappe.PermissionError):
		judging_api.judge([mine, other], "Not Valid", "Test")
	with pytest.raises(frappe.PermissionError):
		judging_api.judge([mine, "no-such-answer"], "Not Valid", "Test")
	assert frappe.db.get_value("Survey Response", mine, "validity") == "Pending"


def test_after_the_report_nobody_judges(as_user):
	campaign = lay_campaign(reported_at="2026-08-01 10:00:00")
	name = lay_answer(campaign)
	as_user("manager")
	with pytest.raises(SurveyError, match="reported"):
		judging_api.judge([name], "Not Valid", "Too late")


def test_only_words_are_adverse(as_user):
	name = lay_answer(lay_campaign(), given={"A": 1, "T": "Too late, three times."})
	rows = {row.code: row.name for row in frappe.get_doc("Survey Response", name).answers}
	as_user("clerk")
	judging_api.mark_adverse(name, rows["T"])
	assert frappe.db.get_value("Survey Answer", rows["T"], "is_adverse") == 1
	with pytest.raises(SurveyError, match="words"):
		judging_api.mark_adverse(name, rows["A"])
	as_user("quality_reviewer")
	with pytest.raises(frappe.PermissionError):
		judging_api.mark_adverse(name, rows["T"], False)


def test_many_answers_are_judged_by_few_statements(as_user):
	campaign = lay_campaign()
	names = [lay_answer(campaign, validity="Pending") for _each in range(12)]
	as_user("manager")
	judging.judge(names[:2], "Valid")  # so that everything is cached
	before = _statements(lambda: judging.judge(names[:2], "Valid"))
	assert _statements(lambda: judging.judge(names, "Valid")) == before


def _statements(call) -> int:
	ran, sql = [], frappe.db.sql
	frappe.db.sql = lambda *args, **kwargs: (ran.append(args), sql(*args, **kwargs))[1]
	try:
		call()
	finally:
		frappe.db.sql = sql
	return len(ran)


def test_answers_that_closed_with_the_report_are_not_judged(as_user):
	"""Whoever looked before the report and judges after it: the answer itself says that it is closed."""
	name = lay_answer(lay_campaign(), validity="Pending", ended_at="2026-08-01 10:00:00")
	as_user("manager")
	with pytest.raises(SurveyError, match="reported"):
		judging_api.judge([name], "Valid")


def test_anonymous_answers_of_two_contacts_count_their_customer_once():
	"""Two contacts of the first customer answered, nobody of the second: 1 of 2."""
	campaign, customer = lay_campaign(is_anonymous=1), make_customer().name
	for _each in range(2):
		name = lay_answer(campaign, customer)
		frappe.db.set_value("Survey Response", name, {"customer": None, "invitation": None})
	lay_invitation(campaign, make_customer().name)
	assert recovery.count(campaign).recovery == 50


def test_what_is_not_judged_is_not_reported():
	campaign = lay_campaign(workflow_state="Analysed")
	lay_answer(campaign, None, {"A": 1, "B": 1})
	late = lay_answer(campaign, None, {"A": 5, "B": 5}, validity="Pending")
	results.reckon(campaign)
	with pytest.raises(SurveyError, match="1 answers are not judged"):
		go(frappe.get_doc("Survey Campaign", campaign), "Report", by="manager")
	judging.judge([late], "Valid")
	go(frappe.get_doc("Survey Campaign", campaign), "Report", by="manager")
	kept = frappe.get_doc("Survey Campaign", campaign)
	result = frappe.get_doc("Survey Result", kept.current_result)
	assert (result.version, result.mean_score, result.judged_valid) == (2, 50, 2), "100 and 0, both judged"
	assert (kept.mean_score, kept.judged_valid, bool(kept.reported_at)) == (50, 2, True)


def test_what_is_missing_are_customers_not_answers():
	"""Ten customers, more than 70 %: eight must answer. Five did, one of them by two contacts: three are missing."""
	campaign = lay_campaign(lay_survey(lay_scheme()))
	customers = [make_customer().name for _each in range(10)]
	for customer in [*customers[:5], customers[0]]:
		lay_answer(campaign, customer)
	for customer in customers[5:]:
		lay_invitation(campaign, customer)
	doc = frappe.get_doc("Survey Campaign", campaign)
	assert campaign_view.missing(doc, recovery.count(campaign)) == 3
	for customer in customers[5:8]:
		lay_answer(campaign, customer)
	assert campaign_view.missing(doc, recovery.count(campaign)) == 0


def test_customers_that_were_merged_count_once():
	"""Two records of one customer, both asked, both answered; merged he is one of two, and the other has not answered: 50 %."""
	campaign = lay_campaign(lay_survey(lay_scheme()))
	first, second, third = (make_customer().name for _each in range(3))
	lay_answer(campaign, first)
	lay_answer(campaign, second)
	lay_invitation(campaign, third)
	assert round(recovery.count(campaign).recovery, 1) == 66.7
	frappe.rename_doc("Service Customer", first, second, merge=True, force=True)
	assert (recovery.count(campaign).customers, recovery.count(campaign).recovery) == (2, 50)
