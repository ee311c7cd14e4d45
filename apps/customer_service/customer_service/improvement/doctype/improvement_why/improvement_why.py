from frappe.model.document import Document


class ImprovementWhy(Document):
	"""Row of a parent record."""
