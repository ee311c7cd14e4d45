"""Endpoints of contract review beyond Frappe's own resource and workflow API."""

import frappe

from customer_service.contract_review import content, decisions, many_opinions, opinions, order_mails
from customer_service.contract_review import review_file as files
from customer_service.organisation import locking, retry

DOCTYPE = "Contract Review"


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def give_opinion(
	name: str,
	department: str,
	conclusion: str,
	seen: str,
	answers: dict | str | None = None,
	conditions: list | str | None = None,
	remark: str | None = None,
) -> str:
	"""Sign a department's opinion on an order (C-2); departments may do so at the same moment.

	:param conclusion: ``Accept``, ``Accept with Conditions`` or ``Reject`` (with a remark).
	:param seen: the department's hash of what it saw, from `sheets` or the form's ``__onload.mine``.
	:param answers: question -> answer. :param conditions: objects with ``condition_text`` and ``before_release`` (1 if not given).
	:returns: the order's state.
	:raises ReviewError: says why not. :raises StaleContentError: if the order has changed since.
	"""
	order = locking.load(DOCTYPE, name)
	order.check_permission("read")
	given = (frappe.parse_json(answers) or {}, frappe.parse_json(conditions) or [])
	if opinions.give(order, department, conclusion, seen, *given, remark):
		decisions.complete(order)
	return order.workflow_state


@frappe.whitelist()
def opinions_to_accept(names: list | str) -> list[dict]:
	"""What is shown before several orders are accepted at once.

	:param names: at most 200 names of Review Opinion; those that are not open, or not the user's to give, are left out.
	:returns: ``contract_review``, ``department``, ``customer``, ``lines``, ``total``, ``currency``, ``first_delivery``, ``seen`` …
	"""
	return many_opinions.sheets_of(frappe.parse_json(names), frappe.session.user)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def accept_opinions(rows: list | str) -> dict:
	"""Accept several orders at once (C-2), as `opinions_to_accept` showed them; one that asks a question is answered by itself.

	:param rows: at most 200 objects with ``contract_review``, ``department`` and ``seen``.
	:returns: ``{"done": [number, …], "errors": [{"name", "message"}, …]}``; what was refused changes nothing.
	"""
	return many_opinions.accept(frappe.parse_json(rows))


@frappe.whitelist()
def sheets(name: str) -> list[dict]:
	"""The opinions that the user may give on an order now.

	:returns: ``department``, ``due_at`` (site time zone), ``questions``, ``seen``.
	"""
	order = frappe.get_doc(DOCTYPE, name)
	order.check_permission("read")
	present = content.reviewed(order)
	asked = opinions.mine(opinions.current(order.name), frappe.session.user)
	return [opinions.sheet(row, present) for row in asked]


@frappe.whitelist()
def content_hash(name: str) -> str:
	"""Hash of the order as it stands, for clients that decide without the desk's form."""
	order = frappe.get_doc(DOCTYPE, name)
	order.check_permission("read")
	return content.seen_of(content.reviewed(order))


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def decide(name: str, decision: str, seen: str, measure: str | None = None) -> str:
	"""Decide on a reviewed order (C-3): the role that the matrix names for its value, and only on what it saw.

	:param decision: ``Approve``; ``Coordinate`` after an objection, with the measure; ``Cancel``, with the reason.
	:param seen: from the form's ``__onload.seen`` or `content_hash`.
	:returns: the order's state.
	:raises ReviewError: says why not. :raises StaleContentError: if the order has changed since.
	"""
	order = locking.load(DOCTYPE, name)
	order.check_permission("read")
	decisions.decide(order, decision, seen, measure)
	return order.workflow_state


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def condition_met(name: str, condition: str, note: str | None = None) -> int:
	"""Record that a condition of a department is met (C-2); the right to write the order is needed.

	:param condition: name of the condition's row. :returns: how many are still open.
	:raises ReviewError: if it is no open condition of this order.
	"""
	order = locking.load(DOCTYPE, name)
	order.check_permission("write")
	decisions.meet_condition(order, condition, note)
	return len(opinions.open_conditions(name))


@frappe.whitelist()
def order_letter(name: str, kind: str, language: str | None = None) -> dict:
	"""A mail to the customer before it is sent (C-1, C-3), out of the Email Template that the settings name.

	:param kind: ``Order Confirmation`` or ``Countersigned Order``. :param language: ``en`` or ``zh``; the customer's if not given.
	:returns: ``recipient``, ``language``, ``subject``, ``message`` (plain text), ``attachment`` (a file's name).
	:raises ReviewError: says why it cannot be sent; frappe.PermissionError.
	"""
	return order_mails.draft(_to_send(frappe.get_doc(DOCTYPE, name)), kind, language)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def send_order_letter(
	name: str,
	kind: str,
	recipient: str | None = None,
	language: str | None = None,
	subject: str | None = None,
	message: str | None = None,
) -> str:
	"""Mail the confirmation of an order as PDF (C-1), or the countersigned order (C-3), to the customer.

	:param kind, language: see `order_letter`. :param recipient: the order's contact if not given.
	:param subject, message: plain text; the template's if not given. :returns: the address.
	:raises ReviewError: says why it cannot be sent; frappe.PermissionError.
	"""
	return order_mails.send(_to_send(locking.load(DOCTYPE, name)), kind, recipient, language, subject, message)


def _to_send(order):
	order.check_permission("write")
	order.check_permission("email")
	return order


@frappe.whitelist()
def review_file(name: str, most: int | str = 200) -> dict:
	"""Everything that happened with an order in all its versions, the newest first (C-4): what the user may see of it.

	:param most: entries at most, up to 500. :returns: see `review_file.entries`.
	"""
	order = frappe.get_doc(DOCTYPE, name)
	order.check_permission("read")
	return files.entries(order, frappe.utils.cint(most))
