"""B11: an order of 500 lines, inserted and saved again, against a bare DocType with the same rows.

Ours: a clerk inserts a Contract Review, and saves it again with one quantity changed: permission, plain text, every line checked and
reckoned exactly, totals, workflow, trail. Theirs: the same clerk, a DocType of the same columns and indexes with a child table of the same
columns; no controller, no workflow. It is given every value that ours computes. Both are rolled back after each block, outside the timed part.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager

import frappe

from benchmarks import protocol
from benchmarks.b1_complaint_insert import customer, series_prefix, start_series
from benchmarks.protocol import WALL, Result, Side, measure, micro, require_equal, statements
from customer_service.tests import factories

ORDER, LINE = "Contract Review", "Contract Review Line"
SCRATCH, SCRATCH_LINE = "Benchmark Order", "Benchmark Order Line"
SERIES = "BOR-.YYYY.-.#####"
LINES = 500
ROUNDS = 6
"""A block takes seconds."""
GOAL = 2.0
TABLES = ("attachments", "clarifications", "departments", "decisions")
NOT_COMPARED = (
	"name",
	"owner",
	"creation",
	"modified",
	"modified_by",
	"naming_series",
	"order_root",
	"parent",
	"parenttype",
)


def run(verbose: bool = False) -> list[Result]:
	"""Insert and save."""
	number = 50 if protocol.QUICK else LINES
	with scratch_doctypes(), customer() as name:
		frappe.set_user(factories.email("clerk"))
		try:
			return [inserted(name, number, verbose), saved(name, number, verbose)]
		finally:
			frappe.db.rollback()
			frappe.set_user("Administrator")


def order_values(customer_name: str, number: int) -> dict:
	"""An order of many lines, none like the other."""
	lines = [
		{
			"item_code": f"PS-{row:03}",
			"description": f"Power supply {row}, encapsulated",
			"specification": "24 V, IP65",
			"qty": 10 + row,
			"unit": "pcs",
			"unit_price": 9.95 + row / 100,
			"delivery_date": f"2030-03-{1 + row % 28:02}",
		}
		for row in range(number)
	]
	return factories.order_values(customer=customer_name, lines=lines)


def inserted(customer_name: str, number: int, verbose: bool) -> Result:
	"""A new order."""
	values = order_values(customer_name, number)
	order = insert(values)
	bare = bare_values(order)
	require_equal(digest(ORDER, LINE, order.name), digest(SCRATCH, SCRATCH_LINE, insert(bare).name), "B11 rows")
	frappe.db.rollback()
	return compared(
		"B11",
		f"insert of an order of {number} lines / of a bare DocType with the same rows",
		Side("order", lambda: insert(values), frappe.db.rollback),
		Side("bare", lambda: insert(bare), frappe.db.rollback),
		verbose,
	)


def saved(customer_name: str, number: int, verbose: bool) -> Result:
	"""The order again, with another quantity in its first line."""
	order = insert(order_values(customer_name, number))
	bare = insert(bare_values(order))
	again(ORDER, order.name)
	stored = frappe.get_doc(ORDER, order.name)
	again(SCRATCH, bare.name, {"total": stored.total, "company_total": stored.company_total}, stored.lines[0].amount)
	require_equal(digest(ORDER, LINE, order.name), digest(SCRATCH, SCRATCH_LINE, bare.name), "B11 saved rows")
	frappe.db.savepoint("b11")

	def back():
		frappe.db.rollback(save_point="b11")
		frappe.db.savepoint("b11")

	return compared(
		"B11 save",
		f"save of an order of {number} lines / of a bare DocType with the same rows",
		Side("order", lambda: again(ORDER, order.name), back),
		Side("bare", lambda: again(SCRATCH, bare.name), back),
		verbose,
	)


def insert(values: dict):
	return frappe.get_doc(json.loads(json.dumps(values, default=str))).insert()


def again(doctype: str, name: str, computed: dict | None = None, amount: float | None = None) -> None:
	"""Load, change the first line's quantity, save.

	:param computed, amount: what ours computes and the bare DocType is told.
	"""
	doc = frappe.get_doc(doctype, name)
	doc.lines[0].qty += 1
	if amount is not None:
		doc.lines[0].amount = amount
	doc.update(computed or {})
	doc.save()


def bare_values(order) -> dict:
	"""What the order ended up with, for the bare DocType."""
	kept = {
		field.fieldname: order.get(field.fieldname)
		for field in order.meta.fields
		if field.fieldtype not in frappe.model.no_value_fields and order.get(field.fieldname) is not None
	}
	for table in ("lines", *TABLES, "naming_series", "order_root"):
		kept.pop(table, None)
	lines = [
		{field.fieldname: row.get(field.fieldname) for field in row.meta.fields if row.get(field.fieldname) is not None}
		for row in order.lines
	]
	return {**kept, "doctype": SCRATCH, "lines": lines}


def digest(doctype: str, child: str, name: str) -> str:
	"""A hash of a record's row and its lines, without what belongs to the record itself."""
	rows = [
		frappe.db.get_value(doctype, name, "*", as_dict=True),
		*frappe.get_all(child, {"parent": name}, "*", order_by="idx"),
	]
	content = [{key: value for key, value in row.items() if key not in NOT_COMPARED} for row in rows]
	return hashlib.sha256(json.dumps(content, default=str, sort_keys=True).encode()).hexdigest()


def compared(key: str, what: str, ours: Side, theirs: Side, verbose: bool) -> Result:
	numbers = []
	for side in (ours, theirs):
		side.work()
		side.after()
		with statements() as sent:
			side.work()
		side.after()
		numbers.append(len(sent))
		if verbose:
			print(f"  -- {side.name}")
			print("\n".join(f"     {' '.join(statement.split())[:160]}" for statement in sent[:60]))
	comparison, control, remark = measure(ours, theirs, WALL, ROUNDS)
	print(
		f"  {key} {comparison.ratio:.3f} [{comparison.low:.3f}, {comparison.high:.3f}], control {control:.3f} {remark}"
	)
	return Result(
		id=key,
		what=what,
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control,
		goal=f"≤ {GOAL:.0f}",
		met=comparison.ratio <= GOAL and not remark.startswith("VOID"),
		note=(
			f"{micro(comparison.ours)} against {micro(comparison.theirs)}, {numbers[0]} SQL statements against {numbers[1]}; "
			f"{ROUNDS} rounds. {remark}"
		).strip(),
	)


@contextmanager
def scratch_doctypes():
	"""The bare DocTypes and the series; dropped afterwards."""
	drop()
	make(LINE, SCRATCH_LINE)
	make(ORDER, SCRATCH)
	added = [prefix for prefix in (series_prefix(ORDER), series_prefix(SCRATCH)) if start_series(prefix)]
	frappe.db.commit()
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		drop()
		for prefix in added:
			frappe.db.delete("Series", {"name": prefix, "current": 0})
		frappe.db.commit()


def make(doctype: str, copy: str) -> None:
	original = frappe.get_meta(doctype)
	fields = []
	for field in original.fields:
		copied = {key: value for key, value in field.as_dict(no_default_fields=True).items() if value not in (None, "")}
		if copied["fieldname"] == "naming_series":
			copied.update(options=SERIES, default=SERIES)
		if copied["fieldname"] == "lines":
			copied["options"] = SCRATCH_LINE
		if copied["fieldname"] not in TABLES:
			fields.append(copied)
	same = (
		"autoname",
		"allow_import",
		"naming_rule",
		"title_field",
		"search_fields",
		"track_changes",
		"sort_field",
		"sort_order",
		"istable",
	)
	frappe.get_doc(
		{
			"doctype": "DocType",
			"name": copy,
			"module": "Custom",
			"custom": 1,
			"fields": fields,
			"permissions": [row.as_dict(no_default_fields=True) for row in original.permissions],
			**{key: original.get(key) for key in same},
		}
	).insert()


def drop() -> None:
	for doctype in (SCRATCH, SCRATCH_LINE):
		if frappe.db.exists("DocType", doctype):
			frappe.delete_doc("DocType", doctype, force=True, delete_permanently=True)
		frappe.db.sql_ddl(f"drop table if exists `tab{doctype}`")
	frappe.db.commit()
