from frappe.model.document import Document


class ServiceCustomerContact(Document):
	"""Row of a parent record."""
