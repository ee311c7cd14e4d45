from frappe.model.document import Document


class CustomerClass(Document):
	"""A class of customers that rules and time limits can refer to (rule B-2)."""
