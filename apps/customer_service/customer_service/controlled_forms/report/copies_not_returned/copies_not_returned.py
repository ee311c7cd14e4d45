"""Recalled copies of procedures that are still out, the longest-awaited first (J-3)."""

import frappe
from frappe import _
from frappe.utils import get_datetime

from customer_service.controlled_forms.document_copies import COPY, RECALLED
from customer_service.organisation import clock

FIELDS = ("name", "procedure_version", "copy_number", "holder", "holder_department", "outside_holder")
MATCHED = ("document", "holder_department")


def execute(filters: dict | None = None):
	"""Rows and a summary.

	:param filters: any of `MATCHED`.
	"""
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, None, get_summary(data)


def get_columns() -> list[dict]:
	meta = frappe.get_meta(COPY)
	columns = [{"fieldname": "name", "label": _(COPY), "fieldtype": "Link", "options": COPY, "width": 190}]
	for fieldname in (*FIELDS[1:], "received_at", "recall_requested_at"):
		df = meta.get_field(fieldname)
		columns.append(
			{
				"fieldname": fieldname,
				"label": _(df.label),
				"fieldtype": df.fieldtype,
				"options": df.options,
				"width": 100 if df.fieldtype == "Int" else 170,
			}
		)
	columns.append({"fieldname": "days", "label": _("Days Since Recall"), "fieldtype": "Int", "width": 130})
	return columns


def get_data(filters: frappe._dict) -> list[dict]:
	rows = frappe.get_list(
		COPY,
		filters={"state": RECALLED, **{field: filters[field] for field in MATCHED if filters.get(field)}},
		fields=[*FIELDS, "received_at", "recall_requested_at"],
		order_by="recall_requested_at asc, name asc",
		limit_page_length=0,
	)
	today = clock.now().date()
	for row in rows:
		row.days = (today - get_datetime(row.recall_requested_at).date()).days
	return rows


def get_summary(data: list[dict]) -> list[dict]:
	never = sum(not row.received_at for row in data)
	return [
		{
			"value": len(data),
			"label": _("Copies Not Returned"),
			"datatype": "Int",
			"indicator": "Red" if data else "Green",
		},
		{"value": never, "label": _("Receipt Never Confirmed"), "datatype": "Int"},
	]
