from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_communication import instructions, references
from customer_service.organisation import cases, dated_clocks, events, text


class ServiceInstruction(KeepsDisposedLinks, Document):
	"""A customer's service need, carried out by a department and checked for its effect in any number of rounds (rule A-5)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		cases.keep_computed(self, instructions.COMPUTED)
		instructions.refuse_change_after_end(self)
		text.make_plain(self)
		if self.is_new():
			instructions.open_first_round(self)
		instructions.keep_rounds(self)
		instructions.refuse_foreign_changes(self)
		instructions.follow_department(self)
		references.refuse_unreadable(self, "source_doctype", "source_name")
		instructions.follow_workflow(self)

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state, detail=self.implementing_department)

	def on_update(self):
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			events.record(
				self, "State Changed", before.workflow_state, self.workflow_state, detail=self.rounds[-1].remark
			)
		dated_clocks.follow(self, instructions.limits_of(self))
		instructions.tell(self)

	def on_trash(self):
		cases.refuse_deletion(self)
