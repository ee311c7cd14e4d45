"""How much of an order is planned, produced, shipped and delivered: by line, over all its versions (C-4, C-5).

A line is known by its key (see `order_lines.key_of`), an order by its root, so that what was done for an older version counts for the
newer. What was cancelled counts nowhere.
"""

from collections.abc import Iterable
from decimal import Decimal

import frappe

from customer_service.contract_review import money

ORDER, MANUFACTURING, SHIPPING = "Contract Review", "Manufacturing Order", "Shipping Notice"

PLANNED, PRODUCED, NOTIFIED, SHIPPED, DELIVERED = "planned", "produced", "notified", "shipped", "delivered"
KINDS = (PLANNED, PRODUCED, NOTIFIED, SHIPPED, DELIVERED)
"""What is counted; *notified* is what shipping notices say, whether it was shipped or not."""


def planned(root: str, lock: bool = False) -> dict[str, Decimal]:
	"""Line -> what manufacturing orders are to produce, drafts included.

	:param lock: read what is committed now, and hold it until the transaction ends.
	"""
	return _of_manufacturing([root], lock).get(root, {}).get(PLANNED, {})


def produced(root: str, lock: bool = False) -> dict[str, Decimal]:
	"""Line -> what plants have reported. :param lock: as for `planned`."""
	return _of_manufacturing([root], lock).get(root, {}).get(PRODUCED, {})


def notified(root: str, lock: bool = False) -> dict[str, Decimal]:
	"""Line -> what shipping notices say, drafts included. :param lock: as for `planned`."""
	return _of_shipping([root], lock).get(root, {}).get(NOTIFIED, {})


def shipped(root: str, lock: bool = False) -> dict[str, Decimal]:
	"""Line -> what has left, whether it has arrived or not. :param lock: as for `planned`."""
	return _of_shipping([root], lock).get(root, {}).get(SHIPPED, {})


def delivered(root: str, lock: bool = False) -> dict[str, Decimal]:
	"""Line -> what has arrived. :param lock: as for `planned`."""
	return _of_shipping([root], lock).get(root, {}).get(DELIVERED, {})


def sums(roots: Iterable[str]) -> dict[str, dict[str, dict[str, Decimal]]]:
	"""Root -> each of `KINDS` -> line -> quantity, of many orders by two statements."""
	roots = list(roots)
	made, sent = _of_manufacturing(roots), _of_shipping(roots)
	empty = {kind: {} for kind in KINDS}
	return {root: empty | made.get(root, {}) | sent.get(root, {}) for root in roots}


def hold(root: str) -> None:
	"""Let nobody else plan or ship for this order until the transaction ends: limits over several records hold at the same moment.

	:param root: name of the order's first version.
	"""
	frappe.db.get_value(ORDER, root, "name", for_update=True)


def allowed(ordered, tolerance: float) -> Decimal:
	"""The most that may be planned or shipped of an ordered quantity; the tolerance is in percent."""
	return money.exact(ordered) * (100 + money.exact(tolerance)) / 100


def enough(ordered, tolerance: float) -> Decimal:
	"""The least that counts as all of an ordered quantity."""
	return money.exact(ordered) * (100 - min(money.exact(tolerance), Decimal(100))) / 100


def production_tolerance() -> float:
	"""By how many percent production may differ on this site."""
	return frappe.get_cached_doc("Customer Service Settings").production_tolerance_percent or 0


def shipping_tolerance() -> float:
	"""By how many percent shipments may differ on this site."""
	return frappe.get_cached_doc("Customer Service Settings").shipping_tolerance_percent or 0


def text(value) -> str:
	"""A quantity for people: 1,000; 0.5."""
	number = money.exact(value)
	return f"{number:,.{money.decimals(number)}f}"


def _of_manufacturing(roots: list[str], lock: bool = False) -> dict[str, dict]:
	found: dict[str, dict] = {}
	for row in _rows(MANUFACTURING, "Manufacturing Order Line", roots, ("produced_qty",), (), lock):
		kinds = found.setdefault(row.order_root, {PLANNED: {}, PRODUCED: {}})
		_add(kinds[PLANNED], row, "qty")
		_add(kinds[PRODUCED], row, "produced_qty")
	return found


def _of_shipping(roots: list[str], lock: bool = False) -> dict[str, dict]:
	found: dict[str, dict] = {}
	for row in _rows(SHIPPING, "Shipping Notice Line", roots, (), ("shipped_at", "delivered_at"), lock):
		kinds = found.setdefault(row.order_root, {NOTIFIED: {}, SHIPPED: {}, DELIVERED: {}})
		_add(kinds[NOTIFIED], row, "qty")
		if row.shipped_at:
			_add(kinds[SHIPPED], row, "qty")
		if row.delivered_at:
			_add(kinds[DELIVERED], row, "qty")
	return found


def _rows(doctype: str, child: str, roots: list[str], of_row: tuple, of_head: tuple, lock: bool) -> list[frappe._dict]:
	"""Added up here and not by the server: it would add binary fractions."""
	if not roots:
		return []
	head, line = frappe.qb.DocType(doctype), frappe.qb.DocType(child)
	query = (
		frappe.qb.from_(head)
		.inner_join(line)
		.on((line.parent == head.name) & (line.parenttype == doctype))
		.select(head.order_root, line.order_line, line.qty)
		.select(*(line[column] for column in of_row), *(head[column] for column in of_head))
		.where(head.order_root.isin(roots) & (head.state_category != "Cancelled"))
	)
	return (query.for_update() if lock else query).run(as_dict=True)


def _add(found: dict[str, Decimal], row: frappe._dict, column: str) -> None:
	found[row.order_line] = found.get(row.order_line, Decimal(0)) + money.exact(row[column])
