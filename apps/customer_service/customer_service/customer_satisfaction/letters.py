"""Surveys on paper: a letter with a personal link as QR code, and the questionnaire to be filled in by hand (E-1, E-2, J-2).

A personal link is made only by `print_many`, which is a POST: whoever may merely look at an invitation prints a letter without one.
"""

from functools import lru_cache

import frappe
import segno
from frappe import _
from frappe.utils import escape_html

from customer_service.controlled_forms import batch, printing
from customer_service.customer_satisfaction import (
	answering,
	campaign_states,
	invitations,
	personal_links,
	population,
	questions,
	surveys,
)
from customer_service.exceptions import SurveyError
from customer_service.organisation import clock, events

LAYOUT = "Survey Letter"

BY_LETTER = ("Letter", "Carried by Hand", "Fax", "Visit")
"""Channels for which a letter is printed; printing it is what sends it."""

MOST_AT_ONCE = 200

TO_PRINT = (invitations.PLANNED, invitations.QUEUED, invitations.SENT, invitations.BOUNCED, invitations.FAILED)


def cs_survey_letter(doc) -> frappe._dict:
	"""What the layout of a letter shows beyond the invitation's own fields (hook jinja); plain text, to be escaped there.

	:returns: ``survey`` as `surveys.shown`, ``reply_by``, ``url`` and ``qr`` (empty but in a letter that is being sent), ``is_anonymous``.
	"""
	campaign = frappe.get_cached_doc(answering.CAMPAIGN, doc.campaign) if doc.campaign else None
	survey = {}
	if campaign:
		language = printing_language() or doc.language or frappe.local.lang
		survey = surveys.shown(campaign.survey, language, campaign.scoring_scheme)
	url = doc.flags.letter_url or ""
	return frappe._dict(
		survey=survey,
		items=[frappe._dict(item) for item in survey.get("items", ())],
		reply_by=campaign_states.deadline(campaign) if campaign else "",
		message=(campaign.mail_message or "") if campaign else "",
		is_anonymous=bool(campaign and campaign.is_anonymous),
		url=url,
		qr=_picture(url) if url else "",
		section=questions.SECTION,
		text=questions.TEXT,
	)


def printing_language() -> str | None:
	"""The language that the print was asked for, if the paper has one."""
	asked = (frappe.flags.get("service_print") or {}).get("language")
	return asked if asked in ("zh", "en") else None


@lru_cache(maxsize=64)
def _picture(text: str) -> str:
	return segno.make(text, error="m", micro=False, boost_error=False).png_data_uri(scale=4, border=2)


def to_print(campaign: str) -> list[str]:
	"""Names of a campaign's invitations that are sent on paper and not yet printed, but for who is not to be asked any more."""
	known = {"campaign": campaign, "channel": ("in", BY_LETTER), "status": ("in", TO_PRINT)}
	known["letter_printed_at"] = ("is", "not set")
	rows = frappe.get_all(invitations.DOCTYPE, known, ["name", "customer", "email"], order_by="name")
	leaving = population.not_asked_any_more(rows)
	return [row.name for row in rows if row.name not in leaving][:MOST_AT_ONCE]


def print_many(names: list[str]) -> bytes:
	"""One PDF with a letter and a questionnaire for each invitation, each with a new personal link; marks them as sent.

	:raises SurveyError: for none, too many, or one of a campaign that takes no answers.
	"""
	if not names:
		frappe.throw(_("There is no letter to print."), SurveyError)
	if len(names) > MOST_AT_ONCE:
		frappe.throw(_("At most {0} letters can be printed at once.").format(MOST_AT_ONCE), SurveyError)
	docs = [frappe.get_doc(invitations.DOCTYPE, name) for name in names]
	for doc in docs:
		_refuse_unasked(doc)
	urls = personal_links.urls([{"name": doc.name, "language": doc.language} for doc in docs])
	writer = batch.OnePdf()
	for doc in docs:
		doc.flags.letter_url = urls[doc.name]
		writer.add(doc, print_format=LAYOUT, language=_paper_language(doc.language))
	_mark(docs)
	return writer.finish()


def _refuse_unasked(doc) -> None:
	campaign = frappe.get_cached_doc(answering.CAMPAIGN, doc.campaign)
	if doc.status not in TO_PRINT or not campaign_states.takes_answers(campaign, by_link=False):
		frappe.throw(
			_("{0} cannot be answered at present; no letter is printed.").format(frappe.bold(escape_html(doc.name))),
			SurveyError,
		)


def _paper_language(language: str | None) -> str | None:
	return printing.known_language((language or "")[:2])


def _mark(docs: list) -> None:
	"""Printed is sent where paper is the way; a letter beside a mail changes nothing of the mail."""
	at = clock.now()
	table = frappe.qb.DocType(invitations.DOCTYPE)
	names = [doc.name for doc in docs]
	query = frappe.qb.update(table).set(table.letter_printed_at, at).set(table.modified, at)
	query.where(table.name.isin(names)).run()
	sent = [doc.name for doc in docs if doc.channel in BY_LETTER and doc.status != invitations.SENT]
	if sent:
		query = frappe.qb.update(table).set(table.status, invitations.SENT).set(table.sent_at, at)
		query.where(table.name.isin(sent) & table.status.isin(TO_PRINT)).run()
	rows = [
		(
			invitations.DOCTYPE,
			doc.name,
			"Letter Printed",
			doc.status,
			invitations.SENT if doc.name in sent else doc.status,
			None,
		)
		for doc in docs
	]
	events.record_many(rows, at)
	for name in names:
		frappe.clear_document_cache(invitations.DOCTYPE, name)
