"""A register on paper: a table of records, as many pages as it needs, with its head on each."""

import frappe
from frappe.utils import escape_html

from customer_service import compat
from customer_service.controlled_forms import layout, printing

TEMPLATE = "customer_service/templates/print/register.html"
COLUMNS = 9
WIDE = ("Small Text", "Text", "Text Editor", "Code", "Long Text", "HTML", "JSON")


def render(doctype: str, docs: list, language: str | None = None) -> bytes:
	"""A table of records as PDF: their numbers and what the DocType's list shows.

	:param language: ``zh``, ``en`` or ``both``; the user's if not given.
	"""
	choice = frappe._dict(version=None)
	with printing.printing_as(choice, language):
		form = frappe._dict(languages=layout.languages(None))
		columns = _columns(doctype)
		heads = [layout.cs_label("Number", form), *(layout.cs_label(df.label, form) for df in columns)]
		rows = [
			[escape_html(str(doc.name)), *(layout.cs_value(doc, df.fieldname, form) for df in columns)] for doc in docs
		]
		return table([layout.in_language(each, doctype) for each in form.languages], form, heads, rows)


def table(titles: list[str], form, heads: list, rows: list) -> bytes:
	"""Any table with the company's head, as PDF. Heads and cells are safe to print already."""
	return printing.html_to_pdf(table_html(titles, form, heads, rows))


def table_html(titles: list[str], form, heads: list, rows: list, intro: list | None = None, picture: str = "") -> str:
	"""The page of `table`.

	:param form: ``languages``, and ``version`` of a controlled form if the table is one. :param intro: pairs of label and value above the table. :param picture: an SVG element between the two.
	"""
	return frappe.render_template(
		TEMPLATE,
		{
			"titles": [escape_html(title) for title in dict.fromkeys(titles)],
			"company": layout.company(form.languages),
			"control": [form.version.controlled_form, form.version.version] if form.get("version") else [],
			"heads": heads,
			"rows": rows,
			"intro": intro or [],
			"picture": picture,
			"face": compat.print_face(),
			"lang": frappe.local.lang,
			"printed": frappe.utils.now_datetime().strftime("%Y-%m-%d %H:%M"),
		},
		safe_render=False,
	)


def _columns(doctype: str) -> list:
	fields = [
		df for df in frappe.get_meta(doctype).fields if df.in_list_view and not df.hidden and df.fieldtype not in WIDE
	]
	return fields[:COLUMNS]
