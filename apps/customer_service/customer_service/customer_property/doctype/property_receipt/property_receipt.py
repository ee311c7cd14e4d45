import frappe

from customer_service.customer_property import documents, receipts


class PropertyReceipt(documents.LedgerDocument):
	"""What a customer delivered: received against his delivery note, inspected or signed in directly (D-2, D-3)."""

	verbs = receipts


def on_doctype_update():
	"""Indexes of the register's filters."""
	frappe.db.add_index("Property Receipt", ["customer", "received_on"], "of_customer")
	frappe.db.add_index("Property Receipt", ["workflow_state", "modified"], "state_and_time")
	frappe.db.add_index("Property Receipt", ["department", "state_category"], "of_department")
