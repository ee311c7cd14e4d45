import frappe
from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_property import documents, receipts
from customer_service.organisation import attachments, cases, events, text


class PropertyReceipt(KeepsDisposedLinks, Document):
	"""What a customer delivered: received against his delivery note, inspected or signed in directly (D-2, D-3)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		if not self.flags.by_ledger:
			documents.keep(self, receipts.COMPUTED, receipts.OF_LINES)
			super().validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.read_numbers(self)
		attachments.check_fields(self)
		self.follow_lines()
		self.follow_workflow()

	def validate_workflow(self):
		"""A person's step was checked before what follows from it; the app's own steps are no person's."""

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state, detail=self.delivery_note_no)

	def on_update(self):
		attachments.adopt(self)
		documents.record_step(self)

	def on_trash(self):
		cases.refuse_deletion(self)

	def follow_lines(self):
		"""A draft follows the register; what is entered in the ledger stays as it is."""
		if documents.is_draft(self):
			documents.refuse_change_with_step(self)
			receipts.fill(self)
		elif not self.flags.by_ledger:
			documents.refuse_change(self, ("received_by_name", "tracking_no"))

	def follow_workflow(self):
		if not self.flags.by_ledger:
			receipts.take_step(self, documents.taken_step(self))
		documents.settle(self)


def on_doctype_update():
	"""Indexes of the register's filters."""
	frappe.db.add_index("Property Receipt", ["customer", "received_on"], "of_customer")
	frappe.db.add_index("Property Receipt", ["workflow_state", "modified"], "state_and_time")
	frappe.db.add_index("Property Receipt", ["department", "state_category"], "of_department")
