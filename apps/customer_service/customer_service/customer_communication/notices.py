"""Telling people about a record: Frappe's own notification, and its mail where the person wants mails."""

import frappe
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification


def tell(users: list[str], doc, subject: str) -> None:
	"""Notify users about a record, each once; whoever causes the notice is not told.

	:param subject: one line, plain text.
	"""
	named = {user for user in users if user} - {frappe.session.user, "Guest", "Administrator"}
	if not named:
		return
	notice = {
		"type": "Alert",
		"document_type": doc.doctype,
		"document_name": doc.name,
		"subject": frappe.utils.escape_html(subject),
		"from_user": frappe.session.user,
	}
	enqueue_create_notification(sorted(named), notice)
