from frappe.model.document import Document


class DispositionApprovalLimit(Document):
	"""Row of a parent record."""
