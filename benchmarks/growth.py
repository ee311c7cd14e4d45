"""How times grow with the register: 10,000, 100,000 and 1,000,000 complaints with their clocks and events, or answers of surveys.

An insert, a page of the list with row permissions, a customer's page, a sweep with 500 clocks due and a guest's answer must stay as they are;
a statistics report may grow as its rows do. Each size is measured by itself, so there is no side to alternate with: in the end the smallest is made and measured once
more, and what it gives then against the first time is the control.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from functools import partial

import frappe

from benchmarks import b6_survey, growth_answers, protocol, registers
from benchmarks.b1_complaint_insert import customer, insert
from benchmarks.b4_sweep import no_commits
from benchmarks.b8_list import PAGES, listed
from benchmarks.protocol import WALL, Result, Side, micro, time_block
from customer_service.complaint_handling.report.complaint_statistics import complaint_statistics
from customer_service.customer_communication import hot_line
from customer_service.organisation import clock_sweep
from customer_service.tests import factories

SIZES, QUICK_SIZES = (10_000, 100_000, 1_000_000), (2_000, 20_000)
GOAL_RATIO, GOAL_SLOPE = 1.20, (0.9, 1.05)
CONTROL = (0.9, 1.1)
"""Wider than elsewhere: between its two measurements lie all the others."""

ANSWER = "survey answer"
TIMES = {"insert": 60, "list page": 30, "customer page": 60, "sweep with 500 due": 15, "report": 5, ANSWER: 60}
"""How often each is done at each size; the median counts."""


def run(verbose: bool = False) -> list[Result]:
	"""Measure each size, the largest first: the benchmarks before this one may have left it."""
	sizes = SIZES if not protocol.QUICK else QUICK_SIZES
	answers, answers_again, look_ups = measured_answers(sizes)
	with customer() as customer_name:
		rule = factories.make_escalation_rule([("After the Limit", 0, "Department Head")], at_once=1)
		frappe.db.commit()
		try:
			found = {size: measured(size, customer_name, rule.name) for size in reversed(sizes)}
			again = measured(sizes[0], customer_name, rule.name)
		finally:
			registers.restore()
			frappe.delete_doc("Escalation Rule", rule.name, force=True, delete_permanently=True)
			frappe.db.commit()
	for size, seconds in answers.items():
		found[size][ANSWER] = seconds
	again[ANSWER] = answers_again
	return [_result(what, found, again, sizes, look_ups) for what in TIMES]


def measured_answers(sizes: tuple[int, ...]) -> tuple[dict[int, float], float, list[int]]:
	"""Seconds of a guest's answer at each size, those of the smallest once more, and the rows that a look-up of its token reads at each."""
	seconds, rows = {}, []
	with b6_survey.open_doors():
		for size in (*reversed(sizes), sizes[0]):
			with growth_answers.Answers(size) as tokens:
				found = median(ANSWER, "Guest", partial(b6_survey.answer, tokens[0]))
				rows.append(growth_answers.rows_of_look_up(tokens[0]))
			print(f"  {size}: {ANSWER} {micro(found)}, {rows[-1]} row(s) read for its token", flush=True)
			again = found if size in seconds else None
			seconds.setdefault(size, found)
	return seconds, again, rows


def measured(size: int, customer_name: str, rule: str) -> dict[str, float]:
	"""Seconds of each at one size."""
	moment = registers.of_size(size)
	frappe.db.sql("update `tabService Clock` set escalation_rule = %s where next_notice_at < %s", (rule, moment))
	frappe.db.sql("update `tabComplaint` set customer = %s where customer = 'Customer 7'", customer_name)
	frappe.db.commit()
	values = factories.complaint_values(customer=customer_name, received_at=moment)
	with no_commits():
		found = {
			"insert": median("insert", factories.email("clerk"), lambda: insert(values)),
			"list page": median("list page", registers.department_head(), lambda: [listed(page) for page in PAGES]),
			"customer page": median(
				"customer page", factories.email("clerk"), lambda: hot_line.overview(customer_name)
			),
			"sweep with 500 due": median("sweep with 500 due", "Administrator", sweep),
			"report": median("report", registers.manager(), lambda: complaint_statistics.execute({})),
		}
	print(f"  {size}: {', '.join(f'{what} {micro(seconds)}' for what, seconds in found.items())}", flush=True)
	return found


def sweep() -> None:
	"""The sweep without its mails, whose number does not follow the register."""
	done = 0
	while chunk := clock_sweep.mark_breaches():
		done += chunk
	if done != registers.DUE:
		raise AssertionError(f"{done} clocks were due instead of {registers.DUE}")


def median(what: str, user: str, work: Callable[[], object]) -> float:
	frappe.set_user(user)
	try:
		times = TIMES[what] if not protocol.QUICK else 3
		side = Side(what, work, frappe.db.rollback)
		time.sleep(0.5)  # what the server still tidies up after filling
		return statistics.median(
			[time_block(side, WALL) for _each in range(protocol.WARM_UP + times)][protocol.WARM_UP :]
		)
	finally:
		frappe.set_user("Administrator")


def _result(
	what: str, found: dict[int, dict[str, float]], again: dict[str, float], sizes: tuple[int, ...], look_ups: list[int]
) -> Result:
	small, large = sizes[0], sizes[-1]
	times = {size: found[size][what] for size in sizes}
	control = again[what] / times[small]
	ratio = times[large] / times[small]
	note = ", ".join(f"{size}: {micro(seconds)}" for size, seconds in times.items()) + "; medians, no interval"
	if what == ANSWER:
		note += f"; rows read for the token: {', '.join(map(str, look_ups))}"
	goal, met = f"≤ {GOAL_RATIO}", ratio <= GOAL_RATIO
	if what == "report":
		before = sizes[-2]
		ratio = math.log(times[large] / times[before]) / math.log(large / before)
		goal, met = f"slope {GOAL_SLOPE[0]}–{GOAL_SLOPE[1]}", GOAL_SLOPE[0] <= ratio <= GOAL_SLOPE[1]
	if not CONTROL[0] <= control <= CONTROL[1]:
		note, met = f"{note}. VOID: the smallest size took {control:.2f} of its first time in the end", False
	return Result(
		id=f"GROWTH {what}",
		what=f"{large} {'answers' if what == ANSWER else 'complaints'} / {small}"
		if what != "report"
		else f"slope from {sizes[-2]} to {large} complaints",
		ratio=ratio,
		low=ratio,
		high=ratio,
		control=control,
		goal=goal,
		met=met,
		note=note,
	)
