"""Mails to a customer with a print or a file of ours: one way for orders and pro forma invoices (C-1, C-3, C-7)."""

from email.utils import make_msgid

import frappe
from frappe.utils import get_formatted_email, validate_email_address

LANGUAGES = ("en", "zh")


def language_of(asked: str | None, otherwise: str = "en") -> str:
	"""The language that we can write in: the one asked for, ``zh-TW`` being ``zh``, if it is one of ours."""
	language = (asked or "")[:2]
	return language if language in LANGUAGES else otherwise


def one_address(given: str | None) -> str | None:
	"""The e-mail address in what was given; None for none, for several, and for what is no address."""
	address = validate_email_address((given or "").strip())
	return address if address and "," not in address else None


def print_of(doc, language: str, layout: str | None = None) -> dict:
	"""The attachment that stands for the record's PDF; `printing.render_mail_attachments` makes it when the mail is queued.

	:param layout: name of a Print Format; the record's own form if not given.
	"""
	named = {"print_format": layout} if layout else {}
	return {"print_format_attachment": 1, "doctype": doc.doctype, "name": doc.name, "lang": language, **named}


def send(doc, address: str, subject: str, message: str, attachments: list[dict], is_kept: bool = False) -> None:
	"""Queue one mail about a record to one address.

	:param message: HTML. :param attachments: as Frappe's ``sendmail`` takes them; see `print_of`.
	:param is_kept: whether the record's timeline keeps it as a Communication. Never for a mail with a personal link: whoever reads the
		record could take its token from there.
	"""
	frappe.sendmail(
		recipients=[address],
		subject=subject,
		message=message,
		reference_doctype=doc.doctype,
		reference_name=doc.name,
		attachments=attachments,
		**(_kept(doc, address, subject, message) if is_kept else {}),
	)


def _kept(doc, address: str, subject: str, message: str) -> dict:
	"""The mail in the timeline, by the present user; an answer to it comes back to the record."""
	kept = frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Sent",
			"subject": subject,
			"content": message,
			"sender": get_formatted_email(frappe.session.user),
			"recipients": address,
			"reference_doctype": doc.doctype,
			"reference_name": doc.name,
			"message_id": make_msgid(domain=frappe.local.site).strip("<>"),
			"has_attachment": 1,
		}
	)
	kept.flags.skip_add_signature = True
	kept.insert(ignore_permissions=True)  # the caller has checked the right to mail the record
	return {"communication": kept.name, "message_id": kept.message_id}
