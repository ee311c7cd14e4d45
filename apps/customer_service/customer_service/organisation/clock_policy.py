"""Which time limits a case has, and what happens to them while it lives (F-6, G-5).

A **Service Clock Policy** is chosen by its conditions when the case arrives. Deadlines are stored on the case, so that a
list can be sorted by them and a late sweep finds what a punctual one would have found. Waiting for the customer moves the
deadline by the working time that the wait took, in the limit's own calendar.
"""

from datetime import datetime

import frappe
from frappe import _
from frappe.utils import get_datetime, getdate

from customer_service.organisation import caching, clock, states

CLOCKS = {
	"Response": ("response_due", "responded_at", "response_breached", "response_paused_minutes"),
	"Resolution": ("resolution_due", "resolved_at", "resolution_breached", "resolution_paused_minutes"),
}
"""Clock -> fields of the case: when due, when stopped, whether late, working minutes paused."""

MATCHED_FIELDS = ("customer_class", "complaint_class", "severity", "priority")


def policies(doctype: str) -> list:
	"""Enabled policies for the DocType, lowest rank first, from the cache."""
	return frappe.cache().hget("customer_service_policies", doctype, lambda: _load_policies(doctype))


def _load_policies(doctype: str) -> list:
	names = frappe.get_all(
		"Service Clock Policy",
		filters={"enabled": 1, "document_type": doctype},
		order_by="`rank` asc, creation asc",
		pluck="name",
	)
	return [
		_entry(frappe.get_doc("Service Clock Policy", name)) for name in names
	]  # a handful, while the cache is cold


def _entry(policy) -> frappe._dict:
	fields = ("name", "is_default", "valid_from", "valid_until", "major_only", *MATCHED_FIELDS)
	entry = frappe._dict({field: policy.get(field) for field in fields})
	entry.limits = [
		frappe._dict(
			clock=row.clock,
			limit_value=row.limit_value,
			limit_unit=row.limit_unit,
			calendar=row.calendar,
			pauses=row.pauses_while_waiting,
		)
		for row in policy.limits
	]
	return entry


def forget_policies() -> None:
	"""Drop the cached policies; called when one changes."""
	caching.forget("customer_service_policies")


def choose(case) -> frappe._dict | None:
	"""The policy for a case: the first that matches, else the default one, else none."""
	candidates = policies(case.doctype)
	day = getdate(case.received_at)
	for policy in candidates:
		if not policy.is_default and _matches(policy, case, day):
			return policy
	return next((policy for policy in candidates if policy.is_default and _is_valid(policy, day)), None)


def _matches(policy, case, day) -> bool:
	if not _is_valid(policy, day):
		return False
	if policy.major_only and not case.get("is_major"):
		return False
	return all(not policy[field] or policy[field] == value_of(case, field) for field in MATCHED_FIELDS)


def _is_valid(policy, day) -> bool:
	if policy.valid_from and getdate(policy.valid_from) > day:
		return False
	return not (policy.valid_until and getdate(policy.valid_until) < day)


def value_of(case, field: str):
	"""A field of the case, or of its customer where the case has none of that name."""
	if field == "customer_class":
		return customer_class(case.get("customer"))
	return case.get(field)


def customer_class(customer: str | None) -> str | None:
	"""The class of a customer; None for an unknown one."""
	return frappe.get_cached_value("Service Customer", customer, "customer_class") if customer else None


def limit_minutes(limit) -> float:
	"""A limit in working minutes of its own calendar."""
	if limit.limit_unit == "Minutes":
		return limit.limit_value
	if limit.limit_unit == "Hours":
		return limit.limit_value * 60
	return limit.limit_value * clock.timetable(limit.calendar).minutes_per_day


def start(case, at: datetime | None = None) -> None:
	"""Choose the policy and set the deadlines of a new or reopened case, from `at` (when it was received)."""
	policy = choose(case)
	case.clock_policy = policy.name if policy else None
	case.clock_started_at = get_datetime(at or case.received_at)
	for due, _stopped, _late, paused in CLOCKS.values():
		case.set(due, None)
		case.set(paused, 0)
	set_deadlines(case, policy)


def set_deadlines(case, policy=None) -> None:
	"""Compute the deadlines of the clocks that still run, from their start and the time they have paused."""
	policy = policy or policy_of(case)
	for limit in policy.limits if policy else ():
		due, stopped, _late, paused = CLOCKS[limit.clock]
		if not case.get(stopped):
			minutes = limit_minutes(limit) + (case.get(paused) or 0)
			case.set(due, clock.deadline(case.clock_started_at, minutes, limit.calendar))


def policy_of(case) -> frappe._dict | None:
	"""The policy that the case runs under, also if it has been disabled since."""
	if not case.clock_policy:
		return None
	known = next((policy for policy in policies(case.doctype) if policy.name == case.clock_policy), None)
	return known or _entry(frappe.get_doc("Service Clock Policy", case.clock_policy))


def follow_state(case, before: str, after: str, at: datetime) -> None:
	"""Pause, resume and stop the clocks when a case goes from one state category to another.

	:param before: category left, :param after: category entered, :param at: when.
	"""
	if after == states.WAITING and not case.waiting_since:
		case.waiting_since = at
	elif before == states.WAITING and case.waiting_since:
		resume(case, at)
	if after in (states.RESOLVED, states.CLOSED):
		stop(case, "Resolution", at)
	elif after == states.OPEN and before in (states.RESOLVED, *states.ENDED):
		reopen(case, at)


def resume(case, at: datetime) -> None:
	"""Move the deadlines of pausing clocks by the working time spent waiting."""
	policy = policy_of(case)
	waiting_since = get_datetime(case.waiting_since)
	for limit in policy.limits if policy else ():
		_due, stopped, _late, paused = CLOCKS[limit.clock]
		waited = clock.elapsed(waiting_since, at, limit.calendar)
		if limit.clock == "Resolution":  # shown apart also where it does not move the limit
			case.waited_minutes = (case.waited_minutes or 0) + waited
		if limit.pauses and not case.get(stopped):
			case.set(paused, (case.get(paused) or 0) + waited)
	case.waiting_since = None
	set_deadlines(case, policy)


def stop(case, name: str, at: datetime) -> None:
	"""Stop a clock and say whether it was late; a clock that was stopped before stays as it was."""
	due, stopped, late, _paused = CLOCKS[name]
	if case.get(stopped):
		return
	case.set(stopped, at)
	if case.get(due) and at > get_datetime(case.get(due)):
		case.set(late, 1)


def reopen(case, at: datetime) -> None:
	"""Give a reopened case a new round of the resolution clock; the old round stays in the audit trail."""
	case.reopen_count = (case.reopen_count or 0) + 1
	case.resolved_at = None
	case.resolution_breached = 0
	case.resolution_paused_minutes = 0
	case.clock_started_at = at
	set_deadlines(case)


def summary(case) -> list[dict]:
	"""The clocks of a case for a person to read: label, when due, and one of running, soon, late, kept, paused.

	A cancelled case has none that runs.
	"""
	soon = frappe.get_cached_doc("Customer Service Settings").due_soon_minutes or 0
	policy = policy_of(case)
	pausing = {limit.clock for limit in (policy.limits if policy else ()) if limit.pauses}
	moment = clock.now()
	shown = []
	for name, (due_field, stopped_field, late_field, _paused) in CLOCKS.items():
		due = case.get(due_field) and get_datetime(case.get(due_field))
		stopped = case.get(stopped_field)
		if not due or (not stopped and case.state_category == states.CANCELLED):
			continue
		if stopped:
			state = "late" if case.get(late_field) else "kept"
		elif case.waiting_since and name in pausing:
			state = "paused"
		elif moment > due:
			state = "late"
		else:
			state = "soon" if (due - moment).total_seconds() <= soon * 60 else "running"
		shown.append({"clock": name, "label": _(name), "due": due, "stopped": stopped, "state": state})
	return shown
