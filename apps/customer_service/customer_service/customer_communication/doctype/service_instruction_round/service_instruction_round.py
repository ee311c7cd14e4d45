from frappe.model.document import Document


class ServiceInstructionRound(Document):
	"""Row of a parent record."""
