"""Open work by department and person: how much, how much of it late or due soon, and how old it is (I-2)."""

import frappe
from frappe import _
from frappe.utils import flt
from pypika.functions import Count, Sum
from pypika.terms import PseudoColumn

from customer_service.complaint_handling import figures
from customer_service.organisation import clock, processes, work

COUNTS = ("late", "due_today", "due_this_week")
KINDS = {
	"Complaint": "complaints",
	"Complaint Task": "tasks",
	"Complaint Disposition": "dispositions",
}
"""Columns of their own; work of other DocTypes is in *Other*."""

TimestampDiff = frappe.query_builder.CustomFunction("TIMESTAMPDIFF", ["unit", "start", "end"])


def execute(filters: dict | None = None):
	"""Rows by department and person with chart and summary.

	:param filters: ``department``, ``person``.
	"""
	processes.require("Complaint")
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("department", _("Department"), "Link", 180, options="Service Department"),
		figures.column("person", _("Assigned To"), "Link", 200, options="User"),
		figures.column("complaints", _("Complaints"), width=100),
		figures.column("tasks", _("Tasks"), width=90),
		figures.column("dispositions", _("Dispositions"), width=110),
		figures.column("others", _("Others"), width=90),
		figures.column("total", _("Open"), width=90),
		figures.column("late", _("Late"), width=80),
		figures.column("due_today", _("Due Today"), width=100),
		figures.column("due_this_week", _("Due This Week"), width=120),
		figures.column("mean_age", _("Mean Age (days)"), "Float", 130, precision=1),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	"""One statement for each kind of work; the department with most open work first, in it the person with most."""
	found: dict[tuple, frappe._dict] = {}
	present = clock.now()
	for doctype, kind in work.in_use().items():
		for row in _grouped(doctype, kind, present, filters).run(as_dict=True):
			_add(found, doctype, row)
	rows = [_with_age(row) for row in found.values()]
	totals: dict[str | None, int] = {}
	for row in rows:
		totals[row.department] = totals.get(row.department, 0) + row.total
	return sorted(rows, key=lambda row: (-totals[row.department], row.department or "", -row.total, row.person or ""))


def _grouped(doctype: str, kind: work.Work, present, filters: frappe._dict):
	query, table = work.running(doctype, kind)
	department, person, due = table[kind.department], table[kind.person], table[kind.due]
	limits = work.moments(kind, present)
	minutes = TimestampDiff(PseudoColumn("MINUTE"), table[kind.since], present)
	query = query.select(
		department.as_("department"),
		person.as_("person"),
		Count("*").as_("total"),
		figures.count_if(due < limits.late).as_("late"),
		figures.count_if((due >= limits.late) & (due < limits.today)).as_("due_today"),
		figures.count_if((due >= limits.late) & (due < limits.week)).as_("due_this_week"),
		Sum(minutes).as_("age"),
	).groupby(department, person)
	if filters.get("department"):
		query = query.where(department == filters.department)
	if filters.get("person"):
		query = query.where(person == filters.person)
	return figures.readable(query, doctype)


def _add(found: dict, doctype: str, row: frappe._dict) -> None:
	key = (row.department or None, row.person or None)
	into = found.setdefault(
		key,
		frappe._dict.fromkeys((*KINDS.values(), "others", "total", *COUNTS, "age"), 0)
		| {"department": key[0], "person": key[1]},
	)
	into = found[key] = frappe._dict(into)
	for column in (KINDS.get(doctype, "others"), "total"):
		into[column] += row.total
	for column in (*COUNTS, "age"):
		into[column] += int(row[column] or 0)


def _with_age(row: frappe._dict) -> frappe._dict:
	row.mean_age = flt(row.pop("age") / row.total / 1440, 1)
	return row


def get_chart(data: list[frappe._dict]) -> dict | None:
	"""Open work of each department, the late part apart."""
	if not data:
		return None
	sums: dict[str, list[int]] = {}
	for row in data:
		total = sums.setdefault(_(row.department) if row.department else _("Not Routed"), [0, 0])
		total[0] += row.total - row.late
		total[1] += row.late
	return {
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#7cd6fd", "#e24c4c"],
		"data": {
			"labels": list(sums),
			"datasets": [
				{"name": _("In Time"), "values": [intime for intime, _late in sums.values()]},
				{"name": _("Late"), "values": [late for _intime, late in sums.values()]},
			],
		},
	}


def get_summary(data: list[frappe._dict]) -> list[dict]:
	late = sum(row.late for row in data)
	return [
		{"value": sum(row.total for row in data), "label": _("Open"), "datatype": "Int", "indicator": "Blue"},
		{"value": late, "label": _("Late"), "datatype": "Int", "indicator": "Red" if late else "Green"},
		{"value": sum(row.due_today for row in data), "label": _("Due Today"), "datatype": "Int"},
		{"value": sum(row.due_this_week for row in data), "label": _("Due This Week"), "datatype": "Int"},
	]
