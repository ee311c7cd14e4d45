"""Who leads a matter, who assists, and who speaks with the customer (A-2). The rules are records; this reads them."""

import frappe
from frappe import _
from frappe.utils import getdate

from customer_service.compat import server_scripts_of
from customer_service.exceptions import RoutingError
from customer_service.organisation import caching, clock
from customer_service.organisation.conditions import value_of

MATCHED_FIELDS = ("topic", "complaint_class", "customer", "customer_class")

ROUTING_EVENT = "Before Insert"
"""The Server Script event in which the shipped scripts route."""


def route_on_arrival(case) -> None:
	"""Route a new case, unless an enabled Server Script of the routing event will do it.

	Either way a case is routed once and with the same result; a script that an administrator edits gets his.
	A lead department that the sender has already chosen is kept.
	"""
	if not server_scripts_of(case.doctype, ROUTING_EVENT):
		case.route()


def route(case) -> None:
	"""Set lead, window and assisting departments of a case from the first rule that matches.

	A department named by hand is kept. Without a rule the fallback department of the settings leads; without that the
	case stays with the clerk who took it, since refusing a customer's complaint would lose it.
	"""
	if case.lead_department:
		return
	rule = find_rule(case)
	if not rule:
		case.lead_department = frappe.get_cached_doc("Customer Service Settings").fallback_department
		return
	case.routing_rule = rule.name
	case.lead_department = rule.lead_department
	case.contact_window = rule.contact_window or rule.lead_department
	if not case.assisting_departments:
		for department in rule.assisting:
			case.append("assisting_departments", {"department": department})


def find_rule(case) -> frappe._dict | None:
	"""The rule that decides a case: enabled, valid on the day, every condition met, lowest rank.

	:raises RoutingError: if a rule's condition cannot be evaluated; names the rule.
	"""
	day = getdate(clock.moment(case.get("received_at") or case.get("contacted_at")))
	return next((rule for rule in rules() if _matches(rule, case, day)), None)


def _matches(rule, case, day) -> bool:
	if rule.document_type and rule.document_type != case.doctype:
		return False
	if rule.valid_from and rule.valid_from > day:
		return False
	if rule.valid_until and rule.valid_until < day:
		return False
	if any(rule[field] and rule[field] != value_of(case, field) for field in MATCHED_FIELDS):
		return False
	return not rule.condition or _holds(rule, case)


def _holds(rule, case) -> bool:
	"""The rule's condition on arrival. One that fails on this very case does not match and is logged: a customer's complaint
	is not refused for a slip in a rule."""
	try:
		return evaluate(rule, case)
	except RoutingError:
		frappe.clear_last_message()
		frappe.log_error(title=f"Routing rule {rule.name}: the condition cannot be evaluated")
		return False


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
		fields=[*fields, *MATCHED_FIELDS],
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
