from frappe.model.document import Document


class ImprovementRound(Document):
	"""Row of a parent record."""
