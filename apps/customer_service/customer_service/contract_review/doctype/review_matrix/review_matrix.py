import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, flt

from customer_service.contract_review import content
from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import conditions, text


class ReviewMatrix(Document):
	"""Who reviews which order, what they are asked, and who decides up to which value (C-2, C-3)."""

	def validate(self):
		text.make_plain(self)
		conditions.refuse_bad_condition(self)
		self.refuse_repeated_departments()
		for row in self.departments:
			content.refuse_unknown(row.concerned_fields, row.department)
		self.refuse_questions_to_nobody()
		self.refuse_gap_in_deciders()

	def refuse_repeated_departments(self):
		names = [row.department for row in self.departments]
		for row in self.departments:
			if names.count(row.department) > 1:
				self.refuse(_("Row {0}: {1} stands here twice.").format(row.idx, self.bold(row.department)))

	def refuse_questions_to_nobody(self):
		asked = {row.department for row in self.departments}
		for row in self.questions:
			if row.department and row.department not in asked:
				self.refuse(
					_("Questions, row {0}: {1} is not among the departments.").format(
						row.idx, self.bold(row.department)
					)
				)

	def refuse_gap_in_deciders(self):
		"""Somebody decides on an order of any value."""
		if all(flt(row.up_to_value) for row in self.deciders):
			self.refuse(
				_("Decided By: leave the value of one role empty, so that every order has somebody who decides.")
			)

	def bold(self, department: str) -> str:
		return frappe.bold(escape_html(_(department)))

	def refuse(self, message: str):
		frappe.throw(message, CustomerServiceError)
