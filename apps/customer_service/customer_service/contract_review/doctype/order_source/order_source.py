from frappe.model.document import Document


class OrderSource(Document):
	"""How an order arrived: verbal, phone, fax, document (rule C-1)."""
