"""Control chart of the complaints received each month: which month is beyond chance (F-11). Cancelled ones are left out."""

import frappe
from frappe import _
from frappe.utils import cint
from pypika.functions import Count

from customer_service.complaint_handling import control_chart, figures
from customer_service.organisation import states

BASE, LEAST = 12, 6


def execute(filters: dict | None = None):
	"""Rows by month with chart and summary.

	:param filters: ``from_date`` and ``to_date`` (days of receipt, inclusive; the last 24 months if not given), ``base`` (months
	before a month that judge it), ``least`` (with fewer it is not judged), any of `figures.MATCHED`, ``cause_category``.
	:raises CustomerServiceError: if the period ends before it starts.
	"""
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("month", _("Month"), "Data"),
		figures.column("complaints", _("Complaints")),
		figures.column("mean", _("Mean of the Months Before"), "Float", 190, precision=2),
		figures.column("lower", _("Lower Limit"), "Float", 120, precision=2),
		figures.column("upper", _("Upper Limit"), "Float", 120, precision=2),
		figures.column("signal", _("Beyond Chance"), "Data", 180),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	"""One statement; months without a complaint count as none."""
	start, end = figures.period(filters, months=24)
	query, table = figures.complaints(filters, start, end)
	month = figures.month_of(table.received_at).as_("month")
	query = query.where(table.state_category != states.CANCELLED)
	if filters.get("cause_category"):
		query = query.where(table.cause_category == filters.cause_category)
	counted = dict(query.select(month, Count("*")).groupby(month).run())
	months = figures.months_between(start, end)
	points = control_chart.points(
		[counted.get(month, 0) for month in months],
		cint(filters.get("base")) or BASE,
		cint(filters.get("least")) or LEAST,
	)
	return [_row(month, point) for month, point in zip(months, points, strict=True)]


def _row(month: int, point: control_chart.Point) -> frappe._dict:
	limits = {key: None if getattr(point, key) is None else round(getattr(point, key), 2) for key in LINES}
	return frappe._dict(
		month=figures.month_label(month),
		complaints=point.count,
		is_beyond_chance=int(bool(point.signal)),
		signal=control_chart.in_words(point.signal),
		**limits,
	)


LINES = ("mean", "lower", "upper")


def get_chart(data: list[frappe._dict]) -> dict | None:
	"""The counts with their mean and limits as lines; months that are not judged have the limits of the first that is."""
	if not data:
		return None
	names = {"mean": _("Mean"), "lower": _("Lower Limit"), "upper": _("Upper Limit")}
	datasets = [{"name": _("Complaints"), "chartType": "bar", "values": [row.complaints for row in data]}]
	for key in LINES:
		first = next((row[key] for row in data if row[key] is not None), None)
		if first is not None:
			values = [first if row[key] is None else row[key] for row in data]
			datasets.append({"name": names[key], "chartType": "line", "values": values})
	return {
		"type": "axis-mixed",
		"colors": ["#7cd6fd", "#28a745", "#f8814f", "#e24c4c"],
		"data": {"labels": [row.month for row in data], "datasets": datasets},
		"lineOptions": {"hideDots": 1},
	}


def get_summary(data: list[frappe._dict]) -> list[dict]:
	beyond = sum(row.is_beyond_chance for row in data)
	return [
		{"value": sum(row.complaints for row in data), "label": _("Complaints"), "datatype": "Int"},
		{
			"value": beyond,
			"label": _("Months Beyond Chance"),
			"datatype": "Int",
			"indicator": "Red" if beyond else "Green",
		},
	]
