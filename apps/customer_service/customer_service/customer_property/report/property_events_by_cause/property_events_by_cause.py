"""Abnormalities of customers' property by month, kind, cause, department and customer (D-5).

An abnormality counts in the month when it was found. Withdrawn ones do not count. Each user sees those that his list shows him.
"""

import frappe
from frappe import _
from pypika import CustomFunction
from pypika.functions import Coalesce, Count
from pypika.terms import LiteralValue

from customer_service.complaint_handling import figures
from customer_service.organisation import processes, states

EVENT = "Property Event"

time_between = CustomFunction("TIMESTAMPDIFF", ["unit", "start", "end"])


def execute(filters: dict | None = None):
	"""Rows with chart and summary.

	:param filters: ``from_date`` and ``to_date`` (both inclusive, twelve months if not given), ``kind``, ``department`` (the reporting
		one), ``customer``.
	:raises CustomerServiceError: if the period ends before it starts.
	"""
	processes.require(EVENT)
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("month", _("Month"), "Data", 90),
		figures.column("kind", _("Kind of Abnormality"), "Link", 140, options="Property Event Kind"),
		figures.column("cause", _("Cause"), "Data", 220),
		figures.column("department", _("Reporting Department"), "Link", 150, options="Service Department"),
		figures.column("customer", _("Customer"), "Link", 110, options="Service Customer"),
		figures.column("customer_name", _("Customer Name"), "Data", 180),
		figures.column("events", _("Abnormalities"), width=110),
		figures.column("open_events", _("Open"), width=80),
		figures.column("hours_to_tell", _("Hours Until the Customer Was Told (mean)"), "Float", 150, precision=1),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	start, end = figures.period(filters)
	event, company = frappe.qb.DocType(EVENT), frappe.qb.DocType("Service Customer")
	month, cause = figures.month_of(event.found_at), Coalesce(event.cause, "")
	told, waited = event.told_at.isnotnull(), time_between(LiteralValue("MINUTE"), event.found_at, event.told_at)
	query = (
		frappe.qb.from_(event)
		.left_join(company)
		.on(company.name == event.customer)
		.select(month.as_("month"), event.kind, cause.as_("cause"), event.reporting_department.as_("department"))
		.select(event.customer, company.customer_name, Count("*").as_("events"))
		.select(figures.count_if(event.state_category.notin(states.ENDED)).as_("open_events"))
		.select(figures.count_if(told).as_("told"), figures.sum_if(told, waited).as_("minutes"))
		.where((event.found_at >= start) & (event.found_at < end) & (event.state_category != states.CANCELLED))
		.groupby(month, event.kind, cause, event.reporting_department, event.customer, company.customer_name)
	)
	for field, column in (("kind", "kind"), ("department", "reporting_department"), ("customer", "customer")):
		if filters.get(field):
			query = query.where(event[column] == filters[field])
	rows = figures.readable(query, EVENT).run(as_dict=True)
	keys = ("month", "kind", "cause", "department", "customer")
	return [_row(row) for row in sorted(rows, key=lambda row: [str(row[key] or "") for key in keys])]


def _row(row: frappe._dict) -> frappe._dict:
	row.month = figures.month_label(row.month)
	row.open_events, row.told, row.minutes = (int(row[key] or 0) for key in ("open_events", "told", "minutes"))
	row.hours_to_tell = round(row.minutes / row.told / 60, 1) if row.told else None
	return row


COLOURS = ("#e24c4c", "#f8814f", "#ecad4b", "#2490ef", "#7574ff", "#28a745", "#98a1a9")


def get_chart(data: list[frappe._dict]) -> dict | None:
	"""Abnormalities by month, the kinds on top of each other."""
	if not data:
		return None
	months = sorted({row.month for row in data})
	sums = {kind: dict.fromkeys(months, 0) for kind in sorted({row.kind for row in data})}
	for row in data:
		sums[row.kind][row.month] += row.events
	return {
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": list(COLOURS),
		"data": {
			"labels": months,
			"datasets": [{"name": _(kind), "values": list(values.values())} for kind, values in sums.items()],
		},
	}


def get_summary(data: list[frappe._dict]) -> list[dict]:
	told, minutes = sum(row.told for row in data), sum(row.minutes for row in data)
	still = sum(row.open_events for row in data)
	return [
		{"value": sum(row.events for row in data), "label": _("Abnormalities"), "datatype": "Int"},
		{"value": still, "label": _("Open"), "datatype": "Int", "indicator": "Orange" if still else "Green"},
		{
			"value": round(minutes / told / 60, 1) if told else 0,
			"label": _("Hours Until the Customer Was Told (mean)"),
			"datatype": "Float",
			"precision": 1,
		},
	]
