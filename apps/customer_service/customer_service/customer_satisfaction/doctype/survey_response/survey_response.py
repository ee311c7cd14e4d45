from frappe.model.document import Document

from customer_service.customer_satisfaction import scoring


class SurveyResponse(Document):
	"""What one customer answered, its score with deductions, and whether it is valid (rules E-2 to E-4)."""

	def score(self):
		"""Points, deductions and score by the campaign's scheme; called by the Server Script of arrival, or without one by the app."""
		scoring.score(self)
