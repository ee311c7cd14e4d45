"""The invitations of a campaign: made when it is sent, found again, withdrawn (E-2)."""

import frappe
from frappe import _

from customer_service.customer_satisfaction import population
from customer_service.exceptions import SurveyError
from customer_service.organisation import batched, clock

DOCTYPE = "Survey Invitation"

PLANNED, QUEUED, SENT, BOUNCED, OPTED_OUT, ANSWERED, FAILED, WITHDRAWN = (
	"Planned",
	"Queued",
	"Sent",
	"Bounced",
	"Opted Out",
	"Answered",
	"Failed",
	"Withdrawn",
)
ANSWERABLE = (PLANNED, QUEUED, SENT, BOUNCED, FAILED)
"""Who has not answered, and may. A mail that came back does not keep a customer from answering by phone."""

FIXED = (
	"campaign",
	"customer",
	"customer_name",
	"customer_class",
	"region",
	"department",
	"status",
	"sent_at",
	"answered_at",
	"opted_out_at",
	"bounce_reason",
	"email_queue",
	"reminders_sent",
	"last_reminder_at",
	"letter_printed_at",
	"calls",
	"last_call_at",
	"told_at",
)
"""What no request changes: it follows from sending and answering."""

COLUMNS = (
	*batched.STANDARD,
	"campaign",
	"customer",
	"customer_name",
	"customer_class",
	"region",
	"department",
	"status",
	"channel",
	"language",
	"contact_person",
	"email",
	"phone",
	"address",
	"bounce_reason",
)


def make(campaign) -> int:
	"""One invitation for each who is drawn, by few statements; returns how many.

	Bad addresses are made, too, as failed: they are counted and shown, and somebody can correct them.
	"""
	drawn = population.sample(campaign, population.customers(campaign))
	found = population.recipients(campaign, drawn)
	at = clock.now()
	language = frappe.db.get_value("Satisfaction Survey", campaign.survey, "language")
	batched.write(DOCTYPE, COLUMNS, [_row(campaign, number, one, at, language) for number, one in enumerate(found, 1)])
	return len(found)


def _row(campaign, number: int, one: population.Recipient, at, language: str) -> tuple:
	customer = one.customer
	return (
		*batched.standard(at, f"{campaign.name}-{number:05d}"),
		campaign.name,
		customer.name,
		customer.customer_name,
		customer.customer_class,
		customer.region,
		campaign.department,
		FAILED if one.is_bad_address else PLANNED,
		one.channel,
		customer.language or language,
		one.person,
		one.email,
		one.phone,
		customer.address,
		_("The address is not valid.") if one.is_bad_address else None,
	)


def refuse_by_hand(invitation) -> None:
	"""Invitations are made by their campaign, by nobody's hand.

	:raises SurveyError: always.
	"""
	frappe.throw(_("Invitations are made when a campaign is sent."), SurveyError)


def is_anonymous(invitation) -> bool:
	"""Whether who is asked must not be found again in what he answers."""
	return bool(invitation.campaign and frappe.get_cached_doc("Survey Campaign", invitation.campaign).is_anonymous)


def withdraw(campaign: str) -> None:
	"""Nobody is asked any more: who has not answered no longer can (a cancelled campaign)."""
	table = frappe.qb.DocType(DOCTYPE)
	open_ones = (table.campaign == campaign) & table.status.isin(ANSWERABLE)
	frappe.qb.update(table).set(table.status, WITHDRAWN).where(open_ones).run()


def extend_links(campaign: str, until) -> None:
	"""Personal links of the campaign live until this moment, at least (an extension)."""
	link, table = frappe.qb.DocType("Guest Link"), frappe.qb.DocType(DOCTYPE)
	of_these = link.reference_name.isin(frappe.qb.from_(table).select(table.name).where(table.campaign == campaign))
	query = frappe.qb.update(link).set(link.expires_at, until)
	query.where((link.reference_doctype == DOCTYPE) & of_these & (link.expires_at < until)).run()


def count(campaign: str, *statuses: str) -> int:
	"""How many invitations of a campaign are in one of these states; in any if none is named."""
	table = frappe.qb.DocType(DOCTYPE)
	query = frappe.qb.from_(table).select(frappe.query_builder.functions.Count("*")).where(table.campaign == campaign)
	return query.where(table.status.isin(statuses)).run()[0][0] if statuses else query.run()[0][0]
