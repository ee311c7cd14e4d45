import frappe
from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_property import checks, items
from customer_service.organisation import attachments, cases, events, text


class CustomerProperty(KeepsDisposedLinks, Document):
	"""One entry of the register: what a customer has provided (D-1). Quantities and state follow from the ledger."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		cases.keep_computed(self, items.COMPUTED)
		super().validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.read_numbers(self)
		attachments.check_fields(self)
		items.take_defaults(self)
		checks.plan_for(self)
		items.refuse_change_of_owner(self)
		items.follow_workflow(self)

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state, detail=self.property_receipt)

	def on_update(self):
		attachments.adopt(self)
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			events.record(self, "State Changed", before.workflow_state, self.workflow_state)
			checks.follow_item(self.name)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("property", items.shown(self))


def on_doctype_update():
	"""Indexes of the register's filters and of the codes that a scan may hold."""
	frappe.db.add_index("Customer Property", ["customer", "state_category"], "of_customer")
	frappe.db.add_index("Customer Property", ["property_type", "state_category"], "of_type")
	frappe.db.add_index("Customer Property", ["department", "state_category"], "of_department")
	frappe.db.add_index("Customer Property", ["workflow_state", "modified"], "state_and_time")
	frappe.db.add_index("Customer Property", ["identification"], "by_identification")
	frappe.db.add_index("Customer Property", ["serial_no"], "by_serial")
	frappe.db.add_index("Customer Property", ["lot_no"], "by_lot")
