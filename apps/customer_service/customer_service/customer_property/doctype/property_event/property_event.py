import frappe
from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_property import property_events
from customer_service.organisation import attachments, cases, clocks, events, text


class PropertyEvent(clocks.UnderClocks, KeepsDisposedLinks, Document):
	"""An abnormality of customers' property: reported by any department, taken to the customer by the department in charge, closed by his answer (rule D-5)."""

	CLOCK_START = "reported_at"
	CLOCK_FIELDS = {"Date Field": ("told_due", "told_clock_stopped_at", "told_late")}

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		property_events.keep_what_is_ours(self)
		if not self.flags.by_system:
			super().validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.read_numbers(self)
		attachments.check_fields(self)
		property_events.fill(self)
		property_events.check(self)
		property_events.follow(self)
		self.plan_clocks()

	def validate_workflow(self):
		"""A step that follows from the customer's answer is the app's; every other is checked by Frappe as the user's."""
		if not self.flags.by_system:
			super().validate_workflow()

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state, detail=self.kind)
		property_events.tell_department(self)

	def on_update(self):
		attachments.adopt(self)
		self.store_clocks()
		self.follow_step()

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("offers", property_events.offers(self))
		self.set_onload("clocks", clocks.summary(self))

	def follow_step(self):
		"""What becomes of the item, and the trail."""
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			events.record(self, "State Changed", before.workflow_state, self.workflow_state)
		property_events.follow_item(self)


def on_doctype_update():
	"""Indexes of the register's filters, of a department's events and of an item's."""
	frappe.db.add_index("Property Event", ["customer_property", "state_category"], "of_property")
	frappe.db.add_index("Property Event", ["kind"], "of_kind")
	frappe.db.add_index("Property Event", ["customer"], "of_customer")
	frappe.db.add_index("Property Event", ["department", "state_category"], "of_department")
	frappe.db.add_index("Property Event", ["reporting_department"], "of_reporters")
	frappe.db.add_index("Property Event", ["workflow_state", "modified"], "state_and_time")
