"""Sending a campaign: its invitations leave part by part, no faster than it allows, and go on where a job was stopped (E-2, L5).

A part is one transaction: the invitations, their personal links and their mails, or nothing. What became of a mail is read from
Frappe's Email Queue afterwards.
"""

import math

import frappe
from frappe import _
from frappe.utils import cint

from customer_service.customer_satisfaction import campaign_states, population, recovery, survey_mails
from customer_service.customer_satisfaction.invitations import (
	BOUNCED,
	DOCTYPE,
	FAILED,
	PLANNED,
	QUEUED,
	SENT,
	WITHDRAWN,
)
from customer_service.organisation import clock, events, processes, retry

PART = 500
RUNS_AN_HOUR = 12

ON_THEIR_WAY = (QUEUED, FAILED)

REFUSED = "SMTPRecipientsRefused"
"""Stands in the error of a mail whose address the mail server does not take; other errors are the way's, not the address's."""


def run() -> None:
	"""Every five minutes: send the next parts, see what became of the mails, count what has come back.

	A campaign that fails is logged and keeps no other from going on.
	"""
	if not processes.is_on("Customer Satisfaction"):
		return
	for name in campaign_states.of_step(campaign_states.SENDING, campaign_states.OPEN):
		apart(name, go_on)
	for name in campaign_states.of_step(campaign_states.SENDING, campaign_states.OPEN):
		apart(name, follow_mails, recovery.refresh)


def apart(name: str, *verbs) -> None:
	"""Do something for one campaign and commit it; if it fails, it is undone and logged."""
	try:
		for verb in verbs:
			verb(name)
		frappe.db.commit()
	except Exception:
		frappe.db.rollback()
		frappe.log_error(
			title=f"Survey campaign {name} cannot go on", reference_doctype="Survey Campaign", reference_name=name
		)
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
		taken = retry.after_conflict(send_part)(campaign, letter, min(left, PART))
		frappe.db.commit()
		if not taken:
			break
		left -= taken
	if not _any_planned(name):
		campaign_states.open_if_sending(name)
		frappe.db.commit()


def _any_planned(name: str) -> bool:
	return bool(frappe.db.exists(DOCTYPE, {"campaign": name, "status": PLANNED, "channel": population.BY_MAIL}))


def send_part(campaign, letter: survey_mails.Letter, most: int) -> int:
	"""Queue the mails of the next invitations; returns how many were dealt with. The caller commits, and tries again after a conflict."""
	rows = _hold(campaign.name, most)
	_send(rows, letter)
	return len(rows)


def _send(rows: list[frappe._dict], letter: survey_mails.Letter) -> None:
	if not rows:
		return
	leaving = population.not_asked_any_more(rows)
	gone = [row for row in rows if row.name in leaving]
	bad = [row for row in rows if row.name not in leaving and not population.is_address(row.email)]
	mailed = [row for row in rows if row not in gone and row not in bad]
	queued = letter.queue(mailed)
	_set([row.name for row in gone], WITHDRAWN)
	# Who wants no mail at all from this site was never asked: it is not delivered, as a bad address is not.
	_set([row.name for row in bad] + [row.name for row in mailed if row.name not in queued], FAILED)
	_set_queued(queued)


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
	"""Invitations whose mail has left are sent; those whose address was refused came back; others failed on their way.

	A failed one is followed, too: an administrator may let the queue try again.
	"""
	waiting = {
		str(row.email_queue): row.name
		for row in frappe.get_all(
			DOCTYPE, {"campaign": campaign, "status": ("in", ON_THEIR_WAY)}, ["name", "email_queue"]
		)
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
			query.where(
				table.name.isin([waiting[str(row.name)] for row in rows]) & table.status.isin(ON_THEIR_WAY)
			).run()
	if sent:
		frappe.db.sql(
			f"""update `tab{DOCTYPE}` as invitation join `tabEmail Queue` as mail on mail.reference_name = invitation.name
			set invitation.sent_at = mail.modified where mail.name in %(mails)s""",
			{"mails": tuple(row.name for row in sent)},
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
	_send([invitation], survey_mails.Letter(campaign))


def all_again(campaign: str) -> int:
	"""Plan every failed invitation of a campaign that has a good address again: they leave with the next parts. :returns: how many.

	:raises SurveyError: for a campaign that takes no answers.
	"""
	campaign_states.require_open(campaign)
	known = {"campaign": campaign, "status": FAILED, "channel": population.BY_MAIL}
	rows = frappe.get_all(DOCTYPE, known, ["name", "email"])
	good = [row.name for row in rows if population.is_address(row.email)]
	if good:
		table = frappe.qb.DocType(DOCTYPE)
		query = (
			frappe.qb.update(table)
			.set(table.status, PLANNED)
			.set(table.email_queue, None)
			.set(table.bounce_reason, None)
		)
		query.where(table.name.isin(good) & (table.status == FAILED)).run()
	return len(good)


def stop_mails(campaign: str, reason: str) -> None:
	"""Mails of a campaign that is over that have not left do not leave."""
	invitation, mail = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType("Email Queue")
	of_campaign = frappe.qb.from_(invitation).select(invitation.name).where(invitation.campaign == campaign)
	query = frappe.qb.update(mail).set(mail.status, "Error").set(mail.error, reason)
	query.where((mail.reference_doctype == DOCTYPE) & mail.reference_name.isin(of_campaign)).where(
		mail.status == "Not Sent"
	).run()


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
