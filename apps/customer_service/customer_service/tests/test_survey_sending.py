"""Invitations and reminders to a real SMTP server: once, in the customer's language, no faster than allowed, whatever stops them (E-2, L5)."""

import contextlib
import re
import smtplib
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import frappe
import pytest

from customer_service.customer_communication import mail_returns
from customer_service.customer_satisfaction import sending
from customer_service.organisation import batched, clock
from customer_service.tests.campaigns import (
	CAMPAIGN,
	INVITATION,
	invitations_of,
	make_campaign,
	make_customers,
	sent_campaign,
	status_of,
)
from customer_service.tests.client import Refused
from customer_service.tests.factories import go, make_customer
from customer_service.tests.forked import at_once
from customer_service.tests.test_mail import body, inbox, send_queue  # noqa: F401

API = "customer_service.customer_satisfaction.campaign_api"
TOKEN = re.compile(r"/survey(?:/new)?\?_lang=(\w+)#([\w-]{43})")


@pytest.fixture(autouse=True)
def nothing_left():
	"""Campaigns that a test commits do not send in the next one."""
	yield
	frappe.db.rollback()
	for name in frappe.get_all(CAMPAIGN, {"workflow_state": ("in", ("Sending", "Open"))}, pluck="name"):
		frappe.db.set_value(CAMPAIGN, name, "workflow_state", "Cancelled")
	frappe.db.delete("Email Queue")
	frappe.db.delete("Email Queue Recipient")
	frappe.db.commit()


def zh_survey():
	from customer_service.tests.campaigns import make_survey

	survey = make_survey(languages=[{"language": "zh"}])
	for row in survey.translations:
		row.translated_text = row.translated_text or f"译：{row.part}"
	survey.save()
	go(survey, "Review Survey", by="manager")
	go(survey, "Approve Survey", by="general_manager")
	return go(survey, "Put Into Use", by="clerk")


def test_an_invitation_arrives_once_in_the_customers_language_with_his_own_link(inbox):  # noqa: F811
	customers = [make_customer(language="en"), make_customer(language="zh")]
	campaign = sent_campaign(zh_survey(), customers, mail_message="Half a year <b>again</b>")
	assert campaign.workflow_state == "Open", "all are queued"
	send_queue()
	sending.run()
	sending.run()
	send_queue()
	by_address = {message["To"]: message for message in inbox.messages}
	assert len(inbox.messages) == 2
	english, chinese = (by_address[customer.contacts[0].email] for customer in customers)
	assert english["Subject"] == "How do we do?" and chinese["Subject"] == "译：Title"
	assert "Dear Li Example," in body(english) and "尊敬的Li Example：" in body(chinese)
	assert "Two questions, one minute." in body(english) and "译：Introduction" in body(chinese)
	assert "<b>again</b>" not in body(english)
	(lang, token), (other_lang, other) = (TOKEN.search(body(each)).groups() for each in (english, chinese))
	assert (lang, other_lang) == ("en", "zh") and token != other
	assert TOKEN.search(english.get_body(("plain",)).get_content()).group(2) == token
	assert english["Auto-Submitted"] == "auto-generated" and token in english["List-Unsubscribe"]
	assert [row.status for row in invitations_of(campaign)] == ["Sent", "Sent"]
	assert all(row.sent_at for row in invitations_of(campaign))


def test_the_link_of_the_mail_opens_its_own_survey(inbox, client):  # noqa: F811
	sent_campaign(customers=make_customers(1, language="en"))
	send_queue()
	token = TOKEN.search(body(inbox.messages[0])).group(2)
	shown = client(None).call("customer_service.customer_satisfaction.survey_api.show", token=token)
	assert shown["state"] == "open" and shown["survey"]["title"] == "How do we do?"


def test_no_more_mails_than_allowed_leave_at_once():
	"""24 an hour: 2 in each of the twelve runs; 5 customers: 2, 2, 1."""
	campaign = go(make_campaign(customers=make_customers(5), mails_at_once=24), "Send Invitations", by="clerk")
	queued = []
	for _run in range(4):
		sending.go_on(campaign.name)
		queued.append(len(invitations_of(campaign, status="Queued")))
	assert queued == [2, 4, 5, 5]
	assert frappe.db.get_value(CAMPAIGN, campaign.name, "workflow_state") == "Open"


def test_a_job_that_is_stopped_midway_goes_on_and_mails_nobody_twice(monkeypatch):
	"""It dies after the first part was committed, and in the second after its mails were queued but not committed."""
	campaign = go(make_campaign(customers=make_customers(6), mails_at_once=100_000), "Send Invitations", by="clerk")
	monkeypatch.setattr(sending, "PART", 2)
	real, done = sending._set_queued, []

	def dies(queued):
		if done:
			raise KeyboardInterrupt
		done.append(queued)
		real(queued)

	monkeypatch.setattr(sending, "_set_queued", dies)
	with pytest.raises(KeyboardInterrupt):
		sending.go_on(campaign.name)
	frappe.db.rollback()
	assert len(invitations_of(campaign, status="Queued")) == 2
	monkeypatch.setattr(sending, "_set_queued", real)
	sending.go_on(campaign.name)
	assert len(invitations_of(campaign, status="Queued")) == 6
	names = [row.name for row in invitations_of(campaign)]
	assert frappe.db.count("Email Queue", {"reference_doctype": INVITATION, "reference_name": ("in", names)}) == 6
	assert frappe.db.count("Guest Link", {"reference_doctype": INVITATION, "reference_name": ("in", names)}) == 6


def test_four_workers_at_once_mail_nobody_twice():
	campaign = go(make_campaign(customers=make_customers(20), mails_at_once=100_000), "Send Invitations", by="clerk")
	frappe.db.commit()
	job = {
		"user": "Administrator",
		"method": "customer_service.customer_satisfaction.sending.go_on",
		"values": {"name": campaign.name},
	}
	answers = at_once([job] * 4)
	assert all(answer.startswith("ok") for answer in answers), answers
	frappe.db.rollback()
	names = [row.name for row in invitations_of(campaign, status="Queued")]
	assert len(names) == 20
	assert frappe.db.count("Email Queue", {"reference_doctype": INVITATION, "reference_name": ("in", names)}) == 20


def test_who_left_since_it_was_planned_is_not_mailed():
	gone, shy, stays = make_customers(3)
	campaign = go(make_campaign(customers=[gone, shy, stays]), "Send Invitations", by="clerk")
	frappe.db.set_value("Service Customer", gone.name, "is_active", 0)
	frappe.db.set_value("Service Customer", shy.name, "no_surveys", 1)
	sending.go_on(campaign.name)
	assert [row.status for row in invitations_of(campaign)] == ["Withdrawn", "Withdrawn", "Queued"]


def test_what_became_of_a_mail_is_read_from_the_queue():
	"""An address that the server does not take came back; a way that was broken failed, and can be gone again."""
	campaign = sent_campaign(customers=make_customers(3))
	rows = invitations_of(campaign)
	errors = ["raise SMTPRecipientsRefused(senderrs)", "raise SMTPServerDisconnected('Connection unexpectedly closed')"]
	for row, error in zip(rows, errors, strict=False):
		frappe.db.set_value("Email Queue", row.email_queue, {"status": "Error", "error": error})
	sending.follow_mails(campaign.name)
	rows = invitations_of(campaign)
	assert [row.status for row in rows] == ["Bounced", "Failed", "Queued"]
	assert rows[0].bounce_reason == "The mail server does not know the address."


def test_a_corrected_address_is_mailed_again(client, inbox):  # noqa: F811
	campaign = sent_campaign(customers=make_customers(1))
	(row,) = invitations_of(campaign)
	frappe.db.set_value(INVITATION, row.name, "status", "Bounced")
	frappe.db.delete("Email Queue")
	frappe.db.commit()
	with pytest.raises(Refused):
		client("quality_reviewer").call(f"{API}.send_again", name=row.name, email="new@customer.example.com")
	with pytest.raises(Refused, match="no e-mail address"):
		client("clerk").call(f"{API}.send_again", name=row.name, email="new@customer@example.com")
	client("clerk").call(f"{API}.send_again", name=row.name, email="new@customer.example.com")
	send_queue()
	assert [message["To"] for message in inbox.messages] == ["new@customer.example.com"]
	sending.follow_mails(campaign.name)
	assert status_of(row.name) == "Sent"


# --- mails that come back --------------------------------------------------------------------------------------------------


def report(message_id: str, action: str = "failed") -> MIMEMultipart:
	"""A delivery report as mail servers send it (RFC 3464)."""
	made = MIMEMultipart("report", report_type="delivery-status")
	made["From"] = "Mail Delivery System <mailer-daemon@mail.example.com>"
	made.attach(MIMEText("Your mail could not be delivered."))
	status = EmailMessage()
	status["Reporting-MTA"] = "dns; mail.example.com"
	recipient = EmailMessage()
	recipient["Final-Recipient"] = "rfc822; li@customer.example.com"
	recipient["Action"] = action
	recipient["Status"] = "5.1.1"
	recipient["Diagnostic-Code"] = "smtp; 550 5.1.1 User unknown"
	delivery = EmailMessage()
	delivery["Content-Type"] = "message/delivery-status"
	delivery.set_payload([status, recipient])
	made.attach(delivery)
	original = EmailMessage()
	original["Message-ID"] = f"<{message_id}>"
	rest = EmailMessage()
	rest["Content-Type"] = "message/rfc822"
	rest.set_payload([original])
	made.attach(rest)
	return made


def test_a_report_of_the_mail_server_marks_the_invitation(inbox):  # noqa: F811
	campaign = sent_campaign(customers=make_customers(2))
	send_queue()
	sending.follow_mails(campaign.name)
	first, second = invitations_of(campaign)
	message_id = frappe.db.get_value("Email Queue", first.email_queue, "message_id")
	assert not mail_returns.tell(report(message_id, "delayed"), [message_id]), "late is not lost"
	assert mail_returns.tell(report(message_id), [message_id])
	assert not mail_returns.tell(report("other@mail.example.com"), ["other@mail.example.com"])
	assert status_of(first.name) == "Bounced" and status_of(second.name) == "Sent"
	assert "550 5.1.1" in frappe.db.get_value(INVITATION, first.name, "bounce_reason")


def test_a_report_in_the_mailbox_is_read_and_starts_nothing(inbox):  # noqa: F811
	from customer_service.tests import mail_server

	campaign = sent_campaign(customers=make_customers(1))
	send_queue()
	sending.follow_mails(campaign.name)
	(row,) = invitations_of(campaign)
	server = mail_server.MailServer()
	account = mail_server.make_account(server.port, "Contact Record")
	contacts = frappe.db.count("Contact Record")
	try:
		made = report(frappe.db.get_value("Email Queue", row.email_queue, "message_id"))
		made["To"], made["Subject"] = mail_server.MAILBOX, "Undelivered Mail Returned to Sender"
		server.deliver(made.as_bytes())
		mail_server.pull()
	finally:
		server.stop()
		frappe.delete_doc("Email Account", account.name, force=True)
		frappe.db.commit()
	assert status_of(row.name) == "Bounced"
	assert frappe.db.count("Contact Record") == contacts


def test_a_contact_who_opted_out_is_neither_mailed_nor_reminded_nor_reached_by_the_customers_own_address():
	contact = {"contact_name": "Li Example", "email": "li@customer.example.com", "no_surveys": 1}
	same = make_customer(contacts=[dict(contact)], email="Li@customer.example.com", phone="555 0100")
	later = make_customer(contacts=[{**contact, "email": "late@customer.example.com", "no_surveys": 0}])
	campaign = go(make_campaign(customers=[same, later]), "Send Invitations", by="clerk")
	assert [row.channel for row in invitations_of(campaign)] == ["Letter", "E-mail"]
	frappe.db.set_value("Service Customer Contact", later.contacts[0].name, "no_surveys", 1)
	sending.go_on(campaign.name)
	assert [row.status for row in invitations_of(campaign)] == ["Planned", "Withdrawn"]


def test_mails_of_a_cancelled_campaign_do_not_leave():
	campaign = sent_campaign(customers=make_customers(2))
	campaign.reload()
	campaign.cancel_reason = "Wrong survey"
	campaign.save()
	go(campaign, "Cancel Campaign", by="manager")
	assert set(frappe.get_all("Email Queue", pluck="status")) == {"Error"}


def test_what_has_not_left_when_a_campaign_closes_does_not_leave_and_was_not_delivered():
	"""Of three mails one has left: it counts, although nobody had looked after it yet."""
	campaign = sent_campaign(customers=make_customers(3))
	rows = invitations_of(campaign)
	frappe.db.set_value("Email Queue", rows[0].email_queue, "status", "Sent")
	campaign.reload()
	go(campaign, "Close Campaign", by="clerk")
	assert [row.status for row in invitations_of(campaign)] == ["Sent", "Queued", "Queued"]
	states = {row.name: row.status for row in frappe.get_all("Email Queue", {}, ["name", "status"])}
	assert [states[type(next(iter(states)))(row.email_queue)] for row in rows] == ["Sent", "Error", "Error"]
	assert frappe.db.get_value("Survey Campaign", campaign.name, "sent") == 1


def test_failed_ones_are_sent_again_together_and_a_retry_of_the_queue_counts(client):
	campaign = sent_campaign(customers=make_customers(3))
	rows = invitations_of(campaign)
	for row in rows[:2]:
		frappe.db.set_value(
			"Email Queue", row.email_queue, {"status": "Error", "error": "raise SMTPServerDisconnected"}
		)
	sending.follow_mails(campaign.name)
	assert [row.status for row in invitations_of(campaign)] == ["Failed", "Failed", "Queued"]
	assert not any(row.sent_at for row in invitations_of(campaign))
	frappe.db.set_value("Email Queue", rows[0].email_queue, "status", "Sent")
	sending.follow_mails(campaign.name)
	assert [row.status for row in invitations_of(campaign)] == ["Sent", "Failed", "Queued"]
	frappe.db.commit()
	assert client("clerk").call(f"{API}.send_failed_again", name=campaign.name) == 1
	frappe.db.rollback()
	sending.run()
	assert [row.status for row in invitations_of(campaign)] == ["Sent", "Queued", "Queued"]


def test_a_campaign_that_cannot_be_sent_keeps_no_other_from_it(monkeypatch):
	bad = go(make_campaign(customers=make_customers(1)), "Send Invitations", by="clerk")
	good = go(make_campaign(customers=make_customers(1)), "Send Invitations", by="clerk")
	frappe.db.commit()
	real = sending.go_on

	def breaks(name):
		if name == bad.name:
			raise frappe.ValidationError
		real(name)

	monkeypatch.setattr(sending, "go_on", breaks)
	sending.run()
	assert [row.status for row in invitations_of(good)] == ["Queued"]
	assert [row.status for row in invitations_of(bad)] == ["Planned"]


# --- bad input -----------------------------------------------------------------------------------------------------------------


def test_of_ten_thousand_recipients_the_bad_addresses_fail_and_no_other():
	"""3 % of 10,000: 9,700 are queued, 300 shown as failed, and the campaign is open."""
	region, at = frappe.generate_hash(length=8), clock.now()
	people = [
		(f"{region}-{number}", "no address" if number % 100 < 3 else f"c{number}@customer.example.com")
		for number in range(10_000)
	]
	columns = ("customer_name", "is_active", "no_surveys", "language", "region", "email")
	batched.write(
		"Service Customer",
		(*batched.STANDARD, *columns),
		[(*batched.standard(at, name), name, 1, 0, "en", region, email) for name, email in people],
	)
	campaign = sent_campaign(region=region)
	try:
		assert campaign.workflow_state == "Open"
		counted = {status: len(invitations_of(campaign, status=status)) for status in ("Queued", "Failed", "Planned")}
		assert counted == {"Queued": 9_700, "Failed": 300, "Planned": 0}
	finally:
		frappe.db.delete("Service Customer", {"region": region})
		frappe.db.commit()


def test_a_mail_server_that_goes_down_midway_loses_nobody_and_mails_nobody_twice(inbox, client):  # noqa: F811
	campaign = sent_campaign(customers=make_customers(4))
	first, *others = [row.email_queue for row in invitations_of(campaign)]
	frappe.get_doc("Email Queue", first).send()
	inbox.server.stop()
	for _attempt in range(5):  # Frappe gives up after a few
		for name in others:
			with contextlib.suppress(OSError, smtplib.SMTPException, frappe.ValidationError):
				frappe.get_doc("Email Queue", name).send()
	sending.follow_mails(campaign.name)
	assert [row.status for row in invitations_of(campaign)] == ["Sent", "Failed", "Failed", "Failed"]
	frappe.db.commit()
	inbox.listen()
	assert client("clerk").call(f"{API}.send_failed_again", name=campaign.name) == 3
	frappe.db.rollback()
	sending.run()
	for row in invitations_of(campaign, status="Queued"):
		frappe.get_doc("Email Queue", row.email_queue).send()
	sending.run()
	assert [row.status for row in invitations_of(campaign)] == ["Sent"] * 4
	assert sorted(message["To"] for message in inbox.messages) == sorted(row.email for row in invitations_of(campaign))
