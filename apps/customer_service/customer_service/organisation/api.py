"""Endpoints that every process shares: pausing the clocks of a record by hand."""

import frappe
from frappe import _

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation.clocks import UnderClocks


@frappe.whitelist(methods=["POST"])
def hold_clocks(doctype: str, name: str, reason: str) -> None:
	"""Pause those clocks of a record that pause, until they are released (F-6).

	:param reason: kept in the audit trail and shown on the record.
	:raises frappe.PermissionError: without the right to write the record.
	:raises CustomerServiceError: without a reason, if they are paused already, or if the record has no clocks.
	"""
	doc = _under_clocks(doctype, name)
	doc.hold_clocks(reason)
	doc.save()
	if not doc.held_since:
		frappe.throw(_("No clock of this record can be paused."), CustomerServiceError)


@frappe.whitelist(methods=["POST"])
def release_clocks(doctype: str, name: str) -> None:
	"""Let clocks that were paused by hand go on; their deadlines move by the working time of the pause (F-6).

	:raises frappe.PermissionError: without the right to write the record; CustomerServiceError: if they are not paused by hand.
	"""
	doc = _under_clocks(doctype, name)
	doc.release_clocks()
	doc.save()


def _under_clocks(doctype: str, name: str):
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("write")
	if not isinstance(doc, UnderClocks) or not doc.meta.has_field("held_since"):
		frappe.throw(_("{0} has no clocks to pause.").format(_(doctype)), CustomerServiceError)
	return doc
