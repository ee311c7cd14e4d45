"""Marks the limits that have passed and notices the levels of escalation, without anyone opening a record (F-6).

The sweep works from stored moments: *Next Notice At* of **Service Clock** says when a clock needs it. One that comes late, runs
twice, beside another, or is killed in the middle ends in the same state: a clock is marked once, a level noticed once. Mails go out
afterwards, see digests.py.
"""

from datetime import timedelta

import frappe
from frappe.model.base_document import get_controller

from customer_service.organisation import clock, digests, escalation, events, retry, states
from customer_service.organisation.clocks import KEPT, RUNNING

CHUNK = 1000

AGAIN_AFTER = timedelta(hours=1)


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
	_store(late, {row.name: _escalate(row, notices) for row in rows})
	_show(late)
	escalation.store(notices.made)
	events.record_many(
		[
			(row.reference_doctype, row.reference_name, "Clock Breached", row.clock, str(row.due_at), None)
			for row in late
		],
		moment,
	)
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
	return [row[0] for row in query.orderby(table.next_notice_at).limit(CHUNK).run()]


def _locked(names: list[str], moment) -> list[frappe._dict]:
	"""The clocks themselves, locked, if they are still due. The records come first, as they do when somebody saves one:
	locked in the same order, the two wait for each other instead of failing."""
	table = frappe.qb.DocType("Service Clock")
	records = frappe.qb.from_(table).select(table.reference_doctype, table.reference_name).where(table.name.isin(names))
	by_doctype: dict[str, set[str]] = {}
	for doctype, name in records.run():
		by_doctype.setdefault(doctype, set()).add(name)
	for doctype, found in by_doctype.items():
		record = frappe.qb.DocType(doctype)
		frappe.qb.from_(record).select(record.name).where(record.name.isin(sorted(found))).for_update().run()
	query = frappe.qb.from_(table).select(table.name, table.reference_doctype, table.reference_name)
	query = query.select(*(table[column] for column in KEPT))
	query = query.where(table.name.isin(names)).where(table.next_notice_at < moment).where(table.status == RUNNING)
	return [frappe._dict(row) for row in query.orderby(table.next_notice_at).for_update().run(as_dict=True)]


def _store(late: list, next_moments: dict[str, object]) -> None:
	"""Mark the late ones, and write when each clock needs the sweep again."""
	table = frappe.qb.DocType("Service Clock")
	if late:
		frappe.qb.update(table).set(table.is_breached, 1).where(table.name.isin([row.name for row in late])).run()
	by_moment: dict[object, list[str]] = {}
	for name, moment in next_moments.items():
		by_moment.setdefault(moment, []).append(name)
	for moment, names in by_moment.items():  # most have nothing more to come and share one statement
		frappe.qb.update(table).set(table.next_notice_at, moment).where(table.name.isin(names)).run()


def _show(late: list) -> None:
	"""Mark the records as late where they show such a clock."""
	by_field: dict[tuple[str, str], list[str]] = {}
	for row in late:
		fields = getattr(get_controller(row.reference_doctype), "CLOCK_FIELDS", {}).get(row.stops_on)
		if fields:
			by_field.setdefault((row.reference_doctype, fields[2]), []).append(row.reference_name)
		frappe.clear_document_cache(row.reference_doctype, row.reference_name)
	for (doctype, field), names in by_field.items():
		record = frappe.qb.DocType(doctype)
		query = frappe.qb.update(record).set(record[field], 1).where(record.name.isin(names))
		query.where(record.state_category.isin(states.RUNNING)).run()
