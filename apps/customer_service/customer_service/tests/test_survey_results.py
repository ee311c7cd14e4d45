"""What a campaign comes to: items, intervals, comparison, trend, weak items (E-5, E-6). Every figure was worked out by hand."""

import json

import frappe
import pytest

from customer_service.customer_satisfaction import results, statistics
from customer_service.customer_satisfaction.statistics import Sample
from customer_service.exceptions import SurveyError
from customer_service.tests.factories import lay_down, make_customer
from customer_service.tests.survey_data import ITEMS, lay_answer, lay_campaign, lay_row, lay_scheme, lay_survey
from customer_service.tests.test_deductions import RULES, a_return, complaint

QUANTILES = [
	# confidence, degrees of freedom, Student's t from the printed table
	(95, 1, 12.706),
	(95, 3, 3.182),
	(95, 10, 2.228),
	(95, 30, 2.042),
	(95, 1000, 1.962),
	(99, 3, 5.841),
	(90, 3, 2.353),
]


@pytest.mark.parametrize("confidence,degrees,t", QUANTILES)
def test_students_t_is_that_of_the_printed_table(confidence, degrees, t):
	assert round(statistics.t_quantile(confidence, degrees), 3) == t


def test_an_interval_by_hand():
	"""4 values, mean 87, s = √(1002 ÷ 3) = 18.2757: half 3.1824 × 18.2757 ÷ 2 = 29.081."""
	low, high = statistics.interval(Sample(4, 87, (1002 / 3) ** 0.5), 95)
	assert (round(low, 2), round(high, 2)) == (57.92, 116.08)
	assert statistics.interval(Sample(1, 87, 0), 95) is None


WELCH = [
	# means 80 and 90, s 10 each, n 10 each: t = 10 ÷ √(10 + 10) = 2.236 with 18 degrees, beyond 2.101
	(Sample(10, 80, 10), Sample(10, 90, 10), True),
	# n 5 each: t = 10 ÷ √(20 + 20) = 1.581 with 8 degrees, within 2.306
	(Sample(5, 80, 10), Sample(5, 90, 10), False),
	(Sample(1, 80, 0), Sample(10, 90, 10), False),
	(Sample(3, 80, 0), Sample(3, 80, 0), False),
	(Sample(3, 80, 0), Sample(3, 81, 0), True),
]


@pytest.mark.parametrize("one,other,differs", WELCH)
def test_welchs_test_tells_a_difference_from_chance(one, other, differs):
	assert statistics.differs(one, other, 95) is differs


def test_correlation_and_nps_by_hand():
	"""x 1 2 3, y 2 4 5: n 3, Σx 6, Σy 11, Σxx 14, Σyy 45, Σxy 25: (75 − 66) ÷ √(6 × 14) = 0.982."""
	assert round(statistics.correlation(3, 6, 11, 14, 45, 25), 3) == 0.982
	assert statistics.correlation(3, 6, 6, 12, 14, 12) is None  # x never varies
	assert statistics.nps(5, 2, 10) == 30
	assert statistics.nps(0, 0, 0) is None


ANSWERS = [
	# A, B of 50 each, NPS; A 100/80/60/30/0 % → 50/40/30/15/0
	({"A": 1, "B": 1, "N": 10, "T": "Fine."}, "50 + 50", 100),
	({"A": 2, "B": 1, "N": 9, "T": None}, "40 + 50", 90),
	({"A": 4, "B": 2, "N": 6, "T": "Late."}, "15 + 40", 55),
	({"A": 5, "B": 3, "N": 8, "T": None}, "0 + 30", 30),
]


@pytest.fixture
def campaign():
	"""Four valid answers with scores 100, 90, 55 and 30, and one that is not valid and would move every figure."""
	name = lay_campaign(lay_survey(lay_scheme(deduction_rules=RULES)))
	customers = [make_customer(region=region).name for region in ("North", "North", "South", "South", "South")]
	for customer, (given, _sum, _score) in zip(customers, ANSWERS, strict=False):
		lay_answer(name, customer, given)
	lay_answer(name, customers[4], {"A": 5, "B": 5, "N": 0, "T": "Bad."}, validity="Not Valid", validity_reason="Twice")
	return name


def items_of(result) -> dict:
	return {row.code: row for row in result.items}


def test_a_campaign_comes_to_these_figures(campaign):
	"""Scores 100, 90, 55, 30: mean 68.75, s² = (976.5625 + 451.5625 + 189.0625 + 1501.5625) ÷ 3 = 1039.583, s = 32.243;
	half = 3.18245 × 32.243 ÷ 2 = 51.305, cut at 100. A: 105 ÷ 4 = 26.25, below 30. B: 170 ÷ 4 = 42.5. NPS: 2 of 9 or 10, 1 of 0 to 6: 25."""
	result = results.reckon(campaign)
	assert (result.scored, result.mean_score, result.nps, result.nps_answers) == (4, 68.75, 25, 4)
	assert (round(result.score_from, 2), round(result.score_to, 2)) == (17.44, 100)
	a, b = items_of(result)["A"], items_of(result)["B"]
	assert (a.answered, a.mean, a.max_points, a.item_limit, a.is_low) == (4, 26.25, 50, 30, 1)
	assert (b.answered, b.mean, b.is_low) == (4, 42.5, 0)
	assert (result.judged_valid, result.judged_invalid, result.answered) == (4, 1, 5)
	details = results.details_of(result)
	assert details["distribution"]["A"] == {"1": 1, "2": 1, "4": 1, "5": 1}
	assert details["distribution"]["N"] == {"10": 1, "9": 1, "6": 1, "8": 1}
	regions = {row["value"]: (row["n"], row["mean"]) for row in details["regions"]}
	assert regions == {"North": (2, 95.0), "South": (2, 42.5)}
	assert details["refused"] == [{"reason": "Twice", "n": 1}]
	found = frappe.db.get_value("Survey Campaign", campaign, ["mean_score", "current_result", "judged_valid"])
	assert found == (68.75, result.name, 4)


def test_importance_is_the_correlation_with_the_score(campaign):
	"""A 50 40 15 0 with 100 90 55 30: Σ(dx·dy) = 23.75·31.25 + 13.75·21.25 + 11.25·13.75 + 26.25·38.75 = 2206.25;
	Σdx² = 1568.75, Σdy² = 3118.75: 2206.25 ÷ 2211.904 = 0.9974."""
	assert items_of(results.reckon(campaign))["A"].importance == 0.9974


def test_reckoned_twice_the_figures_are_the_same(campaign):
	first, second = results.reckon(campaign), results.reckon(campaign)
	same = ("mean_score", "score_from", "score_to", "nps", "recovery", "details")
	assert [first.get(field) for field in same] == [second.get(field) for field in same]
	assert (second.version, second.is_current) == (2, 1)
	assert frappe.db.get_value("Survey Result", first.name, "is_current") == 0
	assert results.current(campaign) == second.name
	assert frappe.db.count("Improvement", {"reference_name": campaign}) == 1


def test_deductions_are_counted_again_until_the_report_and_never_after(campaign):
	"""A justified complaint: 100 − 1 = 99, mean (99 + 90 + 55 + 30) ÷ 4 = 68.5; then a return: 97, mean 68."""
	results.reckon(campaign)
	first = frappe.get_all("Survey Response", {"campaign": campaign, "score": 100}, ["name", "customer"])[0]
	complaint(first.customer)
	result = results.reckon(campaign)
	assert (result.mean_score, result.deduction_mean) == (68.5, 0.25)
	assert frappe.get_doc("Survey Response", first.name).explanation == "100 − 1×1 = 99 (Complaints)"
	assert [row.points for row in frappe.get_doc("Survey Response", first.name).deductions] == [1]
	a_return(first.customer)
	assert results.reckon(campaign).mean_score == 68
	frappe.db.set_value("Survey Campaign", campaign, "reported_at", "2026-08-02 12:00:00")
	complaint(first.customer)
	with pytest.raises(SurveyError, match="reported"):
		results.reckon(campaign)
	assert frappe.db.get_value("Survey Response", first.name, "score") == 97
	assert frappe.db.get_value("Survey Result", results.current(campaign), "mean_score") == 68


def test_answers_close_when_the_campaign_is_reported(campaign):
	results.close_answers(frappe.get_doc("Survey Campaign", campaign))
	assert set(frappe.get_all("Survey Response", {"campaign": campaign}, pluck="state_category")) == {"Closed"}


def test_without_answers_there_is_a_result_without_figures():
	result = results.reckon(lay_campaign())
	assert (result.scored, result.mean_score, result.recovery, result.items) == (0, 0, 0, [])


def reported(code: str, version: int, levels: list[tuple[int, int]], **values) -> str:
	survey = lay_survey(lay_scheme(), code=code, version=version)
	name = lay_campaign(survey, **values)
	for a, b in levels:
		lay_answer(name, None, {"A": a, "B": b})
	return name


def test_the_campaign_before_is_compared_whatever_the_version():
	"""Before: A 30, 30, 30, 40 = 32.5; now A 50, 50, 50, 40 = 47.5: t = 15 ÷ √(25/4 + 25/4) = 4.24 with 6 degrees, beyond 2.447."""
	code = f"C-{frappe.generate_hash(length=6)}"
	old = reported(code, 1, [(3, 1), (3, 1), (3, 1), (2, 1)], period_from="2025-07-01", period_to="2025-12-31")
	results.reckon(old)
	frappe.db.set_value("Survey Campaign", old, "reported_at", "2026-02-01 10:00:00")
	new = results.reckon(reported(code, 2, [(1, 1), (1, 1), (1, 1), (2, 1)]))
	row = items_of(new)["A"]
	assert (row.mean, row.previous_mean, row.difference, row.is_beyond_chance) == (47.5, 32.5, 15, 1)
	assert items_of(new)["B"].is_beyond_chance == 0
	assert (new.previous_campaign, new.previous_score, new.score_is_beyond_chance) == (old, 82.5, 1)
	assert [point["mean"] for point in results.details_of(new)["trend"]] == [82.5, 97.5]


@pytest.mark.parametrize(
	"values,item,score",
	[
		({"deduction_rules": RULES}, 1, 0),  # other deductions: the items can be compared, the score cannot
		(
			{"levels": [{"level_label": f"L{n}", "points": points} for n, points in enumerate((100, 75, 50, 25, 0))]},
			0,
			0,
		),
	],
)
def test_what_was_reckoned_by_other_rules_is_no_change_of_satisfaction(values, item, score):
	"""The same answers as above; between the campaigns the company has changed what a level is worth, or what is deducted."""
	code = f"C-{frappe.generate_hash(length=6)}"
	old = reported(code, 1, [(3, 1), (3, 1), (3, 1), (2, 1)], period_from="2025-07-01", period_to="2025-12-31")
	results.reckon(old)
	frappe.db.set_value("Survey Campaign", old, "reported_at", "2026-02-01 10:00:00")
	name = lay_campaign(lay_survey(lay_scheme(**values), code=code, version=2))
	for a, b in [(1, 1), (1, 1), (1, 1), (2, 1)]:
		lay_answer(name, None, {"A": a, "B": b})
	new = results.reckon(name)
	assert (items_of(new)["A"].is_beyond_chance, new.score_is_beyond_chance) == (item, score)
	assert new.previous_campaign == old


def test_a_campaign_that_is_not_reported_is_no_campaign_before():
	code = f"C-{frappe.generate_hash(length=6)}"
	results.reckon(reported(code, 1, [(3, 1), (3, 1)], period_from="2025-07-01", period_to="2025-12-31"))
	assert not results.reckon(reported(code, 2, [(1, 1), (1, 1)])).previous_campaign


def test_a_result_says_what_the_registers_say_of_its_period():
	"""E-5, in March 2033: 3 complaints, 2 of them justified, 1 late; one return; 3 lines delivered, 2 in time; one order lost, not the one
	that has a later version. What came before or after does not count, and what comes after the report changes nothing."""
	inside, outside = "2033-03-31 23:00:00", "2033-04-01 00:00:00"
	for values in ({}, {"resolution_breached": 1}, {"is_justified": "Undecided"}):
		lay_down(
			"Complaint", **{"is_justified": "Justified", "received_at": inside, "state_category": "Open", **values}
		)
	lay_down("Complaint", is_justified="Justified", received_at=outside, state_category="Open")
	lay_down("Complaint Disposition", nature="Return", carried_out_at=inside, state_category="Closed")
	lay_down("Complaint Disposition", nature="Exchange", carried_out_at=inside, state_category="Closed")
	notice = lay_down("Shipping Notice", shipped_on="2033-03-10", shipped_at=inside, state_category="Closed")
	for number, promised in enumerate(("2033-03-10", "2033-03-11", "2033-03-09"), start=1):
		lay_row("Shipping Notice Line", "Shipping Notice", notice, "lines", number, qty=5, promised_date=promised)
	lost = lay_down("Contract Review", ended_at=inside, state_category="Cancelled")
	lay_down("Contract Review", ended_at=inside, state_category="Cancelled", superseded_by=lost)
	campaign = lay_campaign(period_from="2033-03-01", period_to="2033-03-31")
	found = results.details_of(results.reckon(campaign))["performance"]
	assert [(row["what"], row["n"], row["share"]) for row in found] == [
		("complaints", 3, None),
		("justified", 2, 66.7),
		("late", 1, 33.3),
		("returns", 1, None),
		("lines", 3, None),
		("in_time", 2, 66.7),
		("lost", 1, None),
	]


# --- improvements (E-6) ------------------------------------------------------------------------------------------------


def test_a_weak_item_becomes_an_improvement_of_the_department_of_the_routing_rules(campaign):
	"""P1: product quality → Quality leads, Engineering assists."""
	result = results.reckon(campaign)
	made = frappe.get_doc("Improvement", items_of(result)["A"].improvement)
	assert made.lead_department == "Quality Department"
	assert [row.department for row in made.assisting_departments] == ["Engineering"]
	assert (made.reference_doctype, made.reference_name) == ("Survey Campaign", campaign)
	assert "26.25" in made.problem_what
	assert not items_of(result)["B"].improvement


def test_an_adverse_comment_becomes_an_improvement_once(campaign):
	"""P1: delivery → Materials."""
	row = frappe.db.get_value(
		"Survey Answer", {"campaign": campaign, "answer": "Late."}, ["name", "parent"], as_dict=True
	)
	frappe.db.set_value("Survey Answer", row.name, "is_adverse", 1)
	results.reckon(campaign)
	made = frappe.get_doc("Improvement", frappe.db.get_value("Survey Answer", row.name, "improvement"))
	assert (made.lead_department, made.reference_name) == ("Materials", row.parent)
	assert "Late." in made.problem_what
	results.reckon(campaign)
	assert frappe.db.count("Improvement", {"reference_name": row.parent}) == 1


def test_the_next_campaign_joins_a_running_improvement_and_shows_the_change_beside_it():
	code = f"C-{frappe.generate_hash(length=6)}"
	old = reported(code, 1, [(4, 1), (4, 1)], period_from="2025-07-01", period_to="2025-12-31")
	improvement = items_of(results.reckon(old))["A"].improvement
	frappe.db.set_value("Survey Campaign", old, "reported_at", "2026-02-01 10:00:00")
	weak = reported(code, 1 + 1, [(4, 1), (5, 1)])
	row = items_of(results.reckon(weak))["A"]
	assert (row.improvement, row.previous_mean, row.difference) == (improvement, 15, -7.5)
	sources = frappe.get_doc("Improvement", improvement).sources
	assert [(each.reference_doctype, each.reference_name) for each in sources] == [("Survey Campaign", weak)]


def test_an_item_that_is_well_again_still_shows_its_improvement():
	code = f"C-{frappe.generate_hash(length=6)}"
	old = reported(code, 1, [(4, 1), (4, 1)], period_from="2025-07-01", period_to="2025-12-31")
	improvement = items_of(results.reckon(old))["A"].improvement
	frappe.db.set_value("Survey Campaign", old, "reported_at", "2026-02-01 10:00:00")
	row = items_of(results.reckon(reported(code, 2, [(1, 1), (1, 1)])))["A"]
	assert (row.is_low, row.improvement, row.difference) == (0, improvement, 35)


def test_the_setting_switches_improvements_off(campaign):
	frappe.db.set_single_value("Customer Service Settings", "survey_improvements", 0)
	frappe.clear_document_cache("Customer Service Settings", "Customer Service Settings")
	assert not items_of(results.reckon(campaign))["A"].improvement


def test_an_item_without_a_rule_goes_to_the_department_in_charge_of_surveys():
	frappe.db.set_single_value("Customer Service Settings", "survey_department", "Warehouse")
	frappe.clear_document_cache("Customer Service Settings", "Customer Service Settings")
	frappe.db.delete("Routing Rule", {"topic": ("is", "not set")})
	frappe.cache().delete_value("customer_service_routing_rules")
	name = lay_campaign(lay_survey(lay_scheme(), items=({**ITEMS[0], "topic": None}, ITEMS[1])))
	lay_answer(name, None, {"A": 5, "B": 1})
	made = items_of(results.reckon(name))["A"].improvement
	frappe.cache().delete_value("customer_service_routing_rules")
	assert frappe.db.get_value("Improvement", made, "lead_department") == "Warehouse"


def test_reckoning_takes_few_statements_however_many_answers():
	"""Ten times the answers may cost no more statements."""

	def statements(count: int) -> int:
		name = lay_campaign(lay_survey(lay_scheme()))
		customer = make_customer().name
		for _each in range(count):
			lay_answer(name, customer, {"A": 1, "B": 2})
		ran, sql = [], frappe.db.sql
		frappe.db.sql = lambda *args, **kwargs: (ran.append(args), sql(*args, **kwargs))[1]
		try:
			results.reckon(name)
		finally:
			frappe.db.sql = sql
		return len(ran)

	statements(3)
	assert statements(40) <= statements(4) + 1


def test_the_details_hold_no_words_and_no_names(campaign):
	"""What customers wrote stays in their answers, where it is anonymised or disposed of in time."""
	told = json.dumps(results.details_of(results.reckon(campaign)))
	assert "Fine." not in told and "Fictional" not in told


@pytest.fixture
def own_script():
	"""An administrator gives everybody a point more."""
	doc = frappe.get_doc("Server Script", "Survey Response Scoring")
	before = doc.script
	doc.script = 'doc.score_answers()\nif doc.is_scored:\n\tdoc.score = doc.score + 1\ndoc.validity = "Pending"'
	doc.save()
	yield
	doc.script = before
	doc.save()


def test_an_administrators_script_decides_when_a_campaign_is_reckoned_too(campaign, own_script):
	"""Design rule 6: 101, 91, 56 and 31 come to 69.75. Reckoned twice nothing is added twice, and what was judged stays judged."""
	assert results.reckon(campaign).mean_score == 69.75
	versions = frappe.get_all("Survey Response", {"campaign": campaign}, pluck="score_version", order_by="name asc")
	result = results.reckon(campaign)
	assert (result.mean_score, result.judged_valid) == (69.75, 4)
	after = frappe.get_all("Survey Response", {"campaign": campaign}, pluck="score_version", order_by="name asc")
	assert after == versions, "nothing differed"
	assert items_of(result)["A"].mean == 26.25
