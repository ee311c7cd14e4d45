import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.contract_review import copies
from customer_service.organisation import cases


class OrderCopy(Document):
	"""A department's copy of one version of an order: issued, received, recalled, returned (C-6)."""

	def validate(self):
		if not self.flags.moved_by_the_app:
			frappe.throw(_("Copies are issued by the release of an order and moved by their buttons."))
		self.state_category = copies.CATEGORIES[self.status]

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("actions", copies.actions(self))


def on_doctype_update():
	"""A department has one copy of a version; lists of an order's and of a department's copies read an index."""
	frappe.db.add_unique("Order Copy", ["contract_review", "department"], "copy_of_version")
	frappe.db.add_index("Order Copy", ["order_root"], "copies_of_order")
	frappe.db.add_index("Order Copy", ["department", "status"], "copies_of_department")
