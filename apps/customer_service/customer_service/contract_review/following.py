"""What runs follows the order: open manufacturing orders and unsent shipping notices move to a new version (C-6)."""

import frappe
from frappe import _

from customer_service.contract_review import manufacturing, money, order_lines, quantities, released, shipping
from customer_service.organisation import events, locking, notices, states

KINDS = {quantities.MANUFACTURING: manufacturing.FROM_LINE, quantities.SHIPPING: shipping.FROM_LINE}
"""DocType -> which columns of its lines are the order's."""


def follow_version(old, new) -> list[str]:
	"""Move what is not ended, and not shipped, to the new version: number, dates and texts of the lines.

	A quantity follows where the record carried the whole old one; else the line is marked, and a person adjusts it. A line that the new
	version dropped becomes 0 if nothing of it is produced, else it is marked. Departments receive their orders again.

	:param old, new: versions of one order, as records or names; the new one is about to hold. Runs in the caller's transaction.
	:returns: names of the records that moved.
	:raises frappe.QueryDeadlockError: if one of them changes at this moment; the caller tries again, see `locking.load`.
	"""
	old, new = (frappe.get_doc(quantities.ORDER, each) if isinstance(each, str) else each for each in (old, new))
	quantities.hold(new.order_root)
	moved = []
	for doctype in KINDS:
		filters = {"order_root": new.order_root, "state_category": ("not in", states.ENDED)}
		if doctype == quantities.SHIPPING:
			filters["shipped_at"] = ("is", "not set")
		for name in frappe.get_all(doctype, filters, pluck="name", order_by="name asc"):
			_move(locking.load(doctype, name), old, new)
			moved.append(name)
	return moved


def _move(doc, old, new) -> None:
	was = {order_lines.key_of(row): row for row in old.lines}
	now = {order_lines.key_of(row): row for row in new.lines}
	for row in doc.lines:
		line, before = now.get(row.order_line), was.get(row.order_line)
		if line:
			released.follow_line(row, line, KINDS[doc.doctype])
			_follow_qty(doc, row, before, line)
		else:
			_drop(row)
	doc.update({"contract_review": new.name, **{field: new.get(source) for field, source in released.HEAD.items()}})
	if doc.doctype == quantities.MANUFACTURING:
		_ask_again(doc, old, new)
	events.record(doc, "Followed New Version", old.name, new.name)
	released.store(doc)
	if doc.doctype == quantities.MANUFACTURING and doc.issued_at:
		manufacturing.tell(doc, doc.flags.asked or [], _words_moved)
	if any(row.to_adjust for row in doc.lines):
		notices.tell([doc.issued_by or doc.owner], doc, _words_adjust)


def _follow_qty(doc, row, before, line) -> None:
	ordered = money.exact(line.qty)
	was = money.exact(before.qty) if before else ordered
	if ordered == was:
		return
	produced = money.exact(row.get("produced_qty"))
	fits = produced <= quantities.allowed(ordered, quantities.production_tolerance())
	if money.exact(row.qty) == was and fits:
		row.qty = line.qty
		return
	is_part_of_more = doc.doctype == quantities.SHIPPING and ordered > was
	row.to_adjust = int(not is_part_of_more)


def _drop(row) -> None:
	"""A line that the order no longer has."""
	row.ordered_qty = 0
	if money.exact(row.get("produced_qty")):
		row.to_adjust = 1
	else:
		row.qty, row.to_adjust = 0, 0


def _ask_again(doc, old, new) -> None:
	if (doc.special_requirements or None) == (old.special_requirements or None):
		doc.special_requirements = new.special_requirements
	if doc.issued_at:
		asked = [row.department for row in doc.receipts]
		manufacturing.ask(doc, list(dict.fromkeys([*manufacturing.distribution(doc), *asked])))


def _words_moved(doc, language: str) -> str:
	return _(
		"Order {0} has version {1}: manufacturing order {2} follows it. Please receive it again.", lang=language
	).format(doc.contract_review, doc.order_version, doc.name)


def _words_adjust(doc, language: str) -> str:
	return _("Order {0} was changed: adjust the quantities of {1}.", lang=language).format(
		doc.contract_review, doc.name
	)
