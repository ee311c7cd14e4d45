from frappe.model.document import Document


class ComplaintTaskKind(Document):
	"""What a department is asked to do in a complaint (rule F-7)."""
