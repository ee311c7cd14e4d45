from frappe.model.document import Document


class SurveyResponse(Document):
	"""What one customer answered, its score with deductions, and whether it is valid (rules E-2 to E-4)."""
