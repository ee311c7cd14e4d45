"""A contact that turns out to be a complaint (A-1, F-1): the complaint takes over what is known and names where it came from."""

import frappe
from frappe import _
from frappe.model.mapper import get_mapped_doc

from customer_service.customer_communication import references
from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import events, processes

SOURCE = "Contact Record"
OTHER_SOURCES = ("Property Event",)
"""Registers with a mapping of their own whose records say so, too."""

SAME = {
	"content": "description",
	"contacted_at": "received_at",
	"handled_by": "received_by",
}
"""Field of the contact -> field of the complaint; fields of the same name are taken over as well."""

DECIDED_ANEW = (
	"naming_series",
	"lead_department",
	"contact_window",
	"assigned_to",
	"assisting_departments",
	"answer",
	"state_category",
)


@frappe.whitelist()
def make_complaint(source_name: str, target_doc: str | dict | None = None) -> dict:
	"""A new complaint with what the contact says, not stored yet: the clerk adds class and demand, then the rules route it.

	:param source_name: a Contact Record. :param target_doc: used by the desk.
	"""
	frappe.get_doc(SOURCE, source_name).check_permission("read")
	processes.require("Complaint")
	return get_mapped_doc(
		SOURCE,
		source_name,
		{
			SOURCE: {
				"doctype": "Complaint",
				"field_map": SAME,
				"field_no_map": list(DECIDED_ANEW),
			}
		},
		target_doc,
		_complete,
	)


def _complete(contact, complaint) -> None:
	complaint.source_doctype, complaint.source_name = SOURCE, contact.name
	if contact.status == "Planned":
		frappe.throw(_("This contact has not taken place yet."), CustomerServiceError)
	if not complaint.contact_person:
		complaint.contact_person = contact.author_name or contact.partner_person


def check_source(complaint) -> None:
	"""A complaint names only a source that its maker may read (validate)."""
	references.refuse_unreadable(complaint, "source_doctype", "source_name")


def tell_source(complaint) -> None:
	"""Note at the contact, or the abnormality of a customer's property, that a complaint was made from it (after_insert)."""
	if complaint.source_doctype in (SOURCE, *OTHER_SOURCES) and complaint.source_name:
		source = frappe._dict(doctype=complaint.source_doctype, name=complaint.source_name)
		events.record(source, "Complaint Made", after=complaint.name)
