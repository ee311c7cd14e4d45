"""B8: a page of a list with row permissions and a filter among a million complaints, against the same rows by a plain statement.

Ours: `frappe.get_list` as the desk asks it, by a head who sees the rows of one department. Theirs: `WHERE … ORDER BY … LIMIT 20` on an
indexed column, without any permission. Only the time in which the server works on statements counts, and how many rows it reads.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import frappe

from benchmarks import protocol, registers
from benchmarks.b4_sweep import rows_read
from benchmarks.protocol import Comparison, Result, interval, micro, require_equal

ROWS, QUICK_ROWS = 1_000_000, 20_000
ROUNDS = 30
GOAL_RATIO = 1.5
PAGE = 20
FIELDS = ("name", "modified", "workflow_state", "reported_company", "lead_department", "resolution_due")


@dataclass(frozen=True)
class Page:
	"""One page: what is asked, in which order, and the same as a condition of SQL."""

	what: str
	filters: dict
	order: str
	where: str


PAGES = (
	Page(
		"queue of the department",
		{"lead_department": "Quality Department", "state_category": "Open"},
		"resolution_due asc",
		"lead_department = 'Quality Department' and state_category = 'Open'",
	),
	Page("what changed last", {"channel": "Phone"}, "modified desc", "channel = 'Phone'"),
)


def run(verbose: bool = False) -> list[Result]:
	"""Measure each page."""
	rows = QUICK_ROWS if protocol.QUICK else ROWS
	registers.of_size(rows)
	frappe.set_user(registers.department_head())
	try:
		return [_measured(page, rows) for page in PAGES]
	finally:
		frappe.set_user("Administrator")


def _measured(page: Page, rows: int) -> Result:
	def ours():
		return listed(page)

	def theirs():
		return plain(page)

	if page.order.startswith("resolution_due"):  # the head sees all of these; elsewhere permissions leave rows out
		require_equal([row.name for row in ours()], [row[0] for row in theirs()], "B8 rows")
	require_equal(len(ours()), PAGE, "B8 page")
	comparison, control = compare(ours, theirs), compare(ours, ours)
	read = [_rows_of(work) for work in (ours, theirs)]
	sound = protocol.CONTROL[0] <= control.ratio <= protocol.CONTROL[1]
	return Result(
		id=f"B8 {page.what}",
		what="list page with row permissions / plain statement, time of SQL",
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control.ratio,
		goal=f"≤ {GOAL_RATIO}",
		met=comparison.ratio <= GOAL_RATIO and sound,
		note=f"{rows} complaints: {micro(comparison.ours)} against {micro(comparison.theirs)}; the server reads {read[0]} rows against "
		f"{read[1]}.{'' if sound else ' VOID: the control failed'}",
	)


def listed(page: Page) -> list:
	return frappe.get_list(
		"Complaint", filters=page.filters, fields=list(FIELDS), order_by=page.order, limit_page_length=PAGE
	)


def plain(page: Page) -> tuple:
	columns = ", ".join(FIELDS)
	return frappe.db.sql(f"select {columns} from tabComplaint where {page.where} order by {page.order} limit {PAGE}")


def compare(ours: Callable, theirs: Callable) -> Comparison:
	"""As `protocol.compare`, of the seconds in the server alone."""
	pairs = []
	rounds = 3 if protocol.QUICK else ROUNDS
	for number in range(protocol.WARM_UP + rounds):
		first = seconds_of_sql(ours)
		second = seconds_of_sql(theirs) + seconds_of_sql(theirs)
		first += seconds_of_sql(ours)
		if number >= protocol.WARM_UP:
			pairs.append((first / 2, second / 2))
	ratios = sorted(a / b for a, b in pairs)
	low, high = interval(ratios)
	middle = len(pairs) // 2
	return Comparison(
		ratios[middle], low, high, sorted(a for a, _b in pairs)[middle], sorted(b for _a, b in pairs)[middle]
	)


def seconds_of_sql(work: Callable) -> float:
	"""Seconds between sending a statement and having its rows, all statements together."""
	spent = 0.0
	cursor = frappe.db._cursor
	execute = cursor._query

	def timed(query):
		nonlocal spent
		begun = time.perf_counter()
		try:
			return execute(query)
		finally:
			spent += time.perf_counter() - begun

	cursor._query = timed
	try:
		work()
	finally:
		del cursor._query
	return spent


def _rows_of(work: Callable) -> int:
	before = rows_read()
	work()
	return rows_read() - before
