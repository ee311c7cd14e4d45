"""Marks the limits that have passed and notices the levels of escalation, without anyone opening a record (F-6).

The sweep works from stored moments: *Next Notice At* of **Service Clock** says when a clock needs it. One that comes late, runs
twice, beside another, or is killed in the middle ends in the same state: a clock is marked once, a level noticed once. Mails go out
afterwards, see digests.py.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import frappe
from frappe.model.base_document import get_controller

from customer_service.compat import forget_documents
from customer_service.organisation import clock, digests, escalation, events, retry, states
from customer_service.organisation.clocks import RUNNING

CHUNK = 1000

AGAIN_AFTER = timedelta(hours=1)

READ = (
	"name",
	"reference_doctype",
	"reference_name",
	"department",
	"assigned_to",
	"clock",
	"calendar",
	"limit_minutes",
	"stops_on",
	"escalation_rule",
	"paused_minutes",
	"is_breached",
)
"""What escalation and the record itself need to know of a clock, beside its moments."""

MOMENTS = ("started_at", "due_at")


def run() -> None:
	"""What the scheduler calls: chunk by chunk, then the mails. A chunk is whole in itself; committing it keeps locks
	short, and what is done stays done if the job is killed."""
	while mark_breaches():
		frappe.db.commit()
	digests.send()


@retry.after_conflict
def mark_breaches() -> int:
	"""Deal with clocks whose moment has come, at most `CHUNK`; returns how many. The caller commits."""
	moment = clock.now()
	due = _due(moment)
	if not due:
		return 0
	rows = _locked(due, moment)
	if not rows:
		return len(due)  # another worker was faster with these; there may be more
	late = [row for row in rows if not row.is_breached and row.due_at < moment]
	for row in late:
		row.is_breached = 1
	notices = escalation.Notices(moment, escalation.levels_done([row.name for row in rows if row.escalation_rule]))
	_store(rows, {row.name for row in late}, [_escalate(row, notices) for row in rows])
	_show(late)
	notices.store()
	events.record_breaches([row.name for row in late], moment)
	return len(rows)


def _escalate(row, notices: escalation.Notices):
	"""Notice what a clock has reached; returns when it needs the sweep again. One that cannot be worked out, such as by a calendar
	that is gone, stops no other: it is logged and looked at again later."""
	try:
		return notices.add(row)
	except Exception:
		frappe.clear_last_message()
		frappe.log_error(title=f"Clock {row.clock} of {row.reference_doctype} {row.reference_name} cannot be escalated")
		return notices.at + AGAIN_AFTER


def _due(moment) -> list[tuple[str, str, str]]:
	"""Name, DocType and record of the clocks whose moment has come, the earliest first."""
	table = frappe.qb.DocType("Service Clock")
	query = frappe.qb.from_(table).select(table.name, table.reference_doctype, table.reference_name)
	query = query.where(table.next_notice_at < moment)
	query = query.where(table.status == RUNNING)  # as `_locked` asks, so that no row is found again and again
	return list(query.orderby(table.next_notice_at).limit(CHUNK).run())


def _locked(due: list[tuple[str, str, str]], moment) -> list[frappe._dict]:
	"""The clocks themselves, locked, if they are still due. The records come first, as they do when somebody saves one:
	locked in the same order, the two wait for each other instead of failing.

	Plain SQL with parameters, for the query builder takes longer for a thousand names than the server does. The moments come as text,
	which Python reads many times faster than what Frappe makes of the server's own.
	"""
	_lock((doctype, name) for _clock, doctype, name in due)
	columns = [f"`{column}`" for column in READ] + [f"cast(`{column}` as char)" for column in MOMENTS]
	rows = frappe.db.sql(
		f"""select {", ".join(columns)} from `tabService Clock` force index (primary)
		where name in %(names)s and next_notice_at < %(moment)s and status = %(running)s for update""",
		{"names": tuple(name for name, _doctype, _record in due), "moment": moment, "running": RUNNING},
	)
	return [_clock_of(row) for row in rows]


def _clock_of(row: tuple) -> frappe._dict:
	values = frappe._dict(zip((*READ, *MOMENTS), row, strict=True))
	for column in MOMENTS:
		values[column] = values[column] and datetime.fromisoformat(values[column])
	return values


def lock_records(clock_names: list[str]) -> None:
	"""Lock the records of clocks, in a fixed order."""
	table = frappe.qb.DocType("Service Clock")
	query = frappe.qb.from_(table).select(table.reference_doctype, table.reference_name)
	_lock(query.where(table.name.isin(clock_names)).run())


def _lock(records: Iterable[tuple[str, str]]) -> None:
	"""Lock records of any DocTypes. The server tells their number alone: nobody needs to hear their names again."""
	by_doctype: dict[str, set[str]] = {}
	for doctype, name in records:
		by_doctype.setdefault(doctype, set()).add(name)
	for doctype, names in sorted(by_doctype.items()):
		frappe.db.sql(
			f"select count(*) from `tab{doctype}` force index (primary) where name in %s for update",
			[tuple(sorted(names))],
		)


def _store(rows: list, late: set[str], next_moments: list) -> None:
	"""Mark the late ones, and write when each clock needs the sweep again."""
	together: dict[tuple, list[str]] = {}
	for row, moment in zip(rows, next_moments, strict=True):
		together.setdefault((row.name in late, moment), []).append(row.name)
	for (is_late, moment), names in together.items():  # most have nothing more to come and share one statement
		frappe.db.sql(
			f"""update `tabService Clock` set next_notice_at = %(moment)s {", is_breached = 1" if is_late else ""}
			where name in %(names)s""",
			{"moment": moment, "names": tuple(names)},
		)


def _show(late: list) -> None:
	"""Mark the records as late where they show such a clock."""
	shown: dict[tuple[str, str], list[str]] = {}
	by_doctype: dict[str, list[str]] = {}
	for row in late:
		shown.setdefault((row.reference_doctype, row.stops_on), []).append(row.reference_name)
		by_doctype.setdefault(row.reference_doctype, []).append(row.reference_name)
	for doctype, names in by_doctype.items():
		forget_documents(doctype, names)
	for (doctype, stops_on), names in shown.items():
		fields = getattr(get_controller(doctype), "CLOCK_FIELDS", {}).get(stops_on)
		if fields:
			frappe.db.sql(
				f"update `tab{doctype}` set `{fields[2]}` = 1 where name in %(names)s and state_category in %(running)s",
				{"names": tuple(names), "running": states.RUNNING},
			)
