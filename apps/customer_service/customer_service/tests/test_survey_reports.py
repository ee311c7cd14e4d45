"""The statistics of surveys, the list for callers, and what customers hear of them (E-1, E-5, E-6). Figures by hand."""

import json

import frappe
import pytest

from customer_service.customer_satisfaction import entry_api, letters, results, telling, telling_api
from customer_service.customer_satisfaction.report.satisfaction_statistics import satisfaction_statistics
from customer_service.customer_satisfaction.report.survey_calls import survey_calls
from customer_service.customer_satisfaction.report.survey_responses_by_customer import survey_responses_by_customer
from customer_service.exceptions import CustomerServiceError, SurveyError
from customer_service.tests import surveys
from customer_service.tests.client import Refused
from customer_service.tests.factories import make_customer
from customer_service.tests.survey_data import lay_answer, lay_campaign, lay_scheme, lay_survey
from customer_service.tests.test_deductions import RULES, complaint

ANSWERED = "2031-03-05 10:00:00"
PERIOD = {"from_date": "2031-01-01", "to_date": "2031-12-31"}


@pytest.fixture
def laid():
	"""North: 100 and 90, South: 55 less one complaint = 54; one not valid, one pending."""
	campaign = lay_campaign(lay_survey(lay_scheme(deduction_rules=RULES, score_limit=60)), department="Marketing")
	customers = [make_customer(region=region).name for region in ("North", "North", "South", "South", "South")]
	for customer, given, verdict in zip(
		customers,
		({"A": 1, "B": 1}, {"A": 2, "B": 1}, {"A": 4, "B": 2}, {"A": 5, "B": 5}, {"A": 5, "B": None}),
		("Valid", "Valid", "Valid", "Not Valid", "Pending"),
		strict=True,
	):
		lay_answer(campaign, customer, given, validity=verdict, answered_at=ANSWERED)
	complaint(customers[2])
	results.reckon(campaign)
	return frappe._dict(campaign=campaign, customers=customers)


def run(report, **filters):
	return report.execute({**PERIOD, **filters})


def test_statistics_by_item(laid):
	"""A: 50 + 40 + 15 = 105 ÷ 3 = 35, of 150 70 %; one below 30. B: 50 + 50 + 40 = 140 ÷ 3 = 46.67, 93.3 %."""
	_columns, data, _message, chart, summary = run(satisfaction_statistics, campaign=laid.campaign)
	a, b = data
	assert (a.code, a.answers, a.level_1, a.level_2, a.level_4, a.level_5) == ("A", 3, 1, 1, 1, 0)
	assert (a.mean, a.most, a.share, a.low, a.missing) == (35, 50, 70, 1, 0)
	assert (b.code, round(b.mean, 2), b.share) == ("B", 46.67, 93.3)
	assert [each["value"] for each in summary] == [3, 1, 1, 81.33]  # (100 + 90 + 54) ÷ 3
	assert chart["data"]["datasets"][0]["values"] == [1, 2]


def test_statistics_by_region(laid):
	data = run(satisfaction_statistics, campaign=laid.campaign, by="Region")[1]
	assert [(row.value, row.answers, row.mean, row.deduction) for row in data] == [
		("South", 1, 54, 1),
		("North", 2, 95, 0),
	]


@pytest.mark.parametrize("by", ["Customer", "Customer Class", "Campaign"])
def test_statistics_by_each_group_come_to_the_same_answers(laid, by):
	data = run(satisfaction_statistics, campaign=laid.campaign, by=by)[1]
	assert sum(row.answers for row in data) == 3
	assert round(sum(row.mean * row.scored for row in data), 2) == 244


def test_an_unknown_grouping_is_refused(laid):
	with pytest.raises(CustomerServiceError, match="by"):
		run(satisfaction_statistics, by="score; drop table")


def test_answers_of_customers(laid):
	data = run(survey_responses_by_customer, customer=laid.customers[2])[1]
	assert [(row.score, row.deduction, row.low_items, row.explanation) for row in data] == [
		(54, 1, 1, "55 − 1×1 = 54 (Complaints)")
	]
	low = run(survey_responses_by_customer, campaign=laid.campaign, only_low=1)[1]
	assert {row.customer for row in low} == set(laid.customers[2:])


@pytest.mark.parametrize("report", [satisfaction_statistics, survey_responses_by_customer])
def test_each_user_counts_only_what_his_list_shows(laid, report, as_user):
	"""The campaign is of Marketing; a reviewer of Quality sees none of its answers."""
	as_user("quality_reviewer")
	assert run(report, campaign=laid.campaign)[1] == []
	as_user("manager")
	assert run(report, campaign=laid.campaign)[1]


def test_campaigns_are_shown_in_the_order_of_their_periods():
	"""The chart of the board is a course of time, whatever the scores: 100 in 2032, then 55 in 2033, then 90 in 2034."""
	survey = lay_survey(lay_scheme())
	found = []
	for year, given in ((2034, {"A": 2, "B": 1}), (2032, {"A": 1, "B": 1}), (2033, {"A": 4, "B": 2})):
		campaign = lay_campaign(survey, department="Marketing", period_to=f"{year}-06-30")
		lay_answer(campaign, make_customer().name, given, validity="Valid", answered_at=f"{year}-07-05 10:00:00")
		results.reckon(campaign)
		found.append(campaign)
	code = frappe.db.get_value("Satisfaction Survey", survey, "survey_code")
	period = {"from_date": "2032-01-01", "to_date": "2034-12-31"}
	data, chart = (
		satisfaction_statistics.execute({**period, "survey_code": code, "by": "Campaign"})[at] for at in (1, 3)
	)
	assert [row.value for row in data] == [found[1], found[2], found[0]]
	assert chart["data"]["datasets"][0]["values"] == [100, 55, 90]


@pytest.mark.parametrize(
	"name,filters",
	[
		("Satisfaction Statistics", {"by": "Region"}),
		("Satisfaction Statistics", {"by": "Customer"}),
		("Survey Responses by Customer", {}),
		("Survey Calls", {"channel": "All"}),
	],
)
def test_exports_hold_no_live_formula(client, name, filters):
	"""S8: a customer whose name or region is a formula stays text in the file."""
	campaign = lay_campaign(lay_survey(lay_scheme()), department="Marketing")
	customer = make_customer(region="=1+1", customer_name=f"=2+2 {frappe.generate_hash(length=6)}").name
	lay_answer(campaign, customer, {"A": 1, "B": 1}, validity="Valid", answered_at=ANSWERED)
	running = surveys.campaign()
	surveys.invitation(running, customer_name="=3+3")
	frappe.db.commit()
	params = {
		"report_name": name,
		"file_format_type": "CSV",
		"filters": json.dumps({**PERIOD, **filters, **({"campaign": running.name} if name == "Survey Calls" else {})}),
		"visible_idx": json.dumps(list(range(500))),
	}
	answer = client("manager").request("GET", "/api/method/frappe.desk.query_report.export_query", params=params)
	text = answer.content.decode("utf-8-sig")
	assert answer.status_code == 200 and ("'=1+1" in text or "'=2+2" in text or "'=3+3" in text), text[:500]
	assert not [cell for line in text.splitlines() for cell in line.split(",") if cell.strip('"').startswith("=")]


# --- who is called (E-1) -------------------------------------------------------------------------------------------------


@pytest.fixture
def callers():
	"""Three to be called, one of them called already, and one who was mailed; an answered one and one of another campaign are left out."""
	campaign = surveys.campaign()
	names = [surveys.invitation(campaign, number, channel="Phone", phone=f"0512-{number}") for number in (1, 2, 3)]
	mailed = surveys.invitation(campaign, 4)
	surveys.invitation(campaign, 5, channel="Phone", status="Answered")
	surveys.invitation(surveys.campaign(state="Closed"), 6, channel="Phone")
	entry_api.note_call(names[0], "Nobody there.\nAgain on Monday.", reached=False)
	return frappe._dict(campaign=campaign.name, names=names, mailed=mailed)


def test_callers_see_whom_to_call_and_what_to_say(callers):
	columns, data, message, _chart, summary = survey_calls.execute({"campaign": callers.campaign})
	assert [row.invitation for row in data] == [callers.names[1], callers.names[2], callers.names[0]]
	assert (data[0].phone, data[0].calls, data[2].calls) == ("0512-2", 0, 1)
	assert data[2].last_note.endswith("Again on Monday.")
	assert "Good morning." in message  # the survey's script
	assert [each["value"] for each in summary] == [3, 2]
	assert {"invitation", "phone", "contact_person", "last_call_at"} <= {column["fieldname"] for column in columns}


def test_who_has_not_answered_a_mail_is_called_too(callers):
	data = survey_calls.execute({"campaign": callers.campaign, "channel": "All"})[1]
	assert {row.invitation for row in data} == {*callers.names, callers.mailed}
	assert not survey_calls.execute({"campaign": callers.campaign, "channel": "Fax"})[1]


def test_without_a_campaign_all_running_ones_are_listed(callers):
	data, message = survey_calls.execute({})[1:3]
	assert set(callers.names) <= {row.invitation for row in data}
	assert not message, "several campaigns have several scripts"


def test_callers_of_another_department_see_nobody(callers, as_user):
	as_user("quality_reviewer")
	_columns, data, message, *_rest = survey_calls.execute({"campaign": callers.campaign})
	assert not data and not message


def test_who_is_not_to_be_asked_any_more_is_not_called(callers):
	"""He opted out of another survey, or was deleted: neither is on the list, and no letter is printed for him."""
	customers = {name: frappe.db.get_value("Survey Invitation", name, "customer") for name in callers.names}
	frappe.db.set_value("Service Customer", customers[callers.names[1]], "no_surveys", 1)
	frappe.db.delete("Service Customer", {"name": customers[callers.names[2]]})
	data = survey_calls.execute({"campaign": callers.campaign})[1]
	assert [row.invitation for row in data] == [callers.names[0]]
	frappe.db.set_value("Survey Invitation", {"campaign": callers.campaign, "channel": "Phone"}, "channel", "Letter")
	assert letters.to_print(callers.campaign) == [callers.names[0]]


@pytest.mark.parametrize("name", ["Satisfaction Statistics", "Survey Responses by Customer", "Survey Calls"])
def test_reports_open_by_http_for_roles_that_may(client, name):
	found = client("manager").call("frappe.desk.query_report.run", report_name=name, filters="{}")
	assert found["columns"]
	with pytest.raises(Refused, match="403"):
		client("employee").call("frappe.desk.query_report.run", report_name=name, filters="{}")


# --- the customer hears (E-6) --------------------------------------------------------------------------------------------


@pytest.fixture
def mailing(monkeypatch):
	sent = []
	monkeypatch.setattr(frappe, "sendmail", lambda **named: sent.append(named))
	return sent


def test_customers_hear_of_the_measures_once(laid, as_user, mailing):
	frappe.db.set_value("Survey Campaign", laid.campaign, "measures", "We deliver <twice> a week now.")
	as_user("clerk")
	assert telling_api.tell(laid.campaign) == 5
	assert len(mailing) == 5
	assert "We deliver &lt;twice&gt; a week now." in mailing[0]["message"]
	told = frappe.get_all("Survey Response", {"campaign": laid.campaign}, pluck="told_at")
	assert all(told)
	with pytest.raises(SurveyError, match="nobody"):
		telling_api.tell(laid.campaign)


def test_without_measures_there_is_nothing_to_tell(laid, as_user, mailing):
	as_user("clerk")
	with pytest.raises(SurveyError, match="measures"):
		telling_api.tell(laid.campaign)


def test_who_does_not_want_surveys_hears_nothing(laid, as_user, mailing):
	frappe.db.set_value("Survey Campaign", laid.campaign, "measures", "Done.")
	frappe.db.set_value("Service Customer", laid.customers[0], "no_surveys", 1)
	as_user("clerk")
	assert telling_api.tell(laid.campaign) == 4


@pytest.mark.parametrize("person", ["quality_reviewer", "employee", "service_admin"])
def test_others_tell_nobody(laid, as_user, mailing, person):
	frappe.db.set_value("Survey Campaign", laid.campaign, "measures", "Done.")
	as_user(person)
	with pytest.raises(frappe.PermissionError):
		telling_api.tell(laid.campaign)
	assert not mailing


def test_an_anonymous_campaign_is_told_once_and_no_answer_says_to_whom(as_user, mailing):
	campaign = lay_campaign(measures="Done.", is_anonymous=1)
	name = lay_answer(campaign, None, {"A": 1, "B": 1})
	frappe.db.set_value("Survey Response", name, "name", frappe.generate_hash(length=16))
	as_user("clerk")
	assert telling_api.tell(campaign) == 1
	assert mailing[0]["reference_name"] is None
	assert frappe.get_all("Survey Response", {"campaign": campaign}, pluck="told_at") == [None]
	with pytest.raises(SurveyError, match="nobody"):
		telling_api.tell(campaign)


def test_an_anonymous_campaign_tells_who_answered_since(as_user, mailing):
	campaign = lay_campaign(measures="Done.", is_anonymous=1)
	for expected in (1, 1):
		name = lay_answer(campaign, None, {"A": 1, "B": 1})
		frappe.db.set_value("Survey Response", name, "name", frappe.generate_hash(length=16))
		as_user("clerk")
		assert telling_api.tell(campaign) == expected
		as_user("Administrator")
	assert len(mailing) == 2


def test_pressed_twice_customers_hear_once(laid, as_user, mailing, monkeypatch):
	"""More than are mailed at once are mailed by a job later; until it runs a second press finds nobody (L5)."""
	jobs = []
	monkeypatch.setattr(telling, "AT_ONCE", 2)
	monkeypatch.setattr(frappe, "enqueue", lambda method, **named: jobs.append((method, named)))
	frappe.db.set_value("Survey Campaign", laid.campaign, "measures", "Done.")
	as_user("clerk")
	assert telling_api.tell(laid.campaign) == 5
	with pytest.raises(SurveyError, match="nobody"):
		telling_api.tell(laid.campaign)
	for method, named in jobs:
		method(named["campaign_name"], named["names"])
	assert len(mailing) == 5


def test_the_score_before_is_found_outside_of_the_filters(laid):
	"""100 in March 2031; the period shown begins in April."""
	survey = frappe.db.get_value("Survey Campaign", laid.campaign, "survey")
	later = lay_campaign(survey)
	lay_answer(later, laid.customers[0], {"A": 2, "B": 2}, answered_at="2031-06-01 10:00:00")
	results.reckon(later)
	found = survey_responses_by_customer.execute(
		{"from_date": "2031-04-01", "to_date": "2031-12-31", "customer": laid.customers[0]}
	)[1]
	assert [(row.score, row.before) for row in found] == [(80, 100)]
	data = run(survey_responses_by_customer, customer=laid.customers[0])[1]
	assert [row.before for row in data] == [100, None]


def test_a_list_that_is_cut_says_so(laid, monkeypatch):
	assert run(survey_responses_by_customer, campaign=laid.campaign)[2] is None
	monkeypatch.setattr(survey_responses_by_customer, "MOST_ROWS", 2)
	found = run(survey_responses_by_customer, campaign=laid.campaign)
	assert len(found[1]) == 2 and "2" in found[2]
