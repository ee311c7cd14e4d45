import frappe
from frappe.model.document import Document

from customer_service.customer_satisfaction import surveys
from customer_service.organisation import cases, events, steps, text


class SatisfactionSurvey(steps.TakesStepsItself, Document):
	"""The questions of a satisfaction survey in their languages, with points and limits; each change after use is a new version (rules E-1, E-4)."""

	def onload(self):
		self.set_onload("survey", surveys.view(self))

	def before_insert(self):
		surveys.number_version(self)

	def validate(self):
		steps.keep(self, surveys.COMPUTED)
		self.validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.read_numbers(self)
		surveys.complete(self)
		surveys.refuse_change_after_review(self)
		surveys.follow_step(self)

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state)

	def on_update(self):
		surveys.forget()
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			events.record(self, "State Changed", before.workflow_state, self.workflow_state)
			surveys.retire_others(self)

	def on_trash(self):
		cases.refuse_deletion(self)


def on_doctype_update():
	"""Index of a survey's versions."""
	frappe.db.add_index("Satisfaction Survey", ["survey_code", "version"], "versions")
