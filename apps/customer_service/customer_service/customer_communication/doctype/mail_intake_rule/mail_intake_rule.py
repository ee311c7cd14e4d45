from frappe.model.document import Document


class MailIntakeRule(Document):
	"""Words of a mail, and what such a mail becomes (F-1)."""
