"""Who does what with customers' property: the departments of a record, asked in code by every door (D-2, D-5, S2)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.organisation import people

SETTINGS = "Customer Service Settings"

TAKES_TO_CUSTOMER = ("Customer Service Clerk", "Customer Service Manager")
"""Roles that may take a matter to the customer beside the department in charge: Marketing oversees all of it (D-6)."""


def department(field: str) -> str | None:
	"""A department that the settings name, such as ``property_department``."""
	return frappe.get_cached_doc(SETTINGS).get(field)


def is_of(*departments: str | None) -> bool:
	"""Whether the user is of one of these departments; of any, while none is named."""
	user = frappe.session.user
	named = [each for each in departments if each]
	return user == "Administrator" or not named or any(people.belongs(user, each) for each in named)


def demand_right(doctype: str, action: str) -> None:
	"""
	:raises frappe.PermissionError: without the right to do this to any such record.
	"""
	if not frappe.has_permission(doctype, action):
		frappe.throw(_("You may not do this: {0}.").format(_(doctype)), frappe.PermissionError)


def demand(*departments: str | None) -> None:
	"""
	:raises frappe.PermissionError: for others than the people of these departments.
	"""
	if not is_of(*departments):
		shown = ", ".join(escape_html(_(each)) for each in dict.fromkeys(departments) if each)
		frappe.throw(_("Only the people of {0} may do this.").format(frappe.bold(shown)), frappe.PermissionError)


def may_tell(*departments: str | None) -> bool:
	"""Whether the user may take a matter to the customer, and record what he answers."""
	return bool(set(TAKES_TO_CUSTOMER) & set(frappe.get_roles())) or is_of(*departments)


def demand_teller(*departments: str | None) -> None:
	"""
	:raises frappe.PermissionError: for who may not take a matter to the customer.
	"""
	if not may_tell(*departments):
		demand(*departments)


def to_tell(name: str | None) -> list[str]:
	"""Who is told for a department: its head; everybody while it has none."""
	head = people.head_of(name)
	return [head] if head else people.members_of(name)


def everybody(name: str | None) -> list[str]:
	"""Head and members of a department."""
	head = people.head_of(name)
	return list(dict.fromkeys([*([head] if head else []), *people.members_of(name)]))
