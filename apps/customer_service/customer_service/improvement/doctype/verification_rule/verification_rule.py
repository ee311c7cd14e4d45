from frappe.model.document import Document


class VerificationRule(Document):
	"""Who verifies improvements and checks their effect, and after how many days (rule I-1)."""
