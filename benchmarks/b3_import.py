"""B3: complaints imported in bulk, against nothing but the INSERT statements of the same rows; and against a loop of `insert`.

Ours: `import_complaints` with calls of 2,000 varied rows, every check, number, route, clock and event included. Theirs: the rows that
ours has stored (complaints, their assisting departments, clocks, events and routing decisions) are inserted again into the same tables with all
their indexes, by multi-row statements of the same size through the same driver, in one transaction. Both are rolled back after each
block, outside the timed part. Rounds are of one call; the full 20,000 are timed once, A, B, B, A.

The loop inserts a sample of the same rows one by one, as a program would that knows nothing of the import; it is scaled up.
"""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import contextmanager
from datetime import timedelta

import frappe

from benchmarks import protocol
from benchmarks.b1_complaint_insert import customer, routing_script
from benchmarks.protocol import WALL, Result, Side, measure, micro, require_equal, time_block
from customer_service.complaint_handling import api
from customer_service.organisation import batched
from customer_service.tests import factories

CALL, CALLS = 2_000, 10
SAMPLE = 500
ROUNDS = 20
GOAL_RATIO, GOAL_LOOP = 3.0, 8.0

TABLES = {
	"Complaint": "name",
	"Assisting Department": "parent",
	"Service Clock": "reference_name",
	"Service Event": "reference_name",
	"Routing Decision": "reference_name",
}
"""What an import writes to, and the column with the complaint's number."""

DOMAIN = "b3.example.com"


def run(verbose: bool = False) -> list[Result]:
	"""Measure with the shipped routing script, and tell what the app's built-in routing takes."""
	call, calls, sample = (CALL, CALLS, SAMPLE) if not protocol.QUICK else (500, 2, 50)
	with customer() as name, as_clerk(), routing_script(True):
		rows = make_rows(name, call)
		stored = rows_of(api.import_complaints(rows)["names"])
		require_equal(len(stored["Complaint"][1]), call, "B3 rows")
		frappe.db.rollback()
		write(stored)
		numbers = [row[0] for row in stored["Complaint"][1]]
		require_equal(digest(stored), digest(rows_of(numbers)), "B3 rows")
		frappe.db.rollback()
		ours = Side("import", lambda: api.import_complaints(rows), frappe.db.rollback)
		theirs = Side("insert statements", lambda: write(stored), frappe.db.rollback)
		comparison, control, remark = measure(ours, theirs, WALL, ROUNDS)
		whole = full_size(rows, stored, calls)
		loop = seconds_of_loop(rows[:sample]) / sample * call
	faster = loop / comparison.ours
	met = comparison.ratio <= GOAL_RATIO and faster >= GOAL_LOOP and not remark.startswith("VOID")
	tables = ", ".join(f"{len(found)} {table}" for table, (_columns, found) in stored.items())
	note = (
		f"{call} rows a call ({tables}): {micro(comparison.ours)} against {micro(comparison.theirs)}. All {call * calls} rows in one "
		f"transaction: {whole[0]:.1f} s against {whole[1]:.1f} s, {whole[0] / whole[1]:.2f}. {faster:.1f} times as fast as a loop of insert() "
		f"({micro(loop / call)} a row, {sample} timed). {remark}"
	)
	return [
		Result(
			id="B3",
			what="import of complaints in bulk / the INSERT statements of the same rows",
			ratio=comparison.ratio,
			low=comparison.low,
			high=comparison.high,
			control=control,
			goal=f"≤ {GOAL_RATIO} and ≥ {GOAL_LOOP:.0f}× a loop",
			met=met,
			note=note.strip(),
		)
	]


@contextmanager
def as_clerk():
	frappe.set_user(factories.email("clerk"))
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.set_user("Administrator")


def make_rows(customer_name: str, count: int) -> list[dict]:
	"""Rows as a spreadsheet gives them: text, some with a known customer, some with a reporter's address only."""
	start = frappe.utils.now_datetime() - timedelta(days=60)
	rows = []
	for number in range(count):
		row = factories.complaint_values(
			received_at=str((start + timedelta(minutes=number * 7)).replace(microsecond=0)),
			order_no=f"ORD-{number:05d}",
			part_no=f"PART-{number % 97:03d}",
			description=f"{number % 50 + 1} of 2000 pieces are scratched; lot {number}. 表面划伤，请处理。",
			severity="Serious" if number % 10 == 0 else "Minor",
			priority=("Normal", "Serious", "Urgent")[number % 3],
			complaint_class=("Quality", "Delivery", "Service")[number % 3],
			shipped_qty="2000",
			defective_qty=str(number % 50 + 1),
			estimated_loss=number % 700,
		)
		if number % 2:
			row["customer"] = customer_name
		else:
			row["contact_email"] = f"reporter{number % 200}@{DOMAIN}"
		rows.append(row)
	return rows


def rows_of(names: list[str]) -> dict[str, tuple[list[str], list[tuple]]]:
	"""Table -> columns and rows that belong to the complaints, as they are stored."""
	found = {}
	for table, column in TABLES.items():
		columns = ["name", *(each for each in frappe.db.get_table_columns(table) if each != "name")]
		wanted = ", ".join(f"`{each}`" for each in columns)
		rows = frappe.db.sql(f"select {wanted} from `tab{table}` where `{column}` in %s order by name", [tuple(names)])
		found[table] = columns, list(rows)
	return found


def write(stored: dict[str, tuple[list[str], list[tuple]]]) -> None:
	"""The plain way: the statements alone."""
	for table, (columns, rows) in stored.items():
		batched.write(table, columns, rows)


def digest(stored: dict) -> str:
	return hashlib.sha256(json.dumps(stored, default=str, sort_keys=True).encode()).hexdigest()


def full_size(rows: list[dict], stored: dict, calls: int) -> tuple[float, float]:
	"""Seconds of the whole import in one transaction, ours and theirs."""

	def plain():
		for number in range(calls):
			write(renamed(stored, number))

	def ours():
		for _each in range(calls):
			api.import_complaints(rows)

	sides = Side("import", ours, frappe.db.rollback), Side("insert statements", plain, frappe.db.rollback)
	first = time_block(sides[0], WALL)
	second = time_block(sides[1], WALL) + time_block(sides[1], WALL)
	first += time_block(sides[0], WALL)
	return first / 2, second / 2


def renamed(stored: dict, number: int) -> dict:
	"""The same rows under other names; every table's first column is its key."""
	return {
		table: (columns, [(f"{row[0]}-{number}", *row[1:]) for row in rows])
		for table, (columns, rows) in stored.items()
	}


def seconds_of_loop(rows: list[dict]) -> float:
	begun = time.perf_counter()
	for row in rows:
		frappe.get_doc(dict(row)).insert()
	spent = time.perf_counter() - begun
	frappe.db.rollback()
	return spent
