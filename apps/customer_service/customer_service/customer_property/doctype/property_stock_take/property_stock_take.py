import frappe
from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_property import stock_takes
from customer_service.organisation import cases, events, steps, text


class PropertyStockTake(KeepsDisposedLinks, Document):
	"""Customers' property counted at its places; differences are booked after approval and reported as abnormalities (rules D-4, D-5)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		steps.keep(self, stock_takes.COMPUTED)
		super().validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.read_numbers(self)
		stock_takes.follow(self)

	def update_child_table(self, fieldname, df=None):
		"""Lines are thousands: only those of which something else was said are written, by few statements."""
		stock_takes.write_changed(self)

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state)

	def on_update(self):
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			events.record(self, "State Changed", before.workflow_state, self.workflow_state)
			stock_takes.after_step(self)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("step", steps.step_of(self))


def on_doctype_update():
	"""Indexes of the register's filters."""
	frappe.db.add_index("Property Stock Take", ["customer"], "of_customer")
	frappe.db.add_index("Property Stock Take", ["department", "state_category"], "of_department")
	frappe.db.add_index("Property Stock Take", ["workflow_state", "modified"], "state_and_time")
