"""Who leads a matter, who assists, who speaks with the customer, and who works on it (A-2). The rules are records; this reads
them.

What was tried and why a rule did or did not match is kept for the record's **Routing Decision** (see decisions.py).
"""

import frappe
from frappe import _
from frappe.utils import getdate

from customer_service.compat import server_scripts_of
from customer_service.customer_communication import assignment
from customer_service.exceptions import RoutingError
from customer_service.organisation import caching, clock
from customer_service.organisation.conditions import value_of
from customer_service.organisation.row_rules import ROW_RULES

MATCHED_FIELDS = ("topic", "complaint_class", "customer", "customer_class")

ROUTING_EVENT = "Before Insert"
"""The Server Script event in which the shipped scripts route."""

ON_ARRIVAL, AGAIN, BY_HAND = "On Arrival", "By the Rules Again", "By Hand"


def routed_doctypes() -> list[str]:
	"""The DocTypes that are routed: those whose rows a lead department and an assigned person have."""
	return [
		doctype
		for doctype, rule in ROW_RULES.items()
		if "lead_department" in rule.departments
		and "assigned_to" in rule.people
		and frappe.get_meta(doctype).has_field("routing_rule")
	]


def route_on_arrival(case) -> None:
	"""Route a new case, unless an enabled Server Script of the routing event will do it.

	Either way a case is routed once and with the same result; a script that an administrator edits gets his.
	A lead department that the sender has already chosen is kept.
	"""
	if not server_scripts_of(case.doctype, ROUTING_EVENT):
		case.route()


def route(case, occasion: str = ON_ARRIVAL) -> None:
	"""Set lead, window, assisting departments and the assigned person of a case from the first rule that matches.

	A department named by hand is kept. Without a rule the fallback department of the settings leads; without that the
	case stays with the clerk who took it, since refusing a customer's complaint would lose it.
	"""
	if case.lead_department:
		case.flags.routing = frappe._dict(occasion=BY_HAND, tried=[])
		return
	rule, tried = try_rules(case)
	case.flags.routing = frappe._dict(occasion=occasion, tried=tried)
	if not rule:
		case.lead_department = frappe.get_cached_doc("Customer Service Settings").fallback_department
		return
	case.routing_rule = rule.name
	case.lead_department = rule.lead_department
	case.contact_window = rule.contact_window or rule.lead_department
	if not case.assisting_departments:
		for department in rule.assisting:
			case.append("assisting_departments", {"department": department})
	if not case.assigned_to:
		case.assigned_to, case.flags.routing.person = assignment.choose(rule)


def find_rule(case) -> frappe._dict | None:
	"""The rule that decides a case: enabled, valid on the day, every condition met, lowest rank."""
	return try_rules(case)[0]


def try_rules(case) -> tuple[frappe._dict | None, list[dict]]:
	"""Try the rules in their order: the one that decides, and for each that was tried its first condition not met.

	A row is ``{"rule": name}`` for the rule that matched, with ``condition``, ``wanted`` and ``found`` for the others.
	"""
	day = getdate(clock.moment(case.get("received_at") or case.get("contacted_at")))
	tried = []
	for rule in rules():
		obstacle = find_obstacle(rule, case, day)
		tried.append({"rule": rule.name, **(obstacle or {})})
		if not obstacle:
			return rule, tried
	return None, tried


def find_obstacle(rule, case, day) -> dict | None:
	"""The first condition of a rule that the case does not meet; None if the rule matches."""
	if rule.document_type and rule.document_type != case.doctype:
		return _obstacle("document_type", rule.document_type, case.doctype)
	if rule.valid_from and rule.valid_from > day:
		return _obstacle("valid_from", str(rule.valid_from), str(day))
	if rule.valid_until and rule.valid_until < day:
		return _obstacle("valid_until", str(rule.valid_until), str(day))
	for field in MATCHED_FIELDS:
		if rule[field] and rule[field] != (found := value_of(case, field)):
			return _obstacle(field, rule[field], found)
	return _unmet_expression(rule, case) if rule.condition else None


def _obstacle(condition: str, wanted: str, found: str | None) -> dict:
	return {"condition": condition, "wanted": wanted, "found": found or ""}


def _unmet_expression(rule, case) -> dict | None:
	"""The rule's own condition on arrival. One that fails on this very case does not match and is logged: a customer's
	complaint is not refused for a slip in a rule."""
	try:
		return None if evaluate(rule, case) else _obstacle("condition", rule.condition, None)
	except RoutingError:
		frappe.clear_last_message()
		if not case.flags.is_trial:
			frappe.log_error(title=f"Routing rule {rule.name}: the condition cannot be evaluated")
		return _obstacle("broken_condition", rule.condition, None)


def evaluate(rule, case) -> bool:
	"""Whether the rule's own condition holds for the case; `doc` is all that it can see.

	:raises RoutingError: names the rule and what is wrong with it.
	"""
	try:
		return bool(frappe.safe_eval(rule.condition, None, {"doc": frappe._dict(case.as_dict())}))
	except Exception as error:
		frappe.throw(
			_("The condition of routing rule {0} cannot be evaluated: {1}. Ask an administrator to correct it.").format(
				frappe.bold(frappe.utils.escape_html(rule.name)), frappe.utils.escape_html(str(error))
			),
			RoutingError,
		)


def rules() -> list[frappe._dict]:
	"""Enabled rules in the order in which they are tried, from the cache."""
	return frappe.cache().get_value("customer_service_routing_rules", _load_rules)


def _load_rules() -> list[frappe._dict]:
	fields = ["name", "document_type", "condition", "valid_from", "valid_until", "contact_window", "lead_department"]
	loaded = frappe.get_all(
		"Routing Rule",
		filters={"enabled": 1},
		fields=[*fields, *MATCHED_FIELDS, "assignment", "assigned_person"],
		order_by="`rank` asc, creation asc, name asc",
	)
	assisting: dict[str, list[str]] = {}
	for row in frappe.get_all(
		"Assisting Department",
		filters={"parenttype": "Routing Rule"},
		fields=["parent", "department"],
		order_by="idx asc",
	):
		assisting.setdefault(row.parent, []).append(row.department)
	for rule in loaded:
		rule.assisting = assisting.get(rule.name, [])
	return loaded


def forget_rules() -> None:
	"""Drop the cached rules; called when one changes."""
	caching.forget("customer_service_routing_rules")
