"""Links from a later record to the one that it came from (design: a later register links back, an earlier one never forward)."""

import frappe
from frappe import _

from customer_service.exceptions import CustomerServiceError


def refuse_unreadable(doc, doctype_field: str, name_field: str) -> None:
	"""Nobody refers to a record that he may not read. What was referred to before stays.

	:raises CustomerServiceError: also for a name without its document type.
	"""
	before = doc.get_doc_before_save()
	fields = (doctype_field, name_field)
	if before and all(before.get(field) == doc.get(field) for field in fields):
		return
	if not doc.get(name_field):
		return
	if not doc.get(doctype_field):
		frappe.throw(
			_("{0} is missing.").format(frappe.bold(_(doc.meta.get_label(doctype_field)))), CustomerServiceError
		)
	if doc.flags.ignore_permissions:
		return
	if not frappe.has_permission(doc.get(doctype_field), "read", doc.get(name_field)):
		frappe.throw(_("You may not read the record that this one comes from."), CustomerServiceError)
