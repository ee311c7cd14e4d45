import frappe

from customer_service.organisation.child_rows import Row


class ServiceCustomerContact(Row):
	"""Row of a parent record."""


def on_doctype_update():
	"""Indexes that a caller is found by (A-7); each holds all that the search reads."""
	frappe.db.add_index("Service Customer Contact", ["contact_name", "parent"], "caller_by_name")
	frappe.db.add_index("Service Customer Contact", ["phone", "parent", "contact_name"], "caller_by_phone")
