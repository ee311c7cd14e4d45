"""Mail to a real SMTP server: the acknowledgement of a complaint, once, in the complainant's language, with our PDF (F-1, L7)."""

import email
import os
import re
import subprocess
import time
from email.message import EmailMessage
from email.policy import default

import frappe
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from customer_service.tests.factories import make_complaint


class Inbox(Message):
	"""Keeps what arrives."""

	def __init__(self):
		super().__init__()
		self.messages: list[EmailMessage] = []

	def listen(self):
		"""Take mails, also after having been down."""
		self.server = Controller(self, hostname="127.0.0.1", port=int(os.environ["CS_SMTP_PORT"]))
		self.server.start()

	def prepare_message(self, session, envelope):
		return email.message_from_bytes(envelope.content, policy=default)

	def handle_message(self, message):
		self.messages.append(message)


@pytest.fixture
def inbox():
	"""A mail server on the port that the test site sends to; the queue is empty when it starts."""
	frappe.db.delete("Email Queue")
	frappe.db.delete("Email Queue Recipient")
	frappe.db.commit()
	handler = Inbox()
	handler.listen()
	yield handler
	handler.server.stop()


def send_queue() -> None:
	"""What the scheduler does every few minutes; the site's worker sends. Waits until nothing is left to send."""
	from frappe.email.queue import flush

	frappe.db.commit()
	flush()
	for _attempt in range(120):
		frappe.db.commit()  # a fresh look
		if not frappe.db.count("Email Queue", {"status": ("in", ("Not Sent", "Sending"))}):
			break
		time.sleep(0.25)
	assert not frappe.get_all("Email Queue", {"status": "Error"}, ["name", "error"])


def body(message: EmailMessage) -> str:
	return message.get_body(("html",)).get_content()


def pdf_text(message: EmailMessage) -> str:
	(part,) = [part for part in message.iter_attachments() if part.get_content_type() == "application/pdf"]
	done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=part.get_content(), capture_output=True, check=True)
	return done.stdout.decode()


def test_acknowledgement_arrives_once_with_number_link_and_print(inbox):
	complaint = make_complaint(contact_email="li@customer.example.com", description="外壳破裂", language="zh")
	send_queue()
	send_queue()
	(message,) = inbox.messages
	assert message["To"] == "li@customer.example.com"
	assert complaint.name in message["Subject"]
	assert re.search(rf"{re.escape(frappe.utils.get_url())}/complaint-status#[\w-]{{43}}", body(message))
	text = pdf_text(message)
	assert complaint.name in text and "外壳破裂" in text
	assert "客诉受理通知" in text, "the print speaks the customer's language as the mail does"


@pytest.mark.parametrize("language, greeting", [("en", "Dear Li Example"), ("zh", "尊敬的Li Example")])
def test_acknowledgement_speaks_the_complainants_language(inbox, language, greeting):
	make_complaint(contact_email="li@customer.example.com", language=language)
	send_queue()
	assert greeting in body(inbox.messages[0])


def test_link_in_the_mail_opens_the_complaint(inbox, client):
	complaint = make_complaint(contact_email="li@customer.example.com")
	send_queue()
	token = re.search(r"complaint-status#([\w-]+)", body(inbox.messages[0])).group(1)
	shown = client(None).call("customer_service.complaint_handling.api.complaint_status", token=token)
	assert shown["number"] == complaint.name


def test_without_an_address_no_mail_is_sent(inbox):
	make_complaint(contact_email=None)
	send_queue()
	assert inbox.messages == []


def test_text_of_the_complainant_is_never_a_template_and_never_markup(inbox):
	make_complaint(contact_email="li@customer.example.com", contact_person="{{ 7*7 }} & {% raw %}")
	send_queue()
	html = body(inbox.messages[0])
	assert "{{ 7*7 }}" in html and "49" not in html.split("</p>")[0]


def test_print_attached_by_a_person_is_ours_too(inbox, as_user):
	complaint = make_complaint(description="外壳破裂")
	as_user("clerk")
	from frappe.core.doctype.communication.email import make

	make(
		doctype="Complaint",
		name=complaint.name,
		recipients="li@customer.example.com",
		subject="Your complaint",
		content="See the form.",
		send_email=1,
		print_format="Quality Feedback Form",
		print_letterhead=0,
	)
	frappe.set_user("Administrator")
	send_queue()
	text = pdf_text(inbox.messages[0])
	assert "HT-QR-MA-08" in text and complaint.name in text


def test_notification_edited_by_an_administrator_counts(inbox):
	notification = frappe.get_doc("Notification", "Complaint Acknowledgement")
	before = notification.subject
	notification.subject = "Received: {{ doc.name }}"
	notification.save()
	try:
		complaint = make_complaint(contact_email="li@customer.example.com")
		send_queue()
		assert inbox.messages[0]["Subject"] == f"Received: {complaint.name}"
	finally:
		notification.reload()
		notification.subject = before
		notification.save()
		frappe.db.commit()
