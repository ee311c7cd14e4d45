"""PDFs of our records: one way for the desk's PDF button, several records at once, mail attachments and the API (J-1).

The page is the HTML that Frappe's print preview shows; WeasyPrint renders it, with a fetcher that opens nothing (S6).
"""

import io
import json
from contextlib import contextmanager

import frappe
import weasyprint
from frappe import _
from frappe.core.doctype.access_log.access_log import make_access_log
from frappe.translate import print_language
from frappe.utils import escape_html
from frappe.www.printview import get_rendered_template, set_link_titles, validate_print_permission
from pypdf import PdfReader, PdfWriter

from customer_service.controlled_forms import compiled
from customer_service.controlled_forms.fetcher import guarded_fetcher
from customer_service.controlled_forms.layout import form_in_force
from customer_service.exceptions import PrintRefusedError
from customer_service.organisation import processes

MOST_HTML_BYTES = 4_000_000
MOST_ROWS = 1_000
MOST_RECORDS = 200

LANGUAGES = ("zh", "en", "both")


def render_pdf(doctype: str, name: str, form: str | None = None, language: str | None = None) -> bytes:
	"""One record as PDF, for a user who may print it.

	:param form: name of a Controlled Form; the one in force for the DocType if not given.
	:param language: ``zh``, ``en`` or ``both``; what the form says if not given.
	:raises frappe.PermissionError: if the user may not print the record, or its process is off.
	:raises PrintRefusedError: for an unknown language, a form of another DocType, or a record too large to print.
	"""
	doc = frappe.get_doc(doctype, name)
	_check_permission(doc)
	return html_to_pdf(render_html(doc, _chosen_form(doctype, form), language))


def render_html(doc, form=None, language: str | None = None, print_format: str | None = None) -> str:
	"""The whole page of a record, ready for WeasyPrint; the same body as in the print preview."""
	if language and language not in LANGUAGES:
		frappe.throw(
			_("Print language {0} is not known. Use zh, en or both.").format(escape_html(language)),
			PrintRefusedError,
		)
	_refuse_too_long(doc)
	form = form or form_in_force(doc.doctype, print_format)
	layout = print_format or (form and form.print_format) or doc.meta.default_print_format
	with _printing(form, language):
		compiled.remember(frappe.get_jenv())
		set_link_titles(doc)
		layout_doc = frappe.get_doc("Print Format", layout) if layout and layout != "Standard" else None
		body = get_rendered_template(doc, print_format=layout_doc, meta=doc.meta, no_letterhead=True)
		style = (layout_doc and layout_doc.css) or ""
		return frappe.render_template(
			"customer_service/templates/print/page.html",
			{"body": body, "style": style, "lang": frappe.local.lang, "title": escape_html(doc.name)},
			safe_render=False,
		)


def html_to_pdf(html: str) -> bytes:
	"""A finished page as PDF.

	:raises PrintRefusedError: if the page is larger than a printed record can be.
	"""
	if len(html) > MOST_HTML_BYTES:
		frappe.throw(_("This record is too large to print."), PrintRefusedError)
	return weasyprint.HTML(string=html, url_fetcher=guarded_fetcher()).write_pdf()


@contextmanager
def _printing(form, language: str | None):
	"""Set the language and the form for the layout, and set them back whatever happens."""
	before = frappe.flags.get("service_form"), frappe.flags.get("service_print_language")
	mode = language or (form and {"Chinese": "zh", "English": "en", "Both": "both"}.get(form.language_mode))
	frappe.flags.service_form, frappe.flags.service_print_language = form, language
	try:
		with print_language({"both": "zh"}.get(mode, mode)):
			yield
	finally:
		frappe.flags.service_form, frappe.flags.service_print_language = before


def _chosen_form(doctype: str, name: str | None):
	if not name:
		return None
	form = frappe.get_doc("Controlled Form", name)
	if form.document_type != doctype:
		frappe.throw(
			_("Form {0} prints {1}, not {2}.").format(
				frappe.bold(escape_html(name)), _(form.document_type), _(doctype)
			),
			PrintRefusedError,
		)
	return form


def _check_permission(doc) -> None:
	processes.require(doc.doctype)
	validate_print_permission(doc)


def _refuse_too_long(doc) -> None:
	for field in doc.meta.get_table_fields():
		if len(doc.get(field.fieldname) or []) > MOST_ROWS:
			frappe.throw(
				_("{0} has more than {1} rows. Print it in parts.").format(_(field.label), MOST_ROWS),
				PrintRefusedError,
			)


@frappe.whitelist()
def pdf(doctype: str, name: str, form: str | None = None, language: str | None = None) -> None:
	"""Download one record as PDF (API). See `render_pdf` for parameters and errors."""
	content = render_pdf(doctype, name, form, language)
	make_access_log(doctype=doctype, document=name, file_type="PDF", method="PDF")
	_respond(name, content)


@frappe.whitelist(allow_guest=True)
def download_pdf(doctype: str, name: str, format: str | None = None, language: str | None = None, **kwargs) -> None:
	"""The desk's PDF button (stands in for Frappe's own, which needs wkhtmltopdf). Other apps' records go to Frappe.

	A guest gets no further here than in Frappe: the permission to print the record is checked.
	"""
	if not processes.is_ours(doctype):
		from frappe.utils.print_format import download_pdf as frappe_download

		return frappe.call(frappe_download, doctype=doctype, name=name, format=format, language=language, **kwargs)
	doc = frappe.get_doc(doctype, name)
	_check_permission(doc)
	content = html_to_pdf(render_html(doc, print_format=_named(format), language=_known(language)))
	make_access_log(doctype=doctype, document=name, file_type="PDF", method="PDF")
	_respond(name, content)


@frappe.whitelist()
def download_multi_pdf(doctype: str | dict, name: str, format: str | None = None, **kwargs) -> None:
	"""Several records in one PDF (stands in for Frappe's own, see `download_pdf`).

	:raises PrintRefusedError: for more records than one file may hold.
	"""
	if not isinstance(doctype, str) or not processes.is_ours(doctype):
		from frappe.utils.print_format import download_multi_pdf as frappe_download

		return frappe.call(frappe_download, doctype=doctype, name=name, format=format, **kwargs)
	names = json.loads(name)
	if len(names) > MOST_RECORDS:
		frappe.throw(_("At most {0} records can be printed at once.").format(MOST_RECORDS), PrintRefusedError)
	output = PdfWriter()
	for each in names:
		doc = frappe.get_doc(doctype, each)
		_check_permission(doc)
		page = html_to_pdf(render_html(doc, print_format=_named(format)))
		output.append(PdfReader(io.BytesIO(page)))
	merged = io.BytesIO()
	output.write(merged)
	make_access_log(doctype=doctype, file_type="PDF", method="PDF", page=", ".join(names)[:1000])
	_respond(doctype, merged.getvalue())


def _named(format: str | None) -> str | None:
	"""The layout that was asked for; Frappe's "Standard" means none in particular."""
	return format if format and format != "Standard" else None


def _known(language: str | None) -> str | None:
	"""Zh, en or both; the desk also sends languages that a controlled form does not print in."""
	return language if language in LANGUAGES else None


def _respond(name: str, content: bytes) -> None:
	frappe.local.response.filename = f"{name.replace(' ', '-').replace('/', '-')}.pdf"
	frappe.local.response.filecontent = content
	frappe.local.response.type = "pdf"


def render_mail_attachments(queued, _method=None) -> None:
	"""Hook before_insert of Email Queue: put our PDF in place of Frappe's "print this record when sending".

	Frappe would print it with wkhtmltopdf while it sends; by then the record may have changed, too.
	"""
	attachments = json.loads(queued.attachments or "[]")
	changed = False
	for attachment in attachments:
		if attachment.get("print_format_attachment") != 1 or not processes.is_ours(attachment.get("doctype")):
			continue
		content = _print_for_mail(attachment)
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{attachment['name']}.pdf",
				"content": content,
				"is_private": 1,
				"attached_to_doctype": attachment["doctype"],
				"attached_to_name": attachment["name"],
			}
		)
		file.flags.made_by_the_app = True  # the limits for attachments are for what people send
		file.insert(ignore_permissions=True)
		attachment.clear()
		attachment["fid"] = file.name
		changed = True
	if changed:
		queued.attachments = json.dumps(attachments)


def _print_for_mail(attachment: dict) -> bytes:
	"""The sender's right to mail the record was checked by whoever queued the mail, as with Frappe's own attachments."""
	doc = frappe.get_doc(attachment["doctype"], attachment["name"])
	language = _known((doc.get("language") or "")[:2]) or _known(attachment.get("lang"))
	before = frappe.flags.get("ignore_print_permissions")
	frappe.flags.ignore_print_permissions = True
	try:
		return html_to_pdf(render_html(doc, print_format=_named(attachment.get("print_format")), language=language))
	finally:
		frappe.flags.ignore_print_permissions = before
