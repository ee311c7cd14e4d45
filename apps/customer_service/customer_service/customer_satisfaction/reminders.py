"""Reminders of a campaign: by its rules, to who has not answered, each at most as often as there are rules (E-2, E-3)."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, getdate

from customer_service.customer_satisfaction import campaign_states, population, survey_mails
from customer_service.customer_satisfaction.invitations import DOCTYPE, SENT
from customer_service.exceptions import SurveyError
from customer_service.organisation import clock, events, processes, retry

PART = 500
MOST = 5
"""More annoys."""


def check(campaign) -> None:
	"""
	:raises SurveyError: for a rule that says nothing, or too many of them; names the row.
	"""
	if len(campaign.reminders) > MOST:
		frappe.throw(_("At most {0} reminders.").format(MOST), SurveyError)
	for row in campaign.reminders:
		if (cint(row.days_after) > 0) == (cint(row.days_before) > 0):
			frappe.throw(
				_("Reminders, row {0}: fill in either the days after sending or those before the deadline.").format(
					row.idx
				),
				SurveyError,
			)


def run() -> None:
	"""Hourly: send what is due. Late it ends in the same state: a rule is done once, on the first run after its day."""
	if not processes.is_on("Customer Satisfaction"):
		return
	for name in campaign_states.of_step(campaign_states.OPEN):
		campaign = frappe.get_doc("Survey Campaign", name)
		for row in due(campaign):
			remind(campaign, row)


def due(campaign) -> list:
	"""The rules of a campaign whose day has come and that are not done, while it can be answered."""
	if clock.now() > get_datetime(campaign.reply_by):
		return []
	today = getdate(clock.now())
	return [row for row in campaign.reminders if not row.done_on and _day_of(campaign, row) <= today]


def _day_of(campaign, row):
	if cint(row.days_after):
		return getdate(campaign.sending_at) + timedelta(days=cint(row.days_after))
	return getdate(campaign.reply_by) - timedelta(days=cint(row.days_before))


def remind(campaign, row) -> int:
	"""Remind everybody who was invited by mail and has not answered; returns how many. Commits every part.

	Stopped at any point and run again each gets this reminder once: an invitation counts its reminders.
	"""
	letter = survey_mails.Letter(campaign, is_reminder=True)
	while _part(campaign, row, letter):
		frappe.db.commit()
	sent = _count(campaign.name, row)
	frappe.db.set_value("Survey Reminder", row.name, {"done_on": getdate(clock.now()), "reminded": sent})
	events.record(campaign, "Reminded", after=str(sent))
	frappe.db.commit()
	return sent


def _ordinal(row) -> int:
	"""Rows of a campaign are done in their order of time, so that the n-th done is everybody's n-th reminder."""
	done = frappe.get_all("Survey Reminder", {"parent": row.parent, "done_on": ("is", "set")}, pluck="name")
	return len(done) + 1


@retry.after_conflict
def _part(campaign, row, letter: survey_mails.Letter) -> int:
	table = frappe.qb.DocType(DOCTYPE)
	number = _ordinal(row)
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.customer, table.language, table.contact_person, table.email)
		.where((table.campaign == campaign.name) & (table.status == SENT) & (table.channel == population.BY_MAIL))
		.where(table.reminders_sent < number)
		.orderby(table.name)
		.limit(PART)
		.for_update()
		.run(as_dict=True)
	)
	if rows:
		letter.queue([each for each in rows if population.is_address(each.email)])
		query = frappe.qb.update(table).set(table.reminders_sent, number).set(table.last_reminder_at, clock.now())
		query.where(table.name.isin([each.name for each in rows])).run()
	return len(rows)


def _count(campaign: str, row) -> int:
	return frappe.db.count(DOCTYPE, {"campaign": campaign, "reminders_sent": (">=", _ordinal(row))})
