"""Customers' property for tests: items and ledger entries laid down as they stand, for figures worked out by hand (D-1, D-4)."""

import frappe

from customer_service.tests.factories import email, lay_down, make_customer

ITEM, ENTRY, BALANCE = "Customer Property", "Property Ledger Entry", "Property Balance"
STORE, ARRIVALS = "Customer Property Store", "Receiving Area"

SIGNS = {
	"Receive": 1,
	"Issue": -1,
	"Put Back": 1,
	"Lend Out": -1,
	"Lend Back": 1,
	"Return to Customer": -1,
	"Scrap": -1,
	"Count Difference": 1,
}
"""What an entry adds to what is on hand; every other kind nothing."""


def lay_item(customer: str | None = None, **values) -> str:
	"""An item of a customer, a material if nothing else is said; its quantities are what `values` say."""
	customer = customer or make_customer().name
	name = f"CP-TEST-{frappe.generate_hash(length=8)}"
	return lay_down(
		ITEM,
		**{
			"name": name,
			"property_name": "Housing blank",
			"property_type": "Material",
			"customer": customer,
			"customer_name": frappe.db.get_value("Service Customer", customer, "customer_name"),
			"unit": "pcs",
			"workflow_state": "In Store",
			"state_category": "Open",
			"department": "Warehouse",
			"storage_place": STORE,
			**values,
		},
	)


def lay_entry(item: str, kind: str, qty: float, day: str, reversal_of: str | None = None, **values) -> str:
	"""An entry of the ledger as it stands in the table."""
	sign = -1 if reversal_of else 1
	return lay_down(
		ENTRY,
		customer_property=item,
		customer=frappe.db.get_value(ITEM, item, "customer"),
		kind=kind,
		qty=sign * qty,
		unit="pcs",
		on_hand_change=sign * SIGNS.get(kind, 0) * qty,
		entry_date=day,
		posted_at=f"{day} 08:00:00",
		reversal_of=reversal_of,
		**{"place": STORE, "actor": email("warehouse"), **values},
	)


def lay_balance(item: str, place: str = STORE, usable: float = 0, **values) -> str:
	"""What lies at a place."""
	return lay_down(
		BALANCE, customer_property=item, place=place, usable=usable, **{"to_inspect": 0, "rejected": 0, **values}
	)
