"""An abnormality of a customer's property that becomes a complaint (D-5): the complaint takes over what is known and names its source."""

import frappe
from frappe import _
from frappe.model.mapper import get_mapped_doc

from customer_service.exceptions import PropertyError
from customer_service.organisation import processes, states

SOURCE = "Property Event"

SAME = {"customer": "customer", "description": "description", "property_name": "product", "qty": "defective_qty"}
"""Field of the event -> field of the complaint; the contact's fields have the same names."""

TAKEN = ("contact_person", "contact_email", "contact_phone")


@frappe.whitelist()
def make_complaint(source_name: str, target_doc: str | dict | None = None) -> dict:
	"""A new complaint with what the event says, not stored yet: the clerk adds channel, class and demand, then the rules route it.

	:param source_name: a Property Event. :param target_doc: used by the desk.
	:raises PropertyError: for one that was withdrawn; frappe.PermissionError.
	"""
	frappe.get_doc(SOURCE, source_name).check_permission("read")
	processes.require("Complaint")
	others = [
		field.fieldname
		for field in frappe.get_meta("Complaint").fields
		if field.fieldname not in (*TAKEN, *SAME.values())
	]
	mapping = {"doctype": "Complaint", "field_map": SAME, "field_no_map": others}
	return get_mapped_doc(SOURCE, source_name, {SOURCE: mapping}, target_doc, _complete)


def _complete(event, complaint) -> None:
	if event.state_category == states.CANCELLED:
		frappe.throw(_("This event was withdrawn."), PropertyError)
	complaint.source_doctype, complaint.source_name = SOURCE, event.name
