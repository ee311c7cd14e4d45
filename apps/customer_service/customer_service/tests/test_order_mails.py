"""What the customer of an order is sent: the confirmation (C-1) and the countersigned order (C-3), to a real SMTP server."""

import frappe
import pytest

from customer_service.contract_review import api
from customer_service.exceptions import ReviewError
from customer_service.tests import factories
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, give_opinion, go, make_customer, make_order, review_all
from customer_service.tests.test_mail import body, inbox, pdf_text, send_queue  # noqa: F401

API = "customer_service.contract_review.api"
ADDRESS = "li@customer.example.com"
OPINION = "Tight, but we know the material."
CONFIRMATION, COUNTERSIGNED = "Order Confirmation", "Countersigned Order"


def order_for(language: str = "en", **values):
	values = {"contact_person": "Li Example", "contact_email": ADDRESS, **values}
	return make_order(customer=make_customer(language=language).name, **values)


def approved(**values):
	"""Approved with an opinion that the customer must not read."""
	order = go(order_for(order_source="Document", **values), "Start Review", by="clerk")
	give_opinion(order, "Materials", remark=OPINION)
	review_all(order, "Materials")
	frappe.set_user(email("general_manager"))
	api.decide(order.name, "Approve", api.content_hash(order.name))
	frappe.set_user("Administrator")
	order.reload()
	return order


def stored(order):
	frappe.db.rollback()
	return frappe.get_doc(order.doctype, order.name)


@pytest.mark.parametrize(
	("language", "subject", "words", "title", "total"),
	[
		("en", "Confirmation of your order PO-1", "Dear Li Example,", "Order Confirmation", "Total"),
		("zh", "订单PO-1的确认", "尊敬的Li Example：", "订单确认书", "合计"),
	],
)
def test_confirmation_arrives_as_pdf_in_the_customers_language(
	inbox,  # noqa: F811
	client,
	language,
	subject,
	words,
	title,
	total,
):
	"""The three lines by hand: 4,500 + 3,500 + 500 = 8,500.00; two decimals, as the currency has."""
	order = order_for(language, order_source="Verbal", special_requirements="Labels <b>in</b> Spanish")
	frappe.db.commit()
	clerk = client("clerk")
	letter = clerk.read(f"{API}.order_letter", name=order.name, kind=CONFIRMATION).json()["message"]
	assert (letter["recipient"], letter["language"], letter["subject"]) == (ADDRESS, language, subject)
	assert letter["attachment"] == f"{order.name}.pdf" and "<" not in letter["message"]
	assert clerk.call(f"{API}.send_order_letter", name=order.name, kind=CONFIRMATION) == ADDRESS
	send_queue()
	(message,) = inbox.messages
	assert (message["To"], message["Subject"]) == (ADDRESS, subject)
	assert words in body(message)
	text = pdf_text(message)
	for expected in (title, order.name, "PS-200", "4,500.00", "8,500.00", total, "2030-03-15", "Labels in Spanish"):
		assert expected in text, expected
	order = stored(order)
	assert order.confirmation_sent_at and not order.countersigned_sent_at
	kept = frappe.get_all(
		"Communication",
		{"reference_doctype": order.doctype, "reference_name": order.name, "communication_medium": "Email"},
		["subject", "recipients", "sent_or_received", "owner"],
	)
	assert [tuple(row.values()) for row in kept] == [(subject, ADDRESS, "Sent", email("clerk"))]
	event = {"reference_name": order.name, "event": "Sent"}
	assert frappe.get_all("Service Event", event, ["after_value", "detail"]) == [
		{"after_value": ADDRESS, "detail": CONFIRMATION}
	]


def test_countersigned_order_arrives_as_the_file_itself(inbox, client):  # noqa: F811
	order = approved()
	order.countersigned_order = factories.attach_file(order)
	order.save()
	content = frappe.get_doc("File", {"file_url": order.countersigned_order}).get_content()
	frappe.db.commit()
	client("clerk").call(f"{API}.send_order_letter", name=order.name, kind=COUNTERSIGNED)
	send_queue()
	(message,) = inbox.messages
	(part,) = message.iter_attachments()
	assert part.get_content().strip() in (content, content.encode())
	order = stored(order)
	assert order.countersigned_sent_at
	assert go(order, "Release to Production", by="clerk").workflow_state == "Released to Production"


def test_pdf_never_shows_what_departments_think(inbox, client):  # noqa: F811
	order = approved()
	frappe.db.commit()
	client("clerk").call(f"{API}.send_order_letter", name=order.name, kind=CONFIRMATION)
	send_queue()
	text = pdf_text(inbox.messages[0])
	for secret in ("Tight", "Materials", "Joint Review", "Review Opinion", "Gloria", "Approve"):
		assert secret not in text, secret


def test_words_of_the_clerk_are_no_template_and_no_markup(inbox, client):  # noqa: F811
	order = order_for()
	frappe.db.commit()
	client("clerk").call(
		f"{API}.send_order_letter",
		name=order.name,
		kind=CONFIRMATION,
		subject="Your\r\nBcc: other@example.com order",
		message="See <script>alert(1)</script> {{ 7*7 }} & you\nsoon",
	)
	send_queue()
	(message,) = inbox.messages
	assert message["Subject"] == "Your Bcc: other@example.com order" and message["Bcc"] is None
	html = body(message)
	assert "{{ 7*7 }} &amp; you" in html and "<script" not in html and "49" not in html.split("soon")[0]


def test_administrator_words_the_mail(inbox, client):  # noqa: F811
	"""G-1: another Email Template named in the settings, no line of code."""
	name = frappe.generate_hash(length=8)
	frappe.get_doc(
		{"doctype": "Email Template", "name": name, "subject": "Order {{ number }}", "response": "<p>All well.</p>"}
	).insert()
	settings = frappe.get_doc("Customer Service Settings")
	before = settings.order_confirmation_mail
	settings.order_confirmation_mail = name
	settings.save()
	order = order_for()
	frappe.db.commit()
	try:
		client("clerk").call(f"{API}.send_order_letter", name=order.name, kind=CONFIRMATION)
	finally:
		frappe.db.rollback()
		settings = frappe.get_doc("Customer Service Settings")
		settings.order_confirmation_mail = before
		settings.save()
		frappe.db.commit()
	send_queue()
	assert (inbox.messages[0]["Subject"], "All well." in body(inbox.messages[0])) == ("Order PO-1", True)


@pytest.mark.parametrize("source", ["Verbal", "E-mail", "Document"])
def test_every_source_may_be_confirmed(source):
	order = order_for(order_source=source)
	frappe.set_user(email("clerk"))
	assert api.send_order_letter(order.name, CONFIRMATION) == ADDRESS


@pytest.mark.parametrize(
	("values", "kind", "recipient", "words"),
	[
		({}, COUNTERSIGNED, None, "not approved"),
		({}, "Letter", None, "it is one of"),
		({"contact_email": None}, CONFIRMATION, None, "one e-mail address"),
		({}, CONFIRMATION, "a@customer.example.com, b@customer.example.com", "one e-mail address"),
	],
)
def test_what_cannot_be_sent_is_refused(values, kind, recipient, words):
	order = order_for(**values)
	frappe.set_user(email("clerk"))
	with pytest.raises((ReviewError, frappe.InvalidEmailAddressError), match=words):
		api.send_order_letter(order.name, kind, recipient)
	assert not frappe.db.count("Email Queue", {"reference_name": order.name})


def test_countersigned_order_without_its_file_is_refused():
	order = approved()
	frappe.set_user(email("clerk"))
	with pytest.raises(ReviewError, match="attach the countersigned order"):
		api.send_order_letter(order.name, COUNTERSIGNED)


def test_cancelled_order_is_not_confirmed():
	order = go(order_for(), "Cancel Order", by="clerk")
	frappe.set_user(email("clerk"))
	with pytest.raises(ReviewError, match="the order is Cancelled"):
		api.send_order_letter(order.name, CONFIRMATION)


def test_without_its_layout_nothing_is_sent():
	"""Frappe would print every field instead, the opinions among them."""
	order = order_for()
	frappe.db.set_value("Print Format", CONFIRMATION, "disabled", 1)
	frappe.set_user(email("clerk"))
	with pytest.raises(ReviewError, match="no print format"):
		api.send_order_letter(order.name, CONFIRMATION)


@pytest.mark.parametrize("person", ["quality_head", "engineer", "general_manager", "employee", None])
def test_only_who_writes_orders_sends_them(client, person):
	order = order_for()
	frappe.db.commit()
	who = client(person)
	for call in (
		lambda: who.read(f"{API}.order_letter", name=order.name, kind=CONFIRMATION),
		lambda: who.call(f"{API}.send_order_letter", name=order.name, kind=CONFIRMATION),
	):
		with pytest.raises(Refused) as refused:
			call()
		assert refused.value.status == 403
	assert not stored(order).confirmation_sent_at


def test_mail_does_not_touch_the_review():
	"""What is sent is nothing that anybody decides on: opinions hold, and the approved content stays."""
	order = approved()
	before = order.approved_content
	frappe.set_user(email("clerk"))
	api.send_order_letter(order.name, CONFIRMATION)
	order.reload()
	assert (order.workflow_state, order.approved_content) == ("Approved", before)
	assert api.content_hash(order.name) == before
