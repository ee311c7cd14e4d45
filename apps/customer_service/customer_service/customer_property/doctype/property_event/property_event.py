from frappe.model.document import Document


class PropertyEvent(Document):
	"""An abnormality of customers' property: reported by any department, taken to the customer by the department in charge, closed by his answer (rule D-5)."""
