"""The statistics form and the analysis report of a survey on paper (E-5): in both languages, words of customers never markup."""

import os
import re
import subprocess

import frappe
import pytest

from customer_service.controlled_forms import printing
from customer_service.customer_satisfaction import results, survey_drawings, surveys
from customer_service.tests.factories import make_customer
from customer_service.tests.survey_data import lay_answer, lay_campaign, lay_row, lay_scheme, lay_survey
from customer_service.tests.test_deductions import RULES, complaint

ZH = {"Title": "顾客满意度调查", "A": "产品质量", "B": "交货情况", "Level 1": "很满意", "T": "意见"}


@pytest.fixture
def result():
	survey = lay_survey(lay_scheme(deduction_rules=RULES))
	lay_row("Survey Language", "Satisfaction Survey", survey, "languages", 1, language="zh")
	for number, (part, words) in enumerate(ZH.items(), start=1):
		row = {"language": "zh", "part": part, "source_text": part, "translated_text": words}
		lay_row("Survey Translation", "Satisfaction Survey", survey, "translations", number, **row)
	old = lay_campaign(survey, period_from="2025-07-01", period_to="2025-12-31", title="Second half-year 2025")
	for levels in ((2, 1), (3, 2), (2, 2)):
		lay_answer(old, None, {"A": levels[0], "B": levels[1]})
	results.reckon(old)
	frappe.db.set_value("Survey Campaign", old, "reported_at", "2026-02-01 10:00:00")
	campaign = lay_campaign(survey, measures="We deliver twice a week.", conclusions="Quality <b>first</b>.")
	customers = [make_customer(region=region).name for region in ("North", "North", "South", "South")]
	words = ("Good.", "<script>alert(1)</script> too late", None, "包装破损，请改进。")
	levels = ((1, 1, 10), (2, 1, 9), (4, 2, 6), (5, 3, 8))
	for customer, (a, b, nps), text in zip(customers, levels, words, strict=True):
		lay_answer(campaign, customer, {"A": a, "B": b, "N": nps, "T": text})
	complaint(customers[0])
	return results.reckon(campaign)


def text_of(content: bytes) -> str:
	done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
	return done.stdout.decode()


def printed(result, layout: str, language: str) -> str:
	content = printing.render_pdf("Survey Result", result.name, form=FORMS[layout], language=language)
	if folder := os.environ.get("CS_KEEP_PRINTS"):
		with open(f"{folder}/{layout} {language}.pdf", "wb") as file:
			file.write(content)
	return re.sub(r"\s+", " ", text_of(content))


FORMS = {"Satisfaction Statistics Form": "HT-QR-MA-02", "Satisfaction Analysis": "CR-SAR"}


@pytest.mark.parametrize("layout", FORMS)
@pytest.mark.parametrize(
	"language,wanted", [("en", ["Mean Score", "Very Good: 1 (25.0 %)"]), ("zh", ["产品质量", "很满意: 1 (25.0 %)"])]
)
def test_the_figures_stand_on_paper(result, layout, language, wanted):
	"""A: 105 ÷ 4 = 26.25 of 50; scores 99, 90, 55, 30: mean 68.5."""
	shown = printed(result, layout, language)
	for words in (*wanted, "26.25", "68.5", "42.5"):
		assert words in shown, shown
	if language == "zh":
		assert "Mean Score" not in shown


def test_the_analysis_tells_the_whole_story(result):
	shown = printed(result, "Satisfaction Analysis", "en")
	improvement = next(row.improvement for row in result.items if row.improvement)
	for words in (
		"CR-SAR",
		"We deliver twice a week.",
		"too late",
		"包装破损",
		improvement,
		"Second half-year 2025",
		"North",
	):
		assert words in shown, words
	assert "Quality first." in shown.replace("<b>", "").replace("</b>", "")


def test_drawings_hold_nobodys_markup():
	rows = [{"label": "<script>x</script>", "mean": 50, "low": 40, "high": 60, "limit": 60, "is_low": True}]
	assert "<script" not in survey_drawings.means(rows)
	assert "<script" not in survey_drawings.importance([{**rows[0], "importance": 0.5}], "<b>", "<i>")
	assert survey_drawings.means([]) == survey_drawings.importance([], "", "") == ""


@pytest.mark.parametrize("form", FORMS.values())
def test_an_empty_form_prints(form):
	assert "Mean Score" in text_of(printing.render_blank(form, "en"))


def test_prints_say_the_levels_that_were_chosen_from(result):
	"""The scheme is changed behind the app's back; the report of before still says what customers were offered."""
	level = frappe.db.get_value("Scheme Level", {"parent": result_scheme(result), "idx": 1})
	frappe.db.set_value("Scheme Level", level, "level_label", "Splendid")
	frappe.clear_document_cache("Scoring Scheme", result_scheme(result))
	surveys.forget()
	shown = printed(result, "Satisfaction Statistics Form", "en")
	assert "Very Good: 1" in shown and "Splendid" not in shown


def result_scheme(result) -> str:
	return frappe.db.get_value("Survey Campaign", result.campaign, "scoring_scheme")


@pytest.mark.parametrize(
	"label", ["How satisfied are you with the delivery of our goods and with what our drivers did?", "您对产品质量" * 9]
)
def test_long_questions_stay_within_the_drawing(label):
	"""292 of the drawing's units are left of the bars; a Chinese character of 12 takes 12, a Latin letter about half of it."""
	drawn = survey_drawings.means(
		[{"label": label, "mean": 50, "low": None, "high": None, "limit": None, "is_low": False}]
	)
	lines = re.findall(r'font-size="(\d+)"[^>]*text-anchor="end">([^<]*)<', drawn)
	assert len(lines) == 2 and label.startswith(lines[0][1])
	for size, words in lines:
		wide = sum(2 if ord(each) > 0x2E80 else 1 for each in words)
		assert wide * int(size) / 2 <= 292


def test_figures_of_scores_have_one_place_more_than_the_scheme(result):
	"""The scheme rounds to one place, so that means stand with two; nobody answered by how much he would recommend us: no figure."""
	frappe.db.set_value("Survey Result", result.name, {"mean_score": 68.6786, "nps_answers": 0})
	shown = printed(result, "Satisfaction Statistics Form", "en")
	assert "68.68" in shown and "68.6786" not in shown
	assert "NPS –" in shown
