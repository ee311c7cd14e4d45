import frappe
from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_property import checks
from customer_service.organisation import attachments, cases, dated_clocks, events, steps, text


class PropertyCheck(KeepsDisposedLinks, steps.TakesStepsItself, Document):
	"""A periodic check of customers' property: condition, calibration, expiry, maintenance; due by date or by shots (rule D-6)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		steps.keep(self, checks.COMPUTED)
		self.validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.read_numbers(self)
		attachments.check_fields(self)
		checks.follow(self)

	def after_insert(self):
		events.record(self, "Check Opened", after=self.workflow_state, detail=str(self.due_on))

	def on_update(self):
		attachments.adopt(self)
		dated_clocks.follow(self, checks.limits_of(self))
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			events.record(self, "State Changed", before.workflow_state, self.workflow_state, self.result)
			checks.after_step(self)

	def on_trash(self):
		cases.refuse_deletion(self)


def on_doctype_update():
	"""Indexes of the register's filters, of what is due; and that no row of a plan has two checks for one day."""
	frappe.db.add_unique("Property Check", ["plan_row"], "once_a_row")
	frappe.db.add_index("Property Check", ["state_category", "due_on"], "due")
	frappe.db.add_index("Property Check", ["customer_property", "state_category"], "of_item")
	frappe.db.add_index("Property Check", ["customer"], "of_customer")
	frappe.db.add_index("Property Check", ["department", "state_category"], "of_department")
	frappe.db.add_index("Property Check", ["workflow_state", "modified"], "state_and_time")
