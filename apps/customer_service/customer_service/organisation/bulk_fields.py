"""What Frappe's own checks of a document would say, answered quickly for documents that are plainly sound.

Frappe walks through all fields of a document a dozen times before it stores one. Here the fields of a DocType are sorted once; a document
is then either plainly sound, or in doubt. One in doubt goes through Frappe's own checks, so that what is refused, and in which words,
is never decided here.
"""

import operator
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import partial

import frappe
from frappe import _
from frappe.model import datetime_fields, float_like_fields
from frappe.utils import cint, escape_html, flt

CHECKED_DATA = ("Email", "Name", "Phone", "URL")
"""Kinds of Data whose content Frappe checks."""

NEVER_PLAIN = ("Code", "Password", "Text Editor", "HTML Editor", "Markdown Editor", "JSON", "Phone", "Dynamic Link")
"""Kinds of fields of which a filled one is always in doubt."""

LARGEST = 2**31 - 1

TIMES = (datetime, date, time, timedelta)

SCALARS = (str, int, float, datetime, date)


class Fields:
	"""The fields of one DocType, sorted by what is asked of them."""

	def __init__(self, doctype: str):
		meta = frappe.get_meta(doctype)
		self.doctype = doctype
		self.columns = tuple(meta.get_valid_columns())
		fields = [field for field in meta.fields if field.fieldname in set(self.columns)]
		self.tables = {field.fieldname: field.options for field in meta.get_table_fields()}
		self.names = {field.fieldname for field in meta.fields}
		self.required = [field.fieldname for field in meta.get("fields", {"reqd": 1})]
		self.links = {field.fieldname: field.options for field in fields if field.fieldtype == "Link"}
		self.checks = _checks(fields)
		self.checked_data = [
			field.fieldname for field in fields if field.fieldtype == "Data" and field.options in CHECKED_DATA
		]
		self.lengths = {field.fieldname: cint(field.length) or most for field, most in _varchars(fields)}
		self.attached = [field.fieldname for field in fields if field.fieldtype in ("Attach", "Attach Image")]
		places = {column: place for place, column in enumerate(self.columns)}
		self.conversions = [(places[name], convert) for name, convert in _conversions(fields).items()]
		self.conversions.append((places["docstatus"], int))
		self.sound_data: set[tuple[str, str]] = set()
		odd = any(field.get("is_virtual") or field.unique for field in meta.fields)
		self.is_plain = not odd and not (meta.autoname or "").startswith("field:")

	def is_sound(self, doc) -> bool:
		"""Whether Frappe's checks of single fields (mandatory, choices, sign, length, markup) would change and refuse nothing."""
		values = doc.__dict__
		if not self.is_plain or not all(_is_filled(values.get(name)) for name in self.required):
			return False
		lengths, checks = self.lengths, self.checks
		for name, value in values.items():  # one pass: an import of thousands asks for each of a hundred fields
			if value is None or value == "":
				continue
			is_text = isinstance(value, str)
			if is_text and ("<" in value or ">" in value):
				return False
			if name in lengths and not (is_text and len(value) <= lengths[name]):
				return False
			if name in checks and not all(check(value) for check in checks[name]):
				return False
		return self.has_sound_data(doc)

	def has_sound_data(self, doc) -> bool:
		"""E-mail addresses and the like are checked by Frappe, each one once."""
		found = [(name, doc.get(name)) for name in self.checked_data if doc.get(name)]
		if not self.sound_data.issuperset(found):
			doc._validate_data_fields()
			self.sound_data.update(found)
		return True

	def row(self, doc) -> tuple:
		"""The values of the columns, as Frappe would store them."""
		values = doc.__dict__
		row = [values.get(column) for column in self.columns]
		for place, convert in self.conversions:
			row[place] = convert(row[place])
		return tuple(str(value) if isinstance(value, TIMES) else value for value in row)


def _checks(fields: list) -> dict[str, list[Callable]]:
	"""Field -> what else a value must be."""
	found: dict[str, list[Callable]] = {}
	for field in fields:
		checks = found.setdefault(field.fieldname, [])
		if field.fieldtype == "Select" and field.options and field.fieldname != "naming_series":
			checks.append(partial(_is_choice, frozenset(field.options.split("\n"))))
		if field.non_negative and field.fieldtype in ("Int", "Float", "Currency"):
			checks.append(_is_positive)
		if field.fieldtype in ("Int", "Check"):
			checks.append(_is_small)
		if field.fieldtype in NEVER_PLAIN:
			checks.append(operator.not_)
	return {name: checks for name, checks in found.items() if checks}


def _is_choice(choices: frozenset, value) -> bool:
	return not value or value in choices


def _varchars(fields: Iterable) -> Iterable[tuple]:
	for field in fields:
		column = frappe.db.type_map.get(field.fieldtype)
		if column and column[0] == "varchar":
			yield field, cint(column[1])


def _conversions(fields: Iterable) -> dict:
	found = {}
	for field in fields:
		if field.fieldtype == "Check":
			found[field.fieldname] = _as_check
		elif field.fieldtype == "Int":
			found[field.fieldname] = _as_int
		elif field.fieldtype in float_like_fields:
			found[field.fieldname] = _as_float
		elif field.fieldtype in datetime_fields or field.unique:
			found[field.fieldname] = _none_if_empty
	return found


def _as_check(value) -> int:
	return 1 if cint(value) else 0


def _as_int(value) -> int:
	return value if isinstance(value, int) else cint(value)


def _as_float(value) -> float:
	return value if isinstance(value, float) else flt(value)


def _none_if_empty(value):
	return None if value == "" else value


def _is_filled(value) -> bool:
	"""Plainly not empty: text beside blanks and markup, a number, a time, a table with rows."""
	if isinstance(value, str):
		return "<" not in value and "&" not in value and bool(value.strip())
	return value is not None and value != []


def _is_positive(value) -> bool:
	if isinstance(value, int | float) or not value:
		return not value or value >= 0
	try:
		return float(value) >= 0
	except (TypeError, ValueError):
		return False


def _is_small(value) -> bool:
	return not value or (isinstance(value, int) and abs(value) < LARGEST)


def refusal(fields: dict[str, Fields], doctype: str, row) -> str | None:
	"""Why a row of an import is none: an unknown field, or a value that no field holds; None if it is fine.

	:param fields: of the DocType and of its child tables.
	"""
	if not isinstance(row, dict):
		return _("This is no set of field values.")
	known = fields[doctype]
	for name, value in row.items():
		if child := known.tables.get(name):
			reason = _refusal_of_table(fields, child, value)
			if reason:
				return reason
		elif name == "doctype" and value == doctype:
			continue
		elif name not in known.names:
			return _("There is no field {0}.").format(frappe.bold(escape_html(str(name)[:60])))
		elif not (value is None or isinstance(value, SCALARS)):
			return _("The value of {0} cannot be read.").format(
				frappe.bold(_(frappe.get_meta(doctype).get_label(name)))
			)
	return None


def _refusal_of_table(fields: dict[str, Fields], child: str, rows) -> str | None:
	if not isinstance(rows, list | None):
		return _("The rows of {0} cannot be read.").format(frappe.bold(_(child)))
	return next((reason for row in rows or [] if (reason := refusal(fields, child, row))), None)
