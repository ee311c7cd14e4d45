"""Which time limits a case has: the first **Service Clock Policy** whose conditions it meets (F-6, G-5)."""

import frappe
from frappe.utils import getdate

from customer_service.organisation import batched, caching, clock, conditions

CACHE = "customer_service_policies"


def policies(doctype: str) -> list:
	"""Enabled policies for the DocType, lowest rank first, from the cache."""
	return batched.remember(
		(CACHE, doctype), lambda: frappe.cache().hget(CACHE, doctype, lambda: _load_policies(doctype))
	)


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


TRIGGERS = (
	"starts_on",
	"start_state",
	"start_field",
	"stops_on",
	"stop_state",
	"stop_field",
	"restarts_on_reopening",
)


def _entry(policy) -> frappe._dict:
	fields = (
		"doctype",
		"name",
		"is_default",
		"valid_from",
		"valid_until",
		"major_only",
		"condition",
		*conditions.MATCHED_FIELDS,
	)
	entry = frappe._dict({field: policy.get(field) for field in fields})
	entry.limits = [_limit(row) for row in policy.limits]
	entry.fields = sorted({field for limit in entry.limits for field in (limit.start_field, limit.stop_field) if field})
	return entry


def _limit(row) -> frappe._dict:
	kind = frappe.get_cached_doc("Service Clock Type", row.clock)
	limit = frappe._dict(
		clock=row.clock,
		limit_value=row.limit_value,
		limit_unit=row.limit_unit,
		calendar=row.calendar,
		pauses=row.pauses_while_waiting,
	)
	limit.update({field: kind.get(field) for field in TRIGGERS})
	if limit.starts_on != "Date Field":
		limit.start_field = None
	if limit.stops_on != "Date Field":
		limit.stop_field = None
	return limit


def forget_policies() -> None:
	"""Drop the cached policies; called when one changes, or a kind of clock."""
	caching.forget(CACHE)


def choose(case, received_at) -> frappe._dict | None:
	"""The policy for a case: the first that matches, else the default one, else none.

	:param received_at: when the case arrived; a policy must be valid on that day.
	"""
	candidates = policies(case.doctype)
	day = getdate(received_at)
	for policy in candidates:
		if not policy.is_default and conditions.matches(policy, case, day):
			return policy
	return next((policy for policy in candidates if policy.is_default and conditions.is_valid(policy, day)), None)


def policy_of(case) -> frappe._dict | None:
	"""The policy that the case runs under, also if it has been disabled since."""
	if not case.clock_policy:
		return None
	known = next((policy for policy in policies(case.doctype) if policy.name == case.clock_policy), None)
	if not known and frappe.db.exists("Service Clock Policy", case.clock_policy):
		known = _entry(frappe.get_doc("Service Clock Policy", case.clock_policy))
	return known


def limit_minutes(limit) -> float:
	"""A limit in working minutes of its own calendar."""
	return in_minutes(limit.limit_value, limit.limit_unit, limit.calendar)


def in_minutes(value: float, unit: str, calendar: str | None) -> float:
	"""A time span as working minutes of a calendar; a working day is the average one of the calendar, 24 hours without one."""
	if unit == "Minutes":
		return value or 0
	if unit == "Hours":
		return (value or 0) * 60
	return (value or 0) * (clock.timetable(calendar).minutes_per_day if calendar else 24 * 60)
