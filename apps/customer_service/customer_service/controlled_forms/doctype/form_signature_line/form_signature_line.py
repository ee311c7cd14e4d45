from frappe.model.document import Document


class FormSignatureLine(Document):
	"""Row of a parent record."""
