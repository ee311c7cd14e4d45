from frappe.model.document import Document

from customer_service.controlled_forms import procedure_documents


class ProcedureDocumentChange(Document):
	"""Row of a version's change record (rule J-3)."""

	def validate(self):
		"""Called only where a row is saved by itself."""
		procedure_documents.refuse_row_alone(self)

	def on_trash(self):
		procedure_documents.refuse_row_alone(self)
