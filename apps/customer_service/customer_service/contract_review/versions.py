"""The versions of an order: which one holds, and how the next is made and takes its place (C-6)."""

import frappe

DOCTYPE = "Contract Review"


def in_force(root: str) -> str | None:
	"""The newest version of an order that was approved and neither superseded nor cancelled; None if there is none.

	:param root: name of the order's first version, which all have as ``order_root``.
	"""
	filters = {"order_root": root, "approved_at": ("is", "set"), "state_category": ("!=", "Cancelled")}
	return frappe.db.get_value(DOCTYPE, filters, "name", order_by="version desc")
