"""The doors of a survey without login (S3, S5, S8–S11): what they show, take and refuse, and one answer under any race."""

import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context

import frappe
import pytest
import requests

from customer_service.exceptions import LinkInvalidError
from customer_service.organisation import clock, exports, guest
from customer_service.tests import surveys
from customer_service.tests.client import Client, Refused

ACCEPT = "frappe.website.doctype.web_form.web_form.accept"
SHOW = "customer_service.customer_satisfaction.survey_api.show"
OPT_OUT = "customer_service.customer_satisfaction.survey_api.opt_out"

TOKENS, POSTS, PROCESSES = 50, 20, 8
NEAR_MISSES = 10_000


@pytest.fixture
def visitor():
	made = Client(os.environ["CS_URL"])
	yield made
	made.close()


@pytest.fixture
def invited():
	"""A committed invitation and its token."""
	name = surveys.invitation(surveys.campaign())
	token = surveys.token_of(name)
	frappe.db.commit()
	return name, token


def post(client, token, given=surveys.FULL, **values):
	data = {"token": token, "answers": given, **values}
	return client.call(ACCEPT, web_form="survey", data=json.dumps(data))


def refused(call, *args, **values) -> Refused:
	with pytest.raises(Refused) as caught:
		call(*args, **values)
	return caught.value


def fresh(doctype: str, name: str):
	frappe.db.rollback()
	return frappe.get_doc(doctype, name)


def campaign_of(name: str):
	return frappe.get_doc("Survey Campaign", frappe.db.get_value("Survey Invitation", name, "campaign"))


def test_customer_answers_by_his_link(visitor, invited):
	name, token = invited
	shown = visitor.call(SHOW, token=token, language="zh")
	assert set(shown) == {"state", "reply_by", "is_anonymous", "survey"}
	assert (shown["state"], shown["survey"]["title"]) == ("open", "顾客满意度调查")
	assert name not in json.dumps(shown) and "customer_name" not in json.dumps(shown)
	answer = post(visitor, token, respondent="李明", respondent_unit="品质部", _lang="zh")
	assert answer == {"state": "answered"}
	doc = fresh("Survey Response", name)
	assert (doc.respondent, doc.respondent_unit, doc.language, doc.channel) == ("李明", "品质部", "zh", "Personal Link")
	assert (doc.base_score, len(doc.answers), doc.owner) == (90, 7, "Guest")
	again = visitor.call(SHOW, token=token)
	assert again["state"] == "answered" and "items" not in again["survey"]
	error = refused(post, visitor, token)
	assert error.status == 417 and "answered already" in error.messages


def test_all_links_of_an_invitation_lead_to_one_answer(visitor, invited):
	name, token = invited
	other = surveys.token_of(name)
	frappe.db.commit()
	post(visitor, other)
	assert refused(post, visitor, token).status == 417
	assert frappe.db.count("Survey Response", {"invitation": name}) == 1


def test_guest_sets_only_the_declared_answers(visitor, invited):
	name, token = invited
	forged = {
		"name": "x",
		"campaign": "x",
		"customer": "x",
		"invitation": "x",
		"validity": "Valid",
		"score": 100,
		"entered_by": "Administrator",
		"doctype": "User",
		"owner": "Administrator",
		"evidence": "/private/files/x",
		"deductions": [{"points": 9}],
		"answered_at": "2020-01-01",
		"state_category": "Closed",
	}
	post(visitor, token, **forged)
	doc = fresh("Survey Response", name)
	assert (doc.validity, doc.score, doc.entered_by, doc.evidence) == ("Pending", 90, None, None)
	assert (doc.state_category, doc.deductions, doc.answered_at.year > 2020) == ("Open", [], True)


@pytest.mark.parametrize("given", [None, [], "x", {"Q1": "9"}, {"Q2": "1"}, {"Q1": "1", "nope": "1"}])
def test_wrong_answers_store_nothing(visitor, invited, given):
	name, token = invited
	assert refused(post, visitor, token, given).status == 417
	assert fresh("Survey Invitation", name).status == "Sent"
	assert not frappe.db.exists("Survey Response", name)


def test_answer_of_a_megabyte_is_refused(visitor, invited):
	name, token = invited
	assert refused(post, visitor, token, {"Q1": "1", "Q7": "x" * 1_000_000}).status in (413, 417)
	assert refused(post, visitor, token, {"Q1": "1", **{f"X{n}": "y" * 1000 for n in range(1000)}}).status in (413, 417)
	assert not frappe.db.exists("Survey Response", name)


def test_program_that_fills_everything_is_refused(visitor, invited):
	assert refused(post, visitor, invited[1], website_url="x").status == 417


def test_wrong_tokens_look_the_same(visitor, invited):
	name, token = invited
	doc = frappe.get_doc("Survey Invitation", name)
	of_another_purpose = guest.issue_link(doc, "Complaint Status", 1)
	of_another_record = guest.issue_link(campaign_of(name), "Survey", 1)
	expired, revoked, withdrawn = surveys.token_of(name), surveys.token_of(name), None
	for each, values in ((expired, {"expires_at": clock.now() - timedelta(1)}), (revoked, {"is_revoked": 1})):
		frappe.db.set_value("Guest Link", {"token_hash": guest.hash_of(each)}, values)
	withdrawn = surveys.token_of(surveys.invitation(surveys.campaign(), status="Withdrawn"))
	frappe.db.commit()
	wrong = (of_another_purpose, of_another_record, expired, revoked, withdrawn, "x" * 43, token[:-1], token.swapcase())
	told = set()
	for each in wrong:
		for call in (
			lambda t: visitor.call(SHOW, token=t),
			lambda t: post(visitor, t),
			lambda t: visitor.call(OPT_OUT, token=t),
		):
			error = refused(call, each)
			told.add((error.status, error.messages))
	assert len(told) == 1 and told.pop()[0] == 404
	for each in (None, 1, [token], {"a": 1}):
		assert refused(post, visitor, each).status == 404
	assert fresh("Survey Invitation", name).status == "Sent"


def test_after_the_deadline_the_page_says_so(visitor, invited):
	name, token = invited
	surveys.set_campaign(campaign_of(name), reply_by=clock.now() - timedelta(seconds=1))
	frappe.db.commit()
	assert visitor.call(SHOW, token=token)["state"] == "ended"
	error = refused(post, visitor, token)
	assert error.status == 417 and "ended on" in error.messages
	assert fresh("Survey Invitation", name).status == "Sent"


@pytest.mark.parametrize("state", ["Planned", "Closed", "Analysed", "Reported"])
def test_campaign_that_is_not_open_is_over(visitor, invited, state):
	name, token = invited
	surveys.set_campaign(campaign_of(name), workflow_state=state)
	frappe.db.commit()
	assert visitor.call(SHOW, token=token)["state"] == "ended"
	assert refused(post, visitor, token).status == 417


def test_who_opts_out_is_not_asked_again(visitor, invited):
	name, token = invited
	assert visitor.call(OPT_OUT, token=token) == {"state": "opted out"}
	doc = fresh("Survey Invitation", name)
	assert doc.status == "Opted Out" and doc.opted_out_at
	customer = frappe.get_doc("Service Customer", doc.customer)
	assert [row.no_surveys for row in customer.contacts] == [1] and not customer.no_surveys
	assert visitor.call(SHOW, token=token)["state"] == "opted out"
	assert refused(post, visitor, token).status == 417
	assert frappe.db.exists("Service Event", {"reference_name": name, "event": "Opted Out"})


def test_customer_without_contact_opts_out_himself(visitor):
	name = surveys.invitation(surveys.campaign(), email=None, channel="Letter")
	token = surveys.token_of(name)
	frappe.db.commit()
	visitor.call(OPT_OUT, token=token)
	assert frappe.db.get_value("Service Customer", fresh("Survey Invitation", name).customer, "no_surveys") == 1


def test_customer_whose_own_address_it_is_opts_out_with_his_contact(visitor, invited):
	"""Else he would be asked at the same address as soon as the contact leaves his list."""
	name, token = invited
	invitation = frappe.get_doc("Survey Invitation", name)
	frappe.db.set_value("Service Customer", invitation.customer, "email", f" {invitation.email.upper()}")
	frappe.db.commit()
	visitor.call(OPT_OUT, token=token)
	frappe.db.rollback()
	customer = frappe.get_doc("Service Customer", invitation.customer)
	assert ([row.no_surveys for row in customer.contacts], customer.no_surveys) == ([1], 1)


def test_anonymous_answer_keeps_no_person(visitor):
	name = surveys.invitation(surveys.campaign(is_anonymous=1))
	token = surveys.token_of(name)
	frappe.db.commit()
	post(visitor, token, respondent="Li Example", respondent_unit="Quality", respondent_position="Head")
	frappe.db.rollback()
	campaign = frappe.db.get_value("Survey Invitation", name, "campaign")
	doc = frappe.get_doc("Survey Response", {"campaign": campaign})
	assert not (doc.respondent or doc.respondent_unit or doc.respondent_position or doc.customer or doc.invitation)
	assert fresh("Survey Invitation", name).status == "Answered"


def test_hostile_text_is_stored_plain_and_exported_without_formulas(visitor, invited):
	name, token = invited
	post(
		visitor,
		token,
		{"Q1": "1", "Q7": '=HYPERLINK("http://x")<img src=x onerror=alert(1)>'},
		respondent="=1+1<b>x</b>",
	)
	doc = fresh("Survey Response", name)
	words = doc.answers[-1].answer
	assert "<" not in words and "<" not in doc.respondent
	assert exports.safe_cell(words).startswith("'=") and exports.safe_cell(doc.respondent).startswith("'=")


def test_field_that_an_administrator_adds_is_taken_if_the_form_shows_it(visitor, invited):
	from frappe.custom.doctype.custom_field.custom_field import create_custom_field

	name, token = invited
	form = frappe.get_doc("Web Form", "survey")
	try:
		for fieldname in ("order_volume", "inner_note"):
			create_custom_field("Survey Response", {"fieldname": fieldname, "label": fieldname, "fieldtype": "Data"})
		create_custom_field(
			"Survey Answer", {"fieldname": "weighed", "label": "Weighed", "fieldtype": "Data", "default": "no"}
		)
		form.append("web_form_fields", {"fieldname": "order_volume", "fieldtype": "Data", "label": "Volume"})
		form.append(
			"web_form_fields", {"fieldname": "validity", "fieldtype": "Select", "label": "Validity", "options": "Valid"}
		)
		form.save()
		frappe.db.commit()
		post(visitor, token, order_volume="12", inner_note="x", validity="Valid")
		doc = fresh("Survey Response", name)
		assert (doc.order_volume, doc.inner_note, doc.validity) == ("12", None, "Pending")
		assert {row.weighed for row in doc.answers} == {"no"}, "a default that an administrator has set"
	finally:
		form = frappe.get_doc("Web Form", "survey")
		form.web_form_fields = [
			row for row in form.web_form_fields if row.fieldname not in ("order_volume", "validity")
		]
		form.save()
		for fieldname in ("order_volume", "inner_note"):
			frappe.delete_doc("Custom Field", f"Survey Response-{fieldname}", force=True)
		frappe.delete_doc("Custom Field", "Survey Answer-weighed", force=True)
		frappe.db.commit()


def test_page_and_doors_are_stored_nowhere(visitor, invited):
	_name, token = invited
	answers = [visitor.request("GET", "/survey/new?_lang=zh")]
	answers.append(visitor.request("POST", f"/api/method/{SHOW}", json={"token": token}))
	for response in answers:
		assert "no-store" in response.headers["Cache-Control"]
		assert response.headers["Referrer-Policy"] == "no-referrer"
	for line in answers[0].text.splitlines():
		assert not ("src=" in line and ("http://" in line or "https://" in line)), line


def test_deadline_names_its_time_zone(visitor, invited):
	"""A customer abroad knows which five o'clock is meant."""
	surveys.set_campaign(campaign_of(invited[0]), reply_by="2031-03-05 17:00:00")
	frappe.db.commit()
	shown = visitor.call(SHOW, token=invited[1])["reply_by"]
	offset = frappe.utils.get_datetime_in_timezone(frappe.utils.get_system_timezone()).strftime("%z")
	assert "17:00" in shown and shown.endswith(f"(UTC{offset[:3]}:{offset[3:]})")


def test_posts_are_limited(visitor, invited):
	settings = frappe.get_doc("Customer Service Settings")
	settings.guest_posts_per_link = 2
	settings.save()
	frappe.db.commit()
	try:
		codes = []
		for _number in range(4):
			try:
				visitor.call(SHOW, token=invited[1])
				codes.append(200)
			except Refused as error:
				codes.append(error.status)
		assert codes == [200, 200, 429, 429]
	finally:
		settings.guest_posts_per_link = 5000
		settings.save()
		frappe.db.commit()


@contextmanager
def statements():
	"""The SQL statements that are sent while the block runs."""
	sent, cursor = [], frappe.db._cursor
	execute = cursor.execute
	cursor.execute = lambda query, args=None: (sent.append(cursor.mogrify(query, args)), execute(query, args))[1]
	try:
		yield sent
	finally:
		del cursor.execute


# --- races and guesses -------------------------------------------------------------------------------------------------------


def _hammer(job: tuple[str, list[str]]) -> dict[int, int]:
	"""Posts of one process: one for each token of its list, four at once."""
	url, tokens = job

	def one(token: str) -> int:
		data = json.dumps({"token": token, "answers": surveys.FULL})
		return requests.post(
			f"{url}/api/method/{ACCEPT}", json={"web_form": "survey", "data": data}, timeout=120
		).status_code

	counts: dict[int, int] = {}
	with ThreadPoolExecutor(4) as pool:
		for status in pool.map(one, tokens):
			counts[status] = counts.get(status, 0) + 1
	return counts


def test_one_answer_a_token_under_any_race():
	"""S10: 50 tokens, each posted 20 times from 8 processes at once: exactly 50 answers, and nobody sees an error of ours."""
	campaign = surveys.campaign()
	names = [surveys.invitation(campaign, number) for number in range(1, TOKENS + 1)]
	tokens = [surveys.token_of(name) for name in names]
	frappe.db.commit()
	posts = [token for token in tokens for _post in range(POSTS)]  # the same token follows itself
	jobs = [(os.environ["CS_URL"], posts[number::PROCESSES]) for number in range(PROCESSES)]
	with get_context("spawn").Pool(PROCESSES) as pool:
		counts: dict[int, int] = {}
		for found in pool.map(_hammer, jobs):
			for status, number in found.items():
				counts[status] = counts.get(status, 0) + number
	assert counts == {200: TOKENS, 417: TOKENS * (POSTS - 1)}
	frappe.db.rollback()
	assert frappe.db.count("Survey Response", {"campaign": campaign.name}) == TOKENS
	assert frappe.db.count("Survey Answer", {"campaign": campaign.name}) == TOKENS * 7
	assert frappe.db.count("Survey Invitation", {"campaign": campaign.name, "status": "Answered"}) == TOKENS


def test_near_misses_open_nothing_and_look_up_reads_one_row(invited, monkeypatch):
	name, token = invited
	monkeypatch.setattr(guest, "_count", lambda *_args: None)
	chance = secrets.SystemRandom()
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	for _number in range(NEAR_MISSES):
		place = chance.randrange(len(token))
		near = token[:place] + chance.choice(letters) + token[place + 1 :]
		if near == token:
			continue
		with pytest.raises(LinkInvalidError):
			guest.resolve_link(near, "Survey")
		frappe.clear_messages()

	def rows_read() -> int:
		rows = dict(frappe.db.sql("show session status like 'Handler_read%'"))
		return sum(int(rows[f"Handler_read_{how}"]) for how in ("first", "key", "last", "next", "prev", "rnd"))

	with statements() as sent:
		assert guest.resolve_link(token, "Survey").reference_name == name
	assert len(sent) == 1
	before = rows_read()
	frappe.db.sql(sent[0])
	assert rows_read() - before == 1


def test_answer_takes_nine_statements_at_most(visitor, invited):
	"""B6: token look-up, claim, ten rows and score together."""
	from customer_service.customer_satisfaction import web_answers

	items = tuple((f"Q{n}", "Level", f"Question {n}", f"问题 {n}", {}) for n in range(1, 11))
	campaign = surveys.campaign(surveys.survey(items))
	form = frappe.get_cached_doc("Web Form", "survey")
	given = {f"Q{n}": "2" for n in range(1, 11)}
	tokens = [surveys.token_of(surveys.invitation(campaign, number)) for number in (1, 2)]
	frappe.set_user("Guest")
	web_answers.take(form, json.dumps({"token": tokens[0], "answers": given}))
	# A request shares Redis with others, but nothing that a process keeps for the length of one.
	frappe.local.new_doc_templates, frappe.local.cache = {}, {}
	frappe.db.value_cache.clear()
	with statements() as sent:
		web_answers.take(form, json.dumps({"token": tokens[1], "answers": given}))
	assert len(sent) <= 9, "\n".join(sent)
