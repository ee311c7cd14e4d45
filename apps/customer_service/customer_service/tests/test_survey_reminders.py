"""Reminders of a campaign: by their rules, once, whatever stops them, to who has not answered (E-2, E-3, L5)."""

from datetime import timedelta

import frappe
import pytest
from frappe.utils import add_days

from customer_service.customer_satisfaction import reminders, sending, survey_mails
from customer_service.exceptions import SurveyError
from customer_service.organisation import clock
from customer_service.tests.campaigns import (
	CAMPAIGN,
	INVITATION,
	invitations_of,
	make_campaign,
	make_customers,
	sent_campaign,
)
from customer_service.tests.forked import at_once
from customer_service.tests.test_mail import body, inbox, send_queue  # noqa: F401
from customer_service.tests.test_survey_sending import nothing_left  # noqa: F401


def at_day(campaign, days: float) -> None:
	"""So many days after sending."""
	frappe.flags.service_now = frappe.utils.get_datetime(campaign.sending_at) + timedelta(days=days)


def test_reminders_go_by_their_rules_to_who_has_not_answered_each_once(inbox):  # noqa: F811
	"""Sent on day 0, reply by day 10: reminders on day 3 and 2 days before the end, that is day 8."""
	campaign = sent_campaign(
		customers=make_customers(3, language="en"),
		reminders=[{"days_after": 3}, {"days_before": 2}],
		reply_by=add_days(clock.now(), 10),
	)
	send_queue()
	sending.follow_mails(campaign.name)
	first, second, third = invitations_of(campaign)
	frappe.db.set_value(INVITATION, first.name, "status", "Answered")
	frappe.db.set_value(INVITATION, second.name, "status", "Bounced")
	frappe.db.commit()
	inbox.messages.clear()
	for day, expected in (
		(2, 0),
		(3, 1),
		(3.1, 1),
		(7, 1),
		(8, 2),
		(9, 2),
	):  # whole days: half a day later may be the next day
		at_day(campaign, day)
		reminders.run()
		frappe.flags.service_now = None
		send_queue()
		assert len(inbox.messages) == expected, (day, [(mail["To"], mail["Subject"]) for mail in inbox.messages])
	assert {message["To"] for message in inbox.messages} == {third.email}
	assert all(message["Subject"] == "Reminder: How do we do?" for message in inbox.messages)
	assert "Your answer is still missing" in body(inbox.messages[0])
	assert frappe.db.get_value(INVITATION, third.name, "reminders_sent") == 2
	campaign.reload()
	assert [row.reminded for row in campaign.reminders] == [1, 1]


def test_a_late_sweep_reminds_as_a_punctual_one_but_not_after_the_deadline():
	campaign = sent_campaign(customers=make_customers(2), reminders=[{"days_after": 3}])
	frappe.db.set_value(INVITATION, {"campaign": campaign.name}, "status", "Sent")
	at_day(campaign, 11)
	assert reminders.due(frappe.get_doc(CAMPAIGN, campaign.name)) == []
	at_day(campaign, 9)
	(row,) = reminders.due(frappe.get_doc(CAMPAIGN, campaign.name))
	assert reminders.remind(campaign, row) == 2
	assert reminders.due(frappe.get_doc(CAMPAIGN, campaign.name)) == []


def test_a_reminder_that_is_stopped_midway_reaches_each_once(monkeypatch):
	campaign = sent_campaign(customers=make_customers(5), reminders=[{"days_after": 1}])
	frappe.db.set_value(INVITATION, {"campaign": campaign.name}, "status", "Sent")
	frappe.db.delete("Email Queue")
	frappe.db.delete("Email Queue Recipient")
	frappe.db.commit()
	monkeypatch.setattr(reminders, "PART", 2)
	real, calls = survey_mails.Letter.queue, []

	def dies(letter, rows):
		calls.append(len(rows))
		queued = real(letter, rows)
		if len(calls) == 2:
			raise KeyboardInterrupt
		return queued

	monkeypatch.setattr(survey_mails.Letter, "queue", dies)
	at_day(campaign, 2)
	(row,) = reminders.due(campaign)
	with pytest.raises(KeyboardInterrupt):
		reminders.remind(campaign, row)
	frappe.db.rollback()
	assert reminders.remind(campaign, row) == 5
	addresses = frappe.get_all("Email Queue Recipient", pluck="recipient")
	assert sorted(addresses) == sorted(each.email for each in invitations_of(campaign))


def test_two_workers_at_once_do_one_reminder_and_never_the_next():
	campaign = sent_campaign(customers=make_customers(6), reminders=[{"days_after": 1}, {"days_after": 4}])
	frappe.db.set_value(INVITATION, {"campaign": campaign.name}, "status", "Sent")
	frappe.db.set_value(CAMPAIGN, campaign.name, "sending_at", clock.now() - timedelta(days=2))
	frappe.db.delete("Email Queue")
	frappe.db.delete("Email Queue Recipient")
	frappe.db.commit()
	job = {
		"user": "Administrator",
		"method": "customer_service.customer_satisfaction.reminders.remind_if_due",
		"values": {"name": campaign.name},
	}
	answers = at_once([job] * 4)
	assert all(answer.startswith("ok") for answer in answers), answers
	frappe.db.rollback()
	assert frappe.db.count("Email Queue") == 6
	campaign.reload()
	assert [(bool(row.done_on), row.reminded) for row in campaign.reminders] == [(True, 6), (False, 0)]


def test_of_two_reminders_that_are_overdue_only_the_last_is_sent():
	campaign = sent_campaign(customers=make_customers(2), reminders=[{"days_after": 2}, {"days_after": 4}])
	frappe.db.set_value(INVITATION, {"campaign": campaign.name}, "status", "Sent")
	frappe.db.delete("Email Queue")
	at_day(campaign, 5)
	reminders.remind_if_due(campaign.name)
	reminders.remind_if_due(campaign.name)
	assert frappe.db.count("Email Queue") == 2
	campaign.reload()
	assert [row.reminded for row in campaign.reminders] == [0, 2] and all(row.done_on for row in campaign.reminders)


def test_how_many_reminders_a_campaign_may_have_is_the_sites_to_say():
	frappe.db.set_single_value("Customer Service Settings", "survey_reminders", 1)
	with pytest.raises(SurveyError, match="At most 1 reminders"):
		make_campaign(reminders=[{"days_after": 1}, {"days_after": 2}])


def test_who_is_not_to_be_asked_any_more_is_not_counted_as_reminded():
	customers = make_customers(3)
	campaign = sent_campaign(customers=customers, reminders=[{"days_after": 2}])
	frappe.db.set_value(INVITATION, {"campaign": campaign.name}, "status", "Sent")
	frappe.db.set_value("Service Customer", customers[1].name, "no_surveys", 1)
	frappe.db.delete("Email Queue")
	at_day(campaign, 3)
	reminders.remind_if_due(campaign.name)
	campaign.reload()
	assert (frappe.db.count("Email Queue"), campaign.reminders[0].reminded) == (2, 2)


def test_a_rule_that_is_overtaken_keeps_what_it_has_done():
	"""Ten customers, four mails at once: the first rule has reminded four when the second is due."""
	campaign = sent_campaign(customers=make_customers(10), reminders=[{"days_after": 1}, {"days_after": 3}])
	frappe.db.set_value(INVITATION, {"campaign": campaign.name}, "status", "Sent")
	frappe.db.set_value(CAMPAIGN, campaign.name, "mails_at_once", 4)
	for day in (2, 4, 4.1, 4.2, 4.3):
		at_day(campaign, day)
		reminders.remind_if_due(campaign.name)
	campaign.reload()
	assert [row.reminded for row in campaign.reminders] == [4, 10] and all(row.done_on for row in campaign.reminders)


def test_what_was_done_by_a_rule_is_not_taken_back_by_a_form_that_was_open():
	campaign = sent_campaign(customers=make_customers(2), reminders=[{"days_after": 1}, {"days_after": 5}])
	frappe.db.set_value(INVITATION, {"campaign": campaign.name}, "status", "Sent")
	opened = frappe.get_doc(CAMPAIGN, campaign.name)
	at_day(campaign, 2)
	reminders.remind_if_due(campaign.name)
	opened.findings = "Written meanwhile."
	opened.modified = frappe.db.get_value(CAMPAIGN, campaign.name, "modified")
	opened.save()
	opened.reload()
	assert (opened.reminders[0].reminded, bool(opened.reminders[0].done_on)) == (2, True)
	opened.reminders = opened.reminders[1:]
	with pytest.raises(SurveyError, match="was sent stays"):
		opened.save()


def test_a_lower_limit_of_reminders_holds_up_no_running_campaign():
	campaign = sent_campaign(customers=make_customers(1), reminders=[{"days_after": 1}, {"days_after": 5}])
	frappe.db.set_single_value("Customer Service Settings", "survey_reminders", 1)
	campaign.findings = "Still to be saved."
	campaign.save()
	campaign.append("reminders", {"days_after": 7})
	with pytest.raises(SurveyError, match="At most 1 reminders"):
		campaign.save()
