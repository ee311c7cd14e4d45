"""Reminders of a campaign: by its rules, to who has not answered, each at most as often as there are rules (E-2, E-3)."""

import math
from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, getdate
from pypika.functions import Coalesce

from customer_service.customer_satisfaction import campaign_states, population, sending, survey_mails
from customer_service.customer_satisfaction.invitations import DOCTYPE, SENT
from customer_service.exceptions import SurveyError
from customer_service.organisation import clock, events, processes, retry

PART = 500


def check(campaign) -> None:
	"""What was done by a rule is the app's to say: a form that was opened before it does not take it back.

	:raises SurveyError: for a rule that says nothing, more of them than may be added, or one that is done and taken away; names the row.
	"""
	before = campaign.get_doc_before_save()
	known = {row.name: row for row in _stored(campaign.name)} if before else {}
	for row in campaign.reminders:
		stored = known.pop(row.name, None)
		row.done_on, row.reminded = (stored.done_on, stored.reminded) if stored else (None, 0)
	if any(row.done_on or row.reminded for row in known.values()):
		frappe.throw(_("A reminder that was sent stays in the list of reminders."), SurveyError)
	most = cint(frappe.get_cached_doc("Customer Service Settings").survey_reminders)
	if len(campaign.reminders) > max(most, len(before.reminders) if before else 0):
		frappe.throw(_("At most {0} reminders.").format(most), SurveyError)
	for row in campaign.reminders:
		if (cint(row.days_after) > 0) == (cint(row.days_before) > 0):
			frappe.throw(
				_("Reminders, row {0}: fill in either the days after sending or those before the deadline.").format(
					row.idx
				),
				SurveyError,
			)


def _stored(campaign: str) -> list[frappe._dict]:
	return frappe.get_all(
		"Survey Reminder", {"parent": campaign, "parenttype": "Survey Campaign"}, ["name", "done_on", "reminded"]
	)


def run() -> None:
	"""Hourly: send what is due. Late it ends in the same state: a rule is done once, on the first run after its day."""
	if not processes.is_on("Customer Satisfaction"):
		return
	for name in campaign_states.of_step(campaign_states.OPEN):
		sending.apart(name, remind_if_due)


def remind_if_due(name: str) -> None:
	"""The rule of a campaign that is due; of several that are overdue only the last, the others pass: nobody is reminded twice a day."""
	campaign = frappe.get_doc("Survey Campaign", name)
	rows = due(campaign)
	for row in rows[:-1]:
		_done(campaign, row, cint(row.reminded))
	if rows:
		remind(campaign, rows[-1])


def due(campaign) -> list:
	"""The rules of a campaign whose day has come and that are not done, in the order of their days, while it can be answered."""
	if clock.now() > get_datetime(campaign.reply_by):
		return []
	today = getdate(clock.now())
	found = [row for row in campaign.reminders if not row.done_on and _day_of(campaign, row) <= today]
	return sorted(found, key=lambda row: _day_of(campaign, row))


def _day_of(campaign, row):
	if cint(row.days_after):
		return getdate(campaign.sending_at) + timedelta(days=cint(row.days_after))
	# Never on the day of the invitation itself, however short the time is.
	first = getdate(campaign.sending_at) + timedelta(days=1)
	return max(first, getdate(campaign.reply_by) - timedelta(days=cint(row.days_before)))


def remind(campaign, row) -> int:
	"""Remind those who were invited by mail and have not answered, no faster than the campaign allows; returns how many mails so far.

	Commits every part. Stopped at any point, or limited, it goes on in the next run; two workers at once do the same: each invitation counts
	its reminders, and a rule has one number.
	"""
	number = _number(campaign, row)
	left = max(math.ceil(cint(campaign.mails_at_once) or PART), 1)
	letter = survey_mails.Letter(campaign, is_reminder=True)
	while left > 0:
		taken = retry.after_conflict(_part)(campaign, row.name, number, letter, min(left, PART))
		frappe.db.commit()
		if not taken:
			break
		left -= taken
	sent = cint(frappe.db.get_value("Survey Reminder", row.name, "reminded"))
	if left > 0:
		_done(campaign, row, sent)
	return sent


def _number(campaign, row) -> int:
	"""Which reminder of the campaign this rule is: the place of its day among all its rules."""
	names = [each.name for each in sorted(campaign.reminders, key=lambda each: (_day_of(campaign, each), each.idx))]
	return names.index(row.name) + 1


def _done(campaign, row, sent: int) -> None:
	"""Once, whoever else finds the last part empty at the same moment."""
	table = frappe.qb.DocType("Survey Reminder")
	query = frappe.qb.update(table).set(table.done_on, getdate(clock.now()))
	query.where((table.name == row.name) & table.done_on.isnull()).run()
	if frappe.db._cursor.rowcount == 1:
		events.record(campaign, "Reminded", after=str(sent))
	frappe.clear_document_cache("Survey Campaign", campaign.name)
	frappe.db.commit()


def _part(campaign, rule: str, number: int, letter: survey_mails.Letter, most: int) -> int:
	"""The next invitations are dealt with: reminded, and counted by the rule, unless the customer is not to be asked any more. Returns how many."""
	table = frappe.qb.DocType(DOCTYPE)
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.customer, table.language, table.contact_person, table.email)
		.where((table.campaign == campaign.name) & (table.status == SENT) & (table.channel == population.BY_MAIL))
		.where(table.reminders_sent < number)
		.orderby(table.name)
		.limit(most)
		.for_update()
		.run(as_dict=True)
	)
	if rows:
		leaving = population.not_asked_any_more(rows)
		asked = [each for each in rows if each.name not in leaving and population.is_address(each.email)]
		letter.queue(asked)
		counts = frappe.qb.DocType("Survey Reminder")
		query = frappe.qb.update(counts).set(counts.reminded, Coalesce(counts.reminded, 0) + len(asked))
		query.where(counts.name == rule).run()
		query = frappe.qb.update(table).set(table.reminders_sent, number).set(table.last_reminder_at, clock.now())
		query.where(table.name.isin([each.name for each in rows])).run()
	return len(rows)
