"""The customer hears what was done about what he said (E-6)."""

import frappe
from frappe import _
from frappe.utils import cstr, escape_html, validate_email_address

from customer_service.customer_satisfaction import surveys
from customer_service.exceptions import SurveyError
from customer_service.organisation import clock, events

CAMPAIGN, RESPONSE, INVITATION = "Survey Campaign", "Survey Response", "Survey Invitation"

TEMPLATE = "customer_service/templates/emails/survey_measures.html"

AT_ONCE = 20
"""Mails that are queued while the user waits; more are queued in the background."""


def tell(campaign_name: str, responses: list[str] | None = None) -> int:
	"""Mail the campaign's measures to those who answered it and have not heard of them; returns to how many.

	Who has opted out, or has no sound address, is left out. In an anonymous campaign all who answered are told, since nobody knows which
	answer is whose.

	:param responses: only those who gave these answers. :raises SurveyError: for a campaign without measures, or nobody to tell.
	"""
	campaign = frappe.get_doc(CAMPAIGN, campaign_name)
	if not cstr(campaign.measures).strip():
		frappe.throw(_("Write the measures into the campaign first: they are what customers hear."), SurveyError)
	found = _claim(_recipients(campaign, responses))
	if not found:
		frappe.throw(
			_("There is nobody to tell: all have heard of the measures, or have no e-mail address."), SurveyError
		)
	if len(found) <= AT_ONCE:
		send(campaign_name, found)
	else:
		for start in range(0, len(found), 500):
			frappe.enqueue(
				send_later,
				queue="long",
				campaign_name=campaign_name,
				names=found[start : start + 500],
				enqueue_after_commit=True,
			)
	events.record_many([(CAMPAIGN, campaign_name, "Customer Told", None, str(len(found)), campaign.measures)])
	return len(found)


def send_later(campaign_name: str, names: list[str]) -> None:
	"""`send` in the background: if it fails no mail is queued, and these may be told again."""
	try:
		send(campaign_name, names)
	except Exception:
		frappe.db.rollback()
		table = frappe.qb.DocType(INVITATION)
		frappe.qb.update(table).set(table.told_at, None).where(table.name.isin(names)).run()
		frappe.db.commit()
		raise


def send(campaign_name: str, names: list[str]) -> None:
	"""Queue the mails to these invitations, which are claimed already, and note it with their answers."""
	campaign = frappe.get_doc(CAMPAIGN, campaign_name)
	pages: dict[str, tuple[str, str]] = {}
	table, moment = frappe.qb.DocType(RESPONSE), clock.now()
	rows = frappe.get_all(INVITATION, {"name": ("in", names)}, ["name", "email", "language"], order_by="name asc")
	for row in rows:
		language = row.language or frappe.local.lang
		if language not in pages:
			pages[language] = _page(campaign, language)
		subject, message = pages[language]
		frappe.sendmail(
			recipients=[row.email],
			subject=subject,
			message=message,
			reference_doctype=None if campaign.is_anonymous else RESPONSE,
			reference_name=None if campaign.is_anonymous else row.name,
		)
	told = frappe.qb.update(table).set(table.told_at, moment).where(table.name.isin([row.name for row in rows]))
	told.run()
	if not campaign.is_anonymous:
		events.record_many([(RESPONSE, row.name, "Customer Told", None, None, None) for row in rows])


def _claim(names: list[str]) -> list[str]:
	"""Those of these invitations that nobody has told or is about to tell, marked as told: who presses twice tells once (L5)."""
	table = frappe.qb.DocType(INVITATION)
	free = table.name.isin(names or [""]) & table.told_at.isnull()
	held = [
		name for (name,) in frappe.qb.from_(table).select(table.name).where(free).orderby(table.name).for_update().run()
	]
	if held:
		frappe.qb.update(table).set(table.told_at, clock.now()).where(table.name.isin(held)).run()
	return held


def _recipients(campaign, responses: list[str] | None) -> list[str]:
	"""Names of the invitations of those to tell."""
	invitation, response, customer = (frappe.qb.DocType(each) for each in (INVITATION, RESPONSE, "Service Customer"))
	query = (
		frappe.qb.from_(invitation)
		.left_join(response)
		.on(response.name == invitation.name)
		.left_join(customer)
		.on(customer.name == invitation.customer)
		.select(invitation.name, invitation.email)
		.where((invitation.campaign == campaign.name) & (invitation.status == "Answered"))
		.where(invitation.told_at.isnull() & response.told_at.isnull() & invitation.opted_out_at.isnull())
		.where(customer.no_surveys.isnull() | (customer.no_surveys == 0))
		.orderby(invitation.name)
	)
	if responses is not None:
		query = query.where(invitation.name.isin(responses or [""]))
	return [name for name, email in query.run() if email and validate_email_address(email)]


def _page(campaign, language: str) -> tuple[str, str]:
	title = surveys.shown(campaign.survey, language, campaign.scoring_scheme)["title"]
	message = frappe.render_template(TEMPLATE, {"language": language, "title": title, "measures": campaign.measures})
	return _("What your answers have changed: {0}", language).format(escape_html(title)), message
