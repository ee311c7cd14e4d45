from frappe.model.document import Document


class PropertyCheckKind(Document):
	"""What customers' property is checked for while it is kept: condition, calibration, expiry, maintenance (rule D-6)."""
