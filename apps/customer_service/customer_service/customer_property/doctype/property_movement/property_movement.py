import frappe
from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_property import documents, movements
from customer_service.organisation import attachments, cases, events, text


class PropertyMovement(KeepsDisposedLinks, Document):
	"""Customers' property moved by document; entered in the ledger by a step, corrected by reversing it (D-4)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		if not self.flags.by_ledger:
			documents.keep(self, movements.COMPUTED)
			super().validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.read_numbers(self)
		attachments.check_fields(self)
		self.follow_lines()
		self.follow_workflow()

	def validate_workflow(self):
		"""A person's step was checked before what follows from it; the app's own steps are no person's."""

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state, detail=self.kind)

	def on_update(self):
		attachments.adopt(self)
		documents.record_step(self)

	def on_trash(self):
		cases.refuse_deletion(self)

	def follow_lines(self):
		"""A draft follows the register; what is entered in the ledger stays as it is."""
		if documents.is_draft(self):
			documents.refuse_change_with_step(self)
			movements.fill(self)
		elif not self.flags.by_ledger:
			documents.refuse_change(self, ("received_by_name", "tracking_no"))

	def follow_workflow(self):
		if not self.flags.by_ledger:
			movements.take_step(self, documents.taken_step(self))
		documents.settle(self)


def on_doctype_update():
	"""Indexes of the register's filters."""
	frappe.db.add_index("Property Movement", ["kind", "entry_date"], "of_kind")
	frappe.db.add_index("Property Movement", ["customer", "entry_date"], "of_customer")
	frappe.db.add_index("Property Movement", ["manufacturing_order"], "of_order")
	frappe.db.add_index("Property Movement", ["workflow_state", "modified"], "state_and_time")
	frappe.db.add_index("Property Movement", ["department", "state_category"], "of_department")
	frappe.db.add_index("Property Movement", ["to_department"], "for_department")
