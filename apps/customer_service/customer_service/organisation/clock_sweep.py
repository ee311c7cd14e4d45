"""Marks the limits that have passed, without anyone opening a record (F-6).

The sweep compares stored deadlines with the present, so one that comes late, runs twice or is killed in the middle
ends in the same state: a clock is marked once, with one event.
"""

import frappe
from frappe.utils import get_datetime

from customer_service.organisation import clock, events, states
from customer_service.organisation.clock_policy import CLOCKS

CHUNK = 1000

DOCTYPES = ("Complaint",)


def run() -> None:
	"""What the scheduler calls: mark breaches chunk by chunk. A chunk is whole in itself; committing it keeps locks
	short, and what is done stays done if the job is killed."""
	while mark_breaches():
		frappe.db.commit()


def mark_breaches() -> int:
	"""Mark running clocks whose limit has passed, at most `CHUNK` of each kind; returns how many. The caller commits."""
	return sum(_mark(doctype, name) for doctype in DOCTYPES for name in CLOCKS)


def _mark(doctype: str, clock_name: str) -> int:
	due, stopped, late, _paused = CLOCKS[clock_name]
	table = frappe.qb.DocType(doctype)
	moment = clock.now()
	runs_on = frappe.get_all(
		"Service Clock Limit", filters={"clock": clock_name, "pauses_while_waiting": 0}, pluck="parent"
	)
	runs = table.waiting_since.isnull()
	if runs_on:  # limits that go on while the customer is awaited
		runs |= table.clock_policy.isin(runs_on)
	# Locked, so that of two workers the second waits and then finds nothing left to mark.
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table[due])
		.where(table[due] < moment)
		.where(table[stopped].isnull())
		.where(table[late] == 0)
		.where(runs)
		.where(table.state_category.isin(states.RUNNING))
		.orderby(table[due])
		.limit(CHUNK)
		.for_update()
	).run()
	if not rows:
		return 0
	names = [row[0] for row in rows]
	frappe.qb.update(table).set(table[late], 1).where(table.name.isin(names)).run()
	events.record_many(
		[(doctype, name, "Clock Breached", clock_name, str(get_datetime(due_at)), None) for name, due_at in rows],
		moment,
	)
	for name in names:
		frappe.clear_document_cache(doctype, name)
	return len(names)
