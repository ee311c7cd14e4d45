"""What an improvement holds back in the register that it comes from (F-7, I-1)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.improvement import sources
from customer_service.organisation import processes

STARTED, IMPLEMENTED, VERIFIED = "Started", "Implemented", "Verified"

IF_JUSTIFIED, ALWAYS = "If Justified", "Always"

JUSTIFIED = "Justified"
"""What a complaint says of itself once the departments have found it so."""


def open_improvements(doc) -> list[str]:
	"""Reasons why a complaint cannot be closed yet, safe to show (a closing gate): an improvement that its class demands and
	nobody has started, and those started that have not come as far as the settings say. The effectiveness check may go on
	after closing."""
	if not processes.is_doctype_on("Improvement"):
		return []
	found = sources.of_record(doc.doctype, doc.name)
	if not found:
		return [_("This class of complaint needs an improvement; none has been started.")] if is_demanded(doc) else []
	wanted = frappe.get_cached_doc("Customer Service Settings").close_complaint_when_improvement or IMPLEMENTED
	reasons = {
		STARTED: None,
		IMPLEMENTED: _("The actions of improvement {0} are not implemented yet."),
		VERIFIED: _("Improvement {0} is not verified yet."),
	}
	reason = reasons.get(wanted)
	return [
		reason.format(frappe.bold(escape_html(row.name))) for row in found if reason and not _has_reached(row, wanted)
	]


def _has_reached(row, wanted: str) -> bool:
	return bool(row.verified_at if wanted == VERIFIED else row.implemented_at)


def is_demanded(doc) -> bool:
	"""Whether the complaint's class demands an improvement (P0: every measure is a corrective action; shipped: if justified)."""
	demand = _demand_of(doc)
	return demand == ALWAYS or (demand == IF_JUSTIFIED and _is_justified(doc))


def _demand_of(doc) -> str | None:
	name = doc.get("complaint_class")
	return frappe.get_cached_doc("Complaint Class", name).get("improvement_required") if name else None


def _is_justified(doc) -> bool:
	return doc.get("is_justified") == JUSTIFIED
