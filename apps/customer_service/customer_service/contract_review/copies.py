"""Copies of an order in the departments' hands: issued at the release, recalled when the next version takes its place (C-6)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.contract_review import opinions
from customer_service.controlled_forms.document_copies import (
	DESTROYED,
	ENDS,
	IN_HANDS,
	ISSUED,
	LOST,
	OUT,
	RECALLED,
	RECEIVED,
	RETURNED,
)
from customer_service.exceptions import CopyError
from customer_service.organisation import clock, events, locking, notices, people, states
from customer_service.organisation.text import plain

COPY = "Order Copy"

CATEGORIES = {
	ISSUED: states.OPEN,
	RECEIVED: states.RESOLVED,
	RECALLED: states.OPEN,
	RETURNED: states.CLOSED,
	DESTROYED: states.CLOSED,
	LOST: states.CLOSED,
}


def issue(order) -> None:
	"""A copy for every department of the review, when the order is released; a department that has one keeps it."""
	have = set(frappe.get_all(COPY, {"contract_review": order.name}, pluck="department"))
	for department in dict.fromkeys(row.department for row in order.departments):
		if department in have:
			continue
		copy = frappe.get_doc(
			{
				"doctype": COPY,
				"contract_review": order.name,
				"order_root": order.order_root,
				"version": order.version,
				"department": department,
				"status": ISSUED,
				"issued_at": clock.now(),
				"issued_by": frappe.session.user,
			}
		)
		copy.flags.moved_by_the_app = True
		copy.insert(ignore_permissions=True)  # follows from the release


def recall(old, new) -> None:
	"""Ask every department for its copy of a version that is superseded; its people are told once."""
	for name in frappe.get_all(COPY, {"contract_review": old.name, "status": ("in", IN_HANDS)}, pluck="name"):
		copy = locking.load(COPY, name)
		_move(copy, RECALLED, recall_requested_at=clock.now())
	told = [person for row in old.departments for person in opinions.whom_to_tell(row.department, row.given_by)]
	notices.tell(told, new, _words_recall)


def _words_recall(order, language: str) -> str:
	words = _("Order {0} has version {1} now. Work by it, and return your copy of the old one.", lang=language)
	return words.format(order.order_root, order.version)


def actions(copy) -> list[str]:
	"""What the present user may do with a copy now: ``receive``, ``return``."""
	found = []
	if copy.status == ISSUED and people.belongs(frappe.session.user, copy.department):
		found.append("receive")
	if copy.status in OUT and _is_keeper(copy):
		found.append("return")
	return found


def of_order(root: str) -> list[dict]:
	"""Copies of all versions of an order, with what the present user is to do with each now."""
	fields = ["name", "contract_review", "version", "department", "status", "issued_at", "received_at", "returned_at"]
	rows = frappe.get_all(COPY, {"order_root": root}, fields, order_by="version desc, department asc")
	for row in rows:
		row.actions = [each for each in actions(row) if each == "receive" or row.status == RECALLED]
	return rows


def receive(name: str) -> None:
	"""A department confirms that it has its copy.

	:raises frappe.PermissionError: for anybody else. :raises CopyError: if there is nothing to confirm.
	"""
	copy = locking.load(COPY, name)
	copy.check_permission("read")
	if not people.belongs(frappe.session.user, copy.department):
		frappe.throw(_("Only the holder confirms the receipt."), frappe.PermissionError)
	if copy.status != ISSUED:
		frappe.throw(_("Copy {0} is {1}; there is no receipt to confirm.").format(*_shown(copy)), CopyError)
	_move(copy, RECEIVED, received_at=clock.now(), received_by=frappe.session.user)


def give_back(name: str, end: str, note: str | None) -> None:
	"""Who keeps the order confirms that a copy came back, was destroyed or is lost.

	:param end: ``Returned``, ``Destroyed`` or ``Lost``; a lost copy needs a note.
	:raises frappe.PermissionError: for who may not write the order. :raises CopyError: if it cannot end so.
	"""
	copy = locking.load(COPY, name)
	copy.check_permission("read")
	if not _is_keeper(copy):
		frappe.throw(_("Only who may change the order confirms the return."), frappe.PermissionError)
	if copy.status not in OUT or end not in ENDS:
		frappe.throw(_("Copy {0} is {1}; there is no return to confirm.").format(*_shown(copy)), CopyError)
	note = plain(note or "").strip() or None
	if end == LOST and not note:
		frappe.throw(_("Note how the copy was lost."), CopyError)
	_move(copy, end, returned_at=clock.now(), returned_by=frappe.session.user, return_note=note)


def _is_keeper(copy) -> bool:
	return frappe.has_permission("Contract Review", "write", copy.contract_review)


def _shown(copy) -> tuple[str, str]:
	return frappe.bold(escape_html(f"{copy.contract_review}, {_(copy.department)}")), _(copy.status)


def _move(copy, status: str, **values) -> None:
	before = copy.status
	copy.update({"status": status, **values})
	copy.flags.moved_by_the_app = True
	copy.save(ignore_permissions=True)  # the verb has checked who may take this step
	order = frappe._dict(doctype="Contract Review", name=copy.contract_review)
	events.record(order, "Copy of the Order", before, status, copy.department)
