import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.contract_review import differences, production_changes
from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.exceptions import OrderChangeError
from customer_service.organisation import cases, events, states


class ProductionChangeOrder(KeepsDisposedLinks, Document):
	"""Tells plant and departments what of a released order has changed, and who has received it (C-6)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		if not self.flags.by_version:
			frappe.throw(
				_("It is issued by the release of a changed order, and received with its button."), OrderChangeError
			)
		self.state_category = states.CLOSED if self.status == production_changes.RECEIVED else states.OPEN

	def after_insert(self):
		events.record(self, "Created", after=self.status, detail=self.order_change)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("waiting", production_changes.waiting(self, frappe.session.user))
		self.set_onload("differences", differences.shown(self.differences))


def on_doctype_update():
	"""Indexes of the register's filters."""
	frappe.db.add_index("Production Change Order", ["order_root"], "changes_of_order")
	frappe.db.add_index("Production Change Order", ["customer", "modified"], "changes_of_customer")
	frappe.db.add_index("Production Change Order", ["state_category", "modified"], "open_changes")
