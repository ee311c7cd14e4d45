import frappe
from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_satisfaction import campaign_view, campaigns
from customer_service.organisation import cases, events, steps, text


class SurveyCampaign(KeepsDisposedLinks, steps.TakesStepsItself, Document):
	"""One round of a satisfaction survey: who is asked, how, until when, how many answered, and what came of it (rules E-1 to E-3)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		steps.keep(self, campaigns.COMPUTED)
		self.validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.read_numbers(self)
		campaigns.complete(self)
		campaigns.check(self)
		campaigns.refuse_late_changes(self)
		campaigns.follow_step(self)

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state)

	def on_update(self):
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			events.record(self, "State Changed", before.workflow_state, self.workflow_state, self.cancel_reason)
			campaigns.after_step(self)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("campaign", campaign_view.shown(self))


def on_doctype_update():
	"""Indexes of the register's filters."""
	frappe.db.add_index("Survey Campaign", ["workflow_state", "modified"], "state_and_time")
	frappe.db.add_index("Survey Campaign", ["department", "modified"], "of_department")
	frappe.db.add_index("Survey Campaign", ["survey", "reported_at"], "of_survey")
