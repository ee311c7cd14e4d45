"""Before and after: what differs between two versions of an order, field by field and line by line (C-6)."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint

from customer_service.contract_review import content, order_lines
from customer_service.organisation.content import NUMBERS

ADDED, DROPPED = "Line Added", "Line Dropped"

SKIPPED = (content.ORIGIN, "amount")
"""Of a line: what follows from other figures."""

HIDDEN = ("attachments", "exchange_rate")
"""Of an order: a file is no text."""


def between(old, new) -> list[dict]:
	"""Rows ``line_no``, ``item``, ``what`` (English label or one of the two words above), ``before``, ``after``; the order's own first."""
	rows = [
		{"line_no": None, "item": None, "what": field.label, "before": before, "after": after}
		for field in _fields(new)
		for before, after in [(_text(old, field), _text(new, field))]
		if before != after
	]
	before_lines = {order_lines.key_of(row): row for row in old.lines}
	for row in new.lines:
		known = before_lines.pop(row.origin_line or None, None)
		rows += _of_line(known, row) if known else [_whole(row, ADDED, after=_summary(row))]
	rows += [_whole(row, DROPPED, before=_summary(row)) for row in before_lines.values()]
	return rows


def among(orders: list) -> list[dict]:
	"""What is not the same in all of several versions: ``line_no`` (of the version that has the line first), ``item``, ``what``, ``values``."""
	rows = []
	for field in _fields(orders[-1]):
		values = [_text(order, field) for order in orders]
		if len(set(values)) > 1:
			rows.append({"line_no": None, "item": None, "what": field.label, "values": values})
	lines: dict[str, list] = {}
	for place, order in enumerate(orders):
		for row in order.lines:
			lines.setdefault(order_lines.key_of(row), [None] * len(orders))[place] = row
	for versions in lines.values():
		rows += _among_lines(versions)
	return rows


def _among_lines(versions: list) -> list[dict]:
	first = next(row for row in versions if row)
	head = {"line_no": first.idx, "item": _item(first)}
	if not all(versions):
		return [head | {"what": "Line", "values": [_summary(row) if row else "–" for row in versions]}]
	rows = []
	for field in _columns(first):
		values = [_text(row, field) for row in versions]
		if len(set(values)) > 1:
			rows.append(head | {"what": field.label, "values": values})
	return rows


def _of_line(old, new) -> list[dict]:
	pairs = [(field, _text(old, field), _text(new, field)) for field in _columns(new)]
	head = {"line_no": new.idx, "item": _item(new)}
	return [
		head | {"what": field.label, "before": before, "after": after}
		for field, before, after in pairs
		if before != after
	]


def _whole(row, what: str, before: str = "", after: str = "") -> dict:
	return {"line_no": row.idx, "item": _item(row), "what": what, "before": before, "after": after}


def _fields(order) -> list:
	left_out = (*content.WORKING, *HIDDEN)
	return [field for field in _kept(order) if field.fieldname not in left_out]


def _columns(row) -> list:
	return [field for field in _kept(row) if field.fieldname not in SKIPPED]


def _kept(doc) -> list:
	"""Fields that hold a value of their own, an administrator's included."""
	return [field for field in doc.meta.fields if field.fieldtype not in frappe.model.no_value_fields]


def _text(doc, field) -> str:
	"""A value as people read it in any language."""
	value = doc.get(field.fieldname)
	if field.fieldtype == "Check":
		return "☑" if cint(value) else "☐"
	if value in (None, ""):
		return ""
	if field.fieldtype in (*NUMBERS, "Int"):
		return f"{Decimal(str(value)).normalize():,f}"
	return str(value)


def _item(row) -> str:
	return row.item_code or row.description[:140]


def _summary(row) -> str:
	price = f"{Decimal(str(row.unit_price or 0)).normalize():,f}"
	quantity = f"{Decimal(str(row.qty or 0)).normalize():,f}"
	return f"{row.description}: {quantity} {row.unit} × {price}, {row.delivery_date}"


def shown(rows: list) -> list[dict]:
	"""The rows of a change with their labels in the language of who reads."""
	keys = ("line_no", "item", "before", "after")
	words = {ADDED: _("Line Added"), DROPPED: _("Line Dropped")}  # all others are labels of fields
	return [
		{**{key: row.get(key) for key in keys}, "what": words.get(row.get("what")) or _(row.get("what"))}
		for row in rows
	]
