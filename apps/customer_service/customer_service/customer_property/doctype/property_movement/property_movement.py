from frappe.model.document import Document


class PropertyMovement(Document):
	"""Customers' property put into store, issued, put back, consumed, moved, lent, returned or scrapped, by document (rule D-4)."""
