import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.exceptions import DeletionRefusedError, RecordClosedError


class DisposalLogEntry(Document):
	"""What is left of a record that was disposed of; written by `disposal.py` alone (rule J-4)."""

	def validate(self):
		frappe.throw(_("The disposal log is written by the system only."), RecordClosedError)

	def on_trash(self):
		frappe.throw(_("Entries of the disposal log cannot be deleted."), DeletionRefusedError)

	def before_rename(self, _old, _new, _merge=False):
		frappe.throw(_("The disposal log is written by the system only."), RecordClosedError)


def on_doctype_update():
	"""A number is looked for with its DocType."""
	frappe.db.add_index("Disposal Log Entry", ["document_number", "document_type"], "number_of")
