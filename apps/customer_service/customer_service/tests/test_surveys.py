"""Satisfaction Survey: questions, languages, versions, four eyes (E-1)."""

import frappe
import pytest

from customer_service.customer_satisfaction import questions, surveys, wordings
from customer_service.exceptions import RecordClosedError, ScoringError, SurveyError
from customer_service.tests.campaigns import ITEMS, make_survey, used_survey
from customer_service.tests.client import Refused
from customer_service.tests.factories import go
from customer_service.tests.survey_data import lay_campaign, lay_scheme, lay_survey

DOCTYPE = "Satisfaction Survey"
API = "customer_service.customer_satisfaction.campaign_api"


def item(**values) -> dict:
	return {"kind": "Level", "question": "Speed", "max_points": 100, **values}


# --- questions -------------------------------------------------------------------------------------------------------------


def test_questions_without_a_code_get_one_that_stays():
	survey = make_survey(
		[item(max_points=60), {"kind": "Section", "question": "More"}, item(code="Q2", max_points=40), item()]
	)
	assert [row.code for row in survey.items] == ["Q1", "S1", "Q2", "Q3"]
	survey.items = [row for row in survey.items if row.code != "Q1"]
	survey.save()
	assert [row.code for row in survey.items] == ["S1", "Q2", "Q3"], "codes do not move up"


@pytest.mark.parametrize(
	("items", "words"),
	[
		([item(code="1A")], "row 1 (1A): a code begins with a letter"),
		([item(code="A"), item(code="a")], "row 2 (a): this code stands here twice"),
		([item(kind="Choice", choices="One")], "row 1 (Q1): write at least two choices"),
		([item(kind="Number", number_from=5, number_to=1)], "must not be below the smallest"),
		(
			[item(code="A", shown_if="B", shown_if_answers="Yes"), item(code="B")],
			"row 1 (A): it can be asked only after",
		),
		([item(code="A"), item(code="B", shown_if="A")], "row 2 (B): write after which answers"),
	],
)
def test_a_bad_question_is_named_by_its_row(items, words):
	with pytest.raises(SurveyError) as refused:
		make_survey(items)
	assert words in str(refused.value).replace("<strong>", "").replace("</strong>", "")


def test_a_question_is_asked_only_after_the_answers_that_it_waits_for():
	"""A chain of two: B after A's "No" (written as its label), C after B's worst level (written as its value)."""
	survey = make_survey(
		[
			item(code="A", kind="Yes or No", max_points=50),
			item(code="B", max_points=50, shown_if="A", shown_if_answers="no"),
			item(code="C", kind="Text", shown_if="B", shown_if_answers="4\n5"),
		]
	)
	asked = [
		[code for code in "ABC" if surveys.is_asked(survey, code, given)] for given in ({}, {"A": "1"}, {"A": "2"})
	]
	assert asked == [["A"], ["A"], ["A", "B"]]
	assert surveys.is_asked(survey, "C", {"A": "2", "B": "5"})
	assert not surveys.is_asked(survey, "C", {"A": "2", "B": "3"})
	assert not surveys.is_asked(survey, "C", {"A": "1", "B": "5"}), "what C asks for was not asked itself"


def test_text_of_the_editor_is_plain():
	survey = make_survey([item(question="<img src=x onerror=alert(1)>Speed <3")])
	assert survey.items[0].question == "Speed <3"


# --- languages -------------------------------------------------------------------------------------------------------------


def test_a_language_gets_a_line_for_every_text_and_known_words_come_translated():
	survey = make_survey(languages=[{"language": "zh"}])
	lines = {row.part: row.translated_text for row in survey.translations}
	assert list(lines) == [
		"Title",
		"Introduction",
		"Thanks",
		*(f"Level {place}" for place in range(1, 6)),
		"QUALITY",
		"DELIVERY",
		"OPINION",
	]
	assert lines["Level 1"] == "很满意" and lines["Title"] is None


def test_translations_follow_the_questions_and_keep_what_is_translated():
	survey = make_survey(languages=[{"language": "zh"}])
	next(row for row in survey.translations if row.part == "DELIVERY").translated_text = "交货准时"
	survey.items[0].question = "Quality of what we make"
	survey.append("items", {"code": "PRICE", "kind": "Number", "question": "Price"})
	survey.save()
	rows = {row.part: row for row in survey.translations}
	assert rows["DELIVERY"].translated_text == "交货准时"
	assert rows["QUALITY"].source_text == "Quality of what we make"
	assert "PRICE" in rows
	survey.languages = []
	survey.save()
	assert survey.translations == []


def test_a_page_in_a_language_falls_back_text_by_text():
	survey = make_survey(languages=[{"language": "zh"}])
	next(row for row in survey.translations if row.part == "QUALITY").translated_text = "产品质量"
	survey.save()
	shown = surveys.shown(survey.name, "zh")
	assert shown["language"] == "zh" and shown["title"] == "How do we do?"
	assert [each["question"] for each in shown["items"]] == [
		"产品质量",
		"Delivery on time",
		"What should we do better?",
	]
	assert shown["items"][0]["options"][0] == {"value": "1", "label": "很满意"}
	assert surveys.shown(survey.name, "fr")["language"] == "en", "a language that it does not speak"
	keys = frappe.cache().hkeys(surveys.CACHE)
	for asked in ("fr", "x" * 100_000, "en-GB", "", "zh:Other"):  # whatever a guest asks for makes no key of its own
		surveys.shown(survey.name, asked)
	assert sorted(frappe.cache().hkeys(surveys.CACHE)) == sorted(keys)
	assert surveys.shown(survey.name, "zh-TW")["language"] == "zh"


def test_a_survey_with_gaps_in_a_language_is_not_reviewed():
	survey = make_survey(languages=[{"language": "zh"}])
	with pytest.raises(SurveyError, match="6 texts are not translated"):
		go(survey, "Review Survey", by="manager")
	for row in survey.translations:
		row.translated_text = row.translated_text or "译文"
	survey.save()
	assert go(survey, "Review Survey", by="manager").workflow_state == "Reviewed"


def test_the_own_language_is_no_further_one():
	with pytest.raises(SurveyError, match="stands here twice"):
		make_survey(languages=[{"language": "en"}])


# --- review, versions --------------------------------------------------------------------------------------------------------


def test_a_survey_without_questions_is_a_draft_only():
	survey = make_survey([{"kind": "Section", "question": "Empty"}])
	with pytest.raises(SurveyError, match="at least one question"):
		go(survey, "Review Survey", by="manager")


def test_weights_of_99_are_refused_with_their_sum():
	"""60 + 39 = 99."""
	survey = make_survey([item(max_points=60), item(max_points=39)])
	with pytest.raises(ScoringError, match="come to 99"):
		go(survey, "Review Survey", by="manager")


def test_a_level_question_without_points_is_refused():
	survey = make_survey([item(max_points=0), item(max_points=100)])
	with pytest.raises(ScoringError, match="no points"):
		go(survey, "Review Survey", by="manager")


def test_what_was_reviewed_is_what_is_approved():
	survey = go(make_survey(), "Review Survey", by="manager")
	survey.items[0].question = "Something else"
	with pytest.raises(RecordClosedError, match="Send it back"):
		survey.save()
	survey = go(survey, "Send Survey Back", by="manager")
	survey.items[0].question = "Something else"
	survey.save()


def test_whoever_reviewed_does_not_approve(as_user):
	survey = go(make_survey(), "Review Survey", by="manager")
	with pytest.raises(SurveyError, match="somebody else"):
		go(survey, "Approve Survey", by="manager")
	assert go(survey, "Approve Survey", by="general_manager").workflow_state == "Approved"


def test_a_version_in_use_cannot_change_by_any_door(client):
	survey = used_survey()
	frappe.db.commit()
	manager = client("manager")
	row = survey.items[0].name
	for attempt in (
		lambda: manager.update(DOCTYPE, survey.name, title="Changed"),
		lambda: manager.call(
			"frappe.client.set_value", doctype=DOCTYPE, name=survey.name, fieldname="introduction", value="X"
		),
		lambda: manager.call("frappe.client.set_value", doctype="Survey Item", name=row, fieldname="weight", value=3),
		lambda: manager.update("Survey Item", row, question="Changed"),
	):
		with pytest.raises(Refused):
			attempt()
	frappe.db.rollback()
	survey.reload()
	assert survey.title == "How do we do?" and survey.items[0].question == ITEMS[0]["question"]


def test_form_offers_a_new_version_only_of_what_is_fixed():
	"""By the step, whatever an administrator calls the states."""
	survey = make_survey()
	offered = []
	for action, key in (("Review Survey", "manager"), ("Approve Survey", "general_manager"), (None, None)):
		survey.run_method("onload")
		offered.append(survey.get_onload("survey")["is_fixed"])
		survey = go(survey, action, by=key) if action else survey
	assert offered == [False, False, True]


def test_a_new_version_takes_the_place_of_the_old(client):
	survey = used_survey()
	frappe.db.commit()
	clerk = client("clerk")
	name = clerk.call(f"{API}.new_version", name=survey.name)
	frappe.db.rollback()
	draft = frappe.get_doc(DOCTYPE, name)
	assert (draft.version, draft.supersedes, draft.workflow_state) == (2, survey.name, "Draft")
	assert name == f"{survey.survey_code} V2" and [row.code for row in draft.items] == [
		"QUALITY",
		"DELIVERY",
		"OPINION",
	]
	assert draft.reviewed_by is None and draft.in_use_at is None
	with pytest.raises(Refused, match="is being prepared already"):
		clerk.call(f"{API}.new_version", name=survey.name)
	go(draft, "Review Survey", by="manager")
	go(draft, "Approve Survey", by="general_manager")
	go(draft, "Put Into Use", by="clerk")
	assert frappe.db.get_value(DOCTYPE, survey.name, "workflow_state") == "Retired"
	assert frappe.db.get_value(DOCTYPE, name, "workflow_state") == "In Use"


def test_a_request_sets_no_version_and_no_stamp():
	survey = make_survey(version=7, approved_by="Administrator", in_use_at="2026-01-01 00:00:00")
	assert (survey.version, survey.approved_by, survey.in_use_at, survey.supersedes) == (1, None, None, None)


@pytest.mark.parametrize("key", ["employee", "quality_reviewer", "general_manager"])
def test_only_customer_service_prepares_surveys(as_user, key):
	as_user(key)
	with pytest.raises(frappe.PermissionError):
		make_survey()


def test_every_part_has_a_name_that_the_editor_can_read():
	survey = make_survey([item(code="A", help="Of last year", kind="Choice", choices="Good = 100\nBad = 0")])
	parts = wordings.parts(survey, ["Best"])
	assert parts["A Help"] == "Of last year" and parts["A Choices"] == "Good\nBad"
	assert questions.choices(survey.items[0]) == ["Good", "Bad"]


# --- levels of a scheme in use (E-4) -----------------------------------------------------------------------------------


def swapped(scheme) -> None:
	first, second = scheme.levels[:2]
	first.level_label, second.level_label = second.level_label, first.level_label


def renamed(scheme) -> None:
	scheme.levels[0].level_label = "Splendid"


def dropped(scheme) -> None:
	scheme.levels = scheme.levels[:-1]


@pytest.mark.parametrize("change", [swapped, renamed, dropped])
@pytest.mark.parametrize("use", ["survey", "campaign", "draft"])
def test_levels_stay_while_answers_stand_for_them(change, use):
	"""Answers keep the place of a level: another order would turn very good into good under them."""
	name = lay_scheme()
	if use == "campaign":
		lay_campaign(lay_survey(lay_scheme()), scoring_scheme=name)
	else:
		survey = lay_survey(name)
		if use == "draft":
			frappe.db.set_value(DOCTYPE, survey, "workflow_state", "Draft")
	scheme = frappe.get_doc("Scoring Scheme", name)
	change(scheme)
	if use == "draft":
		scheme.save()
	else:
		with pytest.raises(ScoringError, match="new scheme"):
			scheme.save()


def test_points_and_limits_of_a_scheme_in_use_may_change():
	name = lay_scheme()
	lay_survey(name)
	scheme = frappe.get_doc("Scoring Scheme", name)
	scheme.levels[1].points, scheme.score_limit = 75, 50
	scheme.save()
	assert frappe.db.get_value("Scoring Scheme", name, "score_limit") == 50
