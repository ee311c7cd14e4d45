"""Endpoints of order changes, of copies and of production change orders beyond Frappe's own resource and workflow API (C-6)."""

import frappe

from customer_service.contract_review import copies, order_changes, production_changes, versions
from customer_service.organisation import retry


@frappe.whitelist()
def proposal(contract_review: str) -> dict:
	"""The lines and terms of an order as a change begins with them.

	:returns: ``lines`` (objects of Order Change Line with ``order_line``), ``currency``, ``payment_terms``, ``delivery_terms``,
		``special_requirements``.
	"""
	order = frappe.get_doc(versions.DOCTYPE, contract_review)
	order.check_permission("read")
	return order_changes.proposal(order)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def receive_copy(name: str) -> None:
	"""Confirm the receipt of the own department's copy of an order. :param name: of the Order Copy.

	:raises frappe.PermissionError: for another department's. :raises CopyError: if there is nothing to confirm.
	"""
	copies.receive(name)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def return_copy(name: str, end: str, note: str | None = None) -> None:
	"""Confirm that a department's copy came back; the right to write the order is needed.

	:param end: ``Returned``, ``Destroyed`` or ``Lost`` (with a note).
	:raises CopyError: if it cannot end so.
	"""
	copies.give_back(name, end, note)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def receive_change(name: str, department: str) -> str:
	"""Confirm that the own department has received a production change order; departments may do so at the same moment.

	:returns: the status. :raises frappe.PermissionError: for another department. :raises OrderChangeError: if it is not asked.
	"""
	return production_changes.receive(name, department)
