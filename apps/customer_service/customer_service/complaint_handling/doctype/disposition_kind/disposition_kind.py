from frappe.model.document import Document


class DispositionKind(Document):
	"""A kind of measure for a complaint: what it needs, which evidence proves it, and who approves it up to which amount (rules F-6, F-7)."""
