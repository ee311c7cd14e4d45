"""The layout of a form version as it was approved: the template, every template it extends, and its style, as one text.

A reprint uses this text, whatever happened since to the Print Format or to the app's own templates.
"""

import hashlib
import json
import traceback

import frappe
from frappe import _
from frappe.utils import escape_html
from jinja2 import FunctionLoader, TemplateSyntaxError, meta

from customer_service.controlled_forms import compiled
from customer_service.exceptions import PrintRefusedError

ALL_FIELDS = "customer_service/templates/print/all_fields.html"
"""The layout of forms that have no Print Format: every field of the record."""


def freeze(version) -> str:
	"""The layout of a version as text.

	:raises PrintRefusedError: naming the template and line, if the layout cannot be used.
	"""
	layout = layout_source(version.print_format)
	environment = frappe.get_jenv()
	templates: dict[str, str] = {}
	_collect(environment, layout["html"], templates)
	text = json.dumps({**layout, "templates": templates}, ensure_ascii=False, sort_keys=True)
	try_out(version.document_type, template_from(text), layout["name"])
	return text


def layout_source(print_format: str | None) -> dict:
	"""Name, template and style of a layout as they are now."""
	if not print_format:
		return {"name": ALL_FIELDS, "html": f'{{% extends "{ALL_FIELDS}" %}}', "css": ""}
	layout = frappe.get_doc("Print Format", print_format)
	return {"name": layout.name, "html": layout.html or "", "css": layout.css or ""}


def _collect(environment, source: str, templates: dict[str, str]) -> None:
	for name in meta.find_referenced_templates(environment.parse(source)):
		if name and name not in templates:
			templates[name] = environment.loader.get_source(environment, name)[0]
			_collect(environment, templates[name], templates)


def fingerprint(text: str) -> str:
	"""SHA-256 of a frozen layout."""
	return hashlib.sha256(text.encode()).hexdigest()


def template_from(text: str):
	"""The template of a frozen layout, in the present request's Jinja environment."""
	layout = json.loads(text)
	environment = frappe.get_jenv()
	own = environment.overlay(
		loader=FunctionLoader(lambda name: _source(environment, layout["templates"], name)), cache_size=0
	)
	compiled.remember(own)
	return own.from_string(layout["html"])


def style_of(text: str) -> str:
	"""The style sheet of a frozen layout."""
	return json.loads(text)["css"]


def _source(environment, templates: dict[str, str], name: str) -> str:
	# A template whose name the layout computes could not be found beforehand: it is read as it is now.
	return templates[name] if name in templates else environment.loader.get_source(environment, name)[0]


def try_out(doctype: str, template, name: str) -> None:
	"""Fill a layout in with an empty record and with the newest one, so that an error shows before anybody prints.

	:raises PrintRefusedError: naming the line.
	"""
	newest = frappe.get_all(doctype, pluck="name", order_by="creation desc", limit_page_length=1)
	for doc in [frappe.new_doc(doctype), *(frappe.get_doc(doctype, each) for each in newest)]:
		try:
			template.render(
				{"doc": doc, "meta": doc.meta, "layout": [], "no_letterhead": 1, "print_settings": frappe._dict()}
			)
		except Exception as error:
			refuse_layout(name, error)


def refuse_layout(name: str, error: Exception) -> None:
	"""Say where a layout is wrong, in words.

	:raises PrintRefusedError: always.
	"""
	line = line_of(error)
	frappe.throw(
		_("Layout {0} cannot be used. Line {1}: {2}").format(
			frappe.bold(escape_html(name)), line or "?", escape_html(str(error)[:300])
		),
		PrintRefusedError,
	)


def line_of(error: Exception) -> int | None:
	"""The line of the layout in which a template failed."""
	if isinstance(error, TemplateSyntaxError):
		return error.lineno
	lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
	return lines[0] if lines else None
