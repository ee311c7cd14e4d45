"""Periodic checks of customers' property that are overdue, or due soon: whose, of what, since when (D-6).

Each user sees the checks that his list shows him.
"""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, date_diff

from customer_service.complaint_handling import figures
from customer_service.organisation import clock, processes, states

CHECK = "Property Check"
ITEM = "Customer Property"


def execute(filters: dict | None = None):
	"""The most overdue first, with chart and summary.

	:param filters: ``days``: also what is due within so many days (0 if not given), ``department``, ``customer``, ``check_kind``.
	"""
	processes.require(CHECK)
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("name", _("Number"), "Link", 150, options=CHECK),
		figures.column("customer_property", _("Customer Property"), "Link", 140, options=ITEM),
		figures.column("property_name", _("Name of the Property"), "Data", 180),
		figures.column("customer", _("Customer"), "Link", 110, options="Service Customer"),
		figures.column("check_kind", _("Kind of Check"), "Link", 120, options="Property Check Kind"),
		figures.column("department", _("Department"), "Link", 130, options="Service Department"),
		figures.column("assigned_to", _("Assigned To"), "Link", 160, options="User"),
		figures.column("due_on", _("Due On"), "Date", 100),
		figures.column("days_overdue", _("Days Overdue"), width=110),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	today, ahead = clock.now().date(), cint(filters.days)
	last_day = today + timedelta(days=ahead if ahead > 0 else -1)
	check = frappe.qb.DocType(CHECK)
	fields = (
		"name",
		"customer_property",
		"property_name",
		"customer",
		"check_kind",
		"department",
		"assigned_to",
		"due_on",
	)
	query = (
		frappe.qb.from_(check)
		.select(*(check[field] for field in fields))
		.where(check.state_category.notin(states.ENDED) & (check.due_on <= last_day))
		.orderby(check.due_on, check.name)
	)
	for field in ("department", "customer", "check_kind"):
		if filters.get(field):
			query = query.where(check[field] == filters[field])
	rows = figures.readable(query, CHECK).run(as_dict=True)
	for row in rows:
		row.days_overdue = date_diff(today, row.due_on)
		row.is_late = row.days_overdue > 0
	return rows


def get_chart(data: list[frappe._dict]) -> dict | None:
	"""Checks by department: overdue and due."""
	if not data:
		return None
	departments = sorted({row.department or "" for row in data})
	counts = {
		late: [sum(row.is_late is late and (row.department or "") == each for row in data) for each in departments]
		for late in (True, False)
	}
	return {
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#e24c4c", "#f8814f"],
		"data": {
			"labels": [_(department) for department in departments],
			"datasets": [
				{"name": _("Overdue"), "values": counts[True]},
				{"name": _("Due Soon"), "values": counts[False]},
			],
		},
	}


def get_summary(data: list[frappe._dict]) -> list[dict]:
	late = sum(row.is_late for row in data)
	return [
		{"value": len(data), "label": _("Checks"), "datatype": "Int"},
		{"value": late, "label": _("Overdue"), "datatype": "Int", "indicator": "Red" if late else "Green"},
	]
