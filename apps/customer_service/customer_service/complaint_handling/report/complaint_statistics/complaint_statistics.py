"""客户投诉统计表: complaints by month and by one dimension (F-11).

All figures are of the complaints **received** in the month, as they stand today. Each of them is closed, cancelled or open at the
end of the period, so the three together are the received ones. A complaint that several departments answer for, or that has
several dispositions, counts once for each of these, and once in the total.
"""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import flt
from pypika.functions import Count, Sum

from customer_service.complaint_handling import figures
from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import states


@dataclass(frozen=True)
class Dimension:
	"""What complaints are grouped by: a column of Complaint, or one of a table beside it with several rows a complaint."""

	column: str
	fieldtype: str = "Link"
	options: str | None = None
	child: str | None = None


DIMENSIONS = {
	"Complaint Class": Dimension("complaint_class", options="Complaint Class"),
	"Product": Dimension("product", "Data"),
	"Part No.": Dimension("part_no", "Data"),
	"Customer": Dimension("customer", options="Service Customer"),
	"Lead Department": Dimension("lead_department", options="Service Department"),
	"Responsible Department": Dimension("department", options="Service Department", child="Complaint Responsibility"),
	"Cause Category": Dimension("cause_category", options="Complaint Cause"),
	"Disposition": Dimension("nature", "Data", child="Complaint Disposition"),
	"Channel": Dimension("channel", "Data"),
	"Severity": Dimension("severity", "Data"),
}

COUNTS = ("received", "justified", "closed", "cancelled", "open_at_end", "reopened", "late", "answered")
SUMS = ("answer_minutes", "waited_minutes", "compensation")

SERIES = 6
"""Values of the dimension that the chart shows one by one; the others are one series together."""


def execute(filters: dict | None = None):
	"""Rows by month and dimension with a total, chart and summary.

	:param filters: ``from_date`` and ``to_date`` (days of receipt, inclusive), ``dimension`` (a key of `DIMENSIONS`), and any of
	`figures.MATCHED`.
	:raises CustomerServiceError: for an unknown dimension, or a period that ends before it starts.
	"""
	filters = frappe._dict(filters or {})
	filters.dimension = filters.dimension or "Complaint Class"
	if filters.dimension not in DIMENSIONS:
		frappe.throw(_("{0} is not a valid choice for {1}.").format("dimension", _("By")), CustomerServiceError)
	data = get_data(filters)
	total = get_total(filters, data)
	return get_columns(filters), [*data, total] if data else [], None, get_chart(data), get_summary(total)


def get_columns(filters: frappe._dict) -> list[dict]:
	dimension = DIMENSIONS[filters.dimension]
	return [
		figures.column("month", _("Month"), "Data", 90),
		figures.column("value", _(filters.dimension), dimension.fieldtype, 190, options=dimension.options),
		figures.column("received", _("Received"), width=95),
		figures.column("justified", _("Justified"), width=95),
		figures.column("closed", _("Closed"), width=95),
		figures.column("cancelled", _("Cancelled"), width=95),
		figures.column("open_at_end", _("Open at the End"), width=120),
		figures.column("reopened", _("Reopened"), width=95),
		figures.column("late", _("Late"), width=80),
		figures.column("answer_hours", _("Working Hours to Answer (mean)"), "Float", 190, precision=1),
		figures.column("waited_hours", _("Waited for the Customer (mean hours)"), "Float", 190, precision=1),
		figures.column("compensation", _("Compensation"), "Currency", 130, options="currency"),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	"""One statement: a row for each month and value, in this order, the most frequent value of a month first."""
	return [_row(row) for row in _grouped(filters, DIMENSIONS[filters.dimension]).run(as_dict=True)]


def get_total(filters: frappe._dict, data: list[frappe._dict]) -> frappe._dict:
	"""The period's total: of complaints, not of rows, where a complaint has several values."""
	rows = data
	if DIMENSIONS[filters.dimension].child and data:
		rows = [_row(row) for row in _grouped(filters, None).run(as_dict=True)]
	total = frappe._dict({key: sum(row[key] for row in rows) for key in (*COUNTS, *SUMS)})
	total.update({"month": _("Total"), "value": None, "is_total": 1})
	return _with_means(total)


def _grouped(filters: frappe._dict, dimension: Dimension | None):
	start, end = figures.period(filters)
	query, table = figures.complaints(filters, start, end)
	month = figures.month_of(table.received_at).as_("month")
	cancelled = table.state_category == states.CANCELLED
	closed = (table.state_category == states.CLOSED) & (table.closed_at.isnull() | (table.closed_at < end))
	answered = table.answered_at.isnotnull()
	compensation = Sum(table.compensation_total)
	value = None
	if dimension:
		value = table[dimension.column]
		if dimension.child:
			part = _parts(dimension)
			query = query.left_join(part).on(part.complaint == table.name)
			value = part.value
			if dimension.child == "Complaint Disposition":
				compensation = Sum(part.compensation)
	query = query.select(
		month,
		Count("*").as_("received"),
		figures.count_if(table.is_justified == "Justified").as_("justified"),
		figures.count_if(closed).as_("closed"),
		figures.count_if(cancelled).as_("cancelled"),
		figures.count_if(table.reopen_count > 0).as_("reopened"),
		figures.count_if((table.response_breached == 1) | (table.resolution_breached == 1)).as_("late"),
		figures.count_if(answered).as_("answered"),
		figures.sum_if(answered, table.answer_minutes).as_("answer_minutes"),
		figures.sum_if(answered, table.waited_minutes).as_("waited_minutes"),
		compensation.as_("compensation"),
	).groupby(month)
	if value is not None:
		query = query.select(value.as_("value")).groupby(value)
	query = query.orderby(month).orderby(Count("*"), order=frappe.qb.desc)
	return query if value is None else query.orderby(value)


def _parts(dimension: Dimension):
	"""The values of a dimension that has several a complaint: each once a complaint."""
	child = frappe.qb.DocType(dimension.child)
	query = frappe.qb.from_(child)
	if dimension.child == "Complaint Responsibility":
		query = query.select(child.parent.as_("complaint"), child.department.as_("value"))
		query = query.where((child.parenttype == "Complaint") & (child.party == "Our Department"))
		return query.groupby(child.parent, child.department).as_("part")
	paid = figures.sum_if(child.nature == "Compensation", child.company_amount)
	query = query.select(child.complaint, child.nature.as_("value"), paid.as_("compensation"))
	query = query.where(child.state_category != states.CANCELLED)
	return query.groupby(child.complaint, child.nature).as_("part")


def _row(row: frappe._dict) -> frappe._dict:
	row.update({key: int(row[key] or 0) for key in COUNTS if key in row})
	row.update({key: flt(row[key]) for key in SUMS})
	row.month = figures.month_label(row.month)
	row.open_at_end = row.received - row.closed - row.cancelled
	return _with_means(row)


def _with_means(row: frappe._dict) -> frappe._dict:
	row.answer_hours = flt(row.answer_minutes / row.answered / 60, 2) if row.answered else None
	row.waited_hours = flt(row.waited_minutes / row.answered / 60, 2) if row.answered else None
	return row


def get_chart(data: list[frappe._dict]) -> dict | None:
	"""Received complaints by month, stacked by the most frequent values of the dimension."""
	if not data:
		return None
	months = list(dict.fromkeys(row.month for row in data))
	sums: dict[str | None, int] = {}
	for row in data:
		sums[row.value or None] = sums.get(row.value or None, 0) + row.received
	shown = sorted(sums, key=lambda value: (-sums[value], value or ""))[:SERIES]
	series = {value: dict.fromkeys(months, 0) for value in shown}
	others = dict.fromkeys(months, 0)
	for row in data:
		series.get(row.value or None, others)[row.month] += row.received
	datasets = [
		{"name": _(value) if value else _("Not Stated"), "values": list(counts.values())}
		for value, counts in series.items()
	]
	if len(sums) > len(shown):
		datasets.append({"name": _("Others"), "values": list(others.values())})
	return {
		"type": "bar",
		"barOptions": {"stacked": 1},
		"data": {"labels": months, "datasets": datasets},
		"axisOptions": {"shortenYAxisNumbers": 1},
	}


def get_summary(total: frappe._dict) -> list[dict]:
	return [
		{"value": total.received, "label": _("Received"), "datatype": "Int"},
		{"value": total.justified, "label": _("Justified"), "datatype": "Int", "indicator": "Orange"},
		{"value": total.open_at_end, "label": _("Open at the End"), "datatype": "Int", "indicator": "Blue"},
		{
			"value": total.late,
			"label": _("Late"),
			"datatype": "Int",
			"indicator": "Red" if total.late else "Green",
		},
		{"value": total.answer_hours, "label": _("Working Hours to Answer (mean)"), "datatype": "Float"},
	]
