"""Improvements, their actions and effectiveness checks whose day has passed, by department and days late (I-2).

Each user sees the rows that the lists of improvements and of actions show him.
"""

import frappe
from frappe import _
from frappe.utils import date_diff, getdate

from customer_service.organisation import clock, processes, states

IMPLEMENTATION, ACTION, CHECK = "Implementation", "Action", "Effectiveness Check"


def execute(filters: dict | None = None):
	"""What is late, the latest first, with a chart by department and a summary.

	:param filters: ``as_of`` (a day, today if not given; what is due on that day is not late), ``department`` and ``what``
		(Implementation, Action or Effectiveness Check).
	"""
	processes.require("Improvement")
	filters = frappe._dict(filters or {})
	data = get_data(filters)
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	return [
		{"fieldname": "what", "label": _("What Is Late"), "fieldtype": "Data", "width": 120},
		{"fieldname": "document_type", "label": _("Document Type"), "fieldtype": "Data", "hidden": 1},
		{
			"fieldname": "document",
			"label": _("Number"),
			"fieldtype": "Dynamic Link",
			"options": "document_type",
			"width": 150,
		},
		{
			"fieldname": "improvement",
			"label": _("Improvement"),
			"fieldtype": "Link",
			"options": "Improvement",
			"width": 150,
		},
		{"fieldname": "title", "label": _("Title"), "fieldtype": "Data", "width": 210},
		{
			"fieldname": "department",
			"label": _("Department"),
			"fieldtype": "Link",
			"options": "Service Department",
			"width": 150,
		},
		{"fieldname": "person", "label": _("Person"), "fieldtype": "Link", "options": "User", "width": 150},
		{"fieldname": "due_on", "label": _("Due Date"), "fieldtype": "Date", "width": 110},
		{"fieldname": "days_late", "label": _("Days Late"), "fieldtype": "Int", "width": 100},
	]


def get_data(filters: frappe._dict) -> list[dict]:
	as_of = getdate(filters.get("as_of") or clock.now())
	found = [*_implementations(as_of), *_actions(as_of), *_checks(as_of)]
	rows = []
	for row in found:
		if filters.get("what") in (None, "", row.what) and filters.get("department") in (None, "", row.department):
			rows.append({**row, "days_late": date_diff(as_of, row.due_on), "kind": row.what, "what": _(row.what)})
	return sorted(rows, key=lambda row: (-row["days_late"], row["document"], row["kind"]))


def _implementations(as_of) -> list[frappe._dict]:
	filters = [["implemented_at", "is", "not set"], ["state_category", "in", states.RUNNING]]
	rows = _rows("Improvement", "due_on", as_of, filters, ("name", "title", "lead_department", "leader", "due_on"))
	return [_row(IMPLEMENTATION, row.name, row, row.lead_department, row.leader, row.due_on) for row in rows]


def _actions(as_of) -> list[frappe._dict]:
	fields = ("name", "title", "improvement", "department", "responsible", "due_date")
	rows = _rows("Improvement Action", "due_date", as_of, [["status", "=", "Open"]], fields)
	return [_row(ACTION, row.improvement, row, row.department, row.responsible, row.due_date) for row in rows]


def _checks(as_of) -> list[frappe._dict]:
	filters = [["state_category", "not in", states.ENDED]]
	fields = ("name", "title", "lead_department", "checking_department", "supervisor", "effectiveness_due_on")
	return [
		_row(
			CHECK,
			row.name,
			row,
			row.checking_department or row.lead_department,
			row.supervisor,
			row.effectiveness_due_on,
		)
		for row in _rows("Improvement", "effectiveness_due_on", as_of, filters, fields)
	]


def _rows(doctype: str, due: str, as_of, filters: list, fields: tuple[str, ...]) -> list:
	is_late = [[due, "is", "set"], [due, "<", as_of]]
	return frappe.get_list(doctype, filters=[*is_late, *filters], fields=list(fields), limit_page_length=0)


def _row(what: str, improvement: str, row, department: str, person: str, due_on) -> frappe._dict:
	doctype = "Improvement Action" if what == ACTION else "Improvement"
	return frappe._dict(
		what=what,
		document_type=doctype,
		document=row.name,
		improvement=improvement,
		title=row.title,
		department=department,
		person=person,
		due_on=due_on,
	)


def get_chart(data: list[dict]) -> dict | None:
	if not data:
		return None
	counts: dict[str, int] = {}
	for row in data:
		counts[row["department"]] = counts.get(row["department"], 0) + 1
	ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0] or ""))
	return {
		"type": "bar",
		"colors": ["#cb2929"],
		"data": {
			"labels": [_(department) if department else _("Not Routed") for department, _count in ordered],
			"datasets": [{"name": _("Late"), "values": [count for _department, count in ordered]}],
		},
	}


def get_summary(data: list[dict]) -> list[dict]:
	days = [row["days_late"] for row in data]
	return [
		{"value": len(data), "label": _("Late"), "datatype": "Int", "indicator": "Red" if data else "Green"},
		{"value": max(days, default=0), "label": _("Most Days Late"), "datatype": "Int"},
		{
			"value": round(sum(days) / len(days), 1) if days else 0,
			"label": _("Average Days Late"),
			"datatype": "Float",
			"precision": 1,
		},
	]
