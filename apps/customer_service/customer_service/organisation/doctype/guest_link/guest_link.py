from frappe.model.document import Document


class GuestLink(Document):
	"""A personal link of a person without login to one record; only the hash of its token is kept."""
