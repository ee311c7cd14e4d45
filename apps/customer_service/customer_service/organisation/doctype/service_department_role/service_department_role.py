from frappe.model.document import Document


class ServiceDepartmentRole(Document):
	"""Row of a parent record."""
