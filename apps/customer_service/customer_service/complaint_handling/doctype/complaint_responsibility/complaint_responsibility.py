from frappe.model.document import Document


class ComplaintResponsibility(Document):
	"""Row of a parent record."""
