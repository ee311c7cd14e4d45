"""Clocks that run follow a changed policy, calendar or escalation rule; those that have stopped stay as they were (F-6).

What is done is bounded by the records that are open, in chunks, in the background: an administrator who saves a calendar does not
wait for it.
"""

import frappe
from frappe.model.base_document import get_controller
from frappe.utils import get_datetime

from customer_service.organisation import clock, clock_policy, clock_sweep, escalation, events, retry
from customer_service.organisation.clocks import ALIVE, KEPT, RUNNING

CHUNK = 500


def after_policy(doc) -> None:
	"""Queue the new limits of a policy for the clocks that run under it."""
	_queue("clock_policy", doc.name)


def after_calendar(doc) -> None:
	"""Queue the new working time of a calendar for the clocks that run by it."""
	_queue("calendar", doc.name)


def after_rule(doc) -> None:
	"""Queue the new levels of an escalation rule for the clocks that it was chosen for."""
	_queue("escalation_rule", doc.name)


def _queue(field: str, name: str) -> None:
	if frappe.flags.in_install or frappe.flags.in_migrate or not frappe.db.exists("Service Clock", {field: name}):
		return
	frappe.enqueue(
		"customer_service.organisation.replanning.run", queue="long", enqueue_after_commit=True, field=field, name=name
	)


FIELDS = ("clock_policy", "calendar", "escalation_rule")


def run(field: str, name: str) -> int:
	"""Plan the running clocks anew whose policy, calendar or rule has changed; returns how many got another deadline.

	:param field: one of `FIELDS`. :param name: the record that changed.
	"""
	if field not in FIELDS:
		raise ValueError(field)
	changed, last = 0, ""
	while chunk := _next(field, name, last):
		last = chunk[-1]
		changed += _replan(chunk)
		frappe.db.commit()
	return changed


def _next(field: str, name: str, after: str) -> list[str]:
	table = frappe.qb.DocType("Service Clock")
	query = frappe.qb.from_(table).select(table.name).where(table[field] == name).where(table.name > after)
	return [row[0] for row in query.where(table.status.isin(ALIVE)).orderby(table.name).limit(CHUNK).run()]


@retry.after_conflict
def _replan(names: list[str]) -> int:
	table = frappe.qb.DocType("Service Clock")
	clock_sweep.lock_records(names)  # before their clocks, as a save does, so that the two wait for each other
	query = frappe.qb.from_(table).select(table.name, table.reference_doctype, table.reference_name)
	query = query.select(*(table[column] for column in KEPT)).where(table.name.isin(names))
	rows = query.where(table.status.isin(ALIVE)).for_update().run(as_dict=True)
	done = escalation.levels_done([row.name for row in rows])
	moved = []
	for row in rows:
		before = (row.due_at, row.next_notice_at, row.limit_minutes)
		_set_limit(row)
		if row.calendar:  # not a date that people agreed on
			row.due_at = clock.deadline(row.started_at, row.limit_minutes + row.paused_minutes, row.calendar)
		runs = row.status == RUNNING
		row.next_notice_at = escalation.next_moment(row, done.get(row.name, set())) if runs else None
		if (row.due_at, row.next_notice_at, row.limit_minutes) != before:
			query = frappe.qb.update(table).set(table.due_at, row.due_at).set(table.next_notice_at, row.next_notice_at)
			query = query.set(table.limit_minutes, row.limit_minutes).set(table.calendar, row.calendar)
			query = query.set(table.pauses_while_waiting, row.pauses_while_waiting)
			query.where(table.name == row.name).run()
		if row.due_at != before[0]:
			moved.append((row, before[0]))
	_show(moved)
	return len(moved)


def _set_limit(row) -> None:
	"""The limit as its policy says it now; a clock that the policy no longer limits keeps the old one."""
	policy = clock_policy.policy_of(frappe._dict(doctype=row.reference_doctype, clock_policy=row.clock_policy))
	limit = next((limit for limit in (policy.limits if policy else ()) if limit.clock == row.clock), None)
	if limit:
		row.limit_minutes = clock_policy.limit_minutes(limit)
		row.calendar = limit.calendar
		row.pauses_while_waiting = limit.pauses or 0


def _show(moved: list) -> None:
	"""Let the records show their new deadlines, and the audit trail that they were changed."""
	for row, _due in moved:
		fields = getattr(get_controller(row.reference_doctype), "CLOCK_FIELDS", {}).get(row.stops_on)
		if fields:
			frappe.db.set_value(row.reference_doctype, row.reference_name, fields[0], row.due_at, update_modified=False)
	told = [
		(
			row.reference_doctype,
			row.reference_name,
			"Deadline Changed",
			str(get_datetime(due)),
			str(row.due_at),
			row.clock,
		)
		for row, due in moved
	]
	events.record_many(told)
