"""Why a case came to a department: one **Routing Decision** for each time that it was routed (A-2, L10)."""

import json

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.customer_communication import routing
from customer_service.exceptions import CustomerServiceError, RoutingError
from customer_service.organisation import access, batched, cases, clock, events, notices, people, states, text

MOST_FINDINGS = 60
"""Rules that are told of one by one; a site with more of them need not keep them all with every case."""

COLUMNS = (*batched.STANDARD, "reference_doctype", "reference_name", "occasion")
COLUMNS += ("decided_at", "decided_by", "routing_rule", "lead_department", "contact_window", "assigned_to", "reason")
COLUMNS += ("findings",)


def keep_rule(case) -> None:
	"""Let a request not change which rule decided; only routing does (validate)."""
	if not case.flags.routing:
		cases.keep_on_update(case, "routing_rule")


def record_arrival(case) -> None:
	"""Keep how a new case was routed, and tell the person whom the rule assigned (after_insert)."""
	_store(case)
	_tell_assigned(case, None)


def record_change(case) -> None:
	"""Note a change of the lead department: with its reason if the case was rerouted (on_update)."""
	before = case.get_doc_before_save()
	if not before:
		return
	if reason := case.flags.reroute_reason:
		events.record(case, "Rerouted", before.lead_department, case.lead_department, detail=reason)
		_store(case)
	elif before.lead_department != case.lead_department:
		events.record(case, "Routed", before.lead_department, case.lead_department)
	_tell_assigned(case, before.assigned_to)


def _store(case) -> None:
	"""One statement past the document layer, like the audit trail: the row has no hooks and no history of its own."""
	made = case.flags.routing
	if not made:
		return
	tried, moment, user = made.tried, clock.now(), frappe.session.user
	findings = {"tried": tried[-MOST_FINDINGS:], "left_out": max(0, len(tried) - MOST_FINDINGS)}
	findings["person"] = made.person or {}
	row = (*batched.standard(moment), case.doctype, case.name, made.occasion)
	row += (moment, user, case.routing_rule, case.lead_department, case.contact_window, case.assigned_to)
	row += (case.flags.reroute_reason, json.dumps(findings, ensure_ascii=False))
	batched.insert("Routing Decision", COLUMNS, [row])
	case.flags.routing = None


def _tell_assigned(case, before: str | None) -> None:
	if case.assigned_to and case.assigned_to != before:
		notices.tell([case.assigned_to], case, _assigned_words)


def _assigned_words(case, language: str) -> str:
	return _("{0} {1} is assigned to you: {2}", language).format(
		_(case.doctype, language), case.name, str(case.get(case.meta.title_field) or "")
	)


def reroute(case, reason: str, lead_department: str | None = None, assigned_to: str | None = None) -> None:
	"""Send a case to another department, or let the rules decide again, and save it. The caller has checked the permission.

	:param reason: kept in the audit trail. :param lead_department: empty: by the rules as they are now.
	:param assigned_to: somebody of that department; empty: as the rule says, or nobody.
	:raises RoutingError: without a reason, for an ended case, an inactive department, or a person who is not in it.
	"""
	reason = text.plain(reason or "").strip()
	if not reason:
		frappe.throw(_("Say why the case is rerouted."), RoutingError)
	if case.get("state_category") in states.ENDED:
		frappe.throw(_("A closed or cancelled case is not rerouted."), RoutingError)
	if assigned_to and not lead_department:
		frappe.throw(_("{0} is missing.").format(frappe.bold(_("Lead Department"))), RoutingError)
	before = case.lead_department
	case.flags.reroute_reason = reason
	case.routing_rule = None
	case.lead_department = case.assigned_to = None
	if lead_department:
		_send_by_hand(case, before, lead_department, assigned_to)
	else:
		case.contact_window = None
		case.set("assisting_departments", [])
		routing.route(case, routing.AGAIN)
	case.save()


def _send_by_hand(case, before: str | None, department: str, person: str | None) -> None:
	if not isinstance(department, str) or not frappe.db.get_value("Service Department", department, "is_active"):
		frappe.throw(
			_("{0} is not an active department.").format(frappe.bold(escape_html(str(department)))), RoutingError
		)
	if person and department not in access.departments_of(person):
		frappe.throw(
			_("{0} does not belong to {1}.").format(
				frappe.bold(escape_html(str(person))), frappe.bold(escape_html(_(department)))
			),
			RoutingError,
		)
	if person and people.is_absent(person, department):
		frappe.throw(_("{0} is absent.").format(frappe.bold(escape_html(str(person)))), CustomerServiceError)
	case.lead_department = department
	case.assigned_to = person
	case.contact_window = case.contact_window or before
	case.set("assisting_departments", [row for row in case.assisting_departments if row.department != department])
	case.flags.routing = frappe._dict(occasion=routing.BY_HAND, tried=[])
