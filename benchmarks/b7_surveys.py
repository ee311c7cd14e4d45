"""B7 for surveys: Satisfaction Statistics over a million answers to questions, against hand-written SQL with the same grouping (E-5).

100,000 customers' answers of ten questions each, nine in ten valid, over the last twelve months. The tables are put aside and given back as
in registers.py. Ours is the report's own `execute` by a manager, with columns, chart and summary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe

from benchmarks import protocol, tables
from benchmarks.b7_reports import BUDGET, GOAL_MEGABYTES, GOAL_RATIO, peak
from benchmarks.protocol import WALL, Result, Side, measure, micro, require_equal, rounds_for
from benchmarks.registers import manager
from customer_service.complaint_handling import figures
from customer_service.customer_satisfaction.report.satisfaction_statistics import satisfaction_statistics

ROWS, QUICK_ROWS = 1_000_000, 20_000
QUESTIONS = 10
TABLES = ("Survey Response", "Survey Answer", "Satisfaction Survey")
SURVEY = "BIG V1"

ITEM_SQL = """select s.survey_code, a.code, sum(a.is_missing = 0), sum(a.is_missing = 0 and a.level = 1),
	sum(a.is_missing = 0 and a.level = 2), sum(a.is_missing = 0 and a.level = 3), sum(a.is_missing = 0 and a.level = 4),
	sum(a.is_missing = 0 and a.level = 5), sum(if(a.is_missing = 0, a.points, 0)), sum(if(a.is_missing = 0, a.max_points, 0)),
	sum(a.is_low and a.is_missing = 0), sum(a.is_missing)
	from `tabSurvey Response` r join `tabSurvey Answer` a on a.parent = r.name
	join `tabSatisfaction Survey` s on s.name = r.survey
	where r.answered_at >= %(start)s and r.answered_at < %(end)s and r.validity = 'Valid' and a.max_points > 0
	group by s.survey_code, a.code"""

GROUP_SQL = """select {0}, sum(validity = 'Valid'), sum(validity = 'Valid' and is_scored = 1),
	sum(if(validity = 'Valid' and is_scored = 1, score, 0)), sum(if(validity = 'Valid', low_items, 0)),
	sum(validity = 'Not Valid'), sum(validity = 'Pending'), sum(if(validity = 'Valid' and is_scored = 1, base_score, 0)),
	sum(if(validity = 'Valid' and is_scored = 1, deduction, 0)), max(customer_name)
	from `tabSurvey Response` where answered_at >= %(start)s and answered_at < %(end)s group by {0} having sum(validity = 'Valid') > 0"""


def run(verbose: bool = False) -> Iterator[Result]:
	"""Measure the report by item, region and customer."""
	rows = QUICK_ROWS if protocol.QUICK else ROWS
	with laid(rows):
		levels = tuple(f"level_{at}" for at in range(1, 6))
		keys = ("survey_code", "code", "answers", *levels, "total", "whole", "low", "missing")
		yield _measured("Survey Item", lambda: _ask(ITEM_SQL), keys, rows)
		for by in ("Region", "Customer"):
			sql = GROUP_SQL.format(by.lower())
			yield _measured(by, lambda sql=sql: _ask(sql), ("value", "answers", "scored", "total", "low_items"), rows)


def _ask(sql: str) -> list:
	start, end = figures.period(frappe._dict())
	return frappe.db.sql(sql, {"start": start, "end": end})


def _measured(by: str, ask: Callable[[], list], keys: tuple[str, ...], rows: int) -> Result:
	frappe.set_user(manager())
	try:
		begun = WALL()
		data = satisfaction_statistics.execute({"by": by})[1]
		seconds = WALL() - begun
		ours_rows = sorted(tuple(_plain(row[key]) for key in keys) for row in data)
		require_equal(
			ours_rows,
			sorted(tuple(_plain(value) for value in row[: len(keys)]) for row in ask()),
			f"statistics by {by}",
		)
		more = peak(lambda: satisfaction_statistics.execute({"by": by})) - peak(ask)
		rounds = rounds_for(seconds, BUDGET)
		ours, theirs = Side("report", lambda: satisfaction_statistics.execute({"by": by})), Side("SQL", ask)
		comparison, control, remark = measure(ours, theirs, WALL, rounds, max(rounds // 2, 1), 2 if rounds > 4 else 1)
	finally:
		frappe.set_user("Administrator")
	return Result(
		id=f"B7S satisfaction statistics by {by.lower()}",
		what="report / hand-written SQL with the same grouping",
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control,
		goal=f"≤ {GOAL_RATIO} and ≤ {GOAL_MEGABYTES:.0f} MB more",
		met=comparison.ratio <= GOAL_RATIO and more <= GOAL_MEGABYTES and not remark.startswith("VOID"),
		note=(
			f"{rows} answers to questions, {len(data)} rows shown: {micro(comparison.ours)} against {micro(comparison.theirs)},"
			f" {more:+.1f} MB; {rounds} rounds. {remark}"
		).strip(),
	)


def _plain(value) -> str | float:
	return value if isinstance(value, str) else round(float(value or 0), 6)


@contextmanager
def laid(answers: int):
	"""Tables of the benchmark's own with so many answers in place of the site's, which come back in the end."""
	tables.put_aside(TABLES)
	try:
		_fill(answers)
		yield
	finally:
		tables.give_back(TABLES)


def _fill(answers: int) -> None:
	start, end = figures.period(frappe._dict())
	responses = answers // QUESTIONS
	minutes = int((end - start).total_seconds() // 60) - 1
	values = {"start": start, "minutes": minutes, "survey": SURVEY, "count": responses, "each": QUESTIONS}
	frappe.db.sql("insert into `tabSatisfaction Survey` (name, survey_code, version) values (%s, 'BIG', 1)", SURVEY)
	with tables.without_indexes("Survey Response"):
		frappe.db.sql(
			f"""insert into `tabSurvey Response` (name, creation, modified, owner, invitation, campaign, survey, customer, customer_name, region,
				department, validity, is_scored, score, base_score, deduction, low_items, answered_at)
			select concat('BIG-', lpad(seq, 8, '0')), %(start)s, %(start)s, 'Administrator', concat('BIG-', seq), 'BIG', %(survey)s,
				concat('C-', seq %% 1999), concat('Customer ', seq %% 1999), concat('Region ', seq %% 12), 'Marketing',
				if(seq %% 10 = 0, 'Not Valid', 'Valid'), seq %% 50 <> 0, 50 + seq %% 50, 51 + seq %% 50, 1, seq %% 3,
				timestampadd(minute, floor(seq * %(minutes)s / %(count)s), %(start)s)
			from seq_1_to_{responses}""",
			values,
		)
		frappe.db.commit()
	with tables.without_indexes("Survey Answer"):
		frappe.db.sql(
			f"""insert into `tabSurvey Answer` (name, creation, modified, owner, parent, parenttype, parentfield, idx, code, kind, question, level, points,
				max_points, is_low, is_missing)
			select concat('BIG-', lpad(seq, 10, '0')), %(start)s, %(start)s, 'Administrator',
				concat('BIG-', lpad((seq - 1) div %(each)s + 1, 8, '0')), 'Survey Response', 'answers', (seq - 1) %% %(each)s + 1,
				concat('Q', (seq - 1) %% %(each)s), 'Level', 'How satisfied are you?', if(seq %% 40 = 0, 0, seq * 7 %% 5 + 1),
				if(seq %% 40 = 0, 0, 10 - 2 * (seq * 7 %% 5)), 10, seq * 7 %% 5 > 3, seq %% 40 = 0
			from seq_1_to_{answers}""",
			values,
		)
		frappe.db.commit()
	tables.analyze(TABLES)
