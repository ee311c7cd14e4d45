"""Rows of a record are stored with it, never past it: the record's own rules are what guards them (S2, L3).

Frappe's resource API saves and deletes a row by itself for whoever may write the record, and asks the record nothing.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.exceptions import LooseRowError


class Row(Document):
	"""Base of every child DocType. Frappe calls these hooks only for a row that is stored or deleted alone."""

	def validate(self):
		self.refuse_alone()

	def on_trash(self):
		self.refuse_alone()

	def refuse_alone(self) -> None:
		"""
		:raises LooseRowError: always; names the record.
		"""
		frappe.throw(
			_("A row of {0} is changed together with its record {1}; open that and save it.").format(
				_(self.parenttype or self.doctype), frappe.bold(escape_html(self.parent or "?"))
			),
			LooseRowError,
		)
