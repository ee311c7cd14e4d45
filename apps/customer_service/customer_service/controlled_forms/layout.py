"""What print layouts ask for: the controlled form of a record, labels in one or both languages, values that are safe to show.

The functions are Jinja methods (hook `jinja`), so that a layout that an administrator copies can use them as well.
"""

import base64
import mimetypes

import frappe
from frappe.translate import get_all_translations
from frappe.utils import escape_html, get_datetime, getdate, nowdate
from markupsafe import Markup

USERS_LANGUAGE, ENGLISH, CHINESE, BOTH = "User's Language", "English", "Chinese", "Both"

CHINESE_LANGUAGE = "zh"


def form_in_force(doctype: str, print_format: str | None = None) -> frappe._dict | None:
	"""The controlled form that prints records of a DocType today: in force, the one that took effect last (J-1).

	:param print_format: only forms with this layout; a layout that no form names, such as a letter, has no form number.
	"""
	filters = {"document_type": doctype, "is_in_force": 1}
	if print_format:
		filters["print_format"] = print_format
	forms = frappe.get_all(
		"Controlled Form",
		filters=filters,
		fields=[
			"name",
			"form_number",
			"version",
			"title_en",
			"title_zh",
			"language_mode",
			"print_format",
			"effective_from",
		],
		order_by="effective_from desc, creation desc",
	)
	today = getdate(nowdate())
	return next((form for form in forms if not form.effective_from or form.effective_from <= today), None)


def cs_form(doc, layout: str | None = None, title: str | None = None) -> frappe._dict:
	"""Everything about the form that a layout's head and foot show. Texts are safe to print as they are.

	:param layout: name of the Print Format under which the form is registered; a changed copy keeps the original's.
	:param title: what stands on top where no form is registered; the DocType's name if not given.
	"""
	form = frappe.flags.get("service_form") or form_in_force(doc.doctype, layout)
	settings = frappe.get_cached_doc("Customer Service Settings")
	shown = frappe._dict(
		number=escape_html(form.form_number) if form else "",
		version=escape_html(form.version) if form else "",
		languages=languages(form),
		logo=_picture(settings.company_logo),
	)
	shown.titles = [escape_html(title) for title in _titles(form, title or doc.doctype, shown.languages)]
	company = {"zh": settings.company_name_zh or settings.company_name, "en": settings.company_name}
	names = [company.get(language, settings.company_name) for language in shown.languages]
	shown.company = escape_html(" ".join(dict.fromkeys(name for name in names if name)))
	return shown


def _titles(form, title: str, shown_languages) -> list[str]:
	titles = []
	for language in shown_languages:
		own = (form.title_zh if language == CHINESE_LANGUAGE else form.title_en) if form else None
		titles.append(own or _in(language, title))
	return list(dict.fromkeys(titles))


def languages(form) -> tuple[str, ...]:
	"""The languages that a form prints in, first the leading one."""
	asked = frappe.flags.get("service_print_language")
	mode = form.language_mode if form else USERS_LANGUAGE
	if asked == "both" or (not asked and mode == BOTH):
		return (CHINESE_LANGUAGE, "en")
	if not asked and mode in (ENGLISH, CHINESE):
		return (CHINESE_LANGUAGE,) if mode == CHINESE else ("en",)
	return (frappe.local.lang,)


def cs_label(text: str, form=None) -> Markup:
	"""A label in the languages of the form, safe to print: ``订单号 Order No.`` where both are asked for."""
	shown_languages = form.languages if form else (frappe.local.lang,)
	labels = [_in(language, text) for language in shown_languages]
	return Markup(" ".join(escape_html(label) for label in dict.fromkeys(labels)))


def _in(language: str, text: str) -> str:
	if language == "en":
		return text
	return get_all_translations(language).get(text) or text


def cs_value(doc, fieldname: str, form=None) -> Markup:
	"""A field's value for people: translated, formatted, escaped, line breaks kept. Text is never a template."""
	value = doc.get(fieldname)
	if value in (None, ""):
		return Markup("")
	df = doc.meta.get_field(fieldname)
	if df.fieldtype == "Check":
		return Markup("☑" if value else "☐")
	if df.fieldtype == "Datetime":
		return Markup(escape_html(get_datetime(value).strftime("%Y-%m-%d %H:%M")))
	if df.fieldtype == "Date":
		return Markup(escape_html(str(getdate(value))))
	if df.fieldtype == "Select" or _is_translated_link(df):
		return cs_label(str(value), form)
	if df.fieldtype == "Link" and df.options in ("Service Customer", "User"):
		return Markup(escape_html(_title(df.options, value)))
	if df.fieldtype in ("Float", "Int", "Currency"):
		return Markup(escape_html(f"{value:,.10g}" if not isinstance(value, str) else value))
	return Markup(escape_html(str(value)).replace("\n", "<br>"))


def _is_translated_link(df) -> bool:
	return df.fieldtype == "Link" and (
		df.options == "Workflow State" or bool(frappe.get_meta(df.options).get("translated_doctype"))
	)


def _title(doctype: str, name: str) -> str:
	field = "full_name" if doctype == "User" else "customer_name"
	return frappe.get_cached_value(doctype, name, field) or name


def cs_trail(doc) -> list[frappe._dict]:
	"""The steps of a record for its form: state reached, by whom, when."""
	if doc.get("__islocal"):
		return []
	rows = frappe.get_all(
		"Service Event",
		filters={
			"reference_doctype": doc.doctype,
			"reference_name": doc.name,
			"event": ("in", ("Created", "State Changed", "Reopened")),
		},
		fields=["after_value", "actor", "happened_at"],
		order_by="happened_at asc, creation asc",
	)
	for row in rows:
		row.person = Markup(escape_html(_title("User", row.actor)))
		row.when = row.happened_at.strftime("%Y-%m-%d %H:%M")
	return rows


def _picture(file_url: str | None) -> str:
	"""A picture of the site as a data: address, since the renderer opens no file. Empty if it is missing."""
	if not file_url:
		return ""
	name = frappe.db.get_value("File", {"file_url": file_url})
	try:
		content = frappe.get_doc("File", name).get_content() if name else None
	except OSError:
		content = None
	kind = mimetypes.guess_type(file_url)[0]
	if not content or kind not in ("image/png", "image/jpeg", "image/gif"):
		return ""
	return f"data:{kind};base64,{base64.b64encode(content).decode()}"
