from frappe.model.document import Document


class ScoringScheme(Document):
	"""How the answers of a survey become a score: points of the levels, weights, what is missing, deductions, validity (rules E-3, E-4)."""
