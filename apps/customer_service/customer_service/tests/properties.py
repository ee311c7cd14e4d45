"""Customers' property for tests: items, receipts, movements."""

import frappe

from customer_service.customer_property import ledger
from customer_service.tests import factories

ITEM = ledger.ITEM
STORE, SHELF, ARRIVALS = "Customer Property Store", "Test Shelf", "Receiving Area"


def shelf(name: str = SHELF, **values) -> str:
	"""A storage place, made once."""
	if not frappe.db.exists("Storage Place", name):
		frappe.get_doc({"doctype": "Storage Place", "place_name": name, "is_active": 1, **values}).insert()
	return name


def make_item(**values):
	"""An entry of the register, of which nothing has arrived yet."""
	values = {
		"property_name": "Housing, upper half",
		"property_type": "Part",
		"customer": values.get("customer") or factories.make_customer().name,
		"unit": "pcs",
		"storage_place": STORE,
		**values,
	}
	return frappe.get_doc({"doctype": ITEM, **values}).insert()


def post(item, kind: str, qty, **values) -> str:
	"""One entry of the ledger for an item. :returns: its name."""
	return ledger.post([ledger.Entry(getattr(item, "name", item), kind, qty, **values)])[0]


def stocked(qty=100, place: str = STORE, **values):
	"""An item of which so much was received, accepted and put into store."""
	item = make_item(**values)
	post(item, "Receive", qty)
	post(item, "Accept", qty)
	if place != ARRIVALS:
		post(item, "Store", qty, to_place=place)
	item.reload()
	return item


def receipt_values(customer: str | None = None, lines: list[dict] | None = None, **values) -> dict:
	"""A receipt of two lots: 100 housings to be inspected and 5 samples that are signed in directly."""
	return {
		"doctype": "Property Receipt",
		"customer": customer or factories.make_customer().name,
		"delivery_note_no": "DN-4711",
		"lines": lines
		or [
			{"property_type": "Part", "property_name": "Housing", "qty": 100, "noted_qty": 100, "unit": "pcs"},
			{"property_type": "Sample", "property_name": "Colour sample", "qty": 5, "noted_qty": 5, "unit": "pcs"},
		],
		**values,
	}


def make_receipt(**values):
	"""A draft of a receipt."""
	return frappe.get_doc(receipt_values(**values)).insert()


def received(**values):
	"""A receipt whose lines are in the register and the ledger."""
	return step(make_receipt(**values), "Receive Property")


def make_movement(kind: str, lines: list[dict], **values):
	"""A draft of a movement; a line is at least customer_property and qty."""
	return frappe.get_doc({"doctype": "Property Movement", "kind": kind, "lines": lines, **values}).insert()


def moved(kind: str, lines: list[dict], **values):
	"""A movement that is entered in the ledger."""
	return step(make_movement(kind, lines, **values), "Enter Movement")


def step(doc, action: str):
	"""Take a step of the workflow."""
	from frappe.model.workflow import apply_workflow

	return apply_workflow(frappe.get_doc(doc.doctype, doc.name), action)


def state(item) -> str:
	"""The present state of an item."""
	return frappe.db.get_value(ITEM, getattr(item, "name", item), "workflow_state")
