from frappe.model.document import Document


class CommunicationTask(Document):
	"""Row of a parent record."""
