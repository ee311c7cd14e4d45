from frappe.model.document import Document


class ImprovementDeployment(Document):
	"""Row of a parent record."""
