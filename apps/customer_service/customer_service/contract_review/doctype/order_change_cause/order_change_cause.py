from frappe.model.document import Document


class OrderChangeCause(Document):
	"""Why an order is changed: the customer's wish, schedule, material, technology, quality (rule C-6)."""
