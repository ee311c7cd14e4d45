"""What is sent to the customer of an order: its confirmation (C-1) and the countersigned order (C-3)."""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.contract_review import mailing
from customer_service.customer_communication import mail_text
from customer_service.exceptions import ReviewError
from customer_service.organisation import clock, events, states
from customer_service.organisation.text import plain

CONFIRMATION, COUNTERSIGNED = "Order Confirmation", "Countersigned Order"

LAYOUT = "Order Confirmation"
"""The layout for the customer: what was agreed, and nothing of what we think of it."""

LONGEST_SUBJECT = 140


@dataclass(frozen=True)
class Letter:
	"""One kind of mail.

	:param template: field of the settings that names its Email Template. :param sent: field of the order with the moment of sending.
	"""

	template: str
	sent: str


LETTERS = {
	CONFIRMATION: Letter("order_confirmation_mail", "confirmation_sent_at"),
	COUNTERSIGNED: Letter("countersigned_order_mail", "countersigned_sent_at"),
}


def why_not(order, kind: str) -> str | None:
	"""Why this cannot be sent now; None if it can."""
	if kind not in LETTERS:
		return _("it is one of {0}").format(", ".join(_(each) for each in LETTERS))
	if order.state_category in states.ENDED:
		return _("the order is {0}").format(_(order.workflow_state))
	if kind == CONFIRMATION:
		return None
	if not order.approved_at:
		return _("the order is not approved")
	return None if _countersigned_file(order) else _("attach the countersigned order")


def possible(order) -> list[str]:
	"""Which letters can be sent now."""
	return [kind for kind in LETTERS if not why_not(order, kind)]


def draft(order, kind: str, language: str | None = None) -> dict:
	"""A letter before it is sent, out of the Email Template that the settings name.

	:param language: ``en`` or ``zh``; the customer's if not given.
	:returns: ``recipient``, ``language``, ``subject``, ``message`` (plain text) and ``attachment`` (a file's name).
	:raises ReviewError: if it cannot be sent.
	"""
	_demand(order, kind)
	language = mailing.language_of(language or _language_of_customer(order))
	subject, message = _words(order, kind, language)
	return {
		"recipient": order.contact_email,
		"language": language,
		"subject": subject,
		"message": message,
		"attachment": f"{order.name}.pdf" if kind == CONFIRMATION else _countersigned_file(order).file_name,
	}


def send(
	order, kind: str, recipient: str | None, language: str | None, subject: str | None, message: str | None
) -> str:
	"""Mail a letter as the present user; the mail stays in the order's timeline. The order was loaded by `locking.load`; saves.

	:param recipient: the order's contact if not given. :param subject, message: plain text; the template's if not given.
	:returns: the address. :raises ReviewError: if it cannot be sent, or for anything but one address.
	"""
	_demand(order, kind)
	address = mailing.one_address(recipient or order.contact_email)
	if not address:
		_refuse(_("name one e-mail address of the customer"))
	language = mailing.language_of(language or _language_of_customer(order))
	words = _words(order, kind, language)
	subject = _one_line(subject) or words[0]
	message = plain(message or "").strip() or words[1]
	if kind == CONFIRMATION:
		_demand_layout()
		attachment = mailing.print_of(order, language, LAYOUT)
	else:
		attachment = {"fid": _countersigned_file(order).name}
	mailing.send(order, address, subject, mail_text.to_html(message), [attachment], is_kept=True)
	order.set(LETTERS[kind].sent, clock.now())
	order.save()
	events.record(order, "Sent", after=address, detail=kind)
	return address


def _demand(order, kind: str) -> None:
	reason = why_not(order, kind)
	if reason:
		_refuse(reason)


def _refuse(reason: str) -> None:
	frappe.throw(_("This cannot be sent: {0}.").format(reason), ReviewError)


def _demand_layout() -> None:
	"""Without its layout Frappe would print every field of the order, our opinions among them."""
	if not frappe.db.exists("Print Format", {"name": LAYOUT, "doc_type": "Contract Review", "disabled": 0}):
		_refuse(_("there is no print format {0}").format(frappe.bold(escape_html(LAYOUT))))


def _countersigned_file(order):
	"""The order's own file that *Countersigned Order* names: name and file_name; None without."""
	if not order.countersigned_order:
		return None
	filters = {
		"file_url": order.countersigned_order,
		"attached_to_doctype": order.doctype,
		"attached_to_name": order.name,
	}
	return frappe.db.get_value("File", filters, ["name", "file_name"], as_dict=True)


def _language_of_customer(order) -> str | None:
	return frappe.get_cached_value("Service Customer", order.customer, "language")


def _words(order, kind: str, language: str) -> tuple[str, str]:
	"""Subject and text of the template, plain; the order's number alone if the settings name none."""
	settings = frappe.get_cached_doc("Customer Service Settings")
	name = settings.get(LETTERS[kind].template)
	if not name:
		return order.name, ""
	company = settings.company_name_zh if language == "zh" and settings.company_name_zh else settings.company_name
	known = {
		"doc": order,
		"language": language,
		"company": company or "",
		"number": order.customer_order_no or order.name,
	}
	written = frappe.get_cached_doc("Email Template", name).get_formatted_email(known)
	return _one_line(mail_text.of_html(written["subject"])), mail_text.tidy(mail_text.of_html(written["message"] or ""))


def _one_line(words: str | None) -> str:
	return " ".join(plain(words or "").split())[:LONGEST_SUBJECT]
