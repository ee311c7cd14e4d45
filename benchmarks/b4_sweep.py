"""B4: the sweep over 100,000 open cases of which 5 % have just become due, against the raw SQL of the same effect.

Ours: `clock_sweep.mark_breaches` until nothing is due, then `digests.send`: clocks and complaints marked late, one event and one notice a
clock, one digest mail queued for each person told. Theirs: two statements on each of the tables concerned (mark by a joined UPDATE, log by
INSERT … SELECT), and the same rows of the mail queue inserted again. Cases and clocks are made by SQL. Both sides are rolled back
after each block: the sweep's own commits are switched off.

"B4 idle" is the sweep when nothing is due, and how many rows the server reads for it.
"""

from __future__ import annotations

import statistics
import time
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import frappe

from benchmarks import protocol
from benchmarks.protocol import WALL, Result, Side, measure, micro, require_equal
from customer_service.organisation import clock, clock_sweep
from customer_service.tests import factories

CASES, DUE_SHARE = 100_000, 20
"""Open cases; every how manieth has become due."""

ROUNDS, CONTROL_ROUNDS = 20, 10
IDLE_ROUNDS = 30
GOAL_RATIO, GOAL_IDLE_SECONDS, GOAL_IDLE_ROWS = 1.5, 0.005, 1

PREFIX = "B4-"
MADE = ("Complaint", "Service Clock")
WRITTEN = ("Service Event", "Escalation Log", "Email Queue", "Notification Log")

DEPARTMENTS = ("Quality Department", "Engineering", "Materials")


def run(verbose: bool = False) -> list[Result]:
	"""Measure the sweep with work, then without."""
	cases = CASES if not protocol.QUICK else 4_000
	with open_cases(cases) as moment, no_commits():
		frappe.flags.service_now = moment
		due = cases // DUE_SHARE
		ours_effect = effect(sweep)
		theirs_effect = effect(raw_sql)
		require_equal(ours_effect, theirs_effect, "B4 effect")
		require_equal(ours_effect["late clocks"], due, "B4 due")
		ours = Side("sweep", sweep, frappe.db.rollback)
		theirs = Side("raw SQL", raw_sql, frappe.db.rollback)
		comparison, control, remark = measure(ours, theirs, WALL, ROUNDS, CONTROL_ROUNDS)
		frappe.flags.service_now = moment - timedelta(days=3)  # before anything was due
		seconds, rows = idle()
	frappe.flags.service_now = None
	met = comparison.ratio <= GOAL_RATIO and not remark.startswith("VOID")
	note = (
		f"{cases} open cases, {due} due: {micro(comparison.ours)} against {micro(comparison.theirs)}; "
		f"{ours_effect['mails']} digests. {remark}"
	)
	return [
		Result(
			id="B4",
			what="sweep: mark, log, queue digests / the raw SQL of the same effect",
			ratio=comparison.ratio,
			low=comparison.low,
			high=comparison.high,
			control=control,
			goal=f"≤ {GOAL_RATIO}",
			met=met,
			note=note.strip(),
		),
		Result(
			id="B4 idle",
			what="sweep when nothing is due / 5 ms",
			ratio=seconds / GOAL_IDLE_SECONDS,
			low=seconds / GOAL_IDLE_SECONDS,
			high=seconds / GOAL_IDLE_SECONDS,
			control=1.0,
			goal="≤ 5 ms and ≤ 1 row examined",
			met=seconds <= GOAL_IDLE_SECONDS and rows <= GOAL_IDLE_ROWS,
			note=f"{micro(seconds)}, {rows} rows read by index or table (Handler_read%); no interval.",
		),
	]


def sweep() -> None:
	clock_sweep.run()


@contextmanager
def no_commits():
	"""The sweep commits each chunk; here the whole is rolled back."""
	with patch.object(frappe.db, "commit", lambda: None):
		yield
		frappe.db.rollback()


@contextmanager
def open_cases(count: int):
	"""Cases with one running clock each, an escalation rule for them, and heads to be told; deleted afterwards.

	:returns: the moment of the sweep.
	"""
	drop()
	moment = clock.now().replace(microsecond=0)
	heads = {department: frappe.db.get_value("Service Department", department, "head") for department in DEPARTMENTS}
	for number, department in enumerate(DEPARTMENTS):
		head = factories.make_user(f"b4.head{number}@test.example.com", f"Head {number}", ["Department Head"])
		frappe.db.set_value("Service Department", department, "head", head)
	rule = factories.make_escalation_rule([("After the Limit", 0, "Department Head")], at_once=1)
	make(count, moment, rule.name)
	frappe.db.commit()
	for table in MADE:
		frappe.db.sql_ddl(f"analyze table `tab{table}`")
	frappe.db.commit()
	try:
		yield moment
	finally:
		frappe.db.rollback()
		frappe.flags.service_now = None
		drop()
		frappe.delete_doc("Escalation Rule", rule.name, force=True, delete_permanently=True)
		for department, head in heads.items():
			frappe.db.set_value("Service Department", department, "head", head)
		frappe.db.commit()
		frappe.clear_cache()  # who heads a department is kept


def make(count: int, moment, rule: str) -> None:
	"""Open complaints received a day ago, by SQL; every twentieth clock was due an hour ago, the rest within a week from now."""
	due = f"if(mod(seq, {DUE_SHARE}) = 0, %(moment)s - interval 1 hour, %(moment)s + interval mod(seq, 10000) minute)"
	department = f"elt(mod(seq, {len(DEPARTMENTS)}) + 1, {', '.join(frappe.db.escape(name) for name in DEPARTMENTS)})"
	values = {"moment": moment, "last": count, "prefix": PREFIX, "rule": rule}
	frappe.db.sql(
		f"""insert into `tabComplaint` (name, creation, modified, owner, modified_by, contact_person, description, channel,
			received_at, workflow_state, state_category, lead_department, resolution_due, resolution_breached)
		select concat(%(prefix)s, seq), %(moment)s, %(moment)s, 'Administrator', 'Administrator', 'Li Example', 'Scratched.',
			'Phone', %(moment)s - interval 1 day, 'Received', 'Open', {department}, {due}, 0 from seq_1_to_{count}""",
		values,
	)
	frappe.db.sql(
		f"""insert into `tabService Clock` (name, creation, modified, owner, modified_by, reference_doctype, reference_name, clock,
			`round`, department, status, calendar, limit_minutes, stops_on, escalation_rule, started_at, due_at, next_notice_at)
		select concat(%(prefix)s, seq), %(moment)s, %(moment)s, 'Administrator', 'Administrator', 'Complaint',
			concat(%(prefix)s, seq), 'Resolution', 1, {department}, 'Running', 'Around the Clock',
			timestampdiff(minute, %(moment)s - interval 1 day, {due}), 'Resolved', %(rule)s, %(moment)s - interval 1 day,
			{due}, {due} from seq_1_to_{count}""",
		values,
	)


def drop() -> None:
	for table in MADE:
		frappe.db.sql(f"delete from `tab{table}` where name like %s", f"{PREFIX}%")
	frappe.db.commit()


def counts() -> dict:
	late = {"name": ("like", f"{PREFIX}%")}
	return {
		"late clocks": frappe.db.count(
			"Service Clock", {**late, "is_breached": 1, "next_notice_at": ("is", "not set")}
		),
		"late cases": frappe.db.count("Complaint", {**late, "resolution_breached": 1}),
		"events": frappe.db.count("Service Event", {"reference_name": ("like", f"{PREFIX}%")}),
		"notices": frappe.db.count("Escalation Log", {"reference_name": ("like", f"{PREFIX}%")}),
		"notices sent": frappe.db.count(
			"Escalation Log", {"reference_name": ("like", f"{PREFIX}%"), "sent_at": ("is", "set")}
		),
		"mails": frappe.db.count("Email Queue"),
		"notes": frappe.db.count("Notification Log"),
	}


def effect(work) -> dict:
	"""What a side changes, counted; undone at once."""
	before = counts()
	work()
	after = counts()
	if work is sweep:
		remember_mails()
	frappe.db.rollback()
	return {key: after[key] - before[key] for key in after}


MAILS: dict[str, tuple[list[str], list[tuple]]] = {}


def remember_mails() -> None:
	"""The rows that the digests have queued, for the other side to insert."""
	began = frappe.flags.service_now
	for table in ("Email Queue", "Email Queue Recipient", "Notification Log"):
		columns = frappe.db.get_table_columns(table)
		wanted = ", ".join(f"`{each}`" for each in columns)
		rows = frappe.db.sql(f"select {wanted} from `tab{table}` where creation >= %s", began)
		MAILS[table] = columns, list(rows)


def raw_sql() -> None:
	"""The same effect, by as few statements as there are tables."""
	at, user = clock.now(), frappe.session.user
	values = {"at": at, "user": user}
	heads = dict(frappe.get_all("Service Department", {"head": ("is", "set")}, ["name", "head"], as_list=True))
	head = "case department " + " ".join(
		f"when {frappe.db.escape(name)} then {frappe.db.escape(person)}" for name, person in heads.items()
	)
	frappe.db.sql(
		"""insert into `tabService Event` (name, creation, modified, owner, modified_by, reference_doctype, reference_name, event,
			happened_at, actor, before_value, after_value)
		select left(sha1(concat(name, %(at)s)), 16), %(at)s, %(at)s, %(user)s, %(user)s, reference_doctype, reference_name,
			'Clock Breached', %(at)s, %(user)s, clock, due_at from `tabService Clock` where next_notice_at < %(at)s""",
		values,
	)
	frappe.db.sql(
		f"""insert into `tabEscalation Log` (name, creation, modified, owner, modified_by, reference_doctype, reference_name,
			service_clock, clock, department, escalation_rule, level_key, level, recipient, notified_as, due_at, noticed_at, at_once,
			sent_at)
		select left(sha2(concat(clock.name, '|', level.name, '|', {head} end), 256), 32), %(at)s, %(at)s, %(user)s, %(user)s,
			reference_doctype, reference_name, clock.name, clock, clock.department, escalation_rule, level.name, level.idx,
			{head} end, notify, due_at, %(at)s, level.at_once, %(at)s
		from `tabService Clock` clock join `tabEscalation Level` level on level.parent = clock.escalation_rule
		where next_notice_at < %(at)s""".replace("case department", "case clock.department"),
		values,
	)
	frappe.db.sql(
		"""update `tabService Clock` clock join `tabComplaint` record on record.name = clock.reference_name
		set clock.is_breached = 1, clock.next_notice_at = null, record.resolution_breached = 1 where clock.next_notice_at < %(at)s""",
		values,
	)
	from customer_service.organisation import batched

	for table, (columns, rows) in MAILS.items():
		batched.write(table, columns, rows)


def rows_read() -> int:
	"""Rows and index entries that the server has read for this connection."""
	names = ("Handler_read_first", "Handler_read_key", "Handler_read_next", "Handler_read_prev", "Handler_read_last")
	names += ("Handler_read_rnd", "Handler_read_rnd_next")
	found = frappe.db.sql("show session status where Variable_name in %s", [names])
	return sum(int(value) for _name, value in found)


def idle() -> tuple[float, int]:
	"""Median seconds of a sweep without work, and rows that the server reads for one."""
	clock_sweep.mark_breaches()
	before = rows_read()
	clock_sweep.mark_breaches()
	rows = rows_read() - before
	times = []
	for _each in range(IDLE_ROUNDS):
		begun = time.perf_counter()
		clock_sweep.run()
		times.append(time.perf_counter() - begun)
	return statistics.median(times), rows
