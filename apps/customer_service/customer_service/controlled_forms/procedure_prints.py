"""What a print of a procedure says about itself: head, mark on every page, and the copy's number (J-3)."""

from html.parser import HTMLParser

import frappe
from frappe import _
from frappe.utils import escape_html
from markupsafe import Markup

from customer_service.controlled_forms import document_copies
from customer_service.exceptions import PrintRefusedError
from customer_service.organisation import states

UNCONTROLLED = ("Uncontrolled when printed", "打印件非受控")

MARKS = {
	states.OPEN: ("Draft, not valid", "草案，无效"),
	states.WAITING: ("Not yet in force", "尚未生效"),
	states.RESOLVED: UNCONTROLLED,
	states.CLOSED: ("Superseded", "已作废"),
	states.CANCELLED: ("Withdrawn", "已作废"),
}
"""Category of the version's state -> the mark of an ordinary print, always in both languages."""


def head_of_version(version) -> dict:
	"""Head, foot and mark of an ordinary print."""
	# What is stored decides: a print can also be made of a document that a request describes.
	category = frappe.db.get_value(version.doctype, version.name, "state_category")
	mark_en, mark_zh = MARKS.get(category or states.OPEN, UNCONTROLLED)
	return _head(version, mark_en, mark_zh)


def head_of_copy(copy, version) -> dict:
	"""Head, foot and mark of a controlled copy: its number stands on every page."""
	if not copy.name:  # an empty form is no copy
		return _head(version, *UNCONTROLLED)
	return _head(version, f"Controlled copy no. {copy.copy_number}", f"受控副本 第 {copy.copy_number} 号")


def _head(version, mark_en: str, mark_zh: str) -> dict:
	return {
		"number": version.document,
		"version": version.version,
		"title_en": version.title_en,
		"title_zh": version.title_zh,
		"mark_en": mark_en,
		"mark_zh": mark_zh,
	}


def prepare(doc, version) -> None:
	"""Before a print of any layout: load what it shows, and put the mark where Frappe's own layout prints it, too."""
	if version.document:
		doc.procedure = frappe.get_cached_doc("Procedure Document", version.document)
	else:  # an empty form
		doc.procedure = frappe.new_doc("Procedure Document")
	doc.sub_heading = cs_page_mark(doc) + escape_html(mark_of(doc))


def mark_of(doc) -> str:
	"""The mark of a version's or a copy's print in both languages."""
	head = doc.control_head()
	return f"{head['mark_en']} / {head['mark_zh']}"


def cs_page_mark(doc) -> Markup:
	"""Style that puts the mark at the foot of every page of the PDF."""
	mark = mark_of(doc)
	text = "".join(f"\\{ord(character):06x}" for character in mark)  # no character can end the string or the element
	return Markup(
		f'<style>@page {{ @bottom-center {{ content: "{text}"; font: bold 9pt "Noto Sans CJK SC", "WenQuanYi Zen Hei", '
		"sans-serif; color: #111; }}</style>"
	)


def refuse_uncontrolled_copy(copy, version) -> None:
	"""A controlled copy is printed by who may print it, while it is a valid one that its holder has.

	:raises frappe.PermissionError: for holders and readers; they have the copy, or print an uncontrolled one.
	:raises PrintRefusedError: for a copy that was recalled or is back.
	"""
	if not copy.name:
		return
	if not frappe.has_permission(copy.doctype, "print", copy):
		frappe.throw(_("Controlled copies are printed only with approval."), frappe.PermissionError)
	state, copy.copy_number = frappe.db.get_value(copy.doctype, copy.name, ["state", "copy_number"])
	if state not in document_copies.IN_HANDS or version.state_category not in document_copies.DISTRIBUTED:
		frappe.throw(
			_("Copy {0} is {1} and cannot be printed as a controlled copy.").format(
				frappe.bold(escape_html(copy.name)), _(state)
			),
			PrintRefusedError,
		)


def cs_rich(html: str | None) -> Markup:
	"""Text of a Text Editor for a print: its headings, lists and tables, and nothing that fetches, links or runs (S6)."""
	cleaner = _Cleaner()
	cleaner.feed(html or "")
	cleaner.close()
	return Markup("".join(cleaner.parts))


class _Cleaner(HTMLParser):
	"""Writes the document anew from a short list of elements without attributes; whatever else is text, or is gone."""

	ELEMENTS = frozenset(
		{"p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code"}
		| {"b", "strong", "i", "em", "u", "s", "sub", "sup", "table", "thead", "tbody", "tr", "th", "td"}
	)
	EMPTY = frozenset({"br", "hr"})
	WITHOUT_CONTENT = frozenset({"script", "style", "head", "title", "template", "iframe", "object", "svg", "math"})

	def __init__(self):
		super().__init__(convert_charrefs=True)
		self.parts: list[str] = []
		self.hidden = 0

	def handle_starttag(self, tag, attrs):
		if tag in self.WITHOUT_CONTENT:
			self.hidden += 1
		elif tag in self.ELEMENTS and not self.hidden:
			self.parts.append(f"<{tag}{_list_class(tag, dict(attrs))}>")

	def handle_startendtag(self, tag, attrs):
		if tag in self.EMPTY:
			self.handle_starttag(tag, attrs)

	def handle_endtag(self, tag):
		if tag in self.WITHOUT_CONTENT:
			self.hidden = max(0, self.hidden - 1)
		elif tag in self.ELEMENTS - self.EMPTY and not self.hidden:
			self.parts.append(f"</{tag}>")

	def handle_data(self, data):
		if not self.hidden:
			self.parts.append(escape_html(data))


def _list_class(tag: str, attributes: dict) -> str:
	"""The editor writes every list as <ol> and says at each item which kind and how deep it is."""
	if tag != "li":
		return ""
	names = ["bullet"] if attributes.get("data-list") == "bullet" else []
	names += [
		f"indent-{depth}" for depth in range(1, 9) if f"ql-indent-{depth}" in (attributes.get("class") or "").split()
	]
	return f' class="{" ".join(names)}"' if names else ""
