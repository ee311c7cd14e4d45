from frappe.model.document import Document


class CustomerProperty(Document):
	"""The register of what customers have provided: what it is, whose, how much, where, in what state (rule D-1, 顾客财产登记表)."""
