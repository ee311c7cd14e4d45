"""Changes of orders by where they come from and why: how many came into force, how long that took, what they did to the value (C-6)."""

import frappe
from frappe import _
from frappe.utils import flt
from pypika.functions import Count, Sum
from pypika.terms import PseudoColumn

from customer_service.complaint_handling import figures
from customer_service.organisation import processes, states

DOCTYPE, ORDER = "Order Change", "Contract Review"

TimestampDiff = frappe.query_builder.CustomFunction("TIMESTAMPDIFF", ["unit", "start", "end"])

COUNTS = ("changes", "in_force", "refused", "running")


def execute(filters: dict | None = None):
	"""Rows by origin and cause, and their total, with chart and summary.

	:param filters: ``from_date`` and ``to_date`` (days of the request, inclusive; twelve months), ``customer``, ``department``.
	:raises CustomerServiceError: if the period ends before it starts.
	"""
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("origin", _("Change Comes From"), "Data", 150),
		figures.column("cause", _("Cause of Change"), "Link", 180, options="Order Change Cause"),
		figures.column("changes", _("Changes")),
		figures.column("in_force", _("In Force")),
		figures.column("refused", _("Refused or Given Up"), width=150),
		figures.column("running", _("Running")),
		figures.column("mean_days", _("Mean Days until in Force"), "Float", 170, precision=1),
		figures.column("value_change", _("Change of Value"), "Currency", 140),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	"""One row a cause, the most frequent first, and the total; a change counts on the day it was requested."""
	processes.require(DOCTYPE)
	rows = sorted(_counted(filters), key=lambda row: (-row.changes, row.origin, row.cause or ""))
	if not rows:
		return []
	total = frappe._dict({key: sum(row[key] for row in rows) for key in COUNTS}, is_total=1, cause=None)
	total.minutes, total.value_change = sum(flt(row.minutes) for row in rows), sum(row.value_change for row in rows)
	total.origin = _("Total")
	for row in (*rows, total):
		row.mean_days = round(flt(row.minutes) / row.in_force / 1440, 1) if row.in_force else None
	for row in rows:
		row.origin = _(row.origin)
	return [*rows, total]


def _counted(filters: frappe._dict) -> list[frappe._dict]:
	table, old, new = (
		frappe.qb.DocType(DOCTYPE),
		frappe.qb.DocType(ORDER).as_("old"),
		frappe.qb.DocType(ORDER).as_("new"),
	)
	start, end = figures.period(filters)
	query = frappe.qb.from_(table).where((table.requested_at >= start) & (table.requested_at < end))
	for field in ("customer", "department"):
		if filters.get(field):
			query = query.where(table[field] == filters[field])
	query = figures.readable(query, DOCTYPE)
	in_force = table.state_category == states.CLOSED
	query = query.left_join(old).on(old.name == table.contract_review).left_join(new).on(new.name == table.new_version)
	rows = (
		query.select(
			table.origin,
			table.cause,
			Count("*").as_("changes"),
			figures.count_if(in_force).as_("in_force"),
			figures.count_if(table.state_category == states.CANCELLED).as_("refused"),
			figures.count_if(table.state_category.isin(states.RUNNING)).as_("running"),
			Sum(TimestampDiff(PseudoColumn("MINUTE"), table.requested_at, table.effective_at)).as_("minutes"),
			figures.sum_if(in_force, new.company_total - old.company_total).as_("value_change"),
		)
		.groupby(table.origin, table.cause)
		.run(as_dict=True)
	)
	for row in rows:
		row.update({key: int(row[key] or 0) for key in COUNTS})
		row.value_change = flt(row.value_change, 2)
	return rows


def get_chart(data: list[frappe._dict]) -> dict | None:
	"""Bars of the changes by cause, those in force apart from the rest."""
	rows = [row for row in data if not row.get("is_total")]
	if not rows:
		return None
	others = [row.changes - row.in_force for row in rows]
	return {
		"type": "bar",
		"barOptions": {"stacked": 1},
		"data": {
			"labels": [_(row.cause) if row.cause else _("Not Stated") for row in rows],
			"datasets": [
				{"name": _("In Force"), "values": [row.in_force for row in rows]},
				{"name": _("Others"), "values": others},
			],
		},
	}


def get_summary(data: list[frappe._dict]) -> list[dict]:
	total = next((row for row in data if row.get("is_total")), None)
	if not total:
		return []
	return [
		{"value": total.changes, "label": _("Changes"), "datatype": "Int"},
		{"value": total.in_force, "label": _("In Force"), "datatype": "Int", "indicator": "Green"},
		{"value": total.running, "label": _("Running"), "datatype": "Int", "indicator": "Orange"},
	]
