import frappe
from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_property import statement_lines, statements
from customer_service.organisation import attachments, cases, events, states, steps, text


class PropertyStatement(KeepsDisposedLinks, steps.TakesStepsItself, Document):
	"""What of a customer's property we hold and what was done with it in a period: opening, movements, closing (rule D-4)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		steps.keep(self, statement_lines.COMPUTED)
		self.validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.read_numbers(self)
		attachments.check_fields(self)
		statement_lines.follow(self)

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state)

	def on_update(self):
		attachments.adopt(self)
		self.follow_step()

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("step", steps.step_of(self))

	def follow_step(self):
		before = self.get_doc_before_save()
		if not before or before.workflow_state == self.workflow_state:
			return
		events.record(self, "State Changed", before.workflow_state, self.workflow_state)
		if self.state_category in states.ENDED and not self.answered_at:
			statements.revoke_links(self.name)


def on_doctype_update():
	"""Indexes of the register's filters."""
	frappe.db.add_index("Property Statement", ["customer", "to_date"], "of_customer")
	frappe.db.add_index("Property Statement", ["workflow_state", "modified"], "state_and_time")
