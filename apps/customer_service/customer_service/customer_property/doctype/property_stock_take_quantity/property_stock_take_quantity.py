import frappe

from customer_service.organisation.child_rows import Row


class PropertyStockTakeQuantity(Row):
	"""What the ledger said of a line when the count began. In a table that no record shows, so that a blind count cannot read it."""


def on_doctype_update():
	"""Index of an item's places in running counts."""
	frappe.db.add_index("Property Stock Take Quantity", ["customer_property", "place"], "of_item")
