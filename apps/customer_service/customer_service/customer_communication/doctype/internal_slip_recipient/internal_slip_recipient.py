from frappe.model.document import Document


class InternalSlipRecipient(Document):
	"""Row of a parent record."""
