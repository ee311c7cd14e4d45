import frappe

from customer_service.customer_property import documents, movements


class PropertyMovement(documents.LedgerDocument):
	"""Customers' property moved by document; entered in the ledger by a step, corrected by reversing it (D-4)."""

	verbs = movements


def on_doctype_update():
	"""Indexes of the register's filters."""
	frappe.db.add_index("Property Movement", ["kind", "entry_date"], "of_kind")
	frappe.db.add_index("Property Movement", ["customer", "entry_date"], "of_customer")
	frappe.db.add_index("Property Movement", ["manufacturing_order"], "of_order")
	frappe.db.add_index("Property Movement", ["workflow_state", "modified"], "state_and_time")
	frappe.db.add_index("Property Movement", ["department", "state_category"], "of_department")
	frappe.db.add_index("Property Movement", ["to_department"], "for_department")
