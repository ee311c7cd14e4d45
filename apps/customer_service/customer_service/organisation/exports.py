"""Exports of lists and reports: no cell of ours is a live formula in a spreadsheet (S8)."""

import csv
import io

import frappe
import openpyxl

from customer_service.organisation import processes

STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value):
	"""Text that a spreadsheet would take for a formula, with an apostrophe in front; numbers and other text as they are."""
	if not isinstance(value, str) or not value.startswith(STARTS):
		return value
	try:
		float(value)
	except ValueError:
		return "'" + value
	return value


@frappe.whitelist()
def export_report() -> None:
	"""Export of a report (stands in for Frappe's own, whose cells may be live formulas)."""
	from frappe.desk.query_report import export_query

	report = frappe.form_dict.get("report_name")
	doctype = frappe.db.get_value("Report", report, "ref_doctype")
	export_query()
	_guard(doctype)


@frappe.whitelist()
def export_list() -> None:
	"""Export of a list (stands in for Frappe's own, whose cells may be live formulas)."""
	from frappe.desk.reportview import export_query

	doctype = frappe.form_dict.get("doctype")
	export_query()
	_guard(doctype)


def _guard(doctype: str | None) -> None:
	if not doctype or not processes.is_ours(doctype):
		return
	response = frappe.response
	if response.get("filecontent") is None:
		return
	is_csv = str(response.get("filename", "")).endswith(".csv")
	response["filecontent"] = (guard_csv if is_csv else guard_xlsx)(response["filecontent"])


def guard_csv(content: bytes) -> bytes:
	"""The same CSV with every cell safe, written as the user asked for it."""
	delimiter = frappe.form_dict.get("csv_delimiter") or ","
	quoting = int(frappe.form_dict.get("csv_quoting") or csv.QUOTE_NONNUMERIC)
	out = io.StringIO()
	writer = csv.writer(out, delimiter=delimiter, quoting=quoting)
	for row in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter):
		writer.writerow([safe_cell(cell) for cell in row])
	return out.getvalue().encode("utf-8")


def guard_xlsx(content: bytes) -> bytes:
	"""The same workbook with formulas turned into the text that was typed."""
	book = openpyxl.load_workbook(io.BytesIO(content))
	for sheet in book:
		for row in sheet.iter_rows():
			for cell in row:
				if cell.data_type == "f":
					cell.data_type = "s"
					cell.quotePrefix = True
	out = io.BytesIO()
	book.save(out)
	return out.getvalue()
