from frappe.model.document import Document


class ServiceClockLimit(Document):
	"""Row of a parent record."""
