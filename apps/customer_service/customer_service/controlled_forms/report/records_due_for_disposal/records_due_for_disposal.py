"""Records whose retention has ended: what may be requested for disposal (J-4). How months are counted: see `retention.py`."""

import frappe
from frappe import _

from customer_service.controlled_forms import retention


def execute(filters: dict | None = None):
	"""Rows of the list with a summary.

	:param filters: ``document_type``; ``until`` (last day, inclusive; today if not given); ``with_held`` (also what is held).
	"""
	filters = frappe._dict(filters or {})
	data = get_data(filters)
	return get_columns(), data, None, None, get_summary(data)


def get_columns() -> list[dict]:
	return [
		{
			"fieldname": "document_type",
			"label": _("Document Type"),
			"fieldtype": "Data",  # as a link, the report would ask for the right to read Frappe's DocTypes
			"width": 140,
		},
		{
			"fieldname": "document_name",
			"label": _("Number"),
			"fieldtype": "Dynamic Link",
			"options": "document_type",
			"width": 160,
		},
		{"fieldname": "title", "label": _("Title"), "fieldtype": "Data", "width": 200},
		{
			"fieldname": "customer",
			"label": _("Customer"),
			"fieldtype": "Link",
			"options": "Service Customer",
			"width": 120,
		},
		{"fieldname": "ended_at", "label": _("Ended At"), "fieldtype": "Datetime", "width": 165},
		{"fieldname": "retention_months", "label": _("Retention (months)"), "fieldtype": "Int", "width": 110},
		{"fieldname": "due_since", "label": _("Due Since"), "fieldtype": "Date", "width": 110},
		{
			"fieldname": "legal_hold",
			"label": _("Legal Hold"),
			"fieldtype": "Link",
			"options": "Legal Hold",
			"width": 140,
		},
	]


def get_data(filters: frappe._dict) -> list[dict]:
	return retention.due(filters.get("until"), filters.get("document_type"), bool(frappe.utils.cint(filters.with_held)))


def get_summary(data: list[dict]) -> list[dict]:
	held = sum(bool(row.legal_hold) for row in data)
	return [
		{"value": len(data) - held, "label": _("Due for Disposal"), "datatype": "Int", "indicator": "Orange"},
		{"value": held, "label": _("Under Legal Hold"), "datatype": "Int", "indicator": "Blue"},
	]
