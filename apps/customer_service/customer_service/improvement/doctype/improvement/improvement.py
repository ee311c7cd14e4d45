import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.exceptions import RecordClosedError
from customer_service.improvement import (
	actions,
	deadlines,
	drawings,
	effectiveness,
	rounds,
	sources,
	step_names,
	steps,
	team,
	verification,
)
from customer_service.organisation import attachments, cases, events, states, text

COMPUTED = (
	"state_category",
	"step",
	"round",
	"rounds",
	"called_for_round",
	"verification_rule",
	"verifying_department",
	"effectiveness_rule",
	"checking_department",
	"contained_at",
	"causes_found_at",
	"planned_at",
	"implemented_at",
	"verified_at",
	"verified_by",
	"effectiveness_due_on",
	"effectiveness_result",
	"effectiveness_checked_by",
	"effectiveness_checked_at",
	"ended_at",
)


class Improvement(KeepsDisposedLinks, Document):
	"""A corrective or preventive action from any register, in eight disciplines (rules I-1, I-2)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		cases.keep_computed(self, COMPUTED)
		text.make_plain(self)
		self.refuse_change_after_end()
		cases.refuse_odd_numbers(self)
		attachments.check_fields(self)
		sources.check(self)
		team.complete(self)
		rounds.keep_ended(self)
		rounds.number_rows(self)
		verification.choose(self)
		steps.follow(self)

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state, detail=self.lead_department)
		sources.record_start(self)

	def on_update(self):
		attachments.adopt(self)
		self.record_changes()
		actions.follow_improvement(self)
		deadlines.follow_improvement(self)
		self.tell_checkers()

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("actions_html", actions.as_table(self))
		self.set_onload("fishbone", drawings.fishbone_of(self))
		self.set_onload("whys", drawings.whys_of(self))
		self.set_onload("may_plan", team.may_plan(self))

	def refuse_change_after_end(self):
		"""A closed or cancelled improvement stays as it is; a new problem is a new improvement."""
		before = self.get_doc_before_save()
		if before and before.state_category in states.ENDED and before.workflow_state == self.workflow_state:
			frappe.throw(
				_("{0} {1} is {2} and cannot be changed.").format(
					_(self.doctype), frappe.bold(escape_html(self.name)), _(before.workflow_state)
				),
				RecordClosedError,
			)

	def record_changes(self):
		before = self.get_doc_before_save()
		if not before:
			return
		if before.workflow_state != self.workflow_state:
			reopened = self.round > before.round
			events.record(
				self,
				"Reopened" if reopened else "State Changed",
				before.workflow_state,
				self.workflow_state,
				detail=rounds.told(self) if reopened else None,
			)
		if before.lead_department != self.lead_department:
			events.record(self, "Routed", before.lead_department, self.lead_department)

	def tell_checkers(self):
		"""Whoever calls for the effectiveness check by hand, the people concerned get the same notice as from the daily job."""
		before = self.get_doc_before_save()
		if before and before.step != self.step == step_names.EFFECTIVENESS_CHECK:
			effectiveness.notify(self)

	def actions_of(self, *kinds: str) -> list:
		"""The actions of these types for a print layout, all types if none is named; the cancelled ones are left out."""
		return actions.of(self, *kinds)

	def fishbone(self, form=None) -> str:
		"""The fishbone diagram as SVG, safe to print, in the languages of the form."""
		return drawings.fishbone_of(self, form)

	def why_diagram(self, form=None) -> str:
		"""The 5-why diagram as SVG, safe to print, in the languages of the form."""
		return drawings.whys_of(self, form)


def on_doctype_update():
	"""Indexes of what a register shows of its improvements, and of the daily search for due effectiveness checks."""
	frappe.db.add_index("Improvement", ["reference_doctype", "reference_name"], "source")
	frappe.db.add_index("Improvement", ["state_category", "effectiveness_due_on"], "effectiveness_due")
