"""Endpoints of property statements for staff; the customer's doors are `guest_api` (D-4)."""

import frappe

from customer_service.customer_property import statement_lines, statements
from customer_service.organisation import retry


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def send(name: str, recipient: str | None = None, message: str | None = None) -> str:
	"""Mail an issued statement as PDF to the customer, with a personal link by which he can answer it.

	:param recipient: the statement's e-mail if not given. :param message: a paragraph of our own.
	:returns: the address. :raises PropertyError: for a statement that is not issued; frappe.PermissionError.
	"""
	doc = _own(name)
	doc.check_permission("email")
	return statements.send(doc, recipient, message)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def record_answer(name: str, answer: str, person: str, remark: str | None = None) -> str:
	"""Record what the customer answered by letter, mail or phone.

	:param answer: ``Agreed`` or ``Does Not Agree``, which needs a remark. :param person: who answered.
	:returns: the state reached. :raises PropertyError, GuestInputError: says what is wrong; frappe.PermissionError.
	"""
	statements.record(_own(name).name, answer, person, remark)
	return frappe.db.get_value(statement_lines.DOCTYPE, name, "workflow_state")


def _own(name: str):
	doc = frappe.get_doc(statement_lines.DOCTYPE, name)
	doc.check_permission("write")
	return doc
