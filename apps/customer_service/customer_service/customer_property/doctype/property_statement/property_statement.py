from frappe.model.document import Document


class PropertyStatement(Document):
	"""What of a customer's property we hold and what was done with it in a period: opening, movements, closing (rule D-4)."""
