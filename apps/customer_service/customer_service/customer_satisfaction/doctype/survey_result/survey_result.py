from frappe.model.document import Document


class SurveyResult(Document):
	"""What a campaign's valid answers come to, reckoned at one moment; the last before the report is the campaign's own (rule E-5)."""
