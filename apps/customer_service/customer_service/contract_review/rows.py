"""Rows that change with their record only (L3)."""

import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.exceptions import ProFormaError


class RowOfRecord(Document):
	"""A row that no door changes by itself: Frappe stores a row that is saved alone before its record can object."""

	def validate(self):
		self.refuse_alone()

	def on_trash(self):
		self.refuse_alone()

	def refuse_alone(self):
		"""Frappe calls a row's own hooks only if it is saved or deleted alone.

		:raises ProFormaError: always.
		"""
		frappe.throw(_("Change this row in its {0}.").format(_(self.parenttype or "Document")), ProFormaError)
