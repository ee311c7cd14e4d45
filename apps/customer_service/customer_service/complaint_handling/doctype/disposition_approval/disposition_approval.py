from frappe.model.document import Document


class DispositionApproval(Document):
	"""Row of a parent record."""
