import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.exceptions import DeletionRefusedError, RecordClosedError


class ServiceEvent(Document):
	"""One thing that happened to a business record: who, when, before, after (rules G-3, L10)."""

	def validate(self):
		frappe.throw(_("The audit trail is written by the system only."), RecordClosedError)

	def on_trash(self):
		frappe.throw(_("Entries of the audit trail cannot be deleted."), DeletionRefusedError)


def on_doctype_update():
	"""The trail of one record in order."""
	frappe.db.add_index("Service Event", ["reference_name", "reference_doctype", "happened_at"], "trail")
