"""What one save of a record does to its clocks: which start, pause, go on, stop, and when they are due (F-6, G-5)."""

from datetime import datetime

import frappe
from frappe.utils import get_datetime

from customer_service.organisation import batched, clock, clock_policy, escalation, events, states
from customer_service.organisation.clocks import (
	ALIVE,
	CANCELLED,
	COLUMNS,
	KEPT,
	PAUSED,
	RUNNING,
	STOPPED,
	insert_rows,
	locked_rows,
	used_minutes,
)

GRADING = ("customer", "complaint_class", "severity", "priority", "is_major", "is_beyond_authority")
"""What a clock policy is chosen by; a change of it chooses again. A policy's expression is asked on the same occasions."""


class Plan:
	"""What one save does to the clocks of a record."""

	def __init__(self, doc):
		self.doc = doc
		self.before = doc.get_doc_before_save()
		self.at = clock.now()
		self.rows: list[frappe._dict] = []
		self.stored: dict[str, dict] = {}
		self.told: list[tuple] = []
		self.done: dict[str, set[str]] | None = None  # levels of escalation that were noticed, once they are asked for

	def make(self) -> None:
		if self.before:
			self.follow()
		else:
			self.begin()

	# --- a new record -------------------------------------------------------------------------------------------------

	def begin(self) -> None:
		doc = self.doc
		received = clock.moment(doc.get(doc.CLOCK_START) or self.at)
		policy = clock_policy.choose(doc, received)
		doc.clock_policy = policy.name if policy else None
		doc.reopen_count = 0
		if doc.state_category in states.RUNNING:
			self.start_round(policy, received)
			self.start_triggered(policy)
		if doc.state_category == states.WAITING:
			self.pause("is_waiting")
		self.show()

	# --- a change -----------------------------------------------------------------------------------------------------

	def follow(self) -> None:
		doc, before = self.doc, self.before
		policy = self.choose_again()
		if not self.is_concerned(policy):
			return  # the record goes on showing what is stored, also what the sweep has just marked
		self.load()
		category, category_before = doc.state_category, before.state_category
		self.follow_people()
		if doc.clock_policy != before.clock_policy:
			self.replan(policy)
		if category_before == states.WAITING != category:
			self.resume("is_waiting")
		if doc.flags.pop("release_clocks", None):
			self.release()
		self.stop_reached(category)
		if category == states.OPEN and category_before in (states.RESOLVED, *states.ENDED):
			self.reopen(policy)
		if category in states.RUNNING:
			self.start_triggered(policy)
		if category == states.WAITING:  # also for clocks that were opened while the record waits
			self.pause("is_waiting")
		if reason := doc.flags.pop("hold_reason", None):
			self.hold(reason)
		self.follow_hold()
		self.show()

	def choose_again(self):
		"""The policy of a running case follows its grading; one that was changed or disabled otherwise goes on to rule it."""
		doc, before = self.doc, self.before
		doc.clock_policy = before.clock_policy
		regraded = any((doc.get(field) or None) != (before.get(field) or None) for field in GRADING)
		if regraded and doc.state_category in states.RUNNING:
			policy = clock_policy.choose(doc, get_datetime(doc.get(doc.CLOCK_START)))
			doc.clock_policy = policy.name if policy else doc.clock_policy
		return clock_policy.policy_of(doc)

	def is_concerned(self, policy) -> bool:
		doc, before = self.doc, self.before
		if doc.flags.hold_reason or doc.flags.release_clocks or doc.flags.replan_clocks:
			return True
		watched = ["workflow_state", "state_category", "clock_policy", "lead_department", "department", "assigned_to"]
		watched += GRADING
		if any((doc.get(field) or None) != (before.get(field) or None) for field in watched):
			return True
		return any(self.has_changed(field) for field in (policy.fields if policy else ()))

	def has_changed(self, field: str) -> bool:
		"""Whether a date of the record is another than before; a form sends dates as text."""
		present, past = self.doc.get(field), self.before.get(field) if self.before else None
		return (get_datetime(present) if present else None) != (get_datetime(past) if past else None)

	def load(self) -> None:
		"""The clocks of the present round, locked, so that the sweep neither loses nor overwrites what is planned here."""
		key = self.doc.doctype, self.doc.name
		rows = batched.take(("clocks", *key))
		if rows is None:
			rows = locked_rows(self.doc.doctype, [self.doc.name])
		self.rows = [frappe._dict(row) for row in rows]
		self.stored = {row.name: dict(row) for row in self.rows}
		self.done = batched.take(("levels", *key))

	def follow_people(self) -> None:
		for row in self.alive():
			row.department = _department_of(self.doc)
			row.priority = self.doc.get("priority")
			row.assigned_to = self.doc.get("assigned_to")
			self.plan_notice(row)

	def replan(self, policy) -> None:
		"""Another policy: the same clocks get their new limits from their own start; what it does not limit any more ends."""
		limits = {limit.clock: limit for limit in (policy.limits if policy else ())}
		for row in self.alive():
			limit = limits.get(row.clock)
			if limit:
				self.set_limit(row, policy, limit)
			else:
				row.status = CANCELLED
				self.plan_notice(row)
		known = {row.clock for row in self.current()}
		for limit in limits.values():
			started = self.round_started_at()
			if limit.clock not in known and limit.starts_on == "Receipt" and not self.is_reached(limit, started):
				self.open(policy, limit, started)
				self.take_over_pauses(self.rows[-1])

	def take_over_pauses(self, row) -> None:
		"""A clock that comes late into a round has stood still as long as those beside it in the same calendar."""
		beside = [each for each in self.rows if each.calendar == row.calendar and each.started_at == row.started_at]
		row.waited_minutes = max(each.waited_minutes for each in beside)
		row.paused_since = next((each.paused_since for each in beside if each.is_waiting), None)
		if row.pauses_while_waiting and row.waited_minutes:
			row.paused_minutes = row.waited_minutes
			self.set_due(row)

	def set_limit(self, row, policy, limit) -> None:
		before = row.due_at
		row.update(_limit_values(policy, limit))
		self.set_due(row)
		if row.due_at != before:
			self.tell("Deadline Changed", row, str(before), str(row.due_at), self.doc.clock_policy)

	def reopen(self, policy) -> None:
		"""A new round; the rows of the old one stay as they are (F-6)."""
		self.doc.reopen_count = (self.doc.reopen_count or 0) + 1
		self.start_round(policy, self.at)

	# --- single clocks ------------------------------------------------------------------------------------------------

	def start_round(self, policy, at: datetime) -> None:
		first = not self.doc.reopen_count
		alive = {row.clock for row in self.alive()}
		for limit in policy.limits if policy else ():
			if limit.starts_on == "Receipt" and limit.clock not in alive and (first or limit.restarts_on_reopening):
				self.open(policy, limit, at)

	def start_triggered(self, policy) -> None:
		"""Clocks that start with a state or a date of the record."""
		known = {row.clock for row in self.current()}
		for limit in policy.limits if policy else ():
			if limit.clock in known:
				continue
			started = self.started_at(limit)
			if started and not self.is_reached(limit, started):
				self.open(policy, limit, started)

	def started_at(self, limit) -> datetime | None:
		doc, before = self.doc, self.before
		if limit.starts_on == "State":
			entered = not before or before.workflow_state != doc.workflow_state
			return self.at if entered and doc.workflow_state == limit.start_state else None
		if limit.starts_on == "Date Field" and doc.get(limit.start_field):
			return get_datetime(doc.get(limit.start_field)) if self.has_changed(limit.start_field) else None
		return None

	def open(self, policy, limit, at: datetime) -> None:
		row = frappe._dict.fromkeys(COLUMNS)
		row.update(
			{
				"name": frappe.generate_hash(length=16),
				"reference_doctype": self.doc.doctype,
				"reference_name": self.doc.name,
				"clock": limit.clock,
				"round": (self.doc.reopen_count or 0) + 1,
				"department": _department_of(self.doc),
				"priority": self.doc.get("priority"),
				"assigned_to": self.doc.get("assigned_to"),
				"status": RUNNING,
				"started_at": at,
				"is_held": 0,
				"is_waiting": 0,
				"paused_minutes": 0.0,
				"waited_minutes": 0.0,
				"used_minutes": 0.0,
				"is_breached": 0,
				**_limit_values(policy, limit),
			}
		)
		row.escalation_rule = escalation.choose(self.doc, limit.clock)
		self.set_due(row)
		self.rows.append(row)

	def set_due(self, row) -> None:
		row.due_at = clock.deadline(row.started_at, row.limit_minutes + row.paused_minutes, row.calendar)
		self.plan_notice(row)

	def plan_notice(self, row) -> None:
		if row.status != RUNNING:
			row.next_notice_at = None
			return
		if row.name in self.stored:
			row.escalation_rule = escalation.choose(self.doc, row.clock)
			if self.done is None:
				self.done = escalation.levels_done(list(self.stored))
			done = self.done.get(row.name, set())
		else:
			done = set()
		row.next_notice_at = escalation.next_moment(row, done)

	def stop_reached(self, category: str) -> None:
		for row in self.alive():
			limit = self.limit_of(row)
			if category == states.CANCELLED:
				row.status = CANCELLED
				self.plan_notice(row)
			elif category == states.CLOSED or (limit and self.is_reached(limit, row.started_at)):
				self.stop(row, self.stopped_at(limit))

	def limit_of(self, row):
		policy = clock_policy.policy_of(self.doc)
		return next((limit for limit in (policy.limits if policy else ()) if limit.clock == row.clock), None)

	def is_reached(self, limit, since: datetime) -> bool:
		"""Whether what a clock that started at `since` stops on has come."""
		doc, before = self.doc, self.before
		if doc.state_category == states.RESOLVED and limit.stops_on != "Closed":
			return True
		if limit.stops_on == "First Step":
			if doc.state_category == states.CANCELLED or not before:
				return False
			taken = before.get(doc.CLOCK_FIELDS["First Step"][1])
			return bool(taken) or before.workflow_state != doc.workflow_state
		if limit.stops_on == "State":
			return bool(before) and doc.workflow_state == limit.stop_state
		if limit.stops_on == "Date Field":
			reached = doc.get(limit.stop_field)
			return bool(reached) and get_datetime(reached) >= since
		return doc.state_category == states.CLOSED

	def stopped_at(self, limit) -> datetime:
		if limit and limit.stops_on == "Date Field" and self.doc.get(limit.stop_field):
			return get_datetime(self.doc.get(limit.stop_field))
		return self.at

	def stop(self, row, at: datetime) -> None:
		self.end_pause(row, at)
		row.update({"status": STOPPED, "stopped_at": at, "is_waiting": 0, "is_held": 0, "next_notice_at": None})
		row.used_minutes = used_minutes(row)
		if at > row.due_at and not row.is_breached:
			row.is_breached = 1
			self.tell("Clock Breached", row, row.clock, str(row.due_at))

	# --- pauses -------------------------------------------------------------------------------------------------------

	def pause(self, kind: str) -> None:
		"""Let the clocks stand still from now on; a second reason to pause changes nothing but when they go on."""
		for row in self.alive():
			if kind == "is_held" and not row.pauses_while_waiting:
				continue
			row[kind] = 1
			if not row.paused_since:
				row.paused_since = self.at
			self.set_standing(row)

	def resume(self, kind: str) -> None:
		for row in self.alive():
			row[kind] = 0
			if not (row.is_held or row.is_waiting):
				self.end_pause(row, self.at)
			self.set_standing(row)

	def end_pause(self, row, at: datetime) -> None:
		"""Count the working time that has passed since the pause began, in the clock's own calendar."""
		if not row.paused_since:
			return
		waited = max(clock.elapsed(row.paused_since, at, row.calendar), 0)
		row.waited_minutes += waited
		row.paused_since = None
		if row.pauses_while_waiting:
			row.paused_minutes += waited
			self.set_due(row)

	def set_standing(self, row) -> None:
		row.status = PAUSED if row.paused_since and row.pauses_while_waiting else RUNNING
		self.plan_notice(row)

	def hold(self, reason: str) -> None:
		self.pause("is_held")
		self.doc.held_since, self.doc.held_reason = self.at, reason
		self.told.append((self.doc.doctype, self.doc.name, "Clock Paused", None, None, reason))

	def release(self) -> None:
		self.resume("is_held")
		since, self.doc.held_since, self.doc.held_reason = self.doc.held_since, None, None
		self.told.append((self.doc.doctype, self.doc.name, "Clock Resumed", str(since), str(self.at), None))

	def follow_hold(self) -> None:
		"""A record that is paused by hand pauses the clocks that are opened meanwhile; with nothing left to pause it is no longer."""
		if not self.doc.get("held_since"):
			return
		self.pause("is_held")
		if not any(row.is_held for row in self.alive()):
			self.doc.held_since = self.doc.held_reason = None

	# --- what the record shows ----------------------------------------------------------------------------------------

	def current(self) -> list:
		"""The rows of the present round, those that no reopening has stopped, and those of clocks that run only once."""
		latest: dict[str, frappe._dict] = {}
		for row in self.rows:
			if row.status in ALIVE or row["round"] > (self.doc.reopen_count or 0) or not self.restarts(row):
				latest[row.clock] = row
		return list(latest.values())

	def restarts(self, row) -> bool:
		limit = self.limit_of(row)
		return bool(limit and limit.restarts_on_reopening)

	def alive(self) -> list:
		return [row for row in self.rows if row.status in ALIVE]

	def round_started_at(self) -> datetime:
		"""When the present round began: its receipt, or the reopening."""
		starts = [row.started_at for row in self.rows if row["round"] == (self.doc.reopen_count or 0) + 1]
		return min(starts, default=get_datetime(self.doc.get(self.doc.CLOCK_START)))

	def show(self) -> None:
		doc = self.doc
		by_stop: dict[str, list] = {}
		for row in self.current():
			if row.status != CANCELLED:
				by_stop.setdefault(row.stops_on, []).append(row)
		for stops_on, (due, stopped, late) in doc.CLOCK_FIELDS.items():
			rows = by_stop.get(stops_on) or []
			doc.set(due, min((row.due_at for row in rows), default=doc.get(due) if self.is_over() else None))
			doc.set(stopped, self.stopped_moment(stops_on, stopped, rows))
			doc.set(late, int(any(row.is_breached for row in rows)))
		doc.waiting_since = self.waiting_moment()
		doc.waited_minutes = max((row.waited_minutes for row in self.rows), default=0)
		if doc.meta.has_field("next_due"):
			doc.next_due = min((row.due_at for row in self.alive()), default=None)

	def is_over(self) -> bool:
		return self.doc.state_category not in states.RUNNING

	def stopped_moment(self, stops_on: str, field: str, rows: list) -> datetime | None:
		"""When a step was taken, with or without a limit for it."""
		stops = [row.stopped_at for row in rows if row.stopped_at]
		if rows:
			return max(stops) if len(stops) == len(rows) else None
		kept = self.before.get(field) if self.before else None
		category = self.doc.state_category
		if stops_on == "First Step":
			moved = self.before and self.before.workflow_state != self.doc.workflow_state
			return kept or (self.at if moved and category != states.CANCELLED else None)
		if category in states.RUNNING:
			return None
		return kept or (self.at if category in (states.RESOLVED, states.CLOSED) else None)

	def waiting_moment(self) -> datetime | None:
		if self.doc.state_category != states.WAITING:
			return None
		return (self.before and self.before.waiting_since) or self.at

	def tell(self, event: str, row, before: str, after: str, detail: str | None = None) -> None:
		self.told.append((self.doc.doctype, self.doc.name, event, before, after, detail or row.clock))

	# --- storing ------------------------------------------------------------------------------------------------------

	def store(self) -> None:
		fresh = [row for row in self.rows if row.name not in self.stored]
		insert_rows(fresh, self.at)
		table = frappe.qb.DocType("Service Clock")
		for row in self.rows:
			kept = self.stored.get(row.name)
			changed = {column: row[column] for column in KEPT if kept and row[column] != kept[column]}
			if changed:
				query = frappe.qb.update(table).set(table.modified, self.at).set(table.modified_by, frappe.session.user)
				for column, value in changed.items():
					query = query.set(table[column], value)
				query.where(table.name == row.name).run()
		events.record_many(self.told, self.at)


def _department_of(doc) -> str | None:
	return doc.get("department") or doc.get("lead_department")


def _limit_values(policy, limit) -> dict:
	return {
		"clock_policy": policy.name,
		"calendar": limit.calendar,
		"limit_minutes": clock_policy.limit_minutes(limit),
		"pauses_while_waiting": limit.pauses or 0,
		"stops_on": limit.stops_on,
	}
