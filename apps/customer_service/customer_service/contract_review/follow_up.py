"""What becomes of a released order: how far each line is, and its end when everything is delivered (C-4, C-5)."""

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import getdate

from customer_service.contract_review import decisions, money, order_changes, order_lines, quantities, versions
from customer_service.exceptions import ReviewError
from customer_service.organisation import clock, locking, notices, states
from customer_service.organisation.text import plain

ORDER = quantities.ORDER

NOT_PLANNED, PLANNED, PRODUCING, PRODUCED, SHIPPED, DELIVERED = (
	"Not Scheduled",
	"Scheduled",
	"In Production",
	"Produced",
	"Shipped",
	"Delivered",
)


def board(order) -> list[dict]:
	"""How far each line of an order is.

	:returns: per line ``key``, ``item_code``, ``description``, ``unit``, ``delivery_date``, the quantities ``ordered``, those of
	`quantities.KINDS` and ``open`` (not delivered yet), ``standing``, ``is_done`` and ``is_late``.
	"""
	known = quantities.sums([order.order_root])[order.order_root]
	return lines_of(order.lines, known)


def lines_of(lines: Iterable, known: dict[str, dict[str, Decimal]]) -> list[dict]:
	"""The same for lines whose quantities the caller has, of `quantities.sums`."""
	settings = frappe.get_cached_doc("Customer Service Settings")
	tolerance = quantities.shipping_tolerance()
	kept_by = quantities.DELIVERED if settings.on_time_by == "Arrival" else quantities.SHIPPED
	today = clock.now().date()
	rows = []
	for line in lines:
		key = order_lines.key_of(line)
		counted = {kind: known[kind].get(key, Decimal(0)) for kind in quantities.KINDS}
		enough = quantities.enough(line.qty, tolerance)
		is_late = counted[kept_by] < enough and bool(line.delivery_date) and getdate(line.delivery_date) < today
		rows.append(
			{
				"key": key,
				**{field: line.get(field) for field in ("item_code", "description", "unit", "delivery_date")},
				"ordered": line.qty,
				**{kind: float(value) for kind, value in counted.items()},
				"open": float(max(money.exact(line.qty) - counted[quantities.DELIVERED], Decimal(0))),
				"standing": _standing(counted, enough),
				"is_done": counted[quantities.DELIVERED] >= enough,
				"is_late": is_late,
			}
		)
	return rows


def _standing(counted: dict[str, Decimal], enough: Decimal) -> str:
	for kind, standing in (
		(quantities.DELIVERED, DELIVERED),
		(quantities.SHIPPED, SHIPPED),
		(quantities.PRODUCED, PRODUCED),
	):
		if counted[kind] >= enough:
			return standing
	if counted[quantities.PRODUCED]:
		return PRODUCING
	return PLANNED if counted[quantities.PLANNED] else NOT_PLANNED


def complete_if_delivered(root: str) -> None:
	"""Let an order end by itself once every line is delivered in full and nothing is on its way.

	:param root: name of the order's first version.
	"""
	name = versions.in_force(root)
	if not name or states.step_of(ORDER, frappe.db.get_value(ORDER, name, "workflow_state")) != "Released":
		return
	quantities.hold(root)
	done = quantities.delivered(root, lock=True)
	order = locking.load(ORDER, name)
	tolerance = quantities.shipping_tolerance()
	if any(done.get(order_lines.key_of(row), 0) < quantities.enough(row.qty, tolerance) for row in order.lines):
		return
	if notices_open(root) or order_changes.open_change(root):
		return
	decisions.go_to(order, "Completed")
	order.flags.by_review = True
	order.save(ignore_permissions=True)  # follows from the last delivery, whoever marked it
	notices.tell([order.owner], order, _words_completed)


def _words_completed(order, language: str) -> str:
	return _("Order {0} is delivered in full and completed.", lang=language).format(order.name)


def notices_open(root: str) -> list[str]:
	"""Names of an order's shipping notices that are issued or on their way."""
	filters = {"order_root": root, "issued_at": ("is", "set"), "state_category": ("not in", states.ENDED)}
	return frappe.get_all(quantities.SHIPPING, filters, pluck="name", order_by="name asc")


def demand_deliveries(order) -> None:
	"""A person completes an order when everything is delivered; or with a reason, when nothing runs any more.

	:raises ReviewError: names what is open.
	"""
	on_the_way = notices_open(order.order_root)
	if on_the_way:
		_refuse_open(on_the_way)
	left = [str(number) for number, row in enumerate(board(order), 1) if not row["is_done"]]
	if not left:
		return
	order.short_close_reason = plain(order.short_close_reason or "").strip() or None
	if not order.short_close_reason:
		frappe.throw(
			_("Not delivered in full: row {0}. To complete the order nevertheless, fill in: {1}.").format(
				", ".join(left), frappe.bold(_(order.meta.get_label("short_close_reason")))
			),
			ReviewError,
		)
	running = frappe.get_all(
		quantities.MANUFACTURING,
		{"order_root": order.order_root, "issued_at": ("is", "set"), "state_category": ("not in", states.ENDED)},
		pluck="name",
		order_by="name asc",
	)
	if running:
		_refuse_open(running)


def _refuse_open(names: list[str]) -> None:
	frappe.throw(_("End these first: {0}.").format(", ".join(frappe.bold(name) for name in names)), ReviewError)


def offers(order) -> dict:
	"""What the form of a released order shows: ``rows`` of `board`, and whether the user may ``plan`` and ``ship`` what is left."""
	rows = board(order)
	runs = states.step_of(ORDER, order.workflow_state) == "Released"
	left = {
		kind: runs and any(row[kind] < row["ordered"] for row in rows)
		for kind in (quantities.PLANNED, quantities.NOTIFIED)
	}
	return {
		"rows": rows,
		"plan": left[quantities.PLANNED] and bool(frappe.has_permission(quantities.MANUFACTURING, "create")),
		"ship": left[quantities.NOTIFIED] and bool(frappe.has_permission(quantities.SHIPPING, "create")),
	}


def cs_deliveries(order) -> list[frappe._dict]:
	"""How far each line of a released order is, for print layouts (hook jinja): rows of `board` with quantities as text."""
	if not order.name or not order.released_at:
		return []
	shown = ("ordered", *quantities.KINDS, "open")
	return [frappe._dict(row, **{kind: quantities.text(row[kind]) for kind in shown}) for row in board(order)]
