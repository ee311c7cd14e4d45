from frappe.model.document import Document


class AssistingDepartment(Document):
	"""Row of a parent record."""
