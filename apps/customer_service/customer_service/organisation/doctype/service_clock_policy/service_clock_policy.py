import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import clock_policy, conditions, replanning


class ServiceClockPolicy(Document):
	"""The time limits of a case and the calendar of each (rules F-6, G-5)."""

	def validate(self):
		self.refuse_same_clock_twice()
		self.refuse_empty_limits()
		self.refuse_second_default()
		self.refuse_reversed_validity()
		conditions.refuse_bad_condition(self)
		self.warn_of_no_default()

	def on_update(self):
		clock_policy.forget_policies()
		replanning.after_policy(self)

	def on_trash(self):
		clock_policy.forget_policies()

	def refuse_same_clock_twice(self):
		seen = {}
		for row in self.limits:
			if row.clock in seen:
				frappe.throw(
					_("Row {0}: the clock {1} is already limited in row {2}. Delete one of them.").format(
						row.idx, frappe.bold(_(row.clock)), seen[row.clock]
					),
					CustomerServiceError,
				)
			seen[row.clock] = row.idx

	def refuse_empty_limits(self):
		for row in self.limits:
			if not row.limit_value or row.limit_value <= 0:
				frappe.throw(_("Row {0}: the limit must be more than 0.").format(row.idx), CustomerServiceError)

	def refuse_reversed_validity(self):
		if self.valid_from and self.valid_until and getdate(self.valid_until) < getdate(self.valid_from):
			frappe.throw(
				_("{0} must not be before {1}.").format(_("Valid Until"), _("Valid From")), CustomerServiceError
			)

	def warn_of_no_default(self):
		"""A record that no policy matches has no limits at all; the administrator is told while it is easy to mend."""
		if self.is_default and self.enabled:
			return
		others = {"is_default": 1, "enabled": 1, "document_type": self.document_type, "name": ("!=", self.name)}
		if not frappe.db.exists(self.doctype, others):
			frappe.msgprint(
				_("No policy is the default of {0}: records that match none have no time limits.").format(
					_(self.document_type)
				),
				indicator="orange",
				alert=True,
			)

	def refuse_second_default(self):
		if not (self.is_default and self.enabled):
			return
		other = frappe.db.get_value(
			self.doctype,
			{"is_default": 1, "enabled": 1, "document_type": self.document_type, "name": ("!=", self.name)},
		)
		if other:
			frappe.throw(
				_("{0} is already the default policy. Only one policy can be the default.").format(
					frappe.bold(frappe.utils.escape_html(other))
				),
				CustomerServiceError,
			)
