"""Lines of released orders whose promised day is near or over and that are not delivered, with how far they are (C-4, C-5).

Each user sees the lines of the orders that his list shows him.
"""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, date_diff

from customer_service.complaint_handling import figures
from customer_service.contract_review import follow_up, quantities
from customer_service.organisation import clock, processes, states

DAYS = 7
"""How near a day is, where nothing else is asked."""

STANDINGS = (
	follow_up.NOT_PLANNED,
	follow_up.PLANNED,
	follow_up.PRODUCING,
	follow_up.PRODUCED,
	follow_up.SHIPPED,
)


def execute(filters: dict | None = None):
	"""What is at risk, the most urgent first, with chart and summary.

	:param filters: ``days`` (7 if not given) up to which a promised day is near, ``customer`` and ``standing``.
	"""
	processes.require(quantities.ORDER)
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	kinds = (
		("ordered", _("Ordered")),
		("planned", _("Scheduled")),
		("produced", _("Produced")),
		("shipped", _("Shipped")),
		("delivered", _("Delivered")),
		("open", _("Open")),
	)
	return [
		figures.column("order", _("Order"), "Link", 150, options=quantities.ORDER),
		figures.column("customer", _("Customer"), "Link", 110, options="Service Customer"),
		figures.column("customer_name", _("Customer Name"), "Data", 180),
		figures.column("customer_order_no", _("Customer's Order No."), "Data", 140),
		figures.column("item", _("Item"), "Data", 130),
		figures.column("delivery_date", _("Delivery Date"), "Date", 110),
		figures.column("days_left", _("Days Left"), "Int", 90),
		figures.column("standing", _("Standing"), "Data", 110),
		*(figures.column(kind, label, "Float", 95) for kind, label in kinds),
	]


def get_data(filters: frappe._dict) -> list[dict]:
	today = clock.now().date()
	days = DAYS if filters.get("days") in (None, "") else cint(filters.days)
	found = _lines(today + timedelta(days=days), filters.get("customer"))
	known = quantities.sums({row.order_root for row in found})
	rows = []
	for row in found:
		line = follow_up.lines_of([row], known[row.order_root])[0]
		if line["is_done"] or filters.get("standing") not in (None, "", line["standing"]):
			continue
		head = {field: row[field] for field in ("order", "customer", "customer_name", "customer_order_no")}
		more = {"item": row.item_code or row.description, "days_left": date_diff(row.delivery_date, today)}
		rows.append({**head, **line, **more, "kind": line["standing"], "standing": _(line["standing"])})
	return sorted(rows, key=lambda row: (row["days_left"], row["order"], row["key"]))


def _lines(last_day, customer: str | None) -> list[frappe._dict]:
	order, line = frappe.qb.DocType(quantities.ORDER), frappe.qb.DocType("Contract Review Line")
	company = frappe.qb.DocType("Service Customer")
	query = (
		frappe.qb.from_(order)
		.inner_join(line)
		.on((line.parent == order.name) & (line.parenttype == quantities.ORDER))
		.left_join(company)
		.on(company.name == order.customer)
		.select(
			order.name.as_("order"), order.order_root, order.customer, order.customer_order_no, company.customer_name
		)
		.select(line.name, line.origin_line, line.item_code, line.description, line.unit, line.qty, line.delivery_date)
		.where(order.released_at.isnotnull() & order.state_category.notin(states.ENDED))
		.where(line.delivery_date <= last_day)
	)
	if customer:
		query = query.where(order.customer == customer)
	return figures.readable(query, quantities.ORDER).run(as_dict=True)


def get_chart(data: list[dict]) -> dict | None:
	"""Lines by how far they are: late, and near."""
	if not data:
		return None
	shown = [standing for standing in STANDINGS if any(row["kind"] == standing for row in data)]
	counts = {
		late: [sum(row["kind"] == standing and (row["days_left"] < 0) is late for row in data) for standing in shown]
		for late in (True, False)
	}
	return {
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#e24c4c", "#f8814f"],
		"data": {
			"labels": [_(standing) for standing in shown],
			"datasets": [
				{"name": _("Late"), "values": counts[True]},
				{"name": _("Near"), "values": counts[False]},
			],
		},
	}


def get_summary(data: list[dict]) -> list[dict]:
	late = sum(row["days_left"] < 0 for row in data)
	return [
		{"value": len({row["order"] for row in data}), "label": _("Orders"), "datatype": "Int"},
		{"value": len(data), "label": _("Lines"), "datatype": "Int"},
		{"value": late, "label": _("Late"), "datatype": "Int", "indicator": "Red" if late else "Green"},
	]
