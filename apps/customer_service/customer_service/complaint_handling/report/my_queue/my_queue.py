"""Everything that waits for the user in one list, what is due first at the top (G-4, I-2).

That is what is assigned to him, what his departments have and nobody is assigned to, and what waits for his approval.
"""

from datetime import datetime, time, timedelta

import frappe
from frappe import _
from frappe.utils import getdate

from customer_service.complaint_handling import disposition_approval, figures
from customer_service.organisation import access, clock, processes, work

MOST = 500
"""Records of one kind; who has more is not helped by a longer list."""

MINE, DEPARTMENT, APPROVAL = "mine", "department", "approval"


def execute(filters: dict | None = None):
	"""Rows with a summary.

	:param filters: ``document_type`` (one kind of work only); ``whole_department`` (also what colleagues are assigned to).
	"""
	processes.require("Complaint")
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, None, get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("due", _("Due At"), "Datetime", 165),
		figures.column("kind", _("Kind of Work"), "Data", 150),
		figures.column("name", _("Number"), "Dynamic Link", 160, options="document_type"),
		figures.column("title", _("About"), "Data", 200),
		figures.column("reason", _("Why It Waits for Me"), "Data", 170),
		figures.column("state", _("Status"), "Data", 150),
		figures.column("department", _("Department"), "Link", 160, options="Service Department"),
		figures.column("person", _("Assigned To"), "Link", 190, options="User"),
		figures.column("since", _("Since"), "Datetime", 165),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	"""A statement or two for each kind of work, each by its own index; what has no limit comes last."""
	present = clock.now()
	rows: dict[tuple, frappe._dict] = {}
	for doctype, kind in work.in_use().items():
		if filters.get("document_type") in (None, "", doctype):
			for reason, query in _queries(doctype, kind, filters):
				for row in query.run(as_dict=True):
					rows.setdefault((doctype, row.name), _shown(row, doctype, kind, reason, present))
	return sorted(rows.values(), key=lambda row: (row.due is None, row.due or present, row.name))


def _queries(doctype: str, kind: work.Work, filters: frappe._dict):
	user = frappe.session.user
	departments = access.departments_of(user)
	if doctype == "Complaint Disposition":
		names = disposition_approval.awaiting(user)
		if names:
			query, table = _selected(doctype, kind)
			yield APPROVAL, figures.readable(query.where(table.name.isin(names)), doctype)
	query, table = _selected(doctype, kind)
	yield MINE, figures.readable(query.where(table[kind.person] == user), doctype)
	if departments:
		query, table = _selected(doctype, kind)
		query = query.where(table[kind.department].isin(departments))
		if not frappe.utils.cint(filters.get("whole_department")):
			query = query.where(table[kind.person].isnull() | (table[kind.person] == ""))
		yield DEPARTMENT, figures.readable(query, doctype)


def _selected(doctype: str, kind: work.Work):
	query, table = work.running(doctype, kind)
	columns = {key: table[getattr(kind, key)].as_(key) for key in ("department", "person", "due", "since", "title")}
	query = query.select(table.name, table[kind.state].as_("state"), *columns.values())
	return query.orderby(table[kind.due].isnull()).orderby(table[kind.due]).limit(MOST), table


def _shown(row: frappe._dict, doctype: str, kind: work.Work, reason: str, present: datetime) -> frappe._dict:
	if kind.due_is_day and row.due:
		row.due = datetime.combine(getdate(row.due), time()) + timedelta(days=1, minutes=-1)
	row.update({"document_type": doctype, "kind": _(doctype), "reason": _why(reason, row), "state": _(row.state or "")})
	row.is_late = int(bool(row.due and row.due < present))
	return row


def _why(reason: str, row: frappe._dict) -> str:
	if reason == APPROVAL:
		return _("Waits for My Approval")
	if reason == MINE:
		return _("Assigned to Me")
	return _("My Department") if row.person else _("Nobody Assigned")


def get_summary(data: list[frappe._dict]) -> list[dict]:
	today = getdate(clock.now())
	late = sum(row.is_late for row in data)
	due = sum(bool(row.due and not row.is_late and getdate(row.due) == today) for row in data)
	return [
		{"value": len(data), "label": _("Waiting for Me"), "datatype": "Int", "indicator": "Blue"},
		{"value": late, "label": _("Late"), "datatype": "Int", "indicator": "Red" if late else "Green"},
		{"value": due, "label": _("Due Today"), "datatype": "Int"},
	]
