"""Endpoints of abnormalities of customers' property (D-5)."""

import frappe

from customer_service.customer_property import customer_side, duties, event_answers, property_events
from customer_service.organisation import retry


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def report(code: str, kind: str, description: str, qty: float | str | None = None) -> str:
	"""Report an abnormality in three fields; the reporter need not be allowed to see the register's entry.

	:param code: the property's number, serial number or lot, exactly as written. :param kind: a Property Event Kind.
	:returns: number of the Property Event. :raises PropertyError: for a code that names nothing, or several; frappe.PermissionError.
	"""
	return property_events.report(code, kind, description, qty)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def tell(name: str, recipient: str | None = None, message: str | None = None) -> str:
	"""Mail the report to the customer, with a personal link by which he can answer.

	:param recipient: the event's contact if not given. :param message: a paragraph of our own, kept with the event.
	:returns: the address. :raises PropertyError: if it has ended, or there is no address; frappe.PermissionError.
	"""
	duties.demand_right(property_events.DOCTYPE, "email")
	return event_answers.tell(name, recipient, message)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def record_told(name: str, via: str, to: str) -> None:
	"""Record that the customer was told in another way than by our mail.

	:param via: Phone, Fax or Visit. :param to: whom. :raises PropertyError: says what is wrong; frappe.PermissionError.
	"""
	duties.demand_right(property_events.DOCTYPE, "write")
	event_answers.record_told(name, via, to)


@frappe.whitelist(methods=["POST"])
def record_answer(name: str, decision: str, by: str, remark: str | None = None) -> None:
	"""Record what the customer has answered, by phone or letter; once.

	:param decision: Accept, Replace, Repair, Return, Scrap, Compensate or Other. :param by: who has answered.
	:raises PropertyError: before he was told, for a second answer; frappe.PermissionError.
	"""
	doc = frappe.get_doc(property_events.DOCTYPE, name)
	doc.check_permission("write")
	duties.demand_teller(doc.department)
	event_answers.answer(name, decision, by, remark, customer_side.BY_STAFF)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def book_difference(name: str, qty: float | str, place: str | None = None, remark: str | None = None) -> list[str]:
	"""Book what was found missing (negative) or too much, once for an event.

	:param place: the event's place if not given. :returns: names of the ledger's entries.
	:raises PropertyError, LedgerError: says what is wrong; frappe.PermissionError: for others than warehouse and department in charge.
	"""
	duties.demand_right(property_events.DOCTYPE, "read")
	return event_answers.book_difference(name, qty, place, remark)
