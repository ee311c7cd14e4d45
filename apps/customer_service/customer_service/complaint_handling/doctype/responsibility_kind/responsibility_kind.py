from frappe.model.document import Document


class ResponsibilityKind(Document):
	"""A kind of personal responsibility and the penalty points it carries (rule F-12)."""
