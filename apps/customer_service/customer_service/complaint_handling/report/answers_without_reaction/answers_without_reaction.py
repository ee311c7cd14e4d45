"""Answered complaints on which the customer has neither accepted nor said what is not solved (F-7). Each user sees the rows that
the list of complaints shows him."""

import frappe
from frappe import _
from frappe.utils import get_datetime

from customer_service.complaint_handling import customer_decision
from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import clock, processes

FIELDS = ("name", "reported_company", "contact_person", "contact_phone", "answered_at", "lead_department")

MOST_DAYS = 3650


def execute(filters: dict | None = None):
	"""Complaints answered longer ago than a number of days, the oldest first.

	:param filters: ``days``; the site's setting, if not given.
	:raises CustomerServiceError: if it is no number of days.
	"""
	processes.require("Complaint")
	return get_columns(), get_data(_days(frappe._dict(filters or {}).get("days")))


def _days(value) -> int:
	if value in (None, ""):
		value = frappe.get_cached_doc("Customer Service Settings").customer_answer_days or 0
	try:
		days = int(value)
	except (TypeError, ValueError):
		days = -1
	if not 0 <= days <= MOST_DAYS:
		frappe.throw(_("{0} must be a number.").format(frappe.bold(_("Days"))), CustomerServiceError)
	return days


def get_columns() -> list[dict]:
	meta = frappe.get_meta("Complaint")
	columns = [{"fieldname": "name", "label": _("Number"), "fieldtype": "Link", "options": "Complaint", "width": 160}]
	for fieldname in FIELDS[1:]:
		df = meta.get_field(fieldname)
		columns.append(
			{
				"fieldname": fieldname,
				"label": _(df.label),
				"fieldtype": df.fieldtype,
				"options": df.options,
				"width": 170,
			}
		)
	return [*columns, {"fieldname": "days", "label": _("Days"), "fieldtype": "Int", "width": 80}]


def get_data(days: int) -> list[dict]:
	rows = frappe.get_list(
		"Complaint",
		filters=customer_decision.unanswered_filters(days),
		fields=list(FIELDS),
		order_by="answered_at asc, name asc",
		limit_page_length=0,
	)
	present = clock.now()
	for row in rows:
		row.days = (present - get_datetime(row.answered_at)).days
	return rows
