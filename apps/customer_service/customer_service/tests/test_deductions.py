"""Which records of the registers take points off a score (E-4 c), and that a score says why."""

import frappe
import pytest

from customer_service.customer_satisfaction import deductions, scoring
from customer_service.tests.factories import lay_down, make_customer
from customer_service.tests.survey_data import lay_answer, lay_campaign, lay_scheme, lay_survey

RULES = [
	{
		"rule_label": "Complaints",
		"register": "Complaint",
		"date_field": "received_at",
		"customer_field": "customer",
		"points": 1,
		"cap": 5,
		"conditions": "is_justified = Justified\nstate_category != Cancelled\nduplicate_of =",
	},
	{
		"rule_label": "Returns",
		"register": "Complaint Disposition",
		"date_field": "carried_out_at",
		"customer_field": "customer",
		"points": 2,
		"cap": 10,
		"conditions": "nature = Return\nstate_category != Cancelled",
	},
]


def complaint(customer: str, **values) -> str:
	known = {"received_at": "2026-03-01 10:00:00", "is_justified": "Justified", "state_category": "Closed"}
	return lay_down("Complaint", customer=customer, **{**known, **values})


def a_return(customer: str, **values) -> str:
	known = {"carried_out_at": "2026-03-05 10:00:00", "nature": "Return", "state_category": "Closed"}
	return lay_down("Complaint Disposition", customer=customer, **{**known, **values})


COUNTED = [
	# complaint or return, its values, counted?
	(complaint, {}, True),
	(complaint, {"is_justified": "Not Justified"}, False),
	(complaint, {"is_justified": "Undecided"}, False),
	(complaint, {"state_category": "Cancelled"}, False),
	(complaint, {"duplicate_of": "CMP-1"}, False),
	(complaint, {"received_at": "2026-01-01 00:00:00"}, True),
	(complaint, {"received_at": "2025-12-31 23:59:59"}, False),
	(complaint, {"received_at": "2026-06-30 23:59:59"}, True),
	(complaint, {"received_at": "2026-07-01 00:00:00"}, False),
	(a_return, {}, True),
	(a_return, {"nature": "Exchange"}, False),
	(a_return, {"carried_out_at": None}, False),
	(a_return, {"carried_out_at": "2026-07-01 00:00:00"}, False),
	(a_return, {"state_category": "Cancelled"}, False),
]


def campaign_of(**values):
	scheme = lay_scheme(deduction_rules=[{**rule, **values} for rule in RULES])
	return frappe.get_doc("Survey Campaign", lay_campaign(lay_survey(scheme)))


def scheme_of(campaign):
	return frappe.get_doc("Scoring Scheme", campaign.scoring_scheme)


@pytest.mark.parametrize("make,values,is_counted", COUNTED)
def test_what_counts_is_what_the_rule_says(make, values, is_counted):
	campaign, customer = campaign_of(), make_customer().name
	make(customer, **values)
	make(make_customer().name)  # another customer's
	found = deductions.of_customer(scheme_of(campaign), campaign, customer)
	assert sum(len(records) for records in found) == int(is_counted)
	lay_answer(campaign.name, customer)
	assert deductions.of_campaign(scheme_of(campaign), campaign).get(customer, [[], []]) == found


def test_months_before_the_end_take_the_place_of_the_period():
	"""12 months before 30 June 2026: from 1 July 2025."""
	campaign, customer = campaign_of(months=12), make_customer().name
	wanted = complaint(customer, received_at="2025-07-01 00:00:00")
	complaint(customer, received_at="2025-06-30 23:59:59")
	assert [row[0] for row in deductions.of_customer(scheme_of(campaign), campaign, customer)[0]] == [wanted]


def test_a_complaint_that_ends_in_a_return_costs_both():
	"""A 50, B 50 × 80 % = 40: 90 − 1 − 2 = 87."""
	campaign, customer = campaign_of(), make_customer().name
	name = complaint(customer)
	a_return(customer, complaint=name)
	response = frappe.get_doc("Survey Response", lay_answer(campaign.name, customer, {"A": 1, "B": 2}))
	scoring.score(response)
	assert (response.base_score, response.deduction, response.score) == (90, 3, 87)
	assert response.explanation == "90 − 1×1 − 1×2 = 87 (Complaints, Returns)"


def test_each_counted_record_is_a_row_and_those_beyond_the_limit_take_nothing_off():
	"""Seven complaints at 1, at most 5; six returns at 2, at most 10: 100 − 5 − 10 = 85."""
	campaign, customer = campaign_of(), make_customer().name
	for day in range(1, 8):
		complaint(customer, received_at=f"2026-02-{day:02d} 09:00:00")
	for day in range(1, 7):
		a_return(customer, carried_out_at=f"2026-03-{day:02d} 09:00:00")
	response = frappe.get_doc("Survey Response", lay_answer(campaign.name, customer, {"A": 1, "B": 1}))
	scoring.score(response)
	assert [row.points for row in response.deductions] == [1] * 5 + [0] * 2 + [2] * 5 + [0]
	assert (response.score, response.deduction) == (85, 15)
	assert response.explanation == "100 − min(7×1, 5) − min(6×2, 10) = 85 (Complaints, Returns)"
	assert {row.reference_doctype for row in response.deductions} == {"Complaint", "Complaint Disposition"}


def test_an_anonymous_answer_has_no_deductions_and_no_time_of_day():
	campaign = campaign_of()
	frappe.db.set_value("Survey Campaign", campaign.name, "is_anonymous", 1)
	response = frappe.get_doc("Survey Response", lay_answer(campaign.name, None, {"A": 1, "B": 1}))
	response.customer = None
	scoring.score(response)
	assert (response.score, response.deductions) == (100, [])
	assert response.scored_at.time().isoformat() == "00:00:00"


def test_scoring_one_answer_takes_one_statement():
	campaign, customer = campaign_of(), make_customer().name
	response = frappe.get_doc("Survey Response", lay_answer(campaign.name, customer, {"A": 1, "B": 1}))
	scoring.score(response)  # so that the records are cached
	ran, sql = [], frappe.db.sql
	frappe.db.sql = lambda *args, **kwargs: (ran.append(args), sql(*args, **kwargs))[1]
	try:
		scoring.score(response)
	finally:
		frappe.db.sql = sql
	assert len(ran) == 1, ran


@pytest.mark.parametrize("answered,proposed", [({"A": 1, "B": None}, "Valid"), ({"A": None, "B": None}, "Not Valid")])
def test_an_answer_with_too_few_items_is_proposed_as_not_valid(answered, proposed):
	"""One of two is 50 %, which is enough; none is not."""
	campaign = campaign_of()
	frappe.db.set_value("Scoring Scheme", campaign.scoring_scheme, "least_answered", 50)
	response = frappe.get_doc("Survey Response", lay_answer(campaign.name, None, answered))
	scoring.score(response)
	assert response.proposed_validity == proposed


def test_the_shipped_script_scores_an_answer_with_its_deductions(monkeypatch):
	"""Two levels 100 and 80: mean 90, less one complaint: 89. The script runs with what Frappe lets scripts do."""
	from customer_service.compat import server_scripts_of
	from customer_service.tests import surveys

	assert server_scripts_of("Survey Response", "Before Insert")
	campaign = surveys.campaign()
	scheme = lay_scheme(calculation="Mean", deduction_rules=RULES)
	surveys.set_campaign(campaign, scoring_scheme=scheme)
	invitation = surveys.invitation(campaign)
	customer = frappe.db.get_value("Survey Invitation", invitation, "customer")
	complaint(customer, received_at=f"{campaign.period_to} 08:00:00")
	surveys.answer(invitation)
	doc = frappe.get_doc("Survey Response", invitation)
	assert (doc.base_score, doc.deduction, doc.score, doc.explanation) == (90, 1, 89, "90 − 1×1 = 89 (Complaints)")
	assert [row.points for row in doc.deductions] == [1]
