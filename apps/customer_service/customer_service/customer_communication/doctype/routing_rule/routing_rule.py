import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from customer_service.customer_communication import assignment, routing, rule_checks
from customer_service.exceptions import RoutingError


class RoutingRule(Document):
	"""Decides which department leads a contact or complaint, and who works on it (rule A-2)."""

	def validate(self):
		self.refuse_reversed_validity()
		self.refuse_broken_condition()
		self.forget_unused_person()
		if self.enabled:
			rule_checks.refuse_inactive_departments(self)
			rule_checks.refuse_outside_person(self)

	def on_update(self):
		routing.forget_rules()
		if self.enabled:
			rule_checks.warn_of_rules_without_effect(self)

	def on_trash(self):
		routing.forget_rules()

	def after_rename(self, *_args):
		routing.forget_rules()

	def refuse_reversed_validity(self):
		if self.valid_from and self.valid_until and getdate(self.valid_until) < getdate(self.valid_from):
			frappe.throw(_("{0} must not be before {1}.").format(_("Valid Until"), _("Valid From")), RoutingError)

	def refuse_broken_condition(self):
		"""Try the condition on an empty case, so that a slip shows here and not at the next customer's complaint."""
		if self.condition:
			routing.evaluate(self, frappe.new_doc(self.document_type or "Complaint"))

	def forget_unused_person(self):
		if self.assignment != assignment.FIXED:
			self.assigned_person = None
