import frappe
from frappe.model.document import Document

from customer_service.customer_satisfaction import result_print
from customer_service.organisation import cases


class SurveyResult(Document):
	"""What a campaign's valid answers come to, reckoned at one moment; the last before the report is the campaign's own (rule E-5)."""

	def on_trash(self):
		cases.refuse_deletion(self)

	def analysis(self, form):
		"""What the prints show of the result, ready and safe."""
		return result_print.of(self, form)


def on_doctype_update():
	"""Indexes of a campaign's results and of a department's."""
	frappe.db.add_index("Survey Result", ["campaign", "is_current"], "campaign_current")
	frappe.db.add_index("Survey Result", ["department", "computed_at"], "department_computed")
