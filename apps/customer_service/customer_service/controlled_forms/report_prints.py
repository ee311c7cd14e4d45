"""A report of figures on paper: what was asked for, the chart, the table (F-11)."""

import json

import frappe
from frappe import _
from frappe.core.doctype.access_log.access_log import make_access_log
from frappe.desk import query_report
from frappe.utils import cint, escape_html, format_datetime, formatdate

from customer_service.controlled_forms import charts, layout, printing, register, registers
from customer_service.exceptions import PrintRefusedError
from customer_service.organisation import processes

MOST_ROWS = 2000
"""Of a printed report: more is no report but an export."""

REGISTERS = {"Customer Property Register": "Customer Property"}
"""Reports that are a controlled form themselves: they carry number and version of the default form of this DocType (D-1)."""

TEXTUAL = ("Data", "Link", "Dynamic Link", "Select")


@frappe.whitelist(methods=["GET"])
def report_pdf(report_name: str, filters: str | dict | None = None) -> None:
	"""A report of this app as PDF with its chart, for whoever may open it and print its records.

	:param filters: as the report's own, JSON from the desk.
	:raises frappe.PermissionError: without the right to the report or to print; PrintRefusedError: for another app's report, or
	more rows than can be printed.
	"""
	report = query_report.get_report_doc(report_name)
	frappe.has_permission(report.ref_doctype, "print", throw=True)
	if not processes.is_ours(report.ref_doctype):
		frappe.throw(_("{0} is not a report of customer service.").format(escape_html(report_name)), PrintRefusedError)
	asked = frappe.parse_json(filters) if filters else {}
	content = registers_pdf(report_name, asked if isinstance(asked, dict) else {})
	make_access_log(doctype=report.ref_doctype, file_type="PDF", method="PDF", report_name=report_name, filters=asked)
	printing.respond(frappe.scrub(report_name), content)


def registers_pdf(report_name: str, filters: dict) -> bytes:
	"""The same as bytes.

	:raises PrintRefusedError: for more rows than can be printed.
	"""
	found = query_report.run(report_name, json.dumps(filters, default=str))
	rows = [row for row in found.get("result") or [] if isinstance(row, dict)]
	if len(rows) > MOST_ROWS:
		frappe.throw(
			_("The report has {0} rows; at most {1} can be printed. Narrow it by its filters.").format(
				len(rows), MOST_ROWS
			),
			PrintRefusedError,
		)
	columns = [column for column in found["columns"] if not cint(column.get("hidden"))]
	version = _version(report_name)
	form = frappe._dict(languages=layout.languages(version), version=version)
	html = registers.table_html(
		_titles(report_name, version, form),
		form,
		[escape_html(str(column.get("label") or "")) for column in columns],
		[_cells(row, columns) for row in rows],
		intro=[*_asked(filters), *_summary(found.get("report_summary"))],
		picture=charts.svg(found.get("chart")),
	)
	return printing.html_to_pdf(html)


def _version(report_name: str) -> frappe._dict | None:
	"""The form version in force today that the report is printed as; None for most reports."""
	doctype = REGISTERS.get(report_name)
	return register.version_of(frappe.new_doc(doctype)) if doctype else None


def _titles(report_name: str, version: frappe._dict | None, form: frappe._dict) -> list[str]:
	if not version:
		return [_(report_name)]
	own = [version.title_zh if language == layout.CHINESE_LANGUAGE else version.title_en for language in form.languages]
	return [title for title in own if title] or [_(report_name)]


def _asked(filters: dict) -> list[tuple[str, str]]:
	"""The filters that are set, by their own names."""
	return [
		(escape_html(_(frappe.unscrub(key))), escape_html(_(str(value))))
		for key, value in filters.items()
		if value not in (None, "", 0)
	]


def _summary(summary: list[dict] | None) -> list[tuple[str, str]]:
	return [
		(escape_html(str(each["label"])), _number(each["value"], each.get("datatype"), None)) for each in summary or ()
	]


def _cells(row: dict, columns: list[dict]) -> list[str]:
	cells = [_cell(row, column) for column in columns]
	return [f"<strong>{cell}</strong>" if cell else "" for cell in cells] if row.get("is_total") else cells


def _cell(row: dict, column: dict) -> str:
	value, fieldtype = row.get(column["fieldname"]), column.get("fieldtype")
	if value in (None, ""):
		return ""
	if fieldtype == "Datetime":
		return format_datetime(value, "yyyy-MM-dd HH:mm")
	if fieldtype == "Date":
		return formatdate(value, "yyyy-MM-dd")
	if fieldtype in TEXTUAL or isinstance(value, str):
		text = str(value)
		return escape_html(_(text) if fieldtype == "Link" else text)
	return _number(value, fieldtype, column.get("precision"))


def _number(value, fieldtype: str | None, precision) -> str:
	if value is None:
		return "–"
	if isinstance(value, str):
		return escape_html(value)
	if fieldtype == "Int":
		return f"{cint(value):,}"
	if fieldtype == "Percent":
		return f"{float(value):.1f} %"
	return f"{float(value):,.{2 if precision in (None, '') else cint(precision)}f}"
