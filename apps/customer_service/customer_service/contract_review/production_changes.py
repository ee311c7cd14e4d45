"""The production change order (生产变更单): what of a released order has changed, and who has received it (C-6)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.contract_review import manufacturing, opinions, versions
from customer_service.exceptions import OrderChangeError
from customer_service.organisation import clock, events, locking, notices, people

DOCTYPE = "Production Change Order"

ISSUED, RECEIVED = "Issued", "Received"


def follow_release(order) -> None:
	"""A new version is released: what is under way of the old one follows, and plant and departments are told."""
	if not order.previous_version:
		return
	old = frappe.get_doc(versions.DOCTYPE, order.previous_version)
	affected = manufacturing.follow_version(old, order)
	if old.released_at:
		_issue(order, old, affected)


def _issue(order, old, affected: list[str]) -> None:
	change = frappe.get_doc(versions.CHANGE, order.reference_name)
	row_fields = ("line_no", "item", "what", "before", "after")
	made = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"order_change": change.name,
			"contract_review": order.name,
			"previous_version": old.name,
			"order_root": order.order_root,
			"customer": order.customer,
			"status": ISSUED,
			"issued_at": clock.now(),
			"issued_by": frappe.session.user,
			"origin": change.origin,
			"cause": change.cause,
			"reason": change.reason,
			"differences": [{field: row.get(field) for field in row_fields} for row in change.differences],
			"affected_records": ", ".join(affected) or None,
			"receipts": [{"department": row.department} for row in order.departments],
		}
	)
	made.flags.by_version = True
	made.insert(ignore_permissions=True)  # follows from the release
	told = [person for row in order.departments for person in opinions.whom_to_tell(row.department, row.given_by)]
	notices.tell(told, made, _words_issued)


def _words_issued(change_order, language: str) -> str:
	words = _("Order {0} was changed: confirm that you have received {1}.", lang=language)
	return words.format(change_order.order_root, change_order.name)


def waiting(change_order, user: str) -> list[str]:
	"""Departments of the user that have not confirmed the receipt."""
	return [
		row.department for row in change_order.receipts if not row.received_at and people.belongs(user, row.department)
	]


def receive(name: str, department: str) -> str:
	"""A department confirms that it has received the change, as the present user.

	:returns: the status. :raises frappe.PermissionError: for another department's people. :raises OrderChangeError: if it is not asked.
	"""
	change_order = locking.load(DOCTYPE, name)
	change_order.check_permission("read")
	row = next((row for row in change_order.receipts if row.department == department), None)
	if not row or row.received_at:
		frappe.throw(
			_("{0} is not asked to confirm a receipt.").format(frappe.bold(escape_html(_(department)))),
			OrderChangeError,
		)
	if not people.belongs(frappe.session.user, department):
		frappe.throw(_("Only the department confirms its receipt."), frappe.PermissionError)
	row.update({"received_by": frappe.session.user, "received_at": clock.now()})
	if all(each.received_at for each in change_order.receipts):
		change_order.update({"status": RECEIVED, "ended_at": clock.now()})
	change_order.flags.by_version = True
	change_order.save(ignore_permissions=True)  # the department's to confirm, by the rule above
	events.record(change_order, "Receipt Confirmed", after=department)
	return change_order.status
