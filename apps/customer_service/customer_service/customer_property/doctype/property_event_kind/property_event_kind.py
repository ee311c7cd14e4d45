from frappe.model.document import Document


class PropertyEventKind(Document):
	"""What can be wrong with customers' property: count, appearance, damage, loss, unfit (rule D-5)."""
