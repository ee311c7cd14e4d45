from frappe.model.document import Document

from customer_service.customer_satisfaction import schemes, surveys
from customer_service.organisation import cases, text


class ScoringScheme(Document):
	"""How the answers of a survey become a score: points of the levels, weights, what is missing, deductions, validity (rules E-3, E-4)."""

	def validate(self):
		text.make_plain(self)
		cases.read_numbers(self)
		schemes.validate(self)

	def on_update(self):
		surveys.forget()
