"""Routing in words: what the rules would do with a case, and why they did what they did (A-2)."""

import json

import frappe
from frappe import _
from frappe.utils import format_datetime

from customer_service.compat import server_scripts_of
from customer_service.customer_communication import routing

SHOWN = 5
"""Decisions that a form shows, the last first."""


def show(case) -> None:
	"""Give the form the decisions on a case in the reader's language (onload)."""
	rows = frappe.get_all(
		"Routing Decision",
		filters={"reference_doctype": case.doctype, "reference_name": case.name},
		fields=[
			"occasion",
			"decided_at",
			"decided_by",
			"routing_rule",
			"lead_department",
			"assigned_to",
			"reason",
			"findings",
		],
		order_by="decided_at desc, creation desc",
		limit=SHOWN,
	)
	case.set_onload("routing", {"decisions": [decision_in_words(row) for row in rows]})


def decision_in_words(row) -> dict:
	"""``{"headline", "steps"}`` of a stored decision, as plain text."""
	findings = json.loads(row.findings or "{}")
	steps = steps_in_words(findings.get("tried") or [])
	if left_out := findings.get("left_out"):
		steps.insert(
			0, {"rule": "", "matches": False, "why": _("{0} further rules before did not match.").format(left_out)}
		)
	return {
		"headline": _headline(row),
		"steps": steps,
		"person": person_in_words(findings.get("person") or {}, row.assigned_to),
		"reason": row.reason or "",
	}


def _headline(row) -> str:
	lead = _(row.lead_department) if row.lead_department else _("no department")
	moment = format_datetime(row.decided_at, "yyyy-MM-dd HH:mm")
	if row.occasion == routing.BY_HAND:
		return _("{0}: {1} leads, decided by {2}").format(moment, lead, _name(row.decided_by))
	if row.routing_rule:
		return _("{0}: {1} leads by the rule {2}").format(moment, lead, row.routing_rule)
	return _("{0}: {1} leads, since no rule matched").format(moment, lead)


def steps_in_words(tried: list[dict]) -> list[dict]:
	"""Each rule that was tried: ``{"rule", "matches", "why"}``."""
	return [{"rule": row["rule"], "matches": "condition" not in row, "why": _why(row)} for row in tried]


def _why(row: dict) -> str:
	condition, wanted, found = row.get("condition"), row.get("wanted"), row.get("found")
	if not condition:
		return _("matches")
	if condition == "valid_from":
		return _("is valid only from {0}").format(wanted)
	if condition == "valid_until":
		return _("was valid until {0}").format(wanted)
	if condition == "condition":
		return _("its condition does not hold: {0}").format(wanted)
	if condition == "broken_condition":
		return _("its condition cannot be evaluated for this case: {0}").format(wanted)
	label = _(frappe.get_meta("Routing Rule").get_label(condition))
	if not found:
		return _("{0} is empty, not {1}").format(label, _shown(condition, wanted))
	return _("{0} is {1}, not {2}").format(label, _shown(condition, found), _shown(condition, wanted))


def _shown(condition: str, value: str) -> str:
	if condition == "customer":
		return frappe.get_cached_value("Service Customer", value, "customer_name") or value
	return _(value)


def person_in_words(person: dict, assigned_to: str | None) -> str:
	"""How the assigned person was found; empty where the rule assigns nobody."""
	how = person.get("how")
	if how == "nobody":
		return _("Nobody of {0} is present; the department decides.").format(_(person["department"]))
	if how == "absent":
		return _("{0} is absent and nobody stands in; the department decides.").format(_name(person["person"]))
	if how == "stand_in":
		return _("{0} stands in for {1}, who is absent.").format(_name(assigned_to), _name(person["person"]))
	if how == "fixed":
		return _("{0} is named by the rule.").format(_name(assigned_to))
	if how == "fewest":
		return _("{0} had the fewest open cases: {1}.").format(_name(assigned_to), person["cases"])
	if how == "turn":
		return _("It was the turn of {0}.").format(_name(assigned_to))
	return ""


def _name(user: str | None) -> str:
	return (user and frappe.get_cached_value("User", user, "full_name")) or user or ""


def dry_run(doctype: str, values: dict) -> dict:
	"""What the rules would do with a case of these values; nothing is stored.

	:param values: fields of the case; what the DocType does not have is passed over. A lead department in it is passed over as well.
	:returns: ``steps``, ``rule``, ``lead_department``, ``contact_window``, ``assisting_departments``, ``assigned_to``,
		``person`` (in words), ``scripts`` (Server Scripts of this site that run on arrival and may decide otherwise).
	"""
	case = _trial_case(doctype, values)
	routing.route(case)
	made = case.flags.routing
	return {
		"steps": steps_in_words(made.tried),
		"rule": case.routing_rule,
		"lead_department": case.lead_department,
		"contact_window": case.contact_window,
		"assisting_departments": [row.department for row in case.assisting_departments],
		"assigned_to": case.assigned_to,
		"assigned_to_name": _name(case.assigned_to),
		"person": person_in_words(made.person or {}, case.assigned_to),
		"scripts": _changed_scripts(doctype),
	}


def _trial_case(doctype: str, values: dict):
	case = frappe.new_doc(doctype)
	taken = {df.fieldname for df in case.meta.fields if df.fieldtype not in frappe.model.table_fields}
	case.update({field: value for field, value in values.items() if field in taken and _is_plain(value)})
	case.set("assisting_departments", [])
	case.lead_department = case.contact_window = case.assigned_to = case.routing_rule = None
	case.flags.is_trial = True
	return case


def _is_plain(value) -> bool:
	return value is None or isinstance(value, str | int | float | bool)


def _changed_scripts(doctype: str) -> list[str]:
	"""Routing scripts that are no longer as they were shipped."""
	names = server_scripts_of(doctype, routing.ROUTING_EVENT)
	shipped = frappe.get_all(
		"Shipped Record",
		filters={"reference_doctype": "Server Script", "reference_name": ("in", names), "status": "As Shipped"},
		pluck="reference_name",
	)
	return sorted(set(names) - set(shipped))
