from frappe.model.document import Document


class SurveyCampaign(Document):
	"""One round of a satisfaction survey: who is asked, how, until when, how many answered, and what came of it (rules E-1 to E-3)."""
