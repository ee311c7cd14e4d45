from frappe.model.document import Document


class SatisfactionSurvey(Document):
	"""The questions of a satisfaction survey in their languages, with points and limits; each change after use is a new version (rules E-1, E-4)."""
