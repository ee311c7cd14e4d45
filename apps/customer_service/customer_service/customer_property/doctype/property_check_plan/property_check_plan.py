import frappe

from customer_service.organisation.child_rows import Row


class PropertyCheckPlan(Row):
	"""One kind of check of an item, and when it is due next (D-6)."""


def on_doctype_update():
	"""What is due, of all items."""
	frappe.db.add_index("Property Check Plan", ["due_on"], "due")
