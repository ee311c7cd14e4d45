import frappe
from frappe.model.document import Document

from customer_service.customer_property.doctype.property_ledger_entry.property_ledger_entry import refuse


class PropertyBalance(Document):
	"""How much of an item lies at a place, by condition (D-4). Written by customer_property/ledger.py only."""

	def validate(self):
		refuse()

	def on_trash(self):
		refuse()


def on_doctype_update():
	"""One balance an item and place; and all items of a place."""
	frappe.db.add_unique("Property Balance", ["customer_property", "place"], "one_balance")
	frappe.db.add_index("Property Balance", ["place"], "of_place")
