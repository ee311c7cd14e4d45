"""Telling people of a record: on the desk's bell and by one mail, each in his language (L7)."""

from collections.abc import Callable

import frappe
from frappe.utils import escape_html, get_url, get_url_to_form

LONGEST = 300


def tell(users: list[str], doc, words: Callable[[object, str], str], mail: bool = True) -> list[str]:
	"""Tell each person once; not the one who acts, and nobody whose account is disabled. Returns whom it told.

	:param words: gives the text for (doc, language), plain; it is escaped here.
	:param mail: also by mail, queued; a site without outgoing mail tells on the desk only.
	"""
	wanted = [user for user in dict.fromkeys(users) if user and user != frappe.session.user]
	if not wanted:
		return []
	known = frappe.get_all(
		"User",
		filters={"name": ("in", wanted), "enabled": 1},
		fields=["name", "email", "language"],
		order_by="name asc",
	)
	mail = mail and _can_mail()
	for user in known:
		language = user.language or frappe.db.get_default("lang") or "en"
		subject = words(doc, language)[:LONGEST]
		_ring(user.name, doc, subject)
		if mail:
			_send(user.email, doc, subject)
	return [user.name for user in known]


def _ring(user: str, doc, subject: str) -> None:
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"for_user": user,
			"from_user": frappe.session.user,
			"type": "Alert",  # Frappe mails the other types itself, which would be a second mail
			"document_type": doc.doctype,
			"document_name": doc.name,
			"subject": escape_html(subject),
		}
	).insert(ignore_permissions=True)


def _send(address: str, doc, subject: str) -> None:
	frappe.sendmail(
		recipients=[address],
		subject=subject,
		message=f'<p>{escape_html(subject)}</p><p><a href="{escape_html(link_to(doc))}">{escape_html(doc.name)}</a></p>',
		reference_doctype=doc.doctype,
		reference_name=doc.name,
		delayed=True,
	)


def link_to(doc) -> str:
	"""The record's address in the desk, on the configured host; never on one that a request named."""
	address = get_url_to_form(doc.doctype, doc.name)
	return address.replace(get_url(), frappe.conf.host_name.rstrip("/"), 1) if frappe.conf.host_name else address


def _can_mail() -> bool:
	return bool(frappe.db.exists("Email Account", {"enable_outgoing": 1, "default_outgoing": 1}))
