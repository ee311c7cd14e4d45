"""Clocks whose limit is a date that people agreed on, not a policy's: a reply to a slip, an action of an improvement (A-4, I-1, I-2).

They are rows of **Service Clock** like all others, so that the same sweep marks them and the same rules escalate them. They count
plain time: their calendar is empty.
"""

from dataclasses import dataclass
from datetime import datetime

import frappe
from frappe.utils import get_datetime

from customer_service.organisation import clock, clocks, escalation


@dataclass(frozen=True)
class Dated:
	"""One such limit of a record.

	:param clock: a Service Clock Type. :param part: row of the record that it belongs to; empty for the record itself.
	:param started_at, due_at, stopped_at: site time zone; without a due date there is no clock.
	"""

	clock: str
	part: str
	department: str | None
	assigned_to: str | None
	started_at: datetime
	due_at: datetime | None
	stopped_at: datetime | None = None
	is_cancelled: bool = False


def follow(doc, limits: list[Dated]) -> None:
	"""Open, move, stop or cancel the clocks of a stored record so that they are as `limits` say; what is not named is cancelled.

	Called after the record was saved. A stopped clock stays as it was; if its part starts anew, that is a new round.
	"""
	stored = clocks.rows_of(doc.doctype, doc.name)
	at = clock.now()
	fresh = []
	seen = set()
	for limit in limits:
		known = [row for row in stored if row.clock == limit.clock and (row.part or "") == limit.part]
		row = known[-1] if known else None
		if row:
			seen.add(row.name)
		if row and row.status in clocks.ALIVE:
			_change(doc, row, limit, at)
		elif limit.due_at and not limit.stopped_at and not limit.is_cancelled:
			fresh.append(_new(doc, limit, (row["round"] if row else 0) + 1))
	for row in stored:
		if row.status in clocks.ALIVE and row.name not in seen:
			_write(row, {"status": clocks.CANCELLED, "next_notice_at": None}, at)
	clocks.insert_rows(fresh, at)


def _new(doc, limit: Dated, round_no: int) -> frappe._dict:
	row = frappe._dict.fromkeys(clocks.COLUMNS)
	row.update(
		{
			"name": frappe.generate_hash(length=16),
			"reference_doctype": doc.doctype,
			"reference_name": doc.name,
			"clock": limit.clock,
			"part": limit.part or None,
			"round": round_no,
			"department": limit.department,
			"priority": doc.get("priority"),
			"assigned_to": limit.assigned_to,
			"status": clocks.RUNNING,
			"started_at": get_datetime(limit.started_at),
			"due_at": get_datetime(limit.due_at),
			"pauses_while_waiting": 0,
			"stops_on": "Date Field",
			"is_held": 0,
			"is_waiting": 0,
			"paused_minutes": 0.0,
			"waited_minutes": 0.0,
			"used_minutes": 0.0,
			"is_breached": 0,
		}
	)
	row.limit_minutes = (row.due_at - row.started_at).total_seconds() / 60
	row.escalation_rule = escalation.choose(doc, limit.clock)
	row.next_notice_at = escalation.next_moment(row, set())
	return row


def _change(doc, row, limit: Dated, at: datetime) -> None:
	changed: dict[str, object] = {}
	if limit.is_cancelled or not limit.due_at:
		changed.update({"status": clocks.CANCELLED, "next_notice_at": None})
	elif limit.stopped_at:
		stopped = get_datetime(limit.stopped_at)
		late = int(row.is_breached or stopped > row.due_at)
		changed.update({"status": clocks.STOPPED, "stopped_at": stopped, "is_breached": late, "next_notice_at": None})
		changed["used_minutes"] = clocks.used_minutes(frappe._dict(row, stopped_at=stopped))
	else:
		row.update({"department": limit.department, "assigned_to": limit.assigned_to})
		row.due_at = get_datetime(limit.due_at)
		row.limit_minutes = (row.due_at - row.started_at).total_seconds() / 60
		done = escalation.levels_done([row.name]).get(row.name, set())
		row.next_notice_at = escalation.next_moment(row, done)
		for field in ("department", "assigned_to", "due_at", "limit_minutes", "next_notice_at"):
			changed[field] = row[field]
	_write(row, changed, at)


def _write(row, changed: dict, at: datetime) -> None:
	table = frappe.qb.DocType("Service Clock")
	query = frappe.qb.update(table).set(table.modified, at).set(table.modified_by, frappe.session.user)
	for column, value in changed.items():
		query = query.set(table[column], value)
	query.where(table.name == row.name).run()
