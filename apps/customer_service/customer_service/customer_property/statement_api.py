"""Endpoints of property statements for staff; the customer's doors are `guest_api` (D-4)."""

import frappe

from customer_service.customer_property import statement_answers, statements
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
	return statement_answers.send(doc, recipient, message)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def record_answer(name: str, answer: str, person: str, remark: str | None = None) -> str:
	"""Record what the customer answered by letter, mail or phone.

	:param answer: ``Agreed`` or ``Does Not Agree``, which needs a remark. :param person: who answered.
	:returns: the state reached. :raises PropertyError, GuestInputError: says what is wrong; frappe.PermissionError.
	"""
	statement_answers.record(_own(name).name, answer, person, remark)
	return frappe.db.get_value(statements.DOCTYPE, name, "workflow_state")


def _own(name: str):
	doc = frappe.get_doc(statements.DOCTYPE, name)
	doc.check_permission("write")
	return doc
