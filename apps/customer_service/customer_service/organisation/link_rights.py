"""Frappe's own DocTypes that our records link to: without the right to select one, nobody could choose it (G-1, G-4).

The right is given once, when the app is installed, and is the site's own from then on (Role Permissions Manager); it goes with the app.
"""

import frappe
from frappe.permissions import add_permission

ADMINISTRATOR = "Customer Service Administrator"

SELECTED_BY = {
	"Currency": (
		"Customer Service Clerk",
		"Customer Service Manager",
		"Department Head",
		"Department Reviewer",
		"Deputy General Manager",
		"General Manager",
		"Warehouse Keeper",
		ADMINISTRATOR,
	),
	"Role": (ADMINISTRATOR,),
	"Email Account": (ADMINISTRATOR,),
}
"""DocType -> the roles that fill in a field which links to it, and that Frappe does not let read it."""


def grant() -> None:
	"""Let those roles select; what a site has set already stays."""
	for doctype, roles in SELECTED_BY.items():
		for role in roles:
			added = add_permission(doctype, role, ptype="select")
			if added:
				frappe.db.set_value("Custom DocPerm", added, "read", 0)  # a new row's default
		frappe.clear_cache(doctype=doctype)


def revoke() -> None:
	"""Take our roles out again; a DocType that then has the rights it came with keeps no copy of them."""
	ours = {role for roles in SELECTED_BY.values() for role in roles}
	for doctype in SELECTED_BY:
		frappe.db.delete("Custom DocPerm", {"parent": doctype, "role": ("in", ours)})
		if _rights("Custom DocPerm", doctype) == _rights("DocPerm", doctype):
			frappe.db.delete("Custom DocPerm", {"parent": doctype})
		frappe.clear_cache(doctype=doctype)


def _rights(table: str, doctype: str) -> list[tuple]:
	kinds = ("select", "read", "write", "create", "delete", "report", "export", "import", "print", "email", "share")
	rows = frappe.get_all(table, {"parent": doctype}, ["role", "permlevel", "if_owner", *kinds])
	return sorted(tuple(str(value) for value in row.values()) for row in rows)
