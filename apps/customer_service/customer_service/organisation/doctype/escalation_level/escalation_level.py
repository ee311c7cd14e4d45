from frappe.model.document import Document


class EscalationLevel(Document):
	"""Row of a parent record."""
