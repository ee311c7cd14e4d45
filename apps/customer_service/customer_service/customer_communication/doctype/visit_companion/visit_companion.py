from frappe.model.document import Document


class VisitCompanion(Document):
	"""Row of a parent record."""
