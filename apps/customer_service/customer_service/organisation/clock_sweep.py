"""Marks the limits that have passed and notices the levels of escalation, without anyone opening a record (F-6).

The sweep works from stored moments: *Next Notice At* of **Service Clock** says when a clock needs it. One that comes late, runs
twice, beside another, or is killed in the middle ends in the same state: a clock is marked once, a level noticed once. Mails go out
afterwards, see digests.py.
"""

from datetime import timedelta

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
	"clock",
	"department",
	"assigned_to",
	"calendar",
	"limit_minutes",
	"stops_on",
	"escalation_rule",
	"started_at",
	"due_at",
	"paused_minutes",
	"is_breached",
)
"""What escalation and the record itself need to know of a clock."""


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
	names = _due(moment)
	if not names:
		return 0
	rows = _locked(names, moment)
	if not rows:
		return len(names)  # another worker was faster with these; there may be more
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
		notices.add(row)
		return escalation.next_moment(row, notices.done.get(row.name, set()))
	except Exception:
		frappe.clear_last_message()
		frappe.log_error(title=f"Clock {row.clock} of {row.reference_doctype} {row.reference_name} cannot be escalated")
		return notices.at + AGAIN_AFTER


def _due(moment) -> list[str]:
	table = frappe.qb.DocType("Service Clock")
	query = frappe.qb.from_(table).select(table.name).where(table.next_notice_at < moment)
	query = query.where(table.status == RUNNING)  # as `_locked` asks, so that no row is found again and again
	return [row[0] for row in query.orderby(table.next_notice_at).limit(CHUNK).run()]


def _locked(names: list[str], moment) -> list[frappe._dict]:
	"""The clocks themselves, locked, if they are still due. The records come first, as they do when somebody saves one:
	locked in the same order, the two wait for each other instead of failing."""
	lock_records(names)
	table = frappe.qb.DocType("Service Clock")
	query = frappe.qb.from_(table).select(*(table[column] for column in READ))
	query = query.where(table.name.isin(names)).where(table.next_notice_at < moment).where(table.status == RUNNING)
	return [frappe._dict(row) for row in query.orderby(table.next_notice_at).for_update().run(as_dict=True)]


def lock_records(names: list[str]) -> None:
	"""Lock the records of clocks, in a fixed order."""
	table = frappe.qb.DocType("Service Clock")
	records = frappe.qb.from_(table).select(table.reference_doctype, table.reference_name).where(table.name.isin(names))
	by_doctype: dict[str, set[str]] = {}
	for doctype, name in records.run():
		by_doctype.setdefault(doctype, set()).add(name)
	for doctype, found in by_doctype.items():
		record = frappe.qb.DocType(doctype)
		frappe.qb.from_(record).select(record.name).where(record.name.isin(sorted(found))).for_update().run()


def _store(rows: list, late: set[str], next_moments: list) -> None:
	"""Mark the late ones, and write when each clock needs the sweep again."""
	table = frappe.qb.DocType("Service Clock")
	together: dict[tuple, list[str]] = {}
	for row, moment in zip(rows, next_moments, strict=True):
		together.setdefault((row.name in late, moment), []).append(row.name)
	for (is_late, moment), names in together.items():  # most have nothing more to come and share one statement
		query = frappe.qb.update(table).set(table.next_notice_at, moment)
		if is_late:
			query = query.set(table.is_breached, 1)
		query.where(table.name.isin(names)).run()


def _show(late: list) -> None:
	"""Mark the records as late where they show such a clock."""
	by_field: dict[tuple[str, str], list[str]] = {}
	by_doctype: dict[str, list[str]] = {}
	for row in late:
		fields = getattr(get_controller(row.reference_doctype), "CLOCK_FIELDS", {}).get(row.stops_on)
		if fields:
			by_field.setdefault((row.reference_doctype, fields[2]), []).append(row.reference_name)
		by_doctype.setdefault(row.reference_doctype, []).append(row.reference_name)
	for doctype, names in by_doctype.items():
		forget_documents(doctype, names)
	for (doctype, field), names in by_field.items():
		record = frappe.qb.DocType(doctype)
		query = frappe.qb.update(record).set(record[field], 1).where(record.name.isin(names))
		query.where(record.state_category.isin(states.RUNNING)).run()
