from frappe.model.document import Document


class ImprovementCause(Document):
	"""Row of a parent record."""
