from frappe.model.document import Document


class ServiceCustomer(Document):
	"""A company or person served, agent or end user, with its contacts (group B rules)."""
