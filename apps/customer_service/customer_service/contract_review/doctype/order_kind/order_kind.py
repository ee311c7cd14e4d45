from frappe.model.document import Document


class OrderKind(Document):
	"""What kind of order a review is about: product, spare part, sample (rule C-1)."""
