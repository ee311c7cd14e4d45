"""Endpoints of incoming inspection and of the customer's decision on what failed (D-2)."""

import frappe

from customer_service.customer_property import customer_side, duties, inspections, rejected_lots
from customer_service.organisation import retry


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def confirm_requirements(name: str, result: str, note: str | None = None) -> None:
	"""Engineering confirms that the technical requirements are met, or not, before the verdict.

	:param name: number of a Property Inspection. :param result: Met or Not Met; the latter with a note.
	:raises PropertyError: if it is not asked, or by the inspector; frappe.PermissionError: for others than engineering.
	"""
	inspections.confirm_requirements(name, result, note)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def tell(name: str, recipient: str | None = None, message: str | None = None) -> str:
	"""Mail the inspection report of a failed lot to the customer, with a personal link by which he can decide.

	:param recipient: the inspection's contact if not given. :param message: a paragraph of our own.
	:returns: the address. :raises PropertyError: if nothing waits for the customer, or there is no address; frappe.PermissionError.
	"""
	duties.demand_right(inspections.DOCTYPE, "email")
	return rejected_lots.tell(name, recipient, message)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def record_told(name: str, via: str, to: str) -> None:
	"""Record that the customer was told of a failed lot in another way than by our mail.

	:param via: Phone, Fax or Visit. :param to: whom. :raises PropertyError: says what is wrong; frappe.PermissionError.
	"""
	duties.demand_right(inspections.DOCTYPE, "write")
	rejected_lots.record_told(name, via, to)


@frappe.whitelist(methods=["POST"])
def record_decision(name: str, decision: str, by: str, remark: str | None = None) -> None:
	"""Record what the customer has decided on a failed lot, by phone or letter; once.

	:param decision: Return, Sort, Use As Is, Scrap or Replace. :param by: who has decided it.
	:raises PropertyError: before he was told, for a second decision; LedgerError; frappe.PermissionError.
	"""
	doc = frappe.get_doc(inspections.DOCTYPE, name)
	doc.check_permission("write")
	duties.demand_teller(doc.department, doc.property_department)
	rejected_lots.decide(name, decision, by, remark, customer_side.BY_STAFF)
