"""Endpoints of customer communication beyond Frappe's own resource and workflow API."""

from collections.abc import Callable

import frappe
from frappe import _

from customer_service.customer_communication import decisions, explanation, routing, slips, watching
from customer_service.exceptions import RoutingError
from customer_service.organisation import processes


@frappe.whitelist(methods=["GET", "POST"])
def try_routing(doctype: str, values: str | dict) -> dict:
	"""What would the routing rules do with this? Nothing is stored (A-2).

	:param values: fields of the case, as an object or as JSON.
	:returns: see `explanation.dry_run`.
	"""
	_require_right("Routing Rule")
	_require_routed(doctype)
	_require_right(doctype)
	values = frappe.parse_json(values)
	if not isinstance(values, dict):
		frappe.throw(_("The values of the case cannot be read."), RoutingError)
	return explanation.dry_run(doctype, values)


@frappe.whitelist(methods=["POST"])
def reroute(
	doctype: str, name: str, reason: str, lead_department: str | None = None, assigned_to: str | None = None
) -> dict:
	"""Send a case to another department, or let the rules decide again (A-2).

	:param reason: required, kept. :param lead_department: empty: by the rules. :param assigned_to: a person of that department.
	:returns: ``lead_department`` and ``assigned_to`` afterwards.
	"""
	_require_routed(doctype)
	case = frappe.get_doc(doctype, name)
	case.check_permission("write")
	decisions.reroute(case, reason, lead_department, assigned_to)
	return {"lead_department": case.lead_department, "assigned_to": case.assigned_to}


def _require_right(doctype: str) -> None:
	"""Frappe's own `throw` answers with 417 in some versions."""
	if not frappe.has_permission(doctype, "read"):
		frappe.throw(_("You may not read {0}.").format(_(doctype)), frappe.PermissionError)


def _require_routed(doctype: str) -> None:
	if doctype not in routing.routed_doctypes():
		frappe.throw(_("Records of this kind are not routed."), RoutingError)
	processes.require(doctype)


@frappe.whitelist(methods=["POST"])
def mark_checked(channel: str, note: str | None = None) -> dict:
	"""Say that a watched channel was looked at, or a partner asked, just now (A-9).

	:param note: what was found. :returns: ``last_checked_at`` and ``next_check_at``, site time zone.
	"""
	doc = frappe.get_doc("Watched Channel", channel)
	if not watching.may_check(doc, frappe.session.user):
		watching.refuse()
	processes.require("Watched Channel")
	watching.check(doc, note)
	return {"last_checked_at": doc.last_checked_at, "next_check_at": doc.next_check_at}


@frappe.whitelist()
def due_channels(mine: bool = True) -> list[dict]:
	"""Watched channels that are due for a check: the user's own, or all that he may read (A-9)."""
	_require_right("Watched Channel")
	processes.require("Watched Channel")
	return watching.due_channels(frappe.session.user if frappe.utils.cint(mine) else None)


@frappe.whitelist(methods=["POST"])
def send_slip(name: str) -> dict:
	"""Send a drafted internal slip (A-4); returns its ``status``."""
	return _step_of_slip(name, slips.is_senders, slips.send)


@frappe.whitelist(methods=["POST"])
def acknowledge(name: str) -> dict:
	"""Acknowledge an internal slip for one's department or oneself (A-4); returns its ``status``."""
	return _reply(name, slips.acknowledge)


@frappe.whitelist(methods=["POST"])
def answer(name: str, answer: str) -> dict:
	"""Answer an internal slip for one's department or oneself, which acknowledges it as well (A-4); returns its ``status``."""
	return _reply(name, slips.answer, answer)


@frappe.whitelist(methods=["POST"])
def close_slip(name: str) -> dict:
	"""Close an internal slip to which all have replied (A-4); returns its ``status``."""
	return _step_of_slip(name, slips.is_senders, slips.close)


@frappe.whitelist(methods=["POST"])
def cancel_slip(name: str, reason: str) -> dict:
	"""Cancel an internal slip; its number stays (A-4, L1); returns its ``status``."""
	return _step_of_slip(name, slips.is_senders, slips.cancel, reason)


def _reply(name: str, step: Callable, *values) -> dict:
	"""Two departments may reply at the same moment: the record is locked, so that the second sees what the first wrote."""
	slip = _locked_slip(name)
	rows = slips.rows_of(slip, frappe.session.user)
	if not rows:
		_refuse_slip()
	step(slip, rows, *values)
	return {"status": slip.status}


def _step_of_slip(name: str, may: Callable, step: Callable, *values) -> dict:
	slip = _locked_slip(name)
	if not may(slip, frappe.session.user):
		_refuse_slip()
	step(slip, *values)
	return {"status": slip.status}


def _locked_slip(name: str):
	processes.require("Internal Slip")
	if not frappe.has_permission("Internal Slip", "read", name):
		_refuse_slip()
	return frappe.get_doc("Internal Slip", name, for_update=True)


def _refuse_slip() -> None:
	frappe.throw(_("This step of the slip is not yours to take."), frappe.PermissionError)
