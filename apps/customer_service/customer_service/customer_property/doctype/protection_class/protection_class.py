from frappe.model.document import Document


class ProtectionClass(Document):
	"""How customers' property is to be stored and protected, and how often it is checked (rule D-6)."""
