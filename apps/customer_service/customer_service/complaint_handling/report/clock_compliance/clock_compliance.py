"""How well time limits are kept, by month, department, priority and clock (F-6).

A limit belongs to the month in which it is due. *Working minutes used* are counted in the limit's own calendar, pauses taken off;
waiting for the customer is shown apart, whether it paused the limit or not. A percentile is the smallest of the values
that at least so many percent do not exceed (nearest rank).
"""

import frappe
from frappe import _
from frappe.utils import flt
from pypika import Case
from pypika.functions import Avg, Count, Min
from pypika.terms import AnalyticFunction, Function

from customer_service.complaint_handling import figures
from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import clock, processes
from customer_service.organisation.clocks import ALIVE, CANCELLED, STOPPED

GROUPS = ("month", "department", "priority", "clock")
PERCENTILES = (50, 90, 95)
COUNTS = ("started", "kept", "late", "late_running", "running")
OWN = ("department", "clock", "priority")
"""Filters that are columns of the clock itself."""


def execute(filters: dict | None = None):
	"""Rows by month, department, priority and clock, with chart and summary.

	:param filters: ``from_date`` and ``to_date`` (days on which limits are due, inclusive); ``document_type`` (Complaint if not
	given); ``department``, ``clock``, ``priority``; for complaints any of `figures.MATCHED` but the department.
	:raises CustomerServiceError: if the period ends before it starts, or the DocType has no clocks.
	"""
	filters = frappe._dict(filters or {})
	filters.document_type = filters.document_type or "Complaint"
	data = get_data(filters)
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	minutes = _("{0} % within (working minutes)")
	return [
		figures.column("month", _("Month"), "Data", 90),
		figures.column("department", _("Department"), "Link", 160, options="Service Department"),
		figures.column("priority", _("Priority"), "Data", 90),
		figures.column("clock", _("Clock"), "Link", 130, options="Service Clock Type"),
		figures.column("started", _("Started"), width=90),
		figures.column("kept", _("Kept"), width=80),
		figures.column("late", _("Late"), width=80),
		figures.column("late_running", _("Running Late"), width=130),
		figures.column("running", _("Running in Time"), width=130),
		figures.column("kept_share", _("Kept (%)"), "Percent", 95),
		figures.column("limit", _("Limit (mean minutes)"), "Float", 140, precision=1),
		*(figures.column(f"p{each}", minutes.format(each), "Float", 150, precision=1) for each in PERCENTILES),
		figures.column("waited", _("Waited (mean minutes)"), "Float", 150, precision=1),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	"""Two statements: what is counted, and the percentiles of the minutes that were used."""
	rows = _counted(filters)
	reached = _percentiles(filters, rows) if any(row.kept or row.late for row in rows) else {}
	for row in rows:
		found = reached.get(tuple(row[key] for key in GROUPS)) or {}
		row.update({f"p{each}": found.get(f"p{each}") for each in PERCENTILES})
	return [_row(row) for row in rows]


def _counted(filters: frappe._dict) -> list[frappe._dict]:
	query, table, month = _clocks(filters)
	stopped, alive = table.status == STOPPED, table.status.isin(ALIVE)
	late = (table.is_breached == 1) | (table.due_at < clock.now())
	query = query.select(
		month.as_("month"),
		*(table[key] for key in GROUPS[1:]),
		Count("*").as_("started"),
		figures.count_if(stopped & (table.is_breached == 0)).as_("kept"),
		figures.count_if(stopped & (table.is_breached == 1)).as_("late"),
		figures.count_if(alive & late).as_("late_running"),
		Avg(table.limit_minutes).as_("limit"),
		Avg(table.waited_minutes).as_("waited"),
	)
	rows = query.groupby(month, *(table[key] for key in GROUPS[1:])).run(as_dict=True)
	# Some hundred rows are put in order here: asked to do it, the server would rather sort the clocks before it groups them.
	return sorted(rows, key=lambda row: [row.month, *(row[key] or "" for key in GROUPS[1:])])


def _percentiles(filters: frappe._dict, rows: list[frappe._dict]) -> dict[tuple, frappe._dict]:
	"""Group -> ``p50`` and so on, for the groups in which a clock has stopped.

	Ranking a million clocks is sorting them. The server sorts rows of two numbers, the group's and the minutes, dozens of
	times faster than rows that carry the group's names.
	"""
	query, table, group = _clocks(filters)
	places = {key: list(dict.fromkeys(row[key] for row in rows if row[key] is not None)) for key in GROUPS[1:]}
	for key, names in places.items():
		place = Function("FIELD", table[key], *names) if names else 0  # without a name it is 0 as well
		group = group * (len(names) + 1) + place
	reached = AnalyticFunction("CUME_DIST").over(group).orderby(table.used_minutes)
	ranked = query.select(group.as_("number"), table.used_minutes, reached.as_("reached"))
	ranked = ranked.where(table.status == STOPPED).as_("ranked")
	query = frappe.qb.from_(ranked).select(ranked.number).groupby(ranked.number)
	for each in PERCENTILES:
		within = Case().when(ranked.reached >= each / 100, ranked.used_minutes)
		query = query.select(Min(within).as_(f"p{each}"))
	return {_group_of(int(row.number), places): row for row in query.run(as_dict=True)}


def _group_of(number: int, places: dict[str, list[str]]) -> tuple:
	"""The group's month and names from its number."""
	found = []
	for names in reversed(places.values()):
		number, place = divmod(number, len(names) + 1)
		found.append(names[place - 1] if place else None)
	return (number, *reversed(found))


def _clocks(filters: frappe._dict):
	"""Query of the clocks that are counted, their table, and the month of their limit; select is left."""
	if filters.document_type not in clocked():
		frappe.throw(_("{0} has no time limits.").format(_("Document Type")), CustomerServiceError)
	processes.require(filters.document_type)
	start, end = figures.period(filters)
	table = frappe.qb.DocType("Service Clock")
	query = (
		frappe.qb.from_(table)
		.where((table.reference_doctype == filters.document_type) & (table.due_at >= start) & (table.due_at < end))
		.where(table.status != CANCELLED)
	)
	for key in OWN:
		if filters.get(key):
			query = query.where(table[key] == filters[key])
	if filters.document_type == "Complaint" and any(filters.get(key) for key in figures.MATCHED):
		complaint = frappe.qb.DocType("Complaint")
		query = query.inner_join(complaint).on(complaint.name == table.reference_name)
		query = figures.narrowed(query, complaint, filters)
	return figures.readable(query, "Service Clock"), table, figures.month_of(table.due_at)


def clocked() -> list[str]:
	"""DocTypes that a clock policy is written for."""
	return frappe.get_all("Service Clock Policy", distinct=True, pluck="document_type", order_by="document_type asc")


def _row(row: frappe._dict) -> frappe._dict:
	row.update({key: int(row[key] or 0) for key in COUNTS if key in row})
	row.running = row.started - row.kept - row.late - row.late_running
	row.kept_share = figures.share(row.kept, row.started - row.running)
	row.month = figures.month_label(row.month)
	row.priority = _(row.priority) if row.priority else row.priority
	row.limit, row.waited = flt(row.limit, 1), flt(row.waited, 1)
	return row


def get_chart(data: list[frappe._dict]) -> dict | None:
	"""Limits by month: kept, late, running and late, running in time."""
	if not data:
		return None
	months = list(dict.fromkeys(row.month for row in data))
	sums = {key: dict.fromkeys(months, 0) for key in COUNTS}
	for row in data:
		for key in COUNTS:
			sums[key][row.month] += row[key]
	shown = (
		("kept", _("Kept")),
		("late", _("Late")),
		("late_running", _("Running Late")),
		("running", _("Running in Time")),
	)
	return {
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#28a745", "#e24c4c", "#f8814f", "#d1d8dd"],
		"data": {
			"labels": months,
			"datasets": [{"name": name, "values": list(sums[key].values())} for key, name in shown],
		},
	}


def get_summary(data: list[frappe._dict]) -> list[dict]:
	sums = {key: sum(row[key] for row in data) for key in COUNTS}
	decided = sums["started"] - sums["running"]
	late = sums["late"] + sums["late_running"]
	return [
		{"value": sums["started"], "label": _("Started"), "datatype": "Int"},
		{"value": figures.share(sums["kept"], decided), "label": _("Kept (%)"), "datatype": "Percent"},
		{"value": late, "label": _("Late"), "datatype": "Int", "indicator": "Red" if late else "Green"},
	]
