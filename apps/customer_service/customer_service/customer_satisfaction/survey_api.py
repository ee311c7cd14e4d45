"""The customer's doors of a survey without login (S9): what is asked, and not to be asked any more (E-2). His answer goes through the
public web form, see `web_answers`."""

import frappe
from frappe import _

from customer_service.customer_satisfaction import answering, campaign_states, invitations, personal_links, surveys
from customer_service.organisation import clock, events, guest, processes, retry

OPEN, ANSWERED, ENDED, OPTED_OUT = "open", "answered", "ended", "opted out"


@frappe.whitelist(allow_guest=True, methods=["POST"])
def show(token: str, language: str | None = None) -> dict:
	"""The survey that a personal link asks for.

	:param language: of the survey's; its own for any other.
	:returns: ``state`` (open, answered, ended, opted out), ``reply_by`` for people, ``is_anonymous``, and ``survey`` as `surveys.shown`.
	:raises LinkInvalidError: HTTP 404 for a wrong, expired or revoked token; frappe.TooManyRequestsError: HTTP 429.
	"""
	guest.limit_posts("show_survey")
	invitation = opened(token)
	campaign = invitation.campaign_doc
	asked = language if isinstance(language, str) and language else invitation.language or frappe.local.lang
	survey = surveys.shown(campaign.survey, asked, campaign.scoring_scheme)
	state = state_of(invitation)
	if state != OPEN:  # whoever finds the link later learns no questions
		survey = {key: survey.get(key) for key in ("title", "thanks", "language", "languages")}
	return {
		"state": state,
		"reply_by": campaign_states.deadline(campaign),
		"is_anonymous": bool(campaign.is_anonymous),
		"survey": survey,
	}


@frappe.whitelist(allow_guest=True, methods=["POST"])
@retry.after_conflict
def opt_out(token: str) -> dict:
	"""The person behind a personal link does not want to be surveyed, now and later.

	:returns: ``state``. :raises LinkInvalidError: HTTP 404; frappe.TooManyRequestsError: HTTP 429.
	"""
	guest.limit_posts("survey_opt_out")
	invitation = opened(token)
	at = clock.now()
	table = frappe.qb.DocType(answering.INVITATION)
	(
		frappe.qb.update(table)
		.set(table.status, invitations.OPTED_OUT)
		.set(table.opted_out_at, at)
		.set(table.modified, at)
		.where((table.name == invitation.name) & table.status.isin(invitations.ANSWERABLE))
	).run()
	if frappe.db._cursor.rowcount == 1:
		frappe.clear_document_cache(answering.INVITATION, invitation.name)
		events.record_many(
			[(answering.INVITATION, invitation.name, "Opted Out", invitation.status, invitations.OPTED_OUT, None)], at
		)
	_ask_no_more(invitation)
	return {"state": OPTED_OUT}


def opened(token: str) -> frappe._dict:
	"""The invitation that a token opens, see `answering.of`; what was withdrawn looks like what never was."""
	processes.require("Survey Response")
	link = guest.resolve_link(token, personal_links.PURPOSE)
	invitation = answering.of(link.reference_name) if link.reference_doctype == answering.INVITATION else None
	if not invitation or invitation.status == invitations.WITHDRAWN:
		guest.refuse_link()
	return invitation


def state_of(invitation) -> str:
	"""Whether the invitation can be answered, or why not."""
	if invitation.status == invitations.ANSWERED:
		return ANSWERED
	if invitation.status == invitations.OPTED_OUT:
		return OPTED_OUT
	return OPEN if campaign_states.takes_answers(invitation.campaign_doc, by_link=True) else ENDED


def explain(invitation) -> None:
	"""
	:raises GuestInputError: HTTP 417, for an invitation that cannot be answered; says why.
	"""
	state = state_of(invitation)
	if state == ANSWERED:
		guest.refuse(_("This has been answered already. Thank you."))
	if state == ENDED:
		guest.refuse(_("This survey ended on {0}.").format(campaign_states.deadline(invitation.campaign_doc)))
	if state == OPTED_OUT:
		guest.refuse(_("You have asked us not to survey you."))


def _ask_no_more(invitation) -> None:
	"""Mark the contact whose address was asked, and the customer where the address is his own or none of his contacts'."""
	email = frappe.db.get_value(answering.INVITATION, invitation.name, "email")
	contacts = (
		frappe.get_all(
			"Service Customer Contact",
			{"parent": invitation.customer, "parenttype": "Service Customer", "email": email},
			pluck="name",
		)
		if email
		else []
	)
	for name in contacts:
		frappe.db.set_value("Service Customer Contact", name, "no_surveys", 1)
	own = frappe.db.get_value("Service Customer", invitation.customer, "email")
	if not contacts or (own or "").strip().casefold() == email.strip().casefold():
		frappe.db.set_value("Service Customer", invitation.customer, "no_surveys", 1)
	frappe.clear_document_cache("Service Customer", invitation.customer)
	if frappe.db.exists("Service Customer", invitation.customer):
		events.record(frappe._dict(doctype="Service Customer", name=invitation.customer), "Opted Out", after=email)
