"""One answer of an invitation, whoever brings it: the customer by his link, or staff who read it from paper or hear it on the phone (E-2).

What is given is read against the very version of the survey that the campaign asks; then the invitation is claimed by one statement that
must hit one row, in the transaction that stores the answer (S10). A guest's ten answers take eight statements.
"""

import math
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import escape_html, get_datetime
from pypika.functions import Coalesce

from customer_service.customer_satisfaction import personal_links, recovery, surveys
from customer_service.customer_satisfaction.invitations import ANSWERABLE, ANSWERED
from customer_service.customer_satisfaction.questions import (
	CHOICE,
	HIGHEST_NPS,
	LEVEL,
	NPS,
	NUMBER,
	SECTION,
	TEXT,
	YES_NO,
)
from customer_service.exceptions import SurveyError
from customer_service.organisation import clock, events, states, text

INVITATION, RESPONSE, CAMPAIGN = personal_links.DOCTYPE, "Survey Response", "Survey Campaign"

READ = (
	"name",
	"campaign",
	"customer",
	"customer_name",
	"customer_class",
	"region",
	"department",
	"status",
	"language",
)

MOST_DIGITS = 1e12


def of(invitation: str) -> frappe._dict:
	"""What an answer needs to know of an invitation, and its campaign (cached); None for one that does not exist."""
	table = frappe.qb.DocType(INVITATION)  # get_value parses each field's name as SQL, which takes longer than asking
	rows = frappe.qb.from_(table).select(*READ).where(table.name == invitation).run(as_dict=True)
	row = rows[0] if rows else None
	if row:
		row.campaign_doc = frappe.get_cached_doc(CAMPAIGN, row.campaign)
	return row


# --- reading ---------------------------------------------------------------------------------------------------------------


def read(campaign, posted: dict, by_staff: bool = False) -> list[dict]:
	"""The rows of an answer from what was given: code -> value, as `surveys.shown` explains the values.

	Rows of every item that was asked, in order; one that was left out is missing, not the lowest (E-2). An answer to an item that the
	others before it do not ask for is dropped: who goes back and answers otherwise leaves such behind.

	:param by_staff: what came is entered as it came: on paper people leave mandatory questions out, or send it back empty; whether that is
		valid is judged (E-3). :raises SurveyError: names the question: an unknown one, a value that it does not offer, a mandatory one
		left out; or nothing at all.
	"""
	if not isinstance(posted, dict):
		frappe.throw(_("The answers cannot be read. Please reload the page and try again."), SurveyError)
	survey = frappe.get_cached_doc("Satisfaction Survey", campaign.survey)
	items = [
		frappe._dict(item)
		for item in surveys.shown(survey.name, survey.language, campaign.scoring_scheme)["items"]
		if item["kind"] != SECTION
	]
	unknown = set(posted) - {item.code for item in items}
	if unknown:
		frappe.throw(_("These answers belong to another survey. Please reload the page."), SurveyError)
	given: dict[str, str] = {}
	rows = []
	for item in items:
		if not surveys.is_asked(survey, item.code, given, campaign.scoring_scheme):
			continue
		value = _value(item, posted.get(item.code))
		if value is None and item.mandatory and not by_staff:
			frappe.throw(_("Please answer: {0}").format(_bold(item.question)), SurveyError)
		if value is not None:
			given[item.code] = value
		rows.append(_row(item, value, campaign.name))
	if not given and not by_staff:
		frappe.throw(_("Please answer at least one question."), SurveyError)
	return rows


def _value(item, value) -> str | None:
	"""A value as text, None where nothing was answered. :raises SurveyError: for one that the item does not offer."""
	if value is None or value == "":
		return None
	if isinstance(value, bool) or not isinstance(value, str | int | float):
		_refuse(item)
	value = str(value).strip()
	if item.kind == TEXT:
		return _text(item, value)
	if item.kind in (LEVEL, YES_NO, CHOICE):
		if value not in {option["value"] for option in item.options}:
			_refuse(item)
		return value
	number = _number(value)
	if number is None:
		_refuse(item)
	if item.kind == NPS:
		if number not in range(HIGHEST_NPS + 1):
			_refuse(item)
		return str(int(number))
	low, high = item.number_from or 0, item.number_to or 0
	if low != high and not low <= number <= high:
		frappe.throw(
			_("{0}: a number from {1} to {2}.").format(_bold(item.question), _digits(low), _digits(high)), SurveyError
		)
	return _digits(number)


def _number(value: str) -> float | None:
	if len(value) > 30:
		return None
	try:
		number = float(value)
	except ValueError:
		return None
	return number if math.isfinite(number) and abs(number) < MOST_DIGITS else None


def _digits(number: float) -> str:
	return f"{number:.10g}"


def _text(item, value: str) -> str | None:
	longest = frappe.get_cached_doc("Customer Service Settings").guest_text_length or 0
	longest = min(longest, text.MOST_BYTES // 4)
	if len(value) > longest:
		frappe.throw(_("{0} is too long: at most {1} characters.").format(_bold(item.question), longest), SurveyError)
	return text.plain(value).strip() or None


def _refuse(item) -> None:
	frappe.throw(_("{0}: this answer is not one of those offered.").format(_bold(item.question)), SurveyError)


def _bold(question: str) -> str:
	return frappe.bold(escape_html((question or "")[:140]))


def _row(item, value: str | None, campaign: str) -> dict:
	"""One row: the words for people in the survey's own language, the figures that are scored."""
	row = {
		"code": item.code,
		"question": item.question,
		"kind": item.kind,
		"answer": value,
		"level": 0,
		"number": 0,
		"is_missing": int(value is None),
		"campaign": campaign,
	}
	if value is None:
		return row
	if item.kind in (LEVEL, YES_NO, CHOICE):
		row["level"] = int(value)
		row["answer"] = next(option["label"] for option in item.options if option["value"] == value)
	elif item.kind in (NUMBER, NPS):
		row["number"] = float(value)
	return row


# --- storing ---------------------------------------------------------------------------------------------------------------


def claim(invitation, at: datetime) -> None:
	"""Mark an invitation answered, once, whoever else does at this moment. Of an anonymous campaign it does not say when.

	:param at: see `moment`. :raises SurveyError: says why it cannot be answered (any more).
	"""
	table = frappe.qb.DocType(INVITATION)
	query = frappe.qb.update(table).set(table.status, ANSWERED).set(table.modified, at)
	if invitation.campaign_doc.is_anonymous:
		# He was asked lately, whatever way: other campaigns leave him in peace. A mail's own moment stays.
		query = query.set(table.sent_at, Coalesce(table.sent_at, at))
	else:
		query = query.set(table.answered_at, at)
	query.where((table.name == invitation.name) & table.status.isin(ANSWERABLE)).run()
	if frappe.db._cursor.rowcount != 1:
		refuse_answered()
	frappe.clear_document_cache(INVITATION, invitation.name)


def refuse_answered() -> None:
	frappe.throw(_("This has been answered already. Thank you."), SurveyError)


def moment(campaign) -> datetime:
	"""When an answer arrives. All answers of an anonymous campaign bear the moment of its sending, so that neither clock nor day joins one
	with its invitation; sending alone, for a later step would tell those before it from those after it."""
	return get_datetime(campaign.sending_at or campaign.creation) if campaign.is_anonymous else clock.now()


def store(invitation, rows: list[dict], channel: str, language: str, person: "dict | None" = None, **values):
	"""Claim the invitation and store its answer; the caller has checked who answers, and that the campaign runs.

	Neither channel nor language stay with an anonymous answer: few, or one alone, may have answered so.

	:param rows: what `read` gave. :param channel: one of the response's. :param person: respondent and other fields for people.
	:param values: `entered_by` and others that only the app sets. :returns: the **Survey Response**. :raises SurveyError: see `claim`.
	"""
	campaign = invitation.campaign_doc
	at = moment(campaign)
	claim(invitation, at)
	doc = frappe.get_doc({"doctype": RESPONSE, **(person or {})})
	doc.update(
		{
			"campaign": campaign.name,
			"survey": campaign.survey,
			"department": campaign.department,
			"channel": "",  # an anonymous one's; Frappe sets the first option and the reader's language otherwise
			"language": "",
			"answered_at": at,
			"state_category": states.OPEN,
			"validity": recovery.PENDING,
			"answers": rows,
		}
	)
	if not campaign.is_anonymous:
		known = ("customer", "customer_name", "customer_class", "region")
		doc.update({"channel": channel, "language": language, "invitation": invitation.name})
		doc.update({**{field: invitation[field] for field in known}, **values})
	doc.flags.arrives = frappe._dict(at=at, is_anonymous=bool(campaign.is_anonymous))
	doc.flags.ignore_links = _only_own_links(doc)
	doc.flags.ignore_version = True  # of a new record there is none, which Frappe finds out by making one
	doc.insert(
		ignore_permissions=True,
		set_child_names=False,
		set_name=frappe.generate_hash(length=20) if campaign.is_anonymous else invitation.name,
	)
	doc.flags.ignore_version = False
	record(doc, invitation, at)
	return doc


OWN_LINKS = frozenset({"campaign", "survey", "customer", "customer_class", "department", "language", "entered_by"})
"""Links that the app sets itself from records that it has just read."""


def _only_own_links(doc) -> bool:
	"""Whether no link needs to be looked up; one in a field that an administrator added may hold anything."""
	return not any(doc.get(field.fieldname) for field in doc.meta.get_link_fields() if field.fieldname not in OWN_LINKS)


def record(doc, invitation, at: datetime) -> None:
	"""The audit trail. Of an anonymous answer only that the invitation was answered, neither how nor when."""
	rows = [(INVITATION, invitation.name, "Answered", invitation.status, ANSWERED, doc.channel)]
	if not doc.flags.arrives.is_anonymous:
		rows.append((RESPONSE, doc.name, "Created", None, doc.channel, None))
	events.record_many(rows, at)
