from frappe.model.document import Document


class PropertyCheck(Document):
	"""A periodic check of customers' property: condition, calibration, expiry, maintenance; due by date or by shots (rule D-6)."""
