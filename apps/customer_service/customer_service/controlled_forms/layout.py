"""What print layouts ask for: the controlled form of a record, labels in one or both languages, values that are safe to show.

The functions are Jinja methods (hook `jinja`), so that a layout that an administrator copies can use them as well.
"""

import base64
import mimetypes
import re

import frappe
from frappe.translate import get_all_translations
from frappe.utils import escape_html, get_datetime, getdate
from markupsafe import Markup

from customer_service.controlled_forms import register, signatures, verification
from customer_service.organisation import states
from customer_service.organisation.text import CONTROL

USERS_LANGUAGE, ENGLISH, CHINESE, BOTH = "User's Language", "English", "Chinese", "Both"

CHINESE_LANGUAGE = "zh"

NO_VALUE = Markup("")


def cs_form(doc, layout: str | None = None, title: str | None = None) -> frappe._dict:
	"""Everything about the form that a layout's head and foot show. Texts are safe to print as they are.

	A document that has a number, version and titles of its own, such as a procedure, says so by a method `control_head`; one whose paper
	must not show which record it belongs to, by a method `prints_unnumbered`.

	:param layout: name of the Print Format under which the form is registered; a changed copy keeps the original's.
	:param title: what stands on top where no form is registered; the DocType's name if not given.
	"""
	asked = frappe.flags.get("service_print") or frappe._dict()
	version = asked.version if "version" in asked else register.version_of(doc, layout=layout)
	own = doc.control_head() if hasattr(doc, "control_head") else {}
	is_unnumbered = hasattr(doc, "prints_unnumbered") and doc.prints_unnumbered()
	shown = frappe._dict(
		number=escape_html(own.get("number") or (version.controlled_form if version else "")),
		version=escape_html(own.get("version") or (version.version if version else "")),
		languages=languages(version),
		logo=_picture(frappe.get_cached_doc("Customer Service Settings").company_logo),
		name="" if is_unnumbered else escape_html(doc.name or ""),
		is_unnumbered=is_unnumbered,
		is_blank=not doc.name,
	)
	titles = _titles(own or version, title or doc.doctype, shown.languages)
	shown.titles = [escape_html(each) for each in titles]
	shown.company = company(shown.languages)
	shown.marks = _marks(doc, version, own, asked, shown)
	shown.signatures = signatures.of(doc, version)
	shown.changes = register.changes_up_to(version) if version and version.print_changes else []
	if version and version.print_qr and not (shown.is_blank or is_unnumbered) and asked.get("is_approved", True):
		shown.qr = verification.qr_code(doc, version.name)
		shown.check_code = verification.check_code(doc)
	return shown


def company(shown_languages) -> str:
	"""The company's name in the languages of a form, safe to print."""
	settings = frappe.get_cached_doc("Customer Service Settings")
	known = {"zh": settings.company_name_zh or settings.company_name, "en": settings.company_name}
	names = [known.get(language, settings.company_name) for language in shown_languages]
	return escape_html(" ".join(dict.fromkeys(name for name in names if name)))


def _titles(titled, title: str, shown_languages) -> list[str]:
	titles = []
	for language in shown_languages:
		own = titled.get("title_zh" if language == CHINESE_LANGUAGE else "title_en") if titled else None
		titles.append(own or in_language(language, title))
	return list(dict.fromkeys(titles))


def _marks(doc, version, own: dict, asked, form) -> list[Markup]:
	"""What every page must say when it is not simply a valid form: cancelled, superseded, a draft, not the approved layout."""
	marks = []
	if own:
		texts = [own.get("mark_zh" if language == CHINESE_LANGUAGE else "mark_en") for language in form.languages]
		marks.append(Markup(" ".join(dict.fromkeys(escape_html(text) for text in texts if text))))
	if doc.get("state_category") == states.CANCELLED:
		marks.append(cs_label(doc.get("workflow_state") or "Cancelled", form))
	if version and not asked.get("is_approved", True):
		marks.append(cs_label(asked.mark, form) if asked.get("mark") else cs_label("Not the Approved Layout", form))
	elif asked.get("mark"):
		marks.append(cs_label(asked.mark, form))
	return [mark for mark in marks if mark]


def languages(version) -> tuple[str, ...]:
	"""The languages that a form prints in, first the leading one."""
	asked = (frappe.flags.get("service_print") or {}).get("language")
	mode = version.language_mode if version else USERS_LANGUAGE
	if asked == "both" or (not asked and mode == BOTH):
		return (CHINESE_LANGUAGE, "en")
	if not asked and mode in (ENGLISH, CHINESE):
		return (CHINESE_LANGUAGE,) if mode == CHINESE else ("en",)
	return (frappe.local.lang,)


def cs_label(text: str, form=None) -> Markup:
	"""A label in the languages of the form, safe to print: ``订单号 Order No.`` where both are asked for."""
	shown_languages = form.languages if form else (frappe.local.lang,)
	labels = [in_language(language, text) for language in shown_languages]
	return Markup(" ".join(escape_html(label) for label in dict.fromkeys(labels)))


def in_language(language: str, text: str) -> str:
	"""A text of the app or a preset in a language; as it is, if it has no translation."""
	if language == "en":
		return text
	return get_all_translations(language).get(text) or text


def cs_value(doc, fieldname: str, form=None) -> Markup:
	"""A field's value for people: translated, formatted, escaped, line breaks kept. Text is never a template.

	On an empty form, choices are printed as boxes to tick.
	"""
	value = doc.get(fieldname)
	df = doc.meta.get_field(fieldname)
	if df is None:
		return NO_VALUE
	if form and form.get("is_blank"):
		return _choices(df, form)
	if value in (None, ""):
		return NO_VALUE
	if df.fieldtype == "Check":
		return Markup("☑" if value else "☐")
	if df.fieldtype == "Datetime":
		return Markup(escape_html(get_datetime(value).strftime("%Y-%m-%d %H:%M")))
	if df.fieldtype == "Date":
		return Markup(escape_html(str(getdate(value))))
	if df.fieldtype == "Select" or _is_translated_link(df):
		return cs_label(str(value), form)
	if df.fieldtype == "Link":
		return Markup(escape_html(_title(df.options, value)))
	if df.fieldtype in ("Attach", "Attach Image"):
		return Markup(escape_html(_printable(str(value).rpartition("/")[2])))
	if df.fieldtype in ("Float", "Int", "Currency", "Percent"):
		return Markup(escape_html(f"{value:,.10g}" if not isinstance(value, str) else value))
	return Markup(escape_html(_printable(str(value))).replace("\n", "<br>"))


LONG_WORD = re.compile(r"([^\s\u2e80-\u9fff\uf900-\ufaff]{40})(?=\S)")
ZERO_WIDTH_SPACE = "\u200b"


def _printable(value: str) -> str:
	"""A text without control characters, which no page can hold, and with places to break in endless words: without these the
	time to lay a word out grows with the square of its length (64,000 letters: 75 s instead of 2)."""
	return LONG_WORD.sub(rf"\1{ZERO_WIDTH_SPACE}", CONTROL.sub("", value))


MOST_CHOICES = 8


def _choices(df, form) -> Markup:
	if df.fieldtype == "Check":
		return Markup("☐")
	options = [option for option in (df.options or "").split("\n") if option] if df.fieldtype == "Select" else []
	if not options or len(options) > MOST_CHOICES:
		return NO_VALUE
	return Markup("　").join(Markup("☐ ") + cs_label(option, form) for option in options)


def _is_translated_link(df) -> bool:
	return df.fieldtype == "Link" and (
		df.options == "Workflow State" or bool(frappe.get_meta(df.options).get("translated_doctype"))
	)


def _title(doctype: str, name: str) -> str:
	meta = frappe.get_meta(doctype)
	field = "full_name" if doctype == "User" else meta.show_title_field_in_link and meta.title_field
	return (field and frappe.get_cached_value(doctype, name, field)) or str(name)


def cs_trail(doc) -> list[frappe._dict]:
	"""The steps of a record for its form: state reached, by whom, when."""
	return [
		frappe._dict(
			after_value=step.after_value,
			person=Markup(escape_html(_title("User", step.actor))),
			when=step.happened_at.strftime("%Y-%m-%d %H:%M"),
		)
		for step in signatures.steps_of(doc)
	]


IN_GRID = (
	"Data",
	"Link",
	"Dynamic Link",
	"Select",
	"Date",
	"Datetime",
	"Time",
	"Int",
	"Float",
	"Currency",
	"Percent",
	"Check",
)
IN_BOX = ("Small Text", "Text", "Long Text")


def cs_sections(doc, form=None) -> list[frappe._dict]:
	"""A record field by field, for forms without a layout of their own: sections with short fields in pairs, texts and tables."""
	sections = [frappe._dict(label="", pairs=[], texts=[], tables=[])]
	for df in doc.meta.fields:
		if df.fieldtype in ("Section Break", "Tab Break"):
			sections.append(
				frappe._dict(label=cs_label(df.label, form) if df.label else "", pairs=[], texts=[], tables=[])
			)
		elif df.hidden or df.print_hide or df.permlevel or not df.label:
			continue
		elif df.fieldtype in IN_GRID:
			sections[-1].pairs.append((cs_label(df.label, form), cs_value(doc, df.fieldname, form)))
		elif df.fieldtype in IN_BOX:
			sections[-1].texts.append((cs_label(df.label, form), cs_value(doc, df.fieldname, form)))
		elif df.fieldtype == "Table":
			columns = [each for each in frappe.get_meta(df.options).fields if each.in_list_view and not each.hidden]
			heads = [cs_label(each.label, form) for each in columns]
			rows = [[cs_value(row, each.fieldname, form) for each in columns] for row in doc.get(df.fieldname) or []]
			sections[-1].tables.append(frappe._dict(label=cs_label(df.label, form), heads=heads, rows=rows))
	return [section for section in sections if section.pairs or section.texts or section.tables]


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
	if not content or isinstance(content, str) or kind not in ("image/png", "image/jpeg", "image/gif"):
		return ""
	return f"data:{kind};base64,{base64.b64encode(content).decode()}"
