import frappe
from frappe.model.document import Document

from customer_service.contract_review import manufacturing, released
from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.organisation import cases, dated_clocks, events, text


class ManufacturingOrder(KeepsDisposedLinks, Document):
	"""What a plant is to produce of a released order: issued, received by departments, reported until complete (C-5)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		if not self.flags.by_production:
			released.keep(self, manufacturing.COMPUTED, manufacturing.TABLES, manufacturing.OF_LINES)
			super().validate_workflow()  # the person's own step, before anything follows from it
			released.refuse_change_after_end(self)
		text.make_plain(self)
		cases.refuse_odd_numbers(self)
		self.follow_order()
		manufacturing.check_dates(self)
		self.follow_workflow()

	def validate_workflow(self):
		"""A step that follows from progress is the app's; every other is checked by Frappe as the user's."""
		if not self.flags.by_production:
			super().validate_workflow()

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state, detail=self.contract_review)

	def on_update(self):
		self.record_changes()
		if self.issued_at:
			dated_clocks.follow(self, manufacturing.limits_of(self))
		if not self.flags.by_production:
			manufacturing.tell(self, self.flags.pop("asked", None) or [], manufacturing.words_asked)
			manufacturing.tell(self, self.flags.pop("recalled", None) or [], manufacturing.words_cancelled)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("production", manufacturing.offers(self, frappe.session.user))

	def follow_order(self):
		"""A draft follows its order; what was issued stays as it is."""
		if self.flags.by_production:
			if self.flags.check_quantities:
				manufacturing.check_quantities(self)
		elif released.is_draft(self):
			manufacturing.fill(self)
		else:
			released.refuse_change(self, manufacturing.PLANNING, manufacturing.PLANNING_OF_LINES)

	def follow_workflow(self):
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state and not self.flags.by_production:
			manufacturing.take_step(self, released.step_of(self))
		released.settle(self)

	def record_changes(self):
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			detail = self.completion_reason if self.ended_at else None
			events.record(self, "State Changed", before.workflow_state, self.workflow_state, detail)


def on_doctype_update():
	"""Indexes of the register's filters, and of an order's manufacturing orders."""
	frappe.db.add_index("Manufacturing Order", ["order_root", "state_category"], "of_order")
	frappe.db.add_index("Manufacturing Order", ["contract_review"], "of_version")
	frappe.db.add_index("Manufacturing Order", ["customer"], "of_customer")
	frappe.db.add_index("Manufacturing Order", ["lead_department", "state_category"], "of_plant")
	frappe.db.add_index("Manufacturing Order", ["workflow_state", "modified"], "state_and_time")
	frappe.db.add_index("Manufacturing Order", ["state_category", "planned_finish"], "open_orders")
