import frappe
from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_satisfaction import arrivals, scoring
from customer_service.organisation import attachments, cases, child_rows, text


class SurveyResponse(KeepsDisposedLinks, Document):
	"""What one customer answered, its score with deductions, and whether it is valid (rules E-2 to E-4)."""

	def _set_defaults(self):
		if child_rows.lacks_defaults(self):
			super()._set_defaults()

	def before_insert(self):
		arrivals.refuse_by_hand(self)
		text.make_plain(self)
		child_rows.let_wait(self)
		arrivals.keep_anonymous(self)
		arrivals.score_on_arrival(self)

	def validate(self):
		arrivals.keep(self)
		text.make_plain(self)
		attachments.check_fields(self)

	def after_insert(self):
		child_rows.write_waiting(self)

	def on_update(self):
		attachments.adopt(self)

	def on_trash(self):
		cases.refuse_deletion(self)

	def score_answers(self):
		"""Points, deductions and the score (a field of that name) by the campaign's scheme; called by the Server Script of arrival, or
		without one by the app."""
		scoring.score(self)


def on_doctype_update():
	"""Indexes of a campaign's answers and of the answers of a customer."""
	frappe.db.add_index("Survey Response", ["campaign", "validity"], "campaign_validity")
	frappe.db.add_index("Survey Response", ["customer", "answered_at"], "customer_answered")
	frappe.db.add_index("Survey Response", ["department", "answered_at"], "department_answered")
	frappe.db.add_index("Survey Response", ["survey", "answered_at"], "survey_answered")
