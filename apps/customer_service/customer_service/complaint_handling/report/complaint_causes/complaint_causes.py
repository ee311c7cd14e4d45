"""Causes of complaints in the order of their weight, with the cumulative share (Pareto; F-11). Cancelled ones are left out."""

import frappe
from frappe import _
from frappe.utils import cint, flt
from pypika.functions import Count, Sum

from customer_service.complaint_handling import figures
from customer_service.organisation import states


def execute(filters: dict | None = None):
	"""Rows by cause with chart and summary.

	:param filters: ``from_date`` and ``to_date`` (days of receipt, inclusive), any of `figures.MATCHED`, ``justified_only``.
	:raises CustomerServiceError: if the period ends before it starts.
	"""
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("cause_category", _("Cause Category"), "Link", 240, options="Complaint Cause"),
		figures.column("complaints", _("Complaints")),
		figures.column("share", _("Share (%)"), "Percent"),
		figures.column("cumulative", _("Cumulative (%)"), "Percent", 130),
		figures.column("late", _("Late")),
		figures.column("compensation", _("Compensation"), "Currency", 130, options="currency"),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	"""One statement; the most frequent cause first."""
	query, table = figures.complaints(filters, *figures.period(filters))
	query = query.where(figures.scanned(table.state_category) != states.CANCELLED)
	if cint(filters.get("justified_only")):
		query = query.where(table.is_justified == "Justified")
	cause = figures.grouped(table.cause_category)
	rows = (
		query.select(
			cause.as_("cause_category"),
			Count("*").as_("complaints"),
			figures.count_if((table.response_breached == 1) | (table.resolution_breached == 1)).as_("late"),
			Sum(table.compensation_total).as_("compensation"),
		)
		.groupby(cause)
		.orderby(Count("*"), order=frappe.qb.desc)
		.orderby(cause)
	).run(as_dict=True)
	total, reached = sum(row.complaints for row in rows), 0
	for row in rows:
		reached += row.complaints
		row.update({"late": int(row.late or 0), "compensation": flt(row.compensation)})
		row.update({"share": figures.share(row.complaints, total), "cumulative": figures.share(reached, total)})
	return rows


def get_chart(data: list[frappe._dict]) -> dict | None:
	"""Bars of the shares under the line of their sum, both in percent, so that one axis serves both."""
	if not data:
		return None
	line = {"name": _("Cumulative (%)"), "chartType": "line", "values": [row.cumulative for row in data]}
	names = [_(row.cause_category) if row.cause_category else _("Not Stated") for row in data]
	return {
		"type": "axis-mixed",
		"colors": ["#7cd6fd", "#e24c4c"],
		"data": {
			"labels": names,
			"datasets": [
				{"name": _("Share (%)"), "chartType": "bar", "values": [row.share for row in data]},
				*([line] if len(data) > 1 else ()),  # the desk cannot draw a line of one point
			],
		},
	}


def get_summary(data: list[frappe._dict]) -> list[dict]:
	known = [row for row in data if row.cause_category]
	vital = next((number for number, row in enumerate(data, 1) if row.cumulative >= 80), 0)
	return [
		{"value": sum(row.complaints for row in data), "label": _("Complaints"), "datatype": "Int"},
		{"value": len(known), "label": _("Causes"), "datatype": "Int"},
		{"value": vital, "label": _("Causes of 80 % of the complaints"), "datatype": "Int", "indicator": "Orange"},
	]
