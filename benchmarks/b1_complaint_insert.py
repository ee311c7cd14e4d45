"""B1: one complaint through the whole life cycle, against a bare insert of the same columns.

Ours: a clerk (a real user, not Administrator) inserts a Complaint taken on the phone: permission, plain text, routing rule,
number, workflow, two deadlines, event row, acknowledgement rule. Theirs: the same clerk inserts into a DocType made for this
benchmark: the same columns, indexes, child table and kind of series, no controller, no workflow, no notification, no script.
It is given every value that ours computes, among them all links and the assisting departments' rows, so that Frappe checks
the same links and writes the same columns. What is left to measure is what we add, and what Frappe adds for a record with a
workflow, a mail rule and a Server Script. To tell these apart, "B1 workflow" gives the bare DocType a copy of the complaint's
workflow and mail rule; the difference is then the app's own work and the script's. The complaint has no e-mail address: the
acknowledgement's mail is work of another kind and is not timed.

Both inserts run in one transaction of one connection and are rolled back after each block, outside the timed part.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import frappe

from benchmarks.protocol import (
	WALL,
	Comparison,
	Result,
	Side,
	cache_calls,
	compare,
	measure,
	micro,
	require_equal,
	statements,
)
from customer_service.tests import factories

SCRATCH = "Benchmark Wide Record"
SERIES = "BWR-.YYYY.-.#####"
RULES = ("Workflow", "Notification")
GOAL_RATIO, GOAL_STATEMENTS = 1.25, 2
BLOCK = 2
ROUNDS = 20

OWN_COLUMNS = ("name", "owner", "creation", "modified", "modified_by", "naming_series")


def run(verbose: bool = False) -> list[Result]:
	"""Measure with the shipped routing script (the default) and with the app's built-in routing."""
	with scratch_doctype(), customer() as customer_name:
		values = factories.complaint_values(customer=customer_name, received_at=frappe.utils.now_datetime())
		built_in = _compare("built-in routing, bare", values, verbose, script=False)
		scripted = _compare("Server Script, bare", values, verbose, script=True)
		with same_workflow():
			built_in_rules = _compare("built-in routing, with workflow", values, False, script=False)
			scripted_rules = _compare("Server Script, with workflow", values, verbose, script=True)
	return [
		_result("B1", "Complaint through its whole life cycle / bare insert, same width", scripted, built_in),
		_result(
			"B1 workflow", "the same / insert with the same workflow and mail rule", scripted_rules, built_in_rules
		),
	]


@dataclass
class Measured:
	"""What one comparison gave."""

	comparison: Comparison
	control: float
	remark: str
	more: int
	cold: Comparison

	@property
	def met(self) -> bool:
		void = self.remark.startswith("VOID")
		return self.comparison.ratio <= GOAL_RATIO and self.more <= GOAL_STATEMENTS and not void


def _result(key: str, what: str, default: Measured, built_in: Measured) -> Result:
	timed, other = default.comparison, built_in.comparison
	note = (
		f"{micro(timed.ours)} against {micro(timed.theirs)}, {default.more:+d} SQL statements, shipped Server Script enabled. "
		f"Disabled (built-in routing): {other.ratio:.2f} ({other.low:.2f}–{other.high:.2f}), {built_in.more:+d} statements, "
		f"control {built_in.control:.3f}. As a request's first insert, its caches empty: "
		f"{default.cold.ratio:.2f}, built in {built_in.cold.ratio:.2f}. {default.remark}"
	)
	return Result(
		id=key,
		what=what,
		ratio=timed.ratio,
		low=timed.low,
		high=timed.high,
		control=default.control,
		goal=f"≤ {GOAL_RATIO} and ≤ {GOAL_STATEMENTS} more SQL",
		met=default.met,
		note=note.strip(),
	)


def _compare(title: str, values: dict, verbose: bool, script: bool) -> Measured:
	frappe.set_user(factories.email("clerk"))
	try:
		with routing_script(script):
			return _measure(title, values, verbose)
	finally:
		frappe.db.rollback()
		frappe.set_user("Administrator")


def _measure(title: str, values: dict, verbose: bool) -> Measured:
	sample = insert(values)
	bare_values = values_of(sample)
	require_equal(row_hash(sample.doctype, sample.name), row_hash(SCRATCH, insert(bare_values).name), "B1 rows")
	frappe.db.rollback()
	more = count(title, values, bare_values, verbose)
	ours = Side("complaint", lambda: insert(values), frappe.db.rollback, BLOCK)
	theirs = Side("bare", lambda: insert(bare_values), frappe.db.rollback, BLOCK)
	comparison, control, remark = measure(ours, theirs, WALL, ROUNDS)
	first_ours = Side("complaint", lambda: insert(values), end_request)
	first_theirs = Side("bare", lambda: insert(bare_values), end_request)
	cold = compare(first_ours, first_theirs, WALL, rounds=10)
	print(
		f"  {title}: {micro(comparison.ours)} / {micro(comparison.theirs)} = {comparison.ratio:.3f}"
		f" [{comparison.low:.3f}, {comparison.high:.3f}], control {control:.3f} {remark};"
		f" first in a request {micro(cold.ours)} / {micro(cold.theirs)} = {cold.ratio:.3f}",
		flush=True,
	)
	return Measured(comparison, control, remark, more, cold)


def insert(values: dict):
	"""One record, as `frappe.client.insert` does it, by the present user with his own rights."""
	return frappe.get_doc(dict(values)).insert()


def values_of(complaint) -> dict:
	"""What the complaint ended up with, for the bare DocType."""
	values = {
		field.fieldname: complaint.get(field.fieldname)
		for field in complaint.meta.fields
		if field.fieldtype not in frappe.model.no_value_fields and complaint.get(field.fieldname) is not None
	}
	values.pop("naming_series")
	rows = [{"department": row.department} for row in complaint.assisting_departments]
	return {**values, "doctype": SCRATCH, "assisting_departments": rows}


def row_hash(doctype: str, name: str) -> str:
	"""A hash of a record's row and child rows, without what belongs to the record itself (name, series, time stamps)."""
	row = frappe.db.get_value(doctype, name, "*", as_dict=True)
	children = frappe.get_all(
		"Assisting Department", {"parent": name, "parenttype": doctype}, ["idx", "department"], order_by="idx"
	)
	content = {key: value for key, value in row.items() if key not in OWN_COLUMNS}
	return hashlib.sha256(json.dumps([content, children], default=str, sort_keys=True).encode()).hexdigest()


def count(title: str, values: dict, bare_values: dict, verbose: bool) -> int:
	"""How many more statements ours sends, once everything is warm."""
	lists = []
	for each in (values, bare_values):
		insert(each)
		with statements() as sent, cache_calls() as cached:
			insert(each)
		frappe.db.rollback()
		lists.append((sent, cached))
	(ours, ours_cached), (theirs, theirs_cached) = lists
	print(
		f"  {title}: {len(ours)} SQL statements against {len(theirs)}, Redis {len(ours_cached)} against {len(theirs_cached)}"
	)
	if verbose:
		for name, (sent, cached) in zip(("complaint", "bare"), lists, strict=True):
			print(f"  -- {name}")
			print("\n".join(f"     {' '.join(statement.split())[:230]}" for statement in sent))
			print("\n".join(f"     redis {command}" for command in cached))
	return len(ours) - len(theirs)


def end_request() -> None:
	"""Roll back and forget what Frappe keeps for one request, as the next request starts."""
	frappe.db.rollback()
	frappe.db.value_cache.clear()
	frappe.local.cache = {}
	for kept in ("role_permissions", "meta_cache", "document_cache", "user_perms"):
		if hasattr(frappe.local, kept):
			setattr(frappe.local, kept, None if kept == "user_perms" else {})


@contextmanager
def routing_script(enabled: bool):
	"""Let Frappe see the site's scripts as they are, or none; the records themselves are not touched."""
	from frappe.core.doctype.server_script import server_script_utils

	if not enabled:
		with patch.object(server_script_utils, "get_server_script_map", dict):
			yield
		return
	frappe.cache().delete_value("server_script_map")  # tests that roll back may have left another one
	if not server_script_utils.get_server_script_map().get("Complaint"):
		raise RuntimeError("the shipped routing script is not enabled on this site")
	yield


@contextmanager
def same_workflow():
	"""Give the bare DocType a copy of the complaint's workflow and of its mail rule, then take them away again."""
	try:
		for doctype in RULES:
			for name in frappe.get_all(doctype, {"document_type": "Complaint"}, pluck="name"):
				copied = frappe.copy_doc(frappe.get_doc(doctype, name))
				copied.update({"name": f"{SCRATCH} {name}", "document_type": SCRATCH})
				if doctype == "Workflow":
					copied.workflow_name = copied.name
				copied.insert(set_name=copied.name)
		frappe.db.commit()
		yield
	finally:
		frappe.db.rollback()
		drop_rules()


def drop_rules() -> None:
	for doctype in RULES:
		for name in frappe.get_all(doctype, {"document_type": SCRATCH}, pluck="name"):
			frappe.delete_doc(doctype, name, force=True, delete_permanently=True)
	frappe.db.commit()


@contextmanager
def customer():
	"""A customer to complain, deleted afterwards."""
	name = factories.make_customer().name
	frappe.db.commit()
	try:
		yield name
	finally:
		frappe.delete_doc("Service Customer", name, force=True, delete_permanently=True)
		frappe.db.commit()


@contextmanager
def scratch_doctype():
	"""The bare DocType, and the series of both; dropped afterwards."""
	drop()
	make()
	added = [prefix for prefix in (series_prefix("Complaint"), series_prefix(SCRATCH)) if start_series(prefix)]
	frappe.db.commit()
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		drop()
		for prefix in added:  # only those that did not exist before: a number given is given for good
			frappe.db.delete("Series", {"name": prefix, "current": 0})
		forget_search_entries()
		frappe.db.commit()


def make() -> None:
	original = frappe.get_meta("Complaint")
	fields = []
	for field in original.fields:
		copied = {key: value for key, value in field.as_dict(no_default_fields=True).items() if value not in (None, "")}
		if copied["fieldname"] == "naming_series":
			copied.update(options=SERIES, default=SERIES)
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
	)
	frappe.get_doc(
		{
			"doctype": "DocType",
			"name": SCRATCH,
			"module": "Custom",
			"custom": 1,
			"fields": fields,
			"permissions": [row.as_dict(no_default_fields=True) for row in original.permissions],
			**{key: original.get(key) for key in same},
		}
	).insert()
	for name, columns in composite_indexes("Complaint").items():
		frappe.db.add_index(SCRATCH, columns, name)
	require_equal(columns_of("Complaint"), columns_of(SCRATCH), "B1 columns")
	require_equal(composite_indexes("Complaint"), composite_indexes(SCRATCH), "B1 indexes")


def columns_of(doctype: str) -> list[tuple]:
	rows = frappe.db.sql(f"show columns from `tab{doctype}`")
	return sorted((name, kind, key) for name, kind, _null, key, *_rest in rows)


def composite_indexes(doctype: str) -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	for row in frappe.db.sql(f"show index from `tab{doctype}`", as_dict=True):
		found.setdefault(row.Key_name, []).append(row.Column_name)
	return {name: columns for name, columns in found.items() if len(columns) > 1}


def drop() -> None:
	drop_rules()
	if frappe.db.exists("DocType", SCRATCH):
		frappe.delete_doc("DocType", SCRATCH, force=True, delete_permanently=True)
	frappe.db.sql_ddl(f"drop table if exists `tab{SCRATCH}`")
	frappe.db.commit()


def series_prefix(doctype: str) -> str:
	series = frappe.get_meta(doctype).get_field("naming_series").default
	return series.replace(".#####", "").replace(".YYYY.", frappe.utils.nowdate()[:4])


def start_series(prefix: str) -> bool:
	"""Give a series its counter if it has none: the first record of a year writes it, all others only count on."""
	if frappe.db.sql("select 1 from tabSeries where name = %s", prefix):
		return False
	frappe.db.sql("insert into tabSeries (name, `current`) values (%s, 0)", prefix)
	return True


def forget_search_entries() -> None:
	"""Frappe queues new records for its global search before they are committed; take ours out again."""
	cache = frappe.cache() if callable(frappe.cache) else frappe.cache
	queue = cache.make_key("global_search_queue")
	for raw in cache.execute_command("LRANGE", queue, 0, -1):
		entry = json.loads(raw)
		if entry["doctype"] == SCRATCH or (
			entry["doctype"] == "Complaint" and not frappe.db.exists("Complaint", entry["name"])
		):
			cache.execute_command("LREM", queue, 0, raw)
