from frappe.model.document import Document


class PropertyBalance(Document):
	"""How much of a customer's property lies at a place, by condition; follows from the ledger (rule D-4)."""
