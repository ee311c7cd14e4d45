from frappe.model.document import Document


class DispositionKindEvidence(Document):
	"""Row of a parent record."""
