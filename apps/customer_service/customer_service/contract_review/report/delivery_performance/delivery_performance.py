"""How well promised dates are kept: shipping notices and their lines by month and customer (C-5).

A line counts in the month of the day that counts, shipment or arrival, as the settings say; it is in time if that day is not after the
promised one. Lines without a quantity or a promised date do not count.
"""

import frappe
from frappe import _
from pypika import CustomFunction
from pypika.functions import Count

from customer_service.complaint_handling import figures
from customer_service.contract_review import punctuality, quantities
from customer_service.organisation import processes

COUNTS = ("lines", "on_time", "late", "days_late")

days_between = CustomFunction("DATEDIFF", ["later", "earlier"])


def execute(filters: dict | None = None):
	"""Rows by month and customer, with chart and summary.

	:param filters: ``from_date`` and ``to_date`` (both inclusive, twelve months if not given) and ``customer``.
	:raises CustomerServiceError: if the period ends before it starts.
	"""
	processes.require(quantities.SHIPPING)
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("month", _("Month"), "Data", 100),
		figures.column("customer", _("Customer"), "Link", 110, options="Service Customer"),
		figures.column("customer_name", _("Customer Name"), "Data", 200),
		figures.column("notices", _("Shipping Notices"), width=140),
		figures.column("lines", _("Lines"), width=90),
		figures.column("on_time", _("In Time"), width=90),
		figures.column("late", _("Late"), width=90),
		figures.column("on_time_share", _("In Time (%)"), "Percent", 110),
		figures.column("mean_days_late", _("Days Late (mean)"), "Float", 140, precision=1),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	start, end = figures.period(filters)
	delivered, head, line, day = punctuality.delivered(start, end)
	company = frappe.qb.DocType("Service Customer")
	month, is_late = figures.month_of(day), day > line.promised_date
	query = (
		delivered.left_join(company)
		.on(company.name == head.customer)
		.select(month.as_("month"), head.customer, company.customer_name)
		.select(Count(head.name).distinct().as_("notices"), Count("*").as_("lines"))
		.select(figures.count_if(day <= line.promised_date).as_("on_time"), figures.count_if(is_late).as_("late"))
		.select(figures.sum_if(is_late, days_between(day, line.promised_date)).as_("days_late"))
		.groupby(month, head.customer, company.customer_name)
	)
	if filters.customer:
		query = query.where(head.customer == filters.customer)
	rows = figures.readable(query, quantities.SHIPPING).run(as_dict=True)
	return [_row(row) for row in sorted(rows, key=lambda row: (row.month, row.customer or ""))]


def _row(row: frappe._dict) -> frappe._dict:
	row.update({key: int(row[key] or 0) for key in COUNTS})
	row.month = figures.month_label(row.month)
	row.on_time_share = figures.share(row.on_time, row.lines)
	row.mean_days_late = round(row.days_late / row.late, 1) if row.late else None
	return row


def get_chart(data: list[frappe._dict]) -> dict | None:
	"""Lines by month: in time and late."""
	if not data:
		return None
	months = list(dict.fromkeys(row.month for row in data))
	sums = {key: dict.fromkeys(months, 0) for key in ("on_time", "late")}
	for row in data:
		for key, values in sums.items():
			values[row.month] += row[key]
	return {
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#28a745", "#e24c4c"],
		"data": {
			"labels": months,
			"datasets": [
				{"name": _("In Time"), "values": list(sums["on_time"].values())},
				{"name": _("Late"), "values": list(sums["late"].values())},
			],
		},
	}


def get_summary(data: list[frappe._dict]) -> list[dict]:
	sums = {key: sum(row[key] for row in data) for key in COUNTS}
	return [
		{"value": sums["lines"], "label": _("Lines"), "datatype": "Int"},
		{
			"value": figures.share(sums["on_time"], sums["lines"]),
			"label": _("In Time (%)"),
			"datatype": "Percent",
			"indicator": "Red" if sums["late"] else "Green",
		},
		{
			"value": round(sums["days_late"] / sums["late"], 1) if sums["late"] else 0,
			"label": _("Days Late (mean)"),
			"datatype": "Float",
			"precision": 1,
		},
	]
