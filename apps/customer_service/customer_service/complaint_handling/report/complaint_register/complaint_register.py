"""客诉清单: the register of complaints in a period (F-1). Each user sees the rows that the list of complaints shows him."""

import frappe
from frappe import _
from frappe.utils import getdate

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import processes, states

FIELDS = (
	"name",
	"received_at",
	"reported_company",
	"topic",
	"complaint_class",
	"severity",
	"priority",
	"order_no",
	"part_no",
	"shipped_qty",
	"defective_qty",
	"lead_department",
	"assigned_to",
	"workflow_state",
	"response_due",
	"response_breached",
	"resolution_due",
	"resolution_breached",
	"state_category",
)
MATCHED = ("lead_department", "complaint_class", "topic", "customer", "workflow_state")


def execute(filters: dict | None = None):
	"""Rows of the register with a chart by department and a summary.

	:param filters: ``from_date`` and ``to_date`` (days of receipt, both inclusive), and any of `MATCHED`.
	:raises CustomerServiceError: if the period ends before it starts.
	"""
	processes.require("Complaint")
	filters = frappe._dict(filters or {})
	data = get_data(filters)
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	meta = frappe.get_meta("Complaint")
	widths = {"name": 150, "received_at": 165, "reported_company": 190, "response_due": 165, "resolution_due": 165}
	columns = []
	for fieldname in FIELDS[:-1]:
		if fieldname == "name":
			columns.append(
				{"fieldname": "name", "label": _("Number"), "fieldtype": "Link", "options": "Complaint", "width": 150}
			)
			continue
		df = meta.get_field(fieldname)
		label = "Customer" if fieldname == "reported_company" else df.label
		columns.append(
			{
				"fieldname": fieldname,
				"label": _(label),
				"fieldtype": df.fieldtype,
				"options": df.options,
				"width": widths.get(fieldname, 120),
			}
		)
	return columns


def get_data(filters: frappe._dict) -> list[dict]:
	conditions = [[field, "=", filters[field]] for field in MATCHED if filters.get(field)]
	first, last = filters.get("from_date"), filters.get("to_date")
	if first and last and getdate(last) < getdate(first):
		frappe.throw(_("{0} must not be before {1}.").format(_("To Date"), _("From Date")), CustomerServiceError)
	if first:
		conditions.append(["received_at", ">=", f"{getdate(first)} 00:00:00"])
	if last:
		conditions.append(["received_at", "<=", f"{getdate(last)} 23:59:59.999999"])
	return frappe.get_list(
		"Complaint",
		filters=conditions,
		fields=list(FIELDS),
		order_by="received_at desc, name desc",
		limit_page_length=0,
	)


def get_chart(data: list[dict]) -> dict | None:
	counts: dict[str, int] = {}
	for row in data:
		department = _(row.lead_department) if row.lead_department else _("Not Routed")
		counts[department] = counts.get(department, 0) + 1
	if not counts:
		return None
	ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
	return {
		"type": "bar",
		"colors": ["#7cd6fd"],
		"data": {
			"labels": [department for department, _count in ordered],
			"datasets": [{"name": _("Complaints"), "values": [count for _department, count in ordered]}],
		},
	}


def get_summary(data: list[dict]) -> list[dict]:
	running = sum(row.state_category in states.RUNNING for row in data)
	late = sum(bool(row.resolution_breached or row.response_breached) for row in data)
	return [
		{"value": len(data), "label": _("Complaints"), "datatype": "Int"},
		{"value": running, "label": _("Open"), "datatype": "Int", "indicator": "Blue"},
		{"value": late, "label": _("Late"), "datatype": "Int", "indicator": "Red" if late else "Green"},
	]
