from frappe.model.document import Document


class PropertyStockTake(Document):
	"""Customers' property counted at its places; differences are booked after approval and reported as abnormalities (rules D-4, D-5)."""
