"""Answers of surveys as they are read, claimed and stored (E-1, E-2, S10, L3)."""

import io
import re

import frappe
import pytest
from pypdf import PdfReader

from customer_service.controlled_forms import printing
from customer_service.customer_satisfaction import answering, entry_api, letters, survey_api
from customer_service.exceptions import AttachmentError, DeletionRefusedError, RecordClosedError, SurveyError
from customer_service.organisation import clock
from customer_service.tests import factories, surveys


@pytest.fixture
def invited():
	return surveys.invitation(surveys.campaign())


def read(name: str, **given) -> dict[str, dict]:
	rows = answering.read(answering.of(name).campaign_doc, given)
	return {row["code"]: row for row in rows}


def events_of(doctype: str, name: str) -> list[str]:
	return frappe.get_all(
		"Service Event", {"reference_doctype": doctype, "reference_name": name}, pluck="event", order_by="happened_at"
	)


# --- reading ---------------------------------------------------------------------------------------------------------------


def test_every_kind_is_kept_in_words_and_figures(invited):
	rows = read(invited, **surveys.FULL)
	assert list(rows) == ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7"]  # sections are no answers
	assert [(row["answer"], row["level"], row["number"]) for row in rows.values()] == [
		("Very Satisfied", 1, 0),
		("Satisfied", 2, 0),
		("Yes", 1, 0),
		("Later", 2, 0),
		("12", 0, 12.0),
		("9", 0, 9.0),
		("More colours.", 0, 0),
	]


def test_what_is_left_out_is_missing_not_the_lowest(invited):
	rows = read(invited, Q1="5")
	assert rows["Q1"]["level"] == 5 and not rows["Q1"]["is_missing"]
	assert rows["Q2"]["is_missing"] and rows["Q2"]["level"] == 0 and rows["Q2"]["answer"] is None
	assert read(invited, Q1="1", Q2="")["Q2"]["is_missing"] == 1


def test_zero_is_an_answer(invited):
	rows = read(invited, Q1="1", Q5=0, Q6="0")
	assert (rows["Q5"]["is_missing"], rows["Q6"]["is_missing"], rows["Q6"]["answer"]) == (0, 0, "0")


def test_question_that_is_not_asked_has_no_row(invited):
	assert "Q4" not in read(invited, Q1="1", Q3="2")
	assert "Q4" not in read(invited, Q1="1")
	# Answered, then the question before it answered otherwise: what was left behind is dropped.
	assert "Q4" not in read(invited, Q1="1", Q3="2", Q4="1")


@pytest.mark.parametrize(
	"given, why",
	[
		({"Q2": "1"}, "Quality of our products"),  # mandatory
		({"Q1": "1", "Q3": "1"}, "How fast was it"),  # mandatory once it is asked
		({"Q1": "6"}, "not one of those offered"),
		({"Q1": "0"}, "not one of those offered"),
		({"Q1": "Very Satisfied"}, "not one of those offered"),
		({"Q1": True}, "not one of those offered"),
		({"Q1": ["1"]}, "not one of those offered"),
		({"Q1": {"a": 1}}, "not one of those offered"),
		({"Q1": "1", "Q6": "11"}, "not one of those offered"),
		({"Q1": "1", "Q6": "9.5"}, "not one of those offered"),
		({"Q1": "1", "Q6": "-1"}, "not one of those offered"),
		({"Q1": "1", "Q5": "51"}, "from 0 to 50"),
		({"Q1": "1", "Q5": "many"}, "not one of those offered"),
		({"Q1": "1", "Q5": "nan"}, "not one of those offered"),
		({"Q1": "1", "Q5": "1e400"}, "not one of those offered"),
		({"Q1": "1", "Q7": "x" * 5001}, "too long"),
		({"Q1": "1", "X9": "1"}, "another survey"),
		({"Q1": "1", "S1": "1"}, "another survey"),
		({"Q1": "1", "validity": "Valid"}, "another survey"),
		({}, "Quality of our products"),
		([], "cannot be read"),
		("Q1", "cannot be read"),
		(None, "cannot be read"),
	],
)
def test_refused_answers_say_why(invited, given, why):
	with pytest.raises(SurveyError, match=why):
		answering.read(answering.of(invited).campaign_doc, given)


def test_answer_without_anything_is_refused():
	name = surveys.invitation(surveys.campaign(surveys.survey(surveys.ITEMS[2:3])))
	with pytest.raises(SurveyError, match="at least one"):
		read(name, Q2="")


def test_words_are_kept_as_plain_text(invited):
	rows = read(invited, Q1="1", Q7="<script>alert(1)</script>=1+1 a < b\x00")
	assert rows["Q7"]["answer"] == "alert(1)=1+1 a < b"


# --- storing ---------------------------------------------------------------------------------------------------------------


def test_answer_takes_its_facts_from_the_invitation(invited):
	doc = frappe.get_doc("Survey Response", surveys.answer(invited).name)
	known = frappe.get_doc("Survey Invitation", invited)
	assert (doc.name, doc.invitation, doc.customer) == (invited, invited, known.customer)
	assert (doc.validity, doc.state_category, doc.proposed_validity) == ("Pending", "Open", "Valid")
	assert (known.status, known.answered_at) == ("Answered", doc.answered_at)
	assert [row.code for row in doc.answers] == ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7"]
	assert [row.idx for row in doc.answers] == list(range(1, 8))
	assert {row.campaign for row in doc.answers} == {doc.campaign}
	assert (doc.base_score, doc.is_scored) == (90, 1)  # (100 + 80) / 2, the mean of two levels
	assert events_of("Survey Response", doc.name) == ["Created"]
	assert events_of("Survey Invitation", invited) == ["Answered"]


def test_second_answer_is_refused(invited):
	surveys.answer(invited)
	with pytest.raises(SurveyError, match="answered already"):
		surveys.answer(invited)
	assert frappe.db.count("Survey Response", {"invitation": invited}) == 1


@pytest.mark.parametrize("status", ["Planned", "Queued", "Sent", "Bounced", "Failed"])
def test_whoever_has_not_answered_may(status):
	name = surveys.invitation(surveys.campaign(), status=status)
	surveys.answer(name)
	assert frappe.db.get_value("Survey Invitation", name, "status") == "Answered"


@pytest.mark.parametrize("status", ["Opted Out", "Withdrawn", "Answered"])
def test_others_may_not(status):
	name = surveys.invitation(surveys.campaign(), status=status)
	with pytest.raises(SurveyError):
		surveys.answer(name)


def test_unique_index_stands_behind_the_claim(invited):
	"""S10: even if the status were lost, there is one answer."""
	surveys.answer(invited)
	frappe.db.set_value("Survey Invitation", invited, "status", "Sent")
	with pytest.raises((frappe.DuplicateEntryError, frappe.UniqueValidationError)):
		surveys.answer(invited)


def row_of(doctype: str, name: str, *but: str) -> dict:
	row = frappe.db.sql(f"select * from `tab{doctype}` where name = %s", name, as_dict=True)[0]
	return {column: value for column, value in row.items() if column not in ("name", *but)}


def test_anonymous_answer_cannot_be_joined_with_its_invitation(monkeypatch):
	"""Two customers answer alike, on other days, in other ways and languages, one before and one after the campaign is open: their answers
	are the same in every column but the random name, and so are the traces that are left with their invitations."""
	doc = surveys.campaign(is_anonymous=1)
	sending = frappe.utils.add_to_date(clock.now().replace(microsecond=123), hours=-1)
	surveys.set_campaign(doc, sending_at=sending)
	names = [
		surveys.invitation(doc, 1, language="en", region="East", sent_at="2026-05-01 09:00:00"),
		surveys.invitation(doc, 2, language="zh", region="West", channel="Phone"),
	]
	stored, known, trail = [], [], []
	for name, channel, language in zip(names, ("Personal Link", "Phone"), ("en", "zh"), strict=True):
		invitation = answering.of(name)
		rows = answering.read(invitation.campaign_doc, surveys.FULL)
		answer = answering.store(invitation, rows, channel, language, None, entered_by="Administrator")
		stored.append(answer.name)
		known.append(row_of("Survey Invitation", name))
		(event,) = frappe.get_all("Service Event", {"reference_name": name}, pluck="name")
		trail.append(row_of("Service Event", event, "reference_name"))
		assert not events_of("Survey Response", answer.name)
		assert name not in str(row_of("Survey Response", answer.name)) and answer.name not in names
		surveys.set_campaign(doc, opened_at=clock.now())
		later = frappe.utils.add_to_date(clock.now(), days=1, hours=2)
		monkeypatch.setattr(clock, "now", lambda later=later: later)
	first, second = (row_of("Survey Response", name) for name in stored)
	assert first == second and trail[0] == trail[1]
	answers = [frappe.get_all("Survey Answer", {"parent": name}, pluck="name", order_by="idx") for name in stored]
	for one, other in zip(*answers, strict=True):
		assert row_of("Survey Answer", one, "parent") == row_of("Survey Answer", other, "parent")
	moments = {first[field] for field in ("creation", "modified", "answered_at", "scored_at")}
	assert moments == {sending} and not (first["channel"] or first["language"] or first["customer"])
	assert (first["owner"], first["modified_by"]) == ("Guest", "Guest") and not first["entered_by"]
	assert [(row["answered_at"], row["modified"]) for row in known] == [(None, sending)] * 2
	assert [str(row["sent_at"]) for row in known] == ["2026-05-01 09:00:00", str(sending)]  # asked lately, whatever way
	assert trail[0]["happened_at"] == sending and not trail[0]["detail"]


def test_answer_is_not_created_past_its_invitation(as_user):
	as_user("manager")
	with pytest.raises((SurveyError, frappe.PermissionError)):
		frappe.get_doc({"doctype": "Survey Response", "campaign": surveys.campaign().name}).insert()
	frappe.set_user("Administrator")
	with pytest.raises(SurveyError):
		frappe.get_doc({"doctype": "Survey Response", "name": "x"}).insert()


def test_what_was_answered_stays(invited, as_user):
	"""L3: no request changes an answer, its score or its validity; people may correct who answered."""
	doc = surveys.answer(invited)
	as_user("manager")
	doc = frappe.get_doc("Survey Response", doc.name)
	doc.update({"score": 100, "validity": "Valid", "customer": None, "respondent": "Li Example"})
	doc.answers[0].update({"answer": "Dissatisfied", "level": 4, "points": 1})
	doc.answers[6].is_adverse = 1  # that is a verdict: judging.mark_adverse
	doc.answers.pop(1)
	doc.append("answers", {"code": "Q9", "answer": "x"})
	doc.save()
	doc = frappe.get_doc("Survey Response", doc.name)
	assert (doc.score, doc.validity, doc.respondent) == (90, "Pending", "Li Example")
	assert [row.code for row in doc.answers] == ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7"]
	assert (doc.answers[0].answer, doc.answers[0].level, doc.answers[6].is_adverse) == ("Very Satisfied", 1, 0)
	with pytest.raises(DeletionRefusedError):
		frappe.delete_doc("Survey Response", doc.name, ignore_permissions=True)


def test_answer_of_a_reported_campaign_stays_altogether(invited):
	"""L3: neither who answered nor the mark of his words changes under a report."""
	name = surveys.answer(invited).name
	frappe.db.set_value("Survey Answer", {"parent": name, "code": "Q7"}, "is_adverse", 1)
	frappe.db.set_value("Survey Response", name, {"ended_at": clock.now(), "state_category": "Closed"})
	doc = frappe.get_doc("Survey Response", name)
	doc.answers[6].is_adverse = 0
	doc.save()
	assert frappe.get_doc("Survey Response", name).answers[6].is_adverse == 1
	for field in ("respondent", "respondent_unit", "evidence"):
		doc = frappe.get_doc("Survey Response", name)
		doc.set(field, "Li Example")
		with pytest.raises(RecordClosedError):
			doc.save()


def test_script_scores_once_and_without_one_the_app_does(invited, monkeypatch):
	calls = []
	from customer_service.customer_satisfaction import arrivals, scoring

	score = scoring.score
	monkeypatch.setattr(scoring, "score", lambda doc: (calls.append(doc.name), score(doc)))
	surveys.answer(invited)
	monkeypatch.setattr(arrivals, "server_scripts_of", lambda *_args: ["Survey Response Scoring"])
	assert len(calls) == 1


# --- by staff --------------------------------------------------------------------------------------------------------------


def test_clerk_enters_an_answer_with_a_note(invited, as_user):
	as_user("clerk")
	name = entry_api.enter(invited, "Phone", surveys.FULL, respondent="Li Example", note="Called at nine.")
	doc = frappe.get_doc("Survey Response", name)
	assert (doc.channel, doc.entered_by, doc.respondent) == ("Phone", factories.email("clerk"), "Li Example")
	assert "Called at nine." in frappe.db.get_value("Survey Invitation", invited, "call_note")


def test_paper_is_attached_to_the_answer(invited, as_user):
	as_user("clerk")
	file = frappe.get_doc(
		{"doctype": "File", "file_name": "paper.txt", "content": "Filled in by hand.", "is_private": 1}
	).insert()
	name = entry_api.enter(invited, "Letter", surveys.FULL, evidence=file.file_url)
	file.reload()
	assert (file.attached_to_doctype, file.attached_to_name) == ("Survey Response", name)


def test_somebody_elses_file_is_no_evidence(invited, as_user):
	other = frappe.get_doc(
		{"doctype": "File", "file_name": "paper.txt", "content": "Not the clerk's.", "is_private": 1}
	).insert()
	as_user("clerk")
	with pytest.raises(AttachmentError):
		entry_api.enter(invited, "Letter", surveys.FULL, evidence=other.file_url)


def test_entering_needs_evidence_a_channel_and_the_same_checks(invited, as_user):
	as_user("clerk")
	for channel, given, values, why in (
		("Phone", surveys.FULL, {}, "note of the call"),
		("Phone", surveys.FULL, {"note": "  "}, "note of the call"),
		("Personal Link", surveys.FULL, {"note": "x"}, "how the answer came"),
		("Phone", {"Q1": "7"}, {"note": "x"}, "not one of those offered"),
	):
		with pytest.raises(SurveyError, match=why):
			entry_api.enter(invited, channel, given, **values)
	assert frappe.db.get_value("Survey Invitation", invited, "status") == "Sent"


def test_paper_with_gaps_is_entered_as_it_came(invited, as_user):
	"""E-2, E-3: on paper a mandatory question may be left out; that is missing, not the lowest. An empty sheet is an answer to be judged."""
	as_user("clerk")
	name = entry_api.enter(invited, "Phone", {"Q2": "1"}, note="Did not want to say the first.")
	rows = {row.code: row for row in frappe.get_doc("Survey Response", name).answers}
	assert (rows["Q1"].is_missing, rows["Q2"].level) == (1, 1)
	other = surveys.invitation(frappe.get_doc("Survey Campaign", answering.of(invited).campaign), 2)
	doc = frappe.get_doc("Survey Response", entry_api.enter(other, "Letter", {}, note="Sent back empty."))
	assert all(row.is_missing for row in doc.answers) and not doc.is_scored


@pytest.mark.parametrize("person", ["quality_head", "engineer", "general_manager", "employee", "warehouse"])
def test_others_do_not_enter_answers(invited, as_user, person):
	as_user(person)
	for call in (
		lambda: entry_api.enter(invited, "Phone", surveys.FULL, note="x"),
		lambda: entry_api.note_call(invited, "x"),
		lambda: entry_api.questions(invited),
		lambda: entry_api.print_letter(invited),
	):
		with pytest.raises(frappe.PermissionError):
			call()


def test_clerk_of_another_department_does_not(as_user):
	name = surveys.invitation(surveys.campaign(department="Materials"))
	as_user("clerk")
	with pytest.raises(frappe.PermissionError):
		entry_api.enter(name, "Phone", surveys.FULL, note="x")


@pytest.mark.parametrize("state", ["Planned", "Closed", "Analysed", "Reported", "Cancelled"])
def test_campaign_that_is_not_open_takes_no_answer(invited, as_user, state):
	surveys.set_campaign(frappe.get_doc("Survey Campaign", answering.of(invited).campaign), workflow_state=state)
	as_user("clerk")
	with pytest.raises(SurveyError, match="cannot be answered"):
		entry_api.enter(invited, "Phone", surveys.FULL, note="x")


def test_staff_ask_and_enter_after_the_deadline(invited, as_user):
	"""E-3: who has not answered by then is asked by phone and letter until the campaign is closed; his link has ended."""
	doc = frappe.get_doc("Survey Campaign", answering.of(invited).campaign)
	surveys.set_campaign(doc, reply_by=frappe.utils.add_to_date(clock.now(), seconds=-1))
	assert survey_api.state_of(answering.of(invited)) == survey_api.ENDED
	as_user("clerk")
	assert letters.print_many([invited]).startswith(b"%PDF-")
	entry_api.enter(invited, "Phone", surveys.FULL, note="x")
	assert frappe.db.get_value("Survey Invitation", invited, "status") == "Answered"


def test_anonymous_paper_is_not_attached(as_user):
	name = surveys.invitation(surveys.campaign(is_anonymous=1))
	as_user("clerk")
	with pytest.raises(SurveyError, match="anonymous"):
		entry_api.enter(name, "Letter", surveys.FULL, evidence="/private/files/paper.txt")
	doc = frappe.get_doc(
		"Survey Response", entry_api.enter(name, "Letter", surveys.FULL, respondent="Li", note="by hand")
	)
	assert not (doc.entered_by or doc.respondent or doc.evidence)
	assert not frappe.db.get_value("Survey Invitation", name, "call_note")


def test_call_is_noted_and_who_was_reached_counts_as_sent(as_user):
	name = surveys.invitation(surveys.campaign(), status="Planned", channel="Phone")
	as_user("clerk")
	assert entry_api.note_call(name, "Nobody there.", reached=0) == "Planned"
	assert entry_api.note_call(name, "Will answer by mail.", reached=1) == "Sent"
	doc = frappe.get_doc("Survey Invitation", name)
	assert doc.calls == 2 and doc.last_call_at and doc.sent_at
	assert "Nobody there." in doc.call_note and "Will answer by mail." in doc.call_note
	assert events_of("Survey Invitation", name) == ["Called", "Called"]
	with pytest.raises(SurveyError, match="note"):
		entry_api.note_call(name, " ")
	surveys.answer(name)
	with pytest.raises(SurveyError, match="nobody needs to be called"):
		entry_api.note_call(name, "again")


# --- letters ---------------------------------------------------------------------------------------------------------------


def links(name: str) -> int:
	return frappe.db.count("Guest Link", {"reference_name": name, "purpose": "Survey"})


def test_letters_are_printed_sent_and_have_a_link_each():
	doc = surveys.campaign()
	names = [surveys.invitation(doc, number, status="Planned", channel="Letter") for number in (1, 2)]
	mailed = surveys.invitation(doc, 3, status="Planned")
	assert letters.to_print(doc.name) == names
	pdf = letters.print_many(letters.to_print(doc.name))
	assert pdf.startswith(b"%PDF-")
	for name in names:
		known = frappe.get_doc("Survey Invitation", name)
		assert known.status == "Sent" and known.letter_printed_at and known.sent_at and links(name) == 1
		assert events_of("Survey Invitation", name) == ["Letter Printed"]
	assert frappe.db.get_value("Survey Invitation", mailed, "status") == "Planned" and links(mailed) == 0
	assert letters.to_print(doc.name) == []
	with pytest.raises(SurveyError, match="no letter"):
		letters.print_many([])


def test_mere_print_makes_no_link(invited, as_user):
	as_user("general_manager")
	html = printing.render_html(frappe.get_doc("Survey Invitation", invited))
	assert links(invited) == 0 and "Delivery on time" in html and "/survey/new" not in html


@pytest.mark.parametrize("is_anonymous", [0, 1])
def test_questionnaire_that_comes_back_tells_nobody_of_an_anonymous_survey(is_anonymous):
	"""E-2: number and code stand on the letter, which the customer keeps; on the questionnaire only where answers bear names."""
	name = surveys.invitation(surveys.campaign(is_anonymous=is_anonymous), status="Planned", channel="Letter")
	content = letters.print_many([name])
	pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
	assert len(pages) == 2, pages
	assert "Delivery on time" not in pages[0]
	assert name in pages[0]
	assert "/survey/new" in re.sub(r"\s", "", pages[0])
	others = "".join(pages[1:])
	assert "Delivery on time" in others and "/survey/new" not in others
	assert (name in others) == (not is_anonymous)
	doc = frappe.get_doc("Survey Invitation", name)
	doc.flags.letter_url = "https://example.com/survey/new#token"
	html = printing.render_html(doc, print_format=letters.LAYOUT)
	letter, questionnaire = html.split('class="sl-question"', 1)
	assert "data:image" not in questionnaire
	head = letter.split('class="form-head"', 1)[1].split("</table>", 1)[0]
	assert (name in head) == (not is_anonymous)
