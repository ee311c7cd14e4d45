"""What slips and service instructions hold back in the record that they came from (A-4, A-5, F-7)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.organisation import processes, states


def open_slips(doc) -> list[str]:
	"""Why a record cannot be closed yet, safe to show (a closing gate): internal slips that wait for somebody's reply."""
	rows = _running("Internal Slip", doc, ("reference_doctype", "reference_name"), "status")
	return [
		_("Internal slip {0} is {1}.").format(frappe.bold(escape_html(row.name)), _(row.state, context="Internal Slip"))
		for row in rows
	]


def open_instructions(doc) -> list[str]:
	"""The same for service instructions whose effect has not been found good."""
	rows = _running("Service Instruction", doc, ("source_doctype", "source_name"), "workflow_state")
	return [
		_("Service instruction {0} is {1}.").format(frappe.bold(escape_html(row.name)), _(row.state)) for row in rows
	]


def _running(doctype: str, doc, link: tuple[str, str], state: str) -> list:
	if not processes.is_doctype_on(doctype):
		return []
	filters = {link[0]: doc.doctype, link[1]: doc.name, "state_category": ("in", states.RUNNING)}
	return frappe.get_all(doctype, filters, ["name", f"{state} as state"], order_by="name asc")
