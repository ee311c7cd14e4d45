from frappe.model.document import Document


class PropertyReceipt(Document):
	"""What a customer delivered, against his delivery note; it goes to incoming inspection or is signed in directly (rules D-2, D-3, 收料单)."""
