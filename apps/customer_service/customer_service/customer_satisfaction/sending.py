"""Sending a campaign: its invitations leave part by part, no faster than it allows, and go on where a job was stopped (E-2, L5).

A part is one transaction: the invitations, their personal links and their mails, or nothing. What became of a mail is read from
Frappe's Email Queue afterwards.
"""

import math

import frappe
from frappe import _
from frappe.utils import cint

from customer_service.customer_satisfaction import campaign_states, population, survey_mails
from customer_service.customer_satisfaction.invitations import (
	BOUNCED,
	DOCTYPE,
	FAILED,
	OPTED_OUT,
	PLANNED,
	QUEUED,
	SENT,
	WITHDRAWN,
)
from customer_service.organisation import clock, events, processes, retry

PART = 500
RUNS_AN_HOUR = 12

REFUSED = "SMTPRecipientsRefused"
"""Stands in the error of a mail whose address the mail server does not take; other errors are the way's, not the address's."""


def run() -> None:
	"""Every five minutes: send the next parts, see what became of the mails, remind, open campaigns that are all sent."""
	if not processes.is_on("Customer Satisfaction"):
		return
	for name in campaign_states.of_step(campaign_states.SENDING):
		go_on(name)
	for name in campaign_states.of_step(campaign_states.SENDING, campaign_states.OPEN):
		follow_mails(name)
		frappe.db.commit()


def start(name: str) -> None:
	"""The first part at once, in a job after the commit."""
	frappe.enqueue(
		"customer_service.customer_satisfaction.sending.go_on", queue="long", name=name, enqueue_after_commit=True
	)


def go_on(name: str) -> None:
	"""Queue as many mails as a campaign may send in five minutes; then, if all are queued, it is open.

	Commits every part. Run twice or by two workers it queues no mail twice: each part holds its invitations.
	"""
	campaign = frappe.get_doc("Survey Campaign", name)
	left = math.ceil((cint(campaign.mails_at_once) or PART) / RUNS_AN_HOUR)
	letter = None
	while left > 0:
		letter = letter or (survey_mails.Letter(campaign) if _any_planned(name) else None)
		if not letter:
			break
		taken = send_part(campaign, letter, min(left, PART))
		frappe.db.commit()
		if not taken:
			break
		left -= taken
	if not _any_planned(name):
		campaign_states.open_if_sending(name)
		frappe.db.commit()


def _any_planned(name: str) -> bool:
	return bool(frappe.db.exists(DOCTYPE, {"campaign": name, "status": PLANNED, "channel": population.BY_MAIL}))


@retry.after_conflict
def send_part(campaign, letter: survey_mails.Letter, most: int) -> int:
	"""Queue the mails of the next invitations; returns how many were dealt with. The caller commits."""
	rows = _hold(campaign.name, most)
	if not rows:
		return 0
	leaving = _who_left([row.customer for row in rows])
	gone = [row for row in rows if row.customer in leaving]
	bad = [row for row in rows if row.customer not in leaving and not population.is_address(row.email)]
	mailed = [row for row in rows if row not in gone and row not in bad]
	queued = letter.queue(mailed)
	refused = [row for row in mailed if row.name not in queued]
	_set([row.name for row in gone], WITHDRAWN)
	_set([row.name for row in bad], FAILED)
	_set([row.name for row in refused], OPTED_OUT)
	_set_queued(queued)
	return len(rows)


def _hold(campaign: str, most: int) -> list[frappe._dict]:
	"""The next planned invitations by mail, held until the transaction ends: another worker waits, and then sees them queued."""
	table = frappe.qb.DocType(DOCTYPE)
	return (
		frappe.qb.from_(table)
		.select(table.name, table.customer, table.language, table.contact_person, table.email)
		.where((table.campaign == campaign) & (table.status == PLANNED) & (table.channel == population.BY_MAIL))
		.orderby(table.name)
		.limit(most)
		.for_update()
		.run(as_dict=True)
	)


def _who_left(names: list[str]) -> set[str]:
	"""Customers who, since the campaign was planned, are no longer served, were deleted, or asked not to be surveyed."""
	known = {"name": ("in", names), "is_active": 1, "no_surveys": 0}
	return set(names) - set(frappe.get_all("Service Customer", known, pluck="name"))


def _set(names: list[str], status: str) -> None:
	if names:
		table = frappe.qb.DocType(DOCTYPE)
		frappe.qb.update(table).set(table.status, status).where(table.name.isin(names)).run()


def _set_queued(queued: dict[str, str | int]) -> None:
	"""Each invitation and its mail, by one statement: the mails know their invitation."""
	if queued:
		frappe.db.sql(
			f"""update `tab{DOCTYPE}` as invitation join `tabEmail Queue` as mail on mail.reference_name = invitation.name
			set invitation.status = %(queued)s, invitation.email_queue = mail.name, invitation.modified = %(at)s
			where mail.name in %(mails)s""",
			{"queued": QUEUED, "at": clock.now(), "mails": tuple(queued.values())},
		)


def follow_mails(campaign: str) -> None:
	"""Invitations whose mail has left are sent; those whose address was refused came back; others failed on their way."""
	waiting = {
		str(row.email_queue): row.name
		for row in frappe.get_all(DOCTYPE, {"campaign": campaign, "status": QUEUED}, ["name", "email_queue"])
		if row.email_queue
	}
	numbers = list(waiting)
	for start in range(0, len(numbers), PART):
		_follow(waiting, numbers[start : start + PART])


def _follow(waiting: dict[str, str], numbers: list[str]) -> None:
	ended = frappe.get_all(
		"Email Queue",
		{"name": ("in", numbers), "status": ("in", ("Sent", "Error"))},
		["name", "status", "error", "modified"],
	)
	sent = [row for row in ended if row.status == "Sent"]
	refused = [row for row in ended if row.status == "Error" and REFUSED in (row.error or "")]
	lost = [row for row in ended if row.status == "Error" and row not in refused]
	for rows, status, reason in (
		(sent, SENT, None),
		(refused, BOUNCED, _("The mail server does not know the address.")),
		(lost, FAILED, _("The mail could not be delivered.")),
	):
		if rows:
			table = frappe.qb.DocType(DOCTYPE)
			query = frappe.qb.update(table).set(table.status, status).set(table.bounce_reason, reason)
			query.where(table.name.isin([waiting[str(row.name)] for row in rows]) & (table.status == QUEUED)).run()
	if ended:
		frappe.db.sql(
			f"""update `tab{DOCTYPE}` as invitation join `tabEmail Queue` as mail on mail.reference_name = invitation.name
			set invitation.sent_at = mail.modified where mail.name in %(mails)s""",
			{"mails": tuple(row.name for row in ended)},
		)


def again(name: str) -> None:
	"""Send an invitation once more whose mail failed or came back, to the address that it has now; an address that was corrected.

	:raises SurveyError: for one that is not to be sent by mail, or has no address.
	"""
	invitation = campaign_states.open_invitation(name)
	campaign_states.refuse_bad_address(invitation)
	invitation.db_set({"status": PLANNED, "email_queue": None, "bounce_reason": None})
	events.record(invitation, "Sent", after=invitation.email)
	campaign = frappe.get_doc("Survey Campaign", invitation.campaign)
	send_part(campaign, survey_mails.Letter(campaign), PART)


def returned(message_ids: list[str], reason: str) -> bool:
	"""Hook of the mail intake: a mail of ours has come back for good; whether it was an invitation.

	:param reason: what the mail server says.
	"""
	known = {"message_id": ("in", message_ids), "reference_doctype": DOCTYPE}
	for name in frappe.get_all("Email Queue", known, pluck="reference_name") if message_ids else ():
		invitation = frappe.get_doc(DOCTYPE, name)
		if invitation.status in (QUEUED, SENT):
			invitation.db_set({"status": BOUNCED, "bounce_reason": reason[:500]})
			events.record(invitation, "Mail Returned", after=invitation.email, detail=reason[:500])
		return True
	return False
