"""What the desk's own PDF buttons call: these stand in for Frappe's endpoints, which need wkhtmltopdf."""

import json
import shutil

import frappe
from frappe import _
from frappe.core.doctype.access_log.access_log import make_access_log

from customer_service import compat
from customer_service.controlled_forms import batch, printing
from customer_service.exceptions import PrintRefusedError

MOST_RECORDS = 200
"""Of one request; a Print Job takes more."""


@frappe.whitelist(allow_guest=True)
def download_pdf(doctype: str, name: str, format: str | None = None, language: str | None = None, **kwargs) -> None:
	"""The desk's PDF button (stands in for Frappe's own, which needs wkhtmltopdf). Other apps' records go to Frappe.

	A guest gets no further here than in Frappe: the permission to print the record is checked.
	"""
	if not printing.handles(doctype):
		from frappe.utils.print_format import download_pdf as frappe_download

		return frappe.call(frappe_download, doctype=doctype, name=name, format=format, language=language, **kwargs)
	doc = frappe.get_doc(doctype, name)
	printing.check_permission(doc)
	html = printing.render_html(
		doc, print_format=printing.named_layout(format), language=printing.known_language(language)
	)
	content = printing.html_to_pdf(html)
	make_access_log(doctype=doctype, document=name, file_type="PDF", method="PDF")
	printing.respond(name, content)


@frappe.whitelist()
def download_multi_pdf(doctype: str | dict, name: str, format: str | None = None, **kwargs) -> None:
	"""Several records in one PDF (stands in for Frappe's own, see `download_pdf`).

	:raises PrintRefusedError: for more records than one request may print.
	"""
	if not isinstance(doctype, str) or not printing.handles(doctype):
		from frappe.utils.print_format import download_multi_pdf as frappe_download

		return frappe.call(frappe_download, doctype=doctype, name=name, format=format, **kwargs)
	names = json.loads(name)
	if len(names) > MOST_RECORDS:
		frappe.throw(
			_("At most {0} records can be printed at once. Use “Print Many” for more.").format(MOST_RECORDS),
			PrintRefusedError,
		)
	writer = batch.OnePdf()
	for each in names:
		doc = frappe.get_doc(doctype, each)
		printing.check_permission(doc)
		writer.add(doc, print_format=printing.named_layout(format))
	make_access_log(doctype=doctype, file_type="PDF", method="PDF", page=", ".join(names)[:1000])
	printing.respond(doctype, writer.finish())


@frappe.whitelist()
def report_to_pdf(html: str, orientation: str = "Landscape") -> None:
	"""A report's PDF button (stands in for Frappe's own where wkhtmltopdf is missing). The page comes from the user's own
	browser; our renderer opens nothing that it names."""
	from frappe.utils.print_format import report_to_pdf as frappe_report

	if shutil.which("wkhtmltopdf"):
		return frappe_report(html, orientation)
	make_access_log(file_type="PDF", method="PDF", page=html)
	size = "landscape" if orientation == "Landscape" else "portrait"
	style = f"<style>@page {{ size: A4 {size}; margin: 12mm }} html {{ font: 9pt {compat.print_face()} }}</style>"
	printing.respond("report", printing.html_to_pdf(html + style))
