"""Inspections of customers' property for tests, written down and decided by the people whose work they are (D-2)."""

import frappe

from customer_service.customer_property import inspection_api, inspections
from customer_service.tests import properties
from customer_service.tests.factories import go, make_customer
from customer_service.tests.production import acting, change

DOCTYPE = inspections.DOCTYPE
ITEM = properties.ITEM


def opened(qty=100, property_type="Part", **values):
	"""The inspection of a lot that the warehouse has just received."""
	line = {"property_type": property_type, "property_name": "Housing", "qty": qty, "unit": "pcs"}
	values = properties.receipt_values(lines=[line], **values)
	draft = acting("warehouse", lambda: frappe.get_doc(values).insert())
	receipt = go(draft, "Receive Property", by="warehouse")
	return frappe.get_doc(DOCTYPE, receipt.lines[0].inspection)


def write(doc, by: str = "inspector", **values):
	"""Save what was found."""
	return change(doc, by, **values)


def measured(doc, values: str, low=9.95, high=10.05, by: str = "inspector", **more):
	"""Measured values of one characteristic."""
	row = {"characteristic": "Width", "lower_limit": low, "upper_limit": high, "measured": values, **more}
	return write(doc, by, characteristics=[row])


def passed(doc=None, by: str = "inspector", **values):
	return go(write(doc or opened(), by, **values), "Pass Lot", by=by)


def failed(doc=None, by: str = "inspector", reason: str = "Scratched", **values):
	"""A lot that the inspector has rejected, in whole or in part."""
	doc = doc or opened()
	doc = write(doc, by, defects_found=values.pop("defects_found", 3), verdict_reason=reason, **values)
	return go(doc, "Fail Lot", by=by)


def partly(doc=None, accepted=60, rejected=40, **values):
	return failed(doc, verdict="Partly Accepted", accepted_qty=accepted, rejected_qty=rejected, **values)


def told(doc=None, by: str = "clerk"):
	"""A failed lot whose customer was told by phone."""
	doc = doc or failed()
	acting(by, inspection_api.record_told, doc.name, "Phone", "Li Example")
	return frappe.get_doc(DOCTYPE, doc.name)


def decide(doc, decision: str, by: str = "clerk", person: str = "Li Example", remark: str | None = None):
	acting(by, inspection_api.record_decision, doc.name, decision, person, remark)
	return frappe.get_doc(DOCTYPE, doc.name)


def condition(item: str) -> tuple[float, float, float]:
	"""To be inspected, usable, rejected, over all places."""
	columns = ["to_inspect_qty", "usable_qty", "rejected_qty"]
	return frappe.db.get_value(ITEM, item, columns)


def kinds(item: str) -> list[tuple[str, float]]:
	"""What the ledger says of an item, in order."""
	columns = ["kind", "qty"]
	rows = frappe.get_all(
		"Property Ledger Entry", {"customer_property": item}, columns, order_by="posted_at, creation, name"
	)
	return sorted((row.kind, row.qty) for row in rows)


def customer(**values) -> str:
	return make_customer(**values).name
