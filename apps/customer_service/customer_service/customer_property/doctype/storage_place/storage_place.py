from frappe.model.document import Document


class StoragePlace(Document):
	"""Where customers' property is kept: an area, a room, a shelf (rules D-1, D-6)."""
