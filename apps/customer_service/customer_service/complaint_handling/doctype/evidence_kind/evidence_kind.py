from frappe.model.document import Document


class EvidenceKind(Document):
	"""A paper or picture that proves that a measure was carried out, such as a return receipt or a bank slip (rule F-7)."""
