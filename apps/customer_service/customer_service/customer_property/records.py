"""Who is told of what happens to customers' property, and where its settings are (D-5)."""

import frappe

from customer_service.organisation import people

SETTINGS = "Customer Service Settings"


def in_charge() -> list[str]:
	"""Head and members of the department in charge of customers' property, as the settings name it (D-5)."""
	department = frappe.get_cached_doc(SETTINGS).property_department
	head = people.head_of(department)
	return [*([head] if head else []), *people.members_of(department)]
