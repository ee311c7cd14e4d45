from frappe.model.document import Document


class DispositionEvidence(Document):
	"""Row of a parent record."""
