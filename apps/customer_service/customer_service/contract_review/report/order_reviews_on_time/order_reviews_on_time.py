"""How fast departments answer in joint reviews, by the month in which they were asked (C-2).

An opinion that became void later was given in time or not all the same; it is counted as void besides. One that was carried over
from an older version of an order was not asked for. *Working minutes* are counted in the calendar that the settings name for
statistics, from the question to the signature, whatever limits the department has.
"""

import frappe
from frappe import _

from customer_service.complaint_handling import figures
from customer_service.contract_review import opinions
from customer_service.organisation import clock, processes

FIELDS = ("department", "status", "asked_at", "due_at", "given_at", "is_late")
OWN = ("department", "customer")
COUNTS = ("asked", "in_time", "late", "open_late", "open", "withdrawn", "void")


def execute(filters: dict | None = None):
	"""Rows by month and department, with chart and summary.

	:param filters: ``from_date`` and ``to_date`` (days on which departments were asked, inclusive); ``department``, ``customer``.
	:raises CustomerServiceError: if the period ends before it starts.
	"""
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("month", _("Month"), "Data", 90),
		figures.column("department", _("Department"), "Link", 180, options="Service Department"),
		figures.column("asked", _("Opinions Asked"), width=130),
		figures.column("in_time", _("Given in Time"), width=120),
		figures.column("late", _("Given Late"), width=110),
		figures.column("open_late", _("Open and Late"), width=120),
		figures.column("open", _("Open in Time"), width=110),
		figures.column("withdrawn", _("Question Withdrawn"), width=150),
		figures.column("void", _("Became Void"), width=110),
		figures.column("in_time_share", _("In Time (%)"), "Percent", 100),
		figures.column("mean_minutes", _("Working Minutes (mean)"), "Float", 160, precision=1),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	"""One statement; its rows are counted here, since working time is measured by a calendar that the database does not know."""
	present = clock.now()
	groups: dict[tuple, frappe._dict] = {}
	for row in _asked(filters):
		key = (figures.month_number(row.asked_at), row.department)
		group = groups.setdefault(key, frappe._dict(dict.fromkeys(COUNTS, 0), minutes=[]))
		group.asked += 1
		group[outcome(row, present)] += 1
		group.void += row.status == opinions.VOID
		if row.given_at:
			group.minutes.append(figures.working_minutes(row.asked_at, row.given_at))
	return [_row(key, groups[key]) for key in sorted(groups)]


def _asked(filters: frappe._dict) -> list[frappe._dict]:
	processes.require(opinions.DOCTYPE)
	start, end = figures.period(filters)
	table = frappe.qb.DocType(opinions.DOCTYPE)
	query = (
		frappe.qb.from_(table)
		.select(*(table[field] for field in FIELDS))
		.where((table.asked_at >= start) & (table.asked_at < end) & table.carried_from.isnull())
	)
	for field in OWN:
		if filters.get(field):
			query = query.where(table[field] == filters[field])
	return figures.readable(query, opinions.DOCTYPE).run(as_dict=True)


def outcome(row: frappe._dict, present) -> str:
	"""Which of the counts an opinion belongs to, besides ``asked`` and ``void``."""
	if row.status == opinions.WITHDRAWN:
		return "withdrawn"
	if row.given_at:
		return "late" if row.is_late else "in_time"
	return "open_late" if row.is_late or (row.due_at and row.due_at < present) else "open"


def _row(key: tuple, group: frappe._dict) -> frappe._dict:
	month, department = key
	minutes = group.pop("minutes")
	decided = group.in_time + group.late + group.open_late
	return frappe._dict(
		group,
		month=figures.month_label(month),
		department=department,
		in_time_share=figures.share(group.in_time, decided),
		mean_minutes=round(sum(minutes) / len(minutes), 1) if minutes else None,
	)


def get_chart(data: list[frappe._dict]) -> dict | None:
	"""Opinions by department: in time, late, open and late, open."""
	if not data:
		return None
	departments = sorted({row.department for row in data})
	shown = (
		("in_time", _("Given in Time"), "#28a745"),
		("late", _("Given Late"), "#e24c4c"),
		("open_late", _("Open and Late"), "#f8814f"),
		("open", _("Open in Time"), "#d1d8dd"),
	)
	return {
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": [colour for _key, _name, colour in shown],
		"data": {
			"labels": [_(department) for department in departments],
			"datasets": [
				{
					"name": name,
					"values": [
						sum(row[key] for row in data if row.department == department) for department in departments
					],
				}
				for key, name, _colour in shown
			],
		},
	}


def get_summary(data: list[frappe._dict]) -> list[dict]:
	sums = {key: sum(row[key] for row in data) for key in COUNTS}
	decided = sums["in_time"] + sums["late"] + sums["open_late"]
	return [
		{"value": sums["asked"], "label": _("Opinions Asked"), "datatype": "Int"},
		{"value": figures.share(sums["in_time"], decided), "label": _("In Time (%)"), "datatype": "Percent"},
		{
			"value": sums["open_late"],
			"label": _("Open and Late"),
			"datatype": "Int",
			"indicator": "Red" if sums["open_late"] else "Green",
		},
	]
