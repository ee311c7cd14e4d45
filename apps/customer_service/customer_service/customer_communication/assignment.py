"""Which person of the lead department gets a case (A-2, G-4).

Frappe has an Assignment Rule of its own. It is not used here: it runs after the record is saved and saves past it, knows neither
membership nor absence nor deputies, and leaves no trace of why. Here the person is chosen inside the insert, among those of the
department who are present, and the choice is told in the record's **Routing Decision**. Two cases that arrive at the same moment may
get the same person: counting takes no locks, so that neither has to wait or fails.
"""

import frappe
from frappe.query_builder.functions import Count

from customer_service.organisation import people, states
from customer_service.organisation.row_rules import ROW_RULES

FIXED, BALANCED, IN_TURN = "Fixed Person", "Load Balanced", "Round Robin"


def choose(rule) -> tuple[str | None, dict]:
	"""The person that a rule assigns, and how he was found.

	:param rule: name, lead_department, assignment, assigned_person.
	:returns: user or None, and ``{"how": …}`` with what the choice was made from; see explanation.py for the words.
	"""
	if rule.assignment == FIXED:
		return _fixed(rule)
	if rule.assignment not in (BALANCED, IN_TURN):
		return None, {}
	candidates = _present(rule.lead_department)
	if not candidates:
		return None, {"how": "nobody", "department": rule.lead_department}
	return _least_loaded(candidates) if rule.assignment == BALANCED else _next_in_turn(rule.name, candidates)


def _fixed(rule) -> tuple[str | None, dict]:
	person = people.stand_in(rule.assigned_person, rule.lead_department)
	if not person or not _may_work(person) or people.is_absent(person, rule.lead_department):
		return None, {"how": "absent", "person": rule.assigned_person}
	if person != rule.assigned_person:
		return person, {"how": "stand_in", "person": rule.assigned_person}
	return person, {"how": "fixed"}


def _present(department: str) -> list[str]:
	"""Members who are there, in the department's order; if none is, whoever heads it."""
	members = [user for user in people.members_of(department) if _may_work(user)]
	if members:
		return members
	head = people.head_of(department)
	return [head] if head and _may_work(head) and not people.is_absent(head, department) else []


def _may_work(user: str) -> bool:
	return bool(frappe.get_cached_value("User", user, "enabled"))


def _least_loaded(candidates: list[str]) -> tuple[str, dict]:
	"""Whoever has the fewest open cases; of equals the first in the department's list."""
	load = open_cases(candidates)
	person = min(candidates, key=lambda user: load[user])
	return person, {"how": "fewest", "cases": load[person], "load": load}


def open_cases(users: list[str]) -> dict[str, int]:
	"""User -> number of cases and tasks assigned to him that have not been answered or ended."""
	found = dict.fromkeys(users, 0)
	for doctype, rule in ROW_RULES.items():
		if "assigned_to" not in rule.people or not frappe.get_meta(doctype).has_field("state_category"):
			continue
		case = frappe.qb.DocType(doctype)
		rows = (
			frappe.qb.from_(case)
			.select(case.assigned_to, Count(case.name))
			.where(case.assigned_to.isin(users) & case.state_category.isin(states.RUNNING))
			.groupby(case.assigned_to)
		).run()  # one statement for each of a handful of DocTypes
		for user, cases in rows:
			found[user] += cases
	return found


def _next_in_turn(rule: str, candidates: list[str]) -> tuple[str, dict]:
	"""Whoever comes after the one who got the rule's last case."""
	last = frappe.get_all(
		"Routing Decision",
		filters={"routing_rule": rule, "assigned_to": ("is", "set")},
		pluck="assigned_to",
		order_by="decided_at desc, creation desc",
		limit=1,
	)
	place = candidates.index(last[0]) + 1 if last and last[0] in candidates else 0
	person = candidates[place % len(candidates)]
	return person, {"how": "turn", "last": last[0] if last else ""}
