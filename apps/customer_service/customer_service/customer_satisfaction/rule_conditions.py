"""Conditions of a Deduction Rule: one a line, a field of the register, one of = != > <, a value (E-4)."""

import re
from typing import NamedTuple

import frappe
from frappe import _
from frappe.utils import cstr, escape_html, getdate

from customer_service.exceptions import ScoringError

LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*(!=|=|>|<)\s*(.*)")

NUMBERS = ("Int", "Float", "Currency", "Percent", "Check")
DATES = ("Date", "Datetime")
TEXTS = ("Data", "Select", "Link", "Dynamic Link", "Small Text")


class Condition(NamedTuple):
	fieldname: str
	operator: str
	value: str | float


def read(rule) -> list[Condition]:
	"""The conditions of a rule.

	:raises ScoringError: names the row of the rule and the line.
	"""
	meta = frappe.get_meta(rule.register)
	lines = (line.strip() for line in cstr(rule.conditions).splitlines())
	return [_condition(rule, meta, line) for line in lines if line]


def _condition(rule, meta, line: str) -> Condition:
	match = LINE.fullmatch(line)
	if not match:
		_refuse(rule, line, _("Write a field, one of = != > <, and a value, such as is_justified = Justified."))
	fieldname, operator, value = match[1], match[2], match[3].strip()
	field = meta.get_field(fieldname)
	if not field or field.fieldtype not in (*NUMBERS, *DATES, *TEXTS):
		_refuse(rule, line, _("{0} has no such field.").format(_(rule.register)))
	if field.fieldtype in NUMBERS:
		return Condition(fieldname, operator, _number(rule, line, value))
	if field.fieldtype in DATES:
		return Condition(fieldname, operator, _day(rule, line, value))
	if operator in "<>":
		_refuse(rule, line, _("Only numbers and dates are greater or less."))
	return Condition(fieldname, operator, value)


def _number(rule, line: str, value: str) -> float:
	try:
		return float(value or 0)
	except ValueError:
		_refuse(rule, line, _("The value must be a number."))


def _day(rule, line: str, value: str) -> str:
	try:
		return str(getdate(value))
	except (ValueError, TypeError, frappe.ValidationError):
		_refuse(rule, line, _("The value must be a date."))


def _refuse(rule, line: str, why: str) -> None:
	frappe.throw(
		_("Deductions, row {0}: the condition {1} cannot be used. {2}").format(
			rule.idx or "?", frappe.bold(escape_html(line[:140])), why
		),
		ScoringError,
	)
