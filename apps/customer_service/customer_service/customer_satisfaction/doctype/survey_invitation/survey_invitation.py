from frappe.model.document import Document


class SurveyInvitation(Document):
	"""One customer who is asked in a campaign: how, whether it reached him, whether he has answered (rule E-2)."""
