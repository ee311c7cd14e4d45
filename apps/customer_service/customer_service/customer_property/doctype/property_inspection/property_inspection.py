import frappe
from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_property import inspections, verdicts
from customer_service.organisation import attachments, cases, events, text


class PropertyInspection(KeepsDisposedLinks, Document):
	"""Incoming inspection of a lot of customers' property: sample, characteristics, engineering's confirmation, verdict, the customer's decision on what failed (rule D-2, IQC检验报告)."""

	def before_insert(self):
		cases.check_series(self)

	def check_if_latest(self):
		"""Frappe holds the record here; a verdict holds its receipt before it."""
		verdicts.hold_receipt(self)
		super().check_if_latest()

	def validate(self):
		inspections.keep_what_is_ours(self)
		if not self.flags.by_system:
			super().validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.read_numbers(self)
		attachments.check_fields(self)
		inspections.fill(self)
		inspections.check(self)
		inspections.follow(self)

	def validate_workflow(self):
		"""A step that follows from the customer's word is the app's; every other is checked by Frappe as the user's."""
		if not self.flags.by_system:
			super().validate_workflow()

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state, detail=self.property_receipt)

	def on_update(self):
		attachments.adopt(self)
		self.follow_step()

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("offers", inspections.offers(self))

	def follow_step(self):
		"""What the ledger gets, and who is told."""
		before = self.get_doc_before_save()
		if self.started_at and not (before and before.started_at):
			verdicts.post_start(self)
		if before and before.engineering_at and not self.engineering_at:
			events.record(self, "Approval Lapsed", before.engineering_result, detail=before.engineering_note)
		if not before or before.workflow_state == self.workflow_state:
			return
		events.record(self, "State Changed", before.workflow_state, self.workflow_state)
		if self.decided_at and not before.decided_at:
			verdicts.post_verdict(self)
			if self.rejected_qty:
				verdicts.tell_of_failure(self)


def on_doctype_update():
	"""Indexes of the register's filters, of a department's inspections and of an item's."""
	frappe.db.add_index("Property Inspection", ["customer_property", "state_category"], "of_property")
	frappe.db.add_index("Property Inspection", ["property_receipt"], "of_receipt")
	frappe.db.add_index("Property Inspection", ["customer"], "of_customer")
	frappe.db.add_index("Property Inspection", ["department", "state_category"], "of_department")
	frappe.db.add_index("Property Inspection", ["engineering_department", "state_category"], "of_engineering")
	frappe.db.add_index("Property Inspection", ["property_department", "state_category"], "of_materials")
	frappe.db.add_index("Property Inspection", ["workflow_state", "modified"], "state_and_time")
