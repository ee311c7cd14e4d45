import frappe
from frappe.model.document import Document

from customer_service.contract_review import follow_up, released, shipping
from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.organisation import attachments, cases, events, states, text


class ShippingNotice(KeepsDisposedLinks, Document):
	"""Goods of a released order on their way to the customer: issued, shipped, delivered, also in parts (C-5)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		if not self.flags.by_production:
			released.keep(self, shipping.COMPUTED, (), shipping.OF_LINES)
			super().validate_workflow()  # the person's own step, before anything follows from it
			released.refuse_change_after_end(self)
		text.make_plain(self)
		cases.refuse_odd_numbers(self)
		attachments.check_fields(self)
		self.follow_order()
		self.follow_workflow()

	def validate_workflow(self):
		"""What the app stores takes no step; a person's is checked by Frappe."""
		if not self.flags.by_production:
			super().validate_workflow()

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state, detail=self.contract_review)

	def on_update(self):
		attachments.adopt(self)
		self.follow_step()

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("shipping", shipping.offers(self, frappe.session.user))

	def follow_order(self):
		"""A draft follows its order; what was issued stays as it is."""
		if self.flags.by_production:
			if self.flags.check_quantities:
				shipping.check_quantities(self)
		elif released.is_draft(self):
			shipping.fill(self)
		else:
			released.refuse_change(self, *shipping.may_change(self))

	def follow_workflow(self):
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state and not self.flags.by_production:
			shipping.take_step(self, released.step_of(self))
		released.settle(self)

	def follow_step(self):
		"""Who is told, and what becomes of the order."""
		before = self.get_doc_before_save()
		if not before or before.workflow_state == self.workflow_state:
			return
		events.record(self, "State Changed", before.workflow_state, self.workflow_state)
		if self.issued_at and not before.issued_at:
			shipping.tell(self)
		elif self.shipped_at and not before.shipped_at:
			shipping.tell_marketing(self)
		elif self.delivered_at and not before.delivered_at:
			follow_up.complete_if_delivered(self.order_root)
		elif self.issued_at and self.state_category == states.CANCELLED:
			shipping.tell(self, is_cancelled=True)


def on_doctype_update():
	"""Indexes of the register's filters, and of an order's shipping notices."""
	frappe.db.add_index("Shipping Notice", ["order_root", "state_category"], "of_order")
	frappe.db.add_index("Shipping Notice", ["contract_review"], "of_version")
	frappe.db.add_index("Shipping Notice", ["customer"], "of_customer")
	frappe.db.add_index("Shipping Notice", ["shipping_department", "state_category"], "of_warehouse")
	frappe.db.add_index("Shipping Notice", ["workflow_state", "modified"], "state_and_time")
	frappe.db.add_index("Shipping Notice", ["shipped_on"], "shipped")
