"""What staff do with an invitation: enter what came on paper or was said on the phone, and note calls (E-1, E-2)."""

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from customer_service.customer_satisfaction import answering, campaign_states, invitations
from customer_service.exceptions import SurveyError
from customer_service.organisation import clock, events, locking, people, text

CHANNELS = ("E-mail", "Letter", "Phone", "Fax", "Visit", "Carried by Hand")

LONGEST_NOTE, LONGEST_NAME = 2000, 140

FOR_ALL = {"System Manager", "Customer Service Manager"}
"""Roles that work for the campaigns of every department; others for their own."""


def require_department(department: str | None) -> None:
	"""
	:raises frappe.PermissionError: for who neither belongs to the campaign's department nor manages all of them.
	"""
	user = frappe.session.user
	if user != "Administrator" and not FOR_ALL & set(frappe.get_roles()) and not people.belongs(user, department):
		frappe.throw(_("This is for the department of the campaign."), frappe.PermissionError)


def enter(doc, channel: str, answers: dict, person: dict, evidence: str | None, note: str | None):
	"""Store an answer that came another way than by the personal link; but what the customer left out may stay empty.

	:param doc: the Survey Invitation. :param evidence: address of the user's own private file: the paper. :param note: of the call or visit.
	:returns: the **Survey Response**. :raises SurveyError: without evidence, for an unknown channel, see `answering.read` and `claim`.
	"""
	if channel not in CHANNELS:
		frappe.throw(_("Choose how the answer came: {0}.").format(", ".join(_(each) for each in CHANNELS)), SurveyError)
	invitation = answering.of(doc.name)
	campaign = invitation.campaign_doc
	note = _note(note)
	_check_evidence(campaign, evidence, note)
	_refuse_late(invitation)
	rows = answering.read(campaign, answers, by_staff=True)
	values = {} if campaign.is_anonymous else {"entered_by": frappe.session.user, "evidence": evidence}
	language = frappe.db.get_value("Satisfaction Survey", campaign.survey, "language", cache=True)
	if note and not campaign.is_anonymous:
		_add_note(doc.name, note)
	known = {} if campaign.is_anonymous else {field: _name(value) for field, value in person.items()}
	return answering.store(invitation, rows, channel, language, known, **values)


def _check_evidence(campaign, evidence: str | None, note: str) -> None:
	if campaign.is_anonymous and evidence:
		frappe.throw(
			_("This survey is anonymous: keep the paper apart, it is not attached to the answer."), SurveyError
		)
	if not campaign.is_anonymous and not evidence and not note:
		frappe.throw(_("Attach the paper, or write a note of the call."), SurveyError)


def _refuse_late(invitation) -> None:
	if invitation.status == invitations.ANSWERED:
		answering.refuse_answered()
	is_open = campaign_states.takes_answers(invitation.campaign_doc, by_link=False)
	if invitation.status not in invitations.ANSWERABLE or not is_open:
		frappe.throw(
			_("{0} cannot be answered at present: its campaign takes no answers, or it was withdrawn.").format(
				frappe.bold(escape_html(invitation.name))
			),
			SurveyError,
		)


def note_call(doc, note: str, reached: bool) -> str:
	"""Note a call to the customer; who was reached was asked, and counts as sent.

	:returns: the invitation's status. :raises SurveyError: without a note, or for an invitation that was answered or withdrawn.
	"""
	note = _note(note)
	if not note:
		frappe.throw(_("Write a note of the call."), SurveyError)
	doc = locking.load(invitations.DOCTYPE, doc.name)
	if doc.status not in invitations.ANSWERABLE:
		frappe.throw(
			_("{0} is {1}; nobody needs to be called.").format(frappe.bold(escape_html(doc.name)), _(doc.status)),
			SurveyError,
		)
	now, before = clock.now(), doc.status
	values = {"calls": (doc.calls or 0) + 1, "last_call_at": now}
	if reached and doc.status in (invitations.PLANNED, invitations.QUEUED, invitations.BOUNCED, invitations.FAILED):
		values |= {"status": invitations.SENT, "sent_at": doc.sent_at or now}
	doc.db_set(values)
	_add_note(doc.name, note)
	events.record(doc, "Called", before, doc.status, note)
	return doc.status


def _add_note(name: str, note: str) -> None:
	"""Below what was noted before, with the moment and the person."""
	before = cstr(frappe.db.get_value(invitations.DOCTYPE, name, "call_note"))
	line = f"{clock.now():%Y-%m-%d %H:%M} {frappe.utils.get_fullname(frappe.session.user)}: {note}"
	frappe.db.set_value(invitations.DOCTYPE, name, "call_note", f"{before}\n{line}".strip()[-20_000:])


def _note(note: str | None) -> str:
	return text.plain(cstr(note)).strip()[:LONGEST_NOTE]


def _name(value: str | None) -> str | None:
	return text.plain(cstr(value)).strip()[:LONGEST_NAME] or None
