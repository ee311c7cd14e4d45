"""PDFs of our records: one way for the desk's PDF button, several records at once, mail attachments and the API (J-1).

The page is the HTML that Frappe's print preview shows; WeasyPrint renders it, with a fetcher that opens nothing (S6).
"""

import json
from contextlib import contextmanager

import frappe
import weasyprint
from frappe import _
from frappe.core.doctype.access_log.access_log import make_access_log
from frappe.translate import print_language
from frappe.utils import escape_html
from frappe.www.printview import get_rendered_template, set_link_titles, validate_print_permission

from customer_service import compat
from customer_service.controlled_forms import compiled, fonts, frozen, register
from customer_service.controlled_forms.fetcher import guarded_fetcher
from customer_service.exceptions import PrintRefusedError
from customer_service.organisation import processes

MOST_HTML_BYTES = 4_000_000
MOST_ROWS = 1_000

LANGUAGES = ("zh", "en", "both")
LANGUAGE_OF_MODE = {"Chinese": "zh", "English": "en", "Both": "both"}

NOWHERE = "https://print.invalid/"
"""What relative addresses in a page are relative to. WeasyPrint stops at some of them if there is nothing."""

PAGE = "customer_service/templates/print/page.html"


def render_pdf(doctype: str, name: str, form: str | None = None, language: str | None = None) -> bytes:
	"""One record as PDF, for a user who may print it.

	:param form: name of a Controlled Form, whose version is the one in force when the record was made, or of one certain
		Controlled Form Version; the default form of the DocType if not given.
	:param language: ``zh``, ``en`` or ``both``; what the form says if not given.
	:raises frappe.PermissionError: if the user may not print the record, or its process is off.
	:raises PrintRefusedError: for an unknown language, a form of another DocType, or a record too large to print.
	"""
	doc = frappe.get_doc(doctype, name)
	check_permission(doc)
	return html_to_pdf(render_html(doc, form, language))


def render_blank(form: str, language: str | None = None) -> bytes:
	"""An empty form, to be filled in by hand, in the version that is in force today.

	:param form: name of a Controlled Form or Controlled Form Version.
	:raises frappe.PermissionError: if the user may not read the records that the form is for.
	:raises PrintRefusedError: if the form does not exist or is not in force.
	"""
	doctype = frappe.db.get_value("Controlled Form", form, "document_type") or frappe.db.get_value(
		"Controlled Form Version", form, "document_type"
	)
	if not doctype:
		register.chosen("", form)
	processes.require(doctype)
	frappe.has_permission(doctype, "read", throw=True)
	with _allowed():
		return html_to_pdf(render_html(frappe.get_doc({"doctype": doctype}), form, language))


def render_html(doc, form: str | None = None, language: str | None = None, print_format: str | None = None) -> str:
	"""The whole page of a record, ready for WeasyPrint; the same body as in the print preview. See `render_pdf`.

	:param print_format: a layout that was asked for by its own name.
	"""
	if language and language not in LANGUAGES:
		frappe.throw(
			_("Print language {0} is not known. Use zh, en or both.").format(escape_html(str(language)[:40])),
			PrintRefusedError,
		)
	_refuse_too_long(doc)
	choice = choose(doc, form, print_format)
	with printing_as(choice, language):
		compiled.remember(frappe.get_jenv())
		set_link_titles(doc)
		body = get_rendered_template(doc, print_format=_layout_doc(choice), meta=doc.meta, no_letterhead=True)
		return page(body, doc.name or choice.version.controlled_form, choice)


def page(body: str, title: str, choice=None) -> str:
	"""A whole page around a body that is finished, on the paper of the form."""
	choice = choice or frappe._dict()
	return frappe.render_template(
		PAGE,
		{
			"body": body,
			"style": choice.style or "",
			"lang": frappe.local.lang,
			"title": escape_html(title),
			"paper": _paper(choice.version),
			"face": compat.print_face(),
		},
		safe_render=False,
	)


def _paper(version) -> frappe._dict:
	size = version.paper_size if version else "A4"
	if size == "Label":
		return frappe._dict(size=size, css=f"{version.label_width or 100}mm {version.label_height or 60}mm")
	return frappe._dict(size=size, css=f"{size} {'landscape' if version and version.is_landscape else 'portrait'}")


def choose(doc, form: str | None = None, print_format: str | None = None) -> frappe._dict:
	"""Which form version and which layout print a record.

	:returns: ``version`` or None; ``frozen``: the approved layout, None for one as it is now; ``is_approved``; ``mark``: what
		every page must say about it; ``print_format`` and ``style``.
	"""
	certain = None
	if form:
		form, certain = register.chosen(doc.doctype, form)
	own = register.version_of(doc, form, layout=None if form else print_format)
	version = certain or own
	if form and not version:
		frappe.throw(_("No version of form {0} is in force.").format(frappe.bold(escape_html(form))), PrintRefusedError)
	if version and version.layout_hash:
		text = frappe.get_cached_value("Controlled Form Version", version.name, "frozen_layout")
		mark = version.status if version.name != (own and own.name) and version.status != register.IN_FORCE else None
		return frappe._dict(
			version=version,
			frozen=text,
			is_approved=True,
			mark=mark,
			print_format=version.print_format,
			style=frozen.style_of(text),
		)
	name = print_format or (version and version.print_format) or doc.meta.default_print_format
	live = frappe._dict(print_format=name, frozen=None, is_approved=False)
	if version:
		live.update({"version": version, "mark": version.status})
	live.style = frozen.layout_source(name)["css"] if name and frappe.db.exists("Print Format", name) else ""
	return live


def _layout_doc(choice):
	"""The Print Format as Frappe wants it. An approved layout prints even if its Print Format is gone."""
	name = choice.print_format
	if name and frappe.db.exists("Print Format", name):
		return frappe.get_doc("Print Format", name)
	return frappe.new_doc("Print Format", custom_format=1, html=" ") if choice.version else None


def render_body(template, args: dict, jenv=None, print_format=None, **kwargs) -> str:
	"""Hook pdf_body_html: the body of a print, in Frappe's preview and in our PDFs alike. Other apps' records are Frappe's."""
	doc = args.get("doc")
	if doc is None or not handles(doc.doctype):
		return _other_hook()(template=template, args=args, jenv=jenv, print_format=print_format, **kwargs)
	choice = frappe.flags.get("service_print")
	if choice:
		return _fill(template, args, choice)
	choice = choose(doc, print_format=print_format and print_format.name)
	with printing_as(choice, set_language=False):
		return _fill(template, args, choice)


def _other_hook():
	own = f"{render_body.__module__}.{render_body.__name__}"
	return frappe.get_attr([path for path in frappe.get_hooks("pdf_body_html") if path != own][-1])


def _fill(template, args: dict, choice) -> str:
	"""Fill the layout in.

	:raises PrintRefusedError: naming the line, if the layout itself is wrong.
	"""
	try:
		if choice.frozen:
			template = frozen.template_from(choice.frozen)
		elif choice.version and not choice.print_format:
			template = frappe.get_jenv().get_template(frozen.ALL_FIELDS)
		return template.render(args, filters={"len": len})
	except frappe.ValidationError:
		raise
	except Exception as error:
		if frozen.line_of(error) is None:
			raise
		frozen.refuse_layout(choice.print_format or frozen.ALL_FIELDS, error)


def html_to_pdf(html: str) -> bytes:
	"""A finished page as PDF.

	:raises PrintRefusedError: if the page is larger than a printed record can be, or no font can print it.
	"""
	return lay_out(html).write_pdf()


def lay_out(html: str, font_config=None) -> weasyprint.Document:
	"""A finished page, laid out but not written yet, so that several can be written into one file.

	:raises PrintRefusedError: see `html_to_pdf`.
	"""
	if len(html) > MOST_HTML_BYTES:
		frappe.throw(_("This record is too large to print."), PrintRefusedError)
	fonts.require_for(html)
	page = weasyprint.HTML(string=html, url_fetcher=guarded_fetcher(), base_url=NOWHERE)
	return page.render(font_config=font_config)


@contextmanager
def printing_as(choice, language: str | None = None, set_language: bool = True):
	"""Set the form and the language for the layout, and set them back whatever happens."""
	before = frappe.flags.get("service_print")
	frappe.flags.service_print = frappe._dict(choice, language=language)
	mode = language or LANGUAGE_OF_MODE.get(choice.version.language_mode if choice.version else None)
	try:
		if not set_language:
			yield
			return
		with print_language({"both": "zh"}.get(mode, mode)):
			yield
	finally:
		frappe.flags.service_print = before


@contextmanager
def _allowed():
	"""Print what has been checked already, or what is no record at all."""
	before = frappe.flags.get("ignore_print_permissions")
	frappe.flags.ignore_print_permissions = True
	try:
		yield
	finally:
		frappe.flags.ignore_print_permissions = before


def handles(doctype: str) -> bool:
	"""Whether this module prints the DocType: ours, and any other that has a controlled form."""
	return processes.is_ours(doctype) or register.has_form(doctype)


def check_permission(doc) -> None:
	"""Whether the user may print this record.

	:raises frappe.PermissionError: if not, or if its process is off.
	"""
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
	respond(name, content)


@frappe.whitelist()
def blank(form: str, language: str | None = None) -> None:
	"""Download an empty form, to be filled in by hand. See `render_blank` for parameters and errors."""
	respond(form, render_blank(form, language))


def respond(name: str, content: bytes, kind: str = "pdf") -> None:
	"""Send a file to the browser."""
	frappe.local.response.filename = f"{name.replace(' ', '-').replace('/', '-')}.{kind}"
	frappe.local.response.filecontent = content
	frappe.local.response.type = "pdf" if kind == "pdf" else "download"


def render_mail_attachments(queued, _method=None) -> None:
	"""Hook before_insert of Email Queue: put our PDF in place of Frappe's "print this record when sending".

	Frappe would print it with wkhtmltopdf while it sends; by then the record may have changed, too.
	"""
	attachments = json.loads(queued.attachments or "[]")
	changed = False
	for attachment in attachments:
		if attachment.get("print_format_attachment") != 1 or not handles(attachment.get("doctype")):
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
	language = known_language((doc.get("language") or "")[:2]) or known_language(attachment.get("lang"))
	with _allowed():
		print_format = named_layout(attachment.get("print_format"))
		return html_to_pdf(render_html(doc, print_format=print_format, language=language))


def for_holder_of_link(doc, language: str | None = None) -> bytes:
	"""A record as PDF for somebody without login whose personal link the caller has checked."""
	with _allowed():
		return html_to_pdf(render_html(doc, language=language))


def named_layout(format: str | None) -> str | None:
	"""The layout that was asked for; Frappe's "Standard" means none in particular."""
	return format if format and format != "Standard" else None


def known_language(language: str | None) -> str | None:
	"""Zh, en or both; the desk also sends languages that a controlled form does not print in."""
	return language if language in LANGUAGES else None
