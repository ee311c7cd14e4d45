"""What a **Routing Rule** may not say, and what it says in vain (A-2)."""

import frappe
from frappe import _
from frappe.utils import escape_html, getdate

from customer_service.customer_communication import assignment, routing
from customer_service.exceptions import RoutingError


def refuse_inactive_departments(rule) -> None:
	"""
	:raises RoutingError: for a department that is no longer active; names it.
	"""
	named = {rule.lead_department, rule.contact_window, *(row.department for row in rule.assisting_departments)} - {
		None,
		"",
	}
	inactive = frappe.get_all("Service Department", filters={"name": ("in", named), "is_active": 0}, pluck="name")
	if inactive:
		frappe.throw(
			_("{0} is not an active department.").format(frappe.bold(escape_html(_(inactive[0])))), RoutingError
		)


def refuse_outside_person(rule) -> None:
	"""
	:raises RoutingError: for a fixed assignment without a person, or with one who is not in the lead department.
	"""
	if rule.assignment != assignment.FIXED:
		return
	if not rule.assigned_person:
		frappe.throw(_("Name the person whom the rule assigns."), RoutingError)
	department = frappe.get_doc("Service Department", rule.lead_department)
	if rule.assigned_person not in department.people():
		frappe.throw(
			_("{0} does not belong to {1}.").format(
				frappe.bold(escape_html(rule.assigned_person)), frappe.bold(escape_html(_(rule.lead_department)))
			),
			RoutingError,
		)


def warn_of_rules_without_effect(rule) -> None:
	"""Tell of this rule, or of later ones, that can never decide since an earlier one matches whatever they match."""
	order = routing.rules()
	place = next((index for index, each in enumerate(order) if each.name == rule.name), None)
	if place is None:
		return
	own = order[place]
	if earlier := next((each for each in order[:place] if covers(each, own)), None):
		_warn(own.name, earlier.name)
	for later in order[place + 1 :]:
		if covers(own, later):
			_warn(later.name, own.name)


def _warn(idle: str, earlier: str) -> None:
	frappe.msgprint(
		_("Rule {0} can never decide: {1} is tried before it and matches whatever it matches.").format(
			frappe.bold(escape_html(idle)), frappe.bold(escape_html(earlier))
		),
		title=_("Rule Without Effect"),
		indicator="orange",
	)


def covers(first, second) -> bool:
	"""Whether the first rule matches every case that the second matches, as far as can be seen without reading expressions."""
	for field in ("document_type", "condition", *routing.MATCHED_FIELDS):
		if first[field] and first[field] != second[field]:
			return False
	if first.valid_from and (not second.valid_from or getdate(second.valid_from) < getdate(first.valid_from)):
		return False
	return not (
		first.valid_until and (not second.valid_until or getdate(second.valid_until) > getdate(first.valid_until))
	)
