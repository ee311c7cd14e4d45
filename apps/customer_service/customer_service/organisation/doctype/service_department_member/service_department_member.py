from frappe.model.document import Document


class ServiceDepartmentMember(Document):
	"""Row of a parent record."""
