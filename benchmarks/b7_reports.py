"""B7: each statistics report over a million complaints, against hand-written SQL with the same grouping.

Ours: the report's own `execute` as the desk calls it, with row permissions, columns, chart and summary, by a manager who sees all rows;
one report also by a head who sees those of one department. Theirs: the statement that somebody would write who knows the
question and the rows, sent through the same driver, all its rows fetched; with `use index ()` where the server would otherwise choose to
fetch a million rows one by one. Both must give the same figures before anything is timed.

The memory is the peak of what Python allocates during a call, ours beyond theirs (tracemalloc), measured apart from the time.
"""

from __future__ import annotations

import gc
import importlib
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import frappe

from benchmarks import protocol, registers
from benchmarks.protocol import WALL, Result, Side, measure, micro, require_equal, rounds_for
from benchmarks.registers import department_head, manager
from customer_service.complaint_handling import figures, repeats
from customer_service.organisation import access, clock, states

ROWS, QUICK_ROWS = 1_000_000, 20_000
GOAL_RATIO, GOAL_MEGABYTES = 1.15, 32.0
BUDGET = 60
"""Seconds for the rounds of a report and their control, so that all reports take less than an hour."""
ROUNDING = 0.051
REPORTS = "customer_service.complaint_handling.report"


@dataclass(frozen=True)
class Question:
	"""One report and the SQL that asks the same.

	:param keys: columns of the report's rows that are compared; the SQL gives them in this order, a month as 202603.
	:param ask: sends the SQL and returns its rows. :param user: who asks.
	"""

	report: str
	keys: tuple[str, ...]
	ask: Callable[[], list]
	user: Callable[[], str] = manager
	remark: str = ""

	@property
	def id(self) -> str:
		return f"B7 {self.report.replace('_', ' ')}{self.remark}"


def run(verbose: bool = False) -> Iterator[Result]:
	"""Measure each report; the slowest are last."""
	rows = QUICK_ROWS if protocol.QUICK else ROWS
	registers.of_size(rows)
	for question in questions():
		yield _measured(question, rows, verbose)


def _measured(question: Question, rows: int, verbose: bool) -> Result:
	report = importlib.import_module(f"{REPORTS}.{question.report}.{question.report}")
	frappe.set_user(question.user())
	try:
		begun = WALL()
		answer = report.execute({})
		seconds = WALL() - begun
		shown = [_shown(row, question.keys) for row in answer[1] if not row.get("is_total")]
		asked = [tuple(_plain(value) for value in row) for row in question.ask()]
		_require_same(_sorted(shown), _sorted(asked), question.id)
		more = peak(lambda: report.execute({})) - peak(question.ask)
		ours, theirs = Side("report", lambda: report.execute({})), Side("SQL", question.ask)
		rounds = rounds_for(seconds, BUDGET)
		comparison, control, remark = measure(ours, theirs, WALL, rounds, max(rounds // 2, 1), 2 if rounds > 4 else 1)
	finally:
		frappe.set_user("Administrator")
	if verbose:
		print(f"  {question.id}: {comparison.ratio:.3f}, control {control:.3f}", flush=True)
	return Result(
		id=question.id,
		what="report / hand-written SQL with the same grouping",
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control,
		goal=f"≤ {GOAL_RATIO} and ≤ {GOAL_MEGABYTES:.0f} MB more",
		met=comparison.ratio <= GOAL_RATIO and more <= GOAL_MEGABYTES and not remark.startswith("VOID"),
		note=(
			f"{rows} complaints, {len(shown)} rows shown: {micro(comparison.ours)} against {micro(comparison.theirs)},"
			f" {more:+.1f} MB; {rounds} rounds. {remark}"
		).strip(),
	)


def peak(work: Callable[[], object]) -> float:
	"""Megabytes that Python has at most beyond what it had before; the work was done before, so that nothing is loaded now."""
	gc.collect()
	tracemalloc.start()
	try:
		work()
		return tracemalloc.get_traced_memory()[1] / 1e6
	finally:
		tracemalloc.stop()


def _shown(row: dict, keys: tuple[str, ...]) -> tuple:
	"""A row of the report as the SQL gives it."""
	values = {**row, "month": int(str(row["month"]).replace("-", ""))} if "month" in keys else row
	return tuple(_plain(values[key]) for key in keys)


def _plain(value) -> str | float:
	"""Numbers of all kinds as one."""
	if isinstance(value, int | float | Decimal):
		return float(value)
	return "" if value is None else str(value)


def _sorted(rows: list[tuple]) -> list[tuple]:
	"""In one order, whatever the report's; what a report shows rounded decides last."""
	return sorted(rows, key=lambda row: [value if isinstance(value, str) else f"{value:020.0f}" for value in row])


def _require_same(shown: list[tuple], asked: list[tuple], what: str) -> None:
	"""The same rows; a report shows means rounded to one decimal."""
	require_equal(len(shown), len(asked), f"{what} rows")
	if not shown:
		raise AssertionError(f"{what}: no rows")
	for ours, theirs in zip(shown, asked, strict=True):
		for one, other in zip(ours, theirs, strict=True):
			if isinstance(one, str) or isinstance(other, str) or abs(one - other) > ROUNDING:
				require_equal(one, other, f"{what} {ours}")


# --- the questions, by hand -----------------------------------------------------------------------------------------------


def _period(months: int = 12) -> dict:
	start, end = figures.period(frappe._dict(), months)
	return {"start": start, "end": end, "now": clock.now()}


def statistics_sql(condition: str = "1") -> list:
	return frappe.db.sql(
		f"""select extract(year_month from received_at) as month, complaint_class, count(*) as received,
			sum(is_justified = 'Justified'),
			sum(state_category = 'Closed' and (closed_at is null or closed_at < %(end)s)), sum(state_category = 'Cancelled'),
			sum(reopen_count > 0), sum(response_breached = 1 or resolution_breached = 1), count(answered_at),
			sum(if(answered_at is null, 0, answer_minutes)), sum(if(answered_at is null, 0, waited_minutes)),
			sum(compensation_total)
		from tabComplaint where received_at >= %(start)s and received_at < %(end)s and {condition}
		group by month, complaint_class order by month, received desc, complaint_class""",
		_period(),
	)


def statistics_of_department() -> list:
	user = frappe.session.user
	me, names = frappe.db.escape(user), ", ".join(frappe.db.escape(name) for name in access.departments_of(user))
	return statistics_sql(
		f"""(owner = {me} or assigned_to = {me} or lead_department in ({names}) or contact_window in ({names}) or exists
		(select 1 from `tabAssisting Department` part where part.parent = tabComplaint.name and part.parenttype = 'Complaint'
			and part.department in ({names})))""".replace("%", "%%")
	)


def compliance_sql() -> list:
	return frappe.db.sql(
		"""select month, department, priority, clock, count(*), sum(status = 'Stopped' and is_breached = 0),
			sum(status = 'Stopped' and is_breached = 1),
			sum(status in ('Running', 'Paused') and (is_breached = 1 or due_at < %(now)s)), avg(limit_minutes),
			min(if(status = 'Stopped' and place * 100 >= measured * 50, used_minutes, null)),
			min(if(status = 'Stopped' and place * 100 >= measured * 90, used_minutes, null)),
			min(if(status = 'Stopped' and place * 100 >= measured * 95, used_minutes, null)), avg(waited_minutes)
		from (select extract(year_month from due_at) as month, department, priority, clock, status, is_breached, due_at,
				limit_minutes, used_minutes, waited_minutes,
				row_number() over (partition by extract(year_month from due_at), department, priority, clock
					order by if(status = 'Stopped', 0, 1), used_minutes) as place,
				count(if(status = 'Stopped', 1, null)) over
					(partition by extract(year_month from due_at), department, priority, clock) as measured
			from `tabService Clock` where reference_doctype = 'Complaint' and due_at >= %(start)s and due_at < %(end)s
				and status != 'Cancelled') placed
		group by month, department, priority, clock order by month, department, priority, clock""",
		_period(),
	)


def causes_sql() -> list:
	return frappe.db.sql(
		"""select cause_category, count(*) as found, sum(response_breached = 1 or resolution_breached = 1), sum(compensation_total)
		from tabComplaint use index () where received_at >= %(start)s and received_at < %(end)s and state_category != 'Cancelled'
		group by cause_category order by found desc, cause_category""",
		_period(),
	)


def control_chart_sql() -> list:
	"""A row for each month with complaints; the report shows the empty ones too."""
	counted = dict(
		frappe.db.sql(
			"""select extract(year_month from received_at) as month, count(*) from tabComplaint
			where received_at >= %(start)s and received_at < %(end)s and state_category != 'Cancelled' group by month""",
			_period(24),
		)
	)
	start, end = figures.period(frappe._dict(), 24)
	return [(month, counted.get(month, 0)) for month in figures.months_between(start, end)]


def repeating_sql() -> list:
	"""For each kind of sameness the groups that a rule warns of, and their months; a row for each rule and group."""
	rows = []
	_start, last = figures.period(frappe._dict())
	kinds: dict[tuple, list] = {}
	for rule in repeats.rules():
		kinds.setdefault((rule.subject, rule.together_with or None), []).append(rule)
	for (subject, together), rules in kinds.items():
		column, second = repeats.SUBJECTS[subject], repeats.TOGETHER.get(together)
		keys = f"{column}, {second}" if second else column
		starts = [repeats.look_back(last, rule.period) for rule in rules]
		counts = ", ".join(
			f"sum(received_at >= {frappe.db.escape(str(start))}) as c{n}" for n, start in enumerate(starts)
		)
		enough = " or ".join(f"c{number} >= {rule.minimum_count}" for number, rule in enumerate(rules))
		known = f"state_category != 'Cancelled' and {column} != ''" + (f" and {second} is not null" if second else "")
		found = frappe.db.sql(
			f"""select {keys}, {counts}, max(received_at) from tabComplaint use index ()
			where received_at >= %s and received_at < %s and {known} group by {keys} having {enough}
			order by {column} limit {repeats.MOST}""",
			(min(starts), last),
		)
		frappe.db.sql(
			f"""select {keys}, extract(year_month from received_at) as month, count(*) from tabComplaint
			where received_at >= %s and received_at < %s and {known} and {column} in %s group by {keys}, month""",
			(repeats.look_back(last, "Year").replace(day=1), last, tuple({row[0] for row in found}) or ("",)),
		)
		first = 2 if second else 1
		for row in found:
			for number, rule in enumerate(rules):
				if row[first + number] >= rule.minimum_count:
					rows.append((rule.name, row[0], row[1] if second else None, row[first + number], row[-1]))
	return rows


def workload_sql() -> list:
	return frappe.db.sql(
		"""select lead_department, assigned_to, count(*), count(*), sum(next_due < %(now)s),
			sum(timestampdiff(minute, received_at, %(now)s)) / count(*) / 1440
		from tabComplaint where state_category in %(running)s group by lead_department, assigned_to""",
		{"now": clock.now(), "running": states.RUNNING},
	)


STATISTICS = (
	"month",
	"value",
	"received",
	"justified",
	"closed",
	"cancelled",
	"reopened",
	"late",
	"answered",
	"answer_minutes",
	"waited_minutes",
	"compensation",
)


def questions() -> list[Question]:
	"""The reports that count; the register and the queues list single records."""
	compliance = ("month", "department", "priority", "clock", "started", "kept", "late", "late_running", "limit")
	return [
		Question("complaint_causes", ("cause_category", "complaints", "late", "compensation"), causes_sql),
		Question("complaint_control_chart", ("month", "complaints"), control_chart_sql),
		Question(
			"repeating_problems",
			("rule", "subject_value", "together_value", "complaints", "last_received"),
			repeating_sql,
		),
		Question(
			"department_workload",
			("department", "person", "complaints", "total", "late", "mean_age"),
			workload_sql,
		),
		Question("complaint_statistics", STATISTICS, statistics_sql),
		Question("complaint_statistics", STATISTICS, statistics_of_department, department_head, " of a department"),
		Question("clock_compliance", (*compliance, "p50", "p90", "p95", "waited"), compliance_sql),
	]
