import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.exceptions import LedgerError


class PropertyLedgerEntry(Document):
	"""One immutable entry of the ledger (D-4). Written by customer_property/ledger.py only."""

	def validate(self):
		refuse()

	def on_trash(self):
		refuse()


def refuse() -> None:
	"""
	:raises LedgerError: always, whoever writes past the documents that entries follow from.
	"""
	frappe.throw(
		_("The ledger follows from documents. Correct an entry by reversing the document that it belongs to."),
		LedgerError,
	)


def on_doctype_update():
	"""Indexes of an item's entries by date, of a customer's statement, of the ledger report, and of a document's entries."""
	frappe.db.add_index("Property Ledger Entry", ["customer_property", "entry_date"], "of_item")
	frappe.db.add_index("Property Ledger Entry", ["customer", "entry_date"], "of_customer")
	frappe.db.add_index("Property Ledger Entry", ["entry_date"], "by_date")
	frappe.db.add_index("Property Ledger Entry", ["reference_name"], "of_document")
	frappe.db.add_unique("Property Ledger Entry", ["reversal_of"], "one_reversal")
