"""What of an order is reviewed, as hashes: what a department saw, what was approved (C-2, L3)."""

import re

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation.content import content_of, fingerprint

DOCTYPE, LINE = "Contract Review", "Contract Review Line"

TABLE, ORIGIN = "lines", "origin_line"

WORKING = frozenset(
	{
		"naming_series",
		"customer_name",
		"contact_person",
		"contact_phone",
		"contact_email",
		"received_at",
		"lead_department",
		"workflow_state",
		"state_category",
		"version",
		"previous_version",
		"superseded_by",
		"order_root",
		"total",
		"company_total",
		"first_delivery",
		"has_new_item",
		"clarifications",
		"confirmed_by",
		"confirmed_at",
		"confirmation",
		"confirmation_sent_at",
		"review_matrix",
		"review_started_at",
		"reviewed_at",
		"approved_at",
		"departments",
		"decisions",
		"approved_content",
		"countersigned_order",
		"countersigned_sent_at",
		"released_at",
		"released_by",
		"ended_at",
		"short_close_reason",
		"reference_doctype",
		"reference_name",
		"linked_sales_order",
	}
)
"""Fields that the review itself writes, or that nobody's opinion depends on. Whatever else the form has is reviewed, fields that an
administrator added included."""


def reviewed(order) -> dict:
	"""What is reviewed: every field that is not at its default, lines and attachments included."""
	content = {field: value for field, value in content_of(order).items() if field not in WORKING}
	for row in content.get(TABLE, []):
		row.pop(ORIGIN, None)  # which line of an older version it was is nothing that anybody decides on
	return content


def seen_of(content: dict, concerned: str | None = None) -> str:
	"""Hash of what was reviewed, or of the part of it that concerns a department.

	:param content: of `reviewed`. :param concerned: field names as a matrix has them; everything if empty.
	"""
	fields = names(concerned)
	if not fields:
		return fingerprint(content)
	part = {field: content.get(field) for field in fields if "." not in field}
	columns = [field.partition(".")[2] for field in fields if "." in field]
	rows = [{column: row.get(column) for column in columns} for row in content.get(TABLE, [])] if columns else []
	return fingerprint({**part, TABLE: part.get(TABLE) or rows})


def names(concerned: str | None) -> list[str]:
	"""Field names out of what was typed: one a line or separated by commas."""
	return [name for name in re.split(r"[\s,，;；、]+", concerned or "") if name]


def refuse_unknown(concerned: str | None, department: str) -> None:
	"""Refuse names that are no reviewed fields of an order or its lines.

	:raises CustomerServiceError: names the department and the field.
	"""
	order, line = frappe.get_meta(DOCTYPE), frappe.get_meta(LINE)
	for name in names(concerned):
		table, _point, column = name.rpartition(".")
		known = line.has_field(column) if table == TABLE else not table and order.has_field(name)
		if not known or name in WORKING:
			frappe.throw(
				_("{0}: {1} is no field of an order that is reviewed. Fields of the lines are written as {2}.").format(
					frappe.bold(escape_html(_(department))), frappe.bold(escape_html(name)), f"{TABLE}.qty"
				),
				CustomerServiceError,
			)
