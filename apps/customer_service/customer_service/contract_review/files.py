"""The files of an approved order stay as they were approved (L3)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.contract_review.content import DOCTYPE
from customer_service.exceptions import RecordClosedError


def may_touch_file(doc, ptype: str | None = None, user: str | None = None) -> bool | None:
	"""Hook has_permission of File: asked before Frappe deletes the file on disk."""
	return False if ptype in ("write", "delete") and _is_approved(doc) else None


def keep_approved(file, _method=None) -> None:
	"""Hooks validate and on_trash of File: the same where no permission is asked.

	:raises RecordClosedError: names the order.
	"""
	if any(row and _is_approved(row) for row in (file, file.get_doc_before_save())):
		frappe.throw(
			_("This file belongs to order {0} as it was approved; it stays.").format(
				frappe.bold(escape_html(file.attached_to_name))
			),
			RecordClosedError,
		)


def _is_approved(file) -> bool:
	if file.is_new() or file.attached_to_doctype != DOCTYPE or not file.attached_to_name:
		return False
	if not frappe.db.get_value(DOCTYPE, file.attached_to_name, "approved_content"):
		return False
	row = {"parent": file.attached_to_name, "parenttype": DOCTYPE, "attachment": file.file_url}
	return bool(frappe.db.exists("Contract Attachment", row))
