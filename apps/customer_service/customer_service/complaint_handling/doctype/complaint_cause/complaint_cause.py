from frappe.model.document import Document


class ComplaintCause(Document):
	"""A kind of cause that complaints are counted by, such as material, method or transport (rules F-7, F-11)."""
