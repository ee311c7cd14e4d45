"""In what state a customer's property is: follows from its balances and its open abnormalities (D-1, design rule *States*)."""

from collections.abc import Mapping
from decimal import Decimal

import frappe

from customer_service.contract_review.money import exact
from customer_service.customer_property import checks, places, signs
from customer_service.organisation import clock, events, states

DOCTYPE = "Customer Property"
EVENT = "Property Event"

EXPECTED, RECEIVED, INSPECTED, ACCEPTED, STORED = "Expected", "Received", "In Inspection", "Accepted", "In Store"
ISSUED, REJECTED, ABNORMAL, CANCELLED = "Issued", "Rejected", "Abnormal", "Cancelled"

GONE = {"Return to Customer": "Returned", "Consume": "Consumed", "Scrap": "Scrapped", "Count Difference": "Lost"}
"""The last entry of an item of which nothing is left -> what has become of it."""


def step_of(item: Mapping, stock: Mapping[signs.Key, Decimal], receiving: set[str]) -> str:
	"""The step that an item stands at: what asks for attention comes first.

	:param item: received_qty, open_events, last_kind. :param stock: (place, condition) -> quantity, `signs.OUT` without a place.
	:param receiving: names of the receiving places.
	"""
	there = {key: qty for key, qty in stock.items() if qty}
	conditions = {condition for _place, condition in there}
	if item["open_events"]:
		return ABNORMAL
	if not there:
		return GONE.get(item["last_kind"], EXPECTED) if exact(item["received_qty"]) else EXPECTED
	if signs.REJECTED in conditions:
		return REJECTED
	if signs.TO_INSPECT in conditions:
		return RECEIVED if item["last_kind"] == "Receive" else INSPECTED
	if signs.USABLE in conditions:
		lies = {place for place, condition in there if condition == signs.USABLE}
		return ACCEPTED if lies <= receiving else STORED
	return ISSUED


def follow(names: list[str]) -> None:
	"""Count the open abnormalities of items and set their states; called when an abnormality is opened or ends."""
	for name in sorted(set(names)):
		columns = ["workflow_state", "state_category", "received_qty", "last_kind", "issued_qty", "lent_qty"]
		item = frappe.db.get_value(DOCTYPE, name, columns, as_dict=True, for_update=True)
		open_ones = frappe.db.sql(
			# read as committed now: somebody may open one at the same moment
			"""select name from `tabProperty Event` where customer_property = %s and state_category not in %s for update""",
			(name, states.ENDED),
		)
		item["open_events"] = len(open_ones)
		stock = {(None, signs.ISSUED): exact(item.issued_qty), (None, signs.LENT): exact(item.lent_qty)}
		for row in rows_of([name]):
			stock |= {(row.place, condition): exact(row[condition]) for condition in signs.ON_HAND}
		change = changed(name, item, step_of(item, stock, places.receiving()))
		frappe.db.set_value(DOCTYPE, name, {"open_events": item["open_events"], **change})
		if change.get("state_category") in states.ENDED:
			checks.follow_item(name)


def rows_of(names: list[str]) -> list[frappe._dict]:
	"""The balances of items, as committed now; the items themselves are held by the caller."""
	if not names:
		return []
	return frappe.db.sql(
		"select name, customer_property, place, to_inspect, usable, rejected from `tabProperty Balance`"
		" where customer_property in %s for update",
		(names,),
		as_dict=True,
	)


def changed(name: str, item: Mapping, step: str) -> dict:
	"""Columns that a new step changes, with the event for it; empty if the item stands there already.

	A site whose workflow has no state for the step keeps the state it has.
	"""
	state = states.state_for(DOCTYPE, step)
	if not state or state == item["workflow_state"] or is_cancelled(item):
		return {}
	category = states.category_of(DOCTYPE, state)
	events.record_many([(DOCTYPE, name, "State Changed", item["workflow_state"], state, None)])
	return {
		"workflow_state": state,
		"state_category": category,
		"ended_at": clock.now() if category in states.ENDED else None,
	}


def is_cancelled(item: Mapping) -> bool:
	"""Whether a person said that an expected item does not come."""
	return item["state_category"] == states.CANCELLED
