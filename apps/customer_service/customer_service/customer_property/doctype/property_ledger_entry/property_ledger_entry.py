from frappe.model.document import Document


class PropertyLedgerEntry(Document):
	"""One immutable movement or step of a customer's property; corrected by a reversing entry, never changed (rule D-4, 库存进出帐)."""
