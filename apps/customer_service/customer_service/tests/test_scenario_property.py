"""A customer's property told in order, from its delivery to the statement (D-1 to D-6).

Five items arrive: 400 housings, 200 springs, a mould, 10 colour samples and 4 drawings. The springs fail. Every step is taken by
the person whose it is, with that person's rights, and the figures are worked out by hand beside it.
"""

import frappe
import pytest

from customer_service.customer_property import (
	event_api,
	inspection_api,
	ledger,
	movements,
	scan_api,
	statement_api,
	stock_take_api,
)
from customer_service.exceptions import LedgerError, PropertyError
from customer_service.organisation import clock
from customer_service.tests import inspections
from customer_service.tests.factories import email, go, make_customer
from customer_service.tests.production import acting, change, issued, released
from customer_service.tests.properties import ARRIVALS, ITEM, STORE, shelf, state
from customer_service.tests.test_property_guest import answer, link_of

LINES = [
	{"property_type": "Part", "property_name": "Housing", "identification": "BH-201", "qty": 400, "noted_qty": 400},
	{"property_type": "Part", "property_name": "Spring", "identification": "BH-202", "qty": 200, "noted_qty": 200},
	{"property_type": "Mould", "property_name": "Mould, two cavities", "serial_no": "M-7", "qty": 1, "noted_qty": 1},
	{"property_type": "Sample", "property_name": "Colour sample", "qty": 10, "noted_qty": 10},
	{"property_type": "Drawing", "property_name": "Drawing rev C", "qty": 4, "noted_qty": 4},
]


def test_from_delivery_to_statement(client):
	shelf()
	customer = make_customer(email="owner@customer.example.com")
	receipt = receive(customer)
	housing, spring, mould, sample, drawing = (row.customer_property for row in receipt.lines)
	inspect(receipt, client)
	issue(customer, housing)
	damage(housing)
	count(housing, drawing)
	give_back(customer, spring, sample)
	statement(customer, client, housing, spring, mould, sample, drawing)
	kept_equals_replayed(housing, spring, mould, sample, drawing)


def receive(customer):
	"""D-2, D-3: the warehouse receives five items against the delivery note; samples and drawings are signed in directly."""
	values = {"doctype": "Property Receipt", "customer": customer.name, "lines": LINES}
	draft = acting("warehouse", lambda: frappe.get_doc(values).insert())
	with pytest.raises(PropertyError, match="delivery note"):
		go(draft, "Receive Property", by="warehouse")
	draft = change(draft, "warehouse", delivery_note_no="DN-88")
	receipt = go(draft, "Receive Property", by="warehouse")
	assert [row.verdict or "" for row in receipt.lines] == ["", "", "", "Accepted", "Accepted"]
	assert receipt.workflow_state == "Received"
	return receipt


def inspect(receipt, client):
	"""The housings pass, the mould passes after engineering's word, the springs fail; their owner decides by link: return."""
	housing, spring, mould = (frappe.get_doc("Property Inspection", row.inspection) for row in receipt.lines[:3])
	assert (housing.sample_size, spring.sample_size, mould.sample_size) == (
		50,
		50,
		1,
	)  # 400 and 200 in 151–500; one piece
	inspections.passed(housing, defects_found=1)
	with pytest.raises(PropertyError):
		inspections.passed(mould, defects_found=0)
	acting("engineer", inspection_api.confirm_requirements, mould.name, "Met", "Drawing rev C")
	inspections.passed(frappe.get_doc(mould.doctype, mould.name), defects_found=0)
	spring = inspections.failed(spring, defects_found=2, reason="Length 31.8 instead of 32.0")
	assert state(spring.customer_property) == "Rejected"
	receipt.reload()
	assert [row.verdict for row in receipt.lines] == ["Accepted", "Rejected", "Accepted", "Accepted", "Accepted"]
	assert receipt.workflow_state == "Completed"
	with pytest.raises(LedgerError, match="usable"):
		acting("warehouse", scan_api.move, spring.customer_property, "Issue", 1, place=ARRIVALS)
	spring = inspections.told(spring, by="clerk")
	token = link_of(spring)
	answer(client(None), token, "Return")
	frappe.db.rollback()
	assert frappe.db.get_value(spring.doctype, spring.name, "customer_decision") == "Return"


def issue(customer, housing):
	"""D-4: into store; 150 to a production order, 30 put back, 115 consumed: 5 remain with the order."""
	acting("warehouse", scan_api.move, housing, "Store", 400, to_place=STORE)
	order = issued(released(customer=customer.name))
	issue = {"place": STORE, "manufacturing_order": order.name}
	acting("warehouse", scan_api.move, housing, "Issue", 150, **issue)
	with pytest.raises(PropertyError, match="has 150 pcs"):
		acting("warehouse", scan_api.move, housing, "Put Back", 151, to_place=STORE, manufacturing_order=order.name)
	acting("warehouse", scan_api.move, housing, "Put Back", 30, to_place=STORE, manufacturing_order=order.name)
	acting("warehouse", scan_api.move, housing, "Consume", 115, manufacturing_order=order.name)
	assert movements.outstanding(order.name) == {housing: 5}
	assert figures(housing) == (280, 5, 115)  # 400 − 150 + 30


def damage(housing):
	"""D-5: Engineering reports 3 damaged ones in three fields; Materials tells the owner, who lets them be scrapped."""
	name = acting("engineer", event_api.report, housing, "Damage", "Three housings are cracked", 3)
	assert state(housing) == "Abnormal"
	heard = frappe.get_all("Notification Log", {"document_name": name}, pluck="for_user")
	assert email("materials_reviewer") in heard
	scrap = {
		"doctype": movements.DOCTYPE,
		"kind": "Scrap",
		"property_event": name,
		"lines": [{"customer_property": housing, "qty": 3, "place": STORE}],
	}
	with pytest.raises(PropertyError, match="has not decided"):
		go(acting("warehouse", lambda: frappe.get_doc(scrap).insert()), "Enter Movement", by="warehouse")
	acting("materials_reviewer", event_api.record_told, name, "Phone", "Li Example")
	acting("materials_reviewer", event_api.record_answer, name, "Scrap", "Li Example", "Scrap them, please")
	go(acting("warehouse", lambda: frappe.get_doc(scrap).insert()), "Enter Movement", by="warehouse")
	event = change(frappe.get_doc("Property Event", name), "materials_reviewer", end_reason="Scrapped as he asked")
	event = go(event, "Close Abnormality", by="materials_reviewer")
	assert (event.state_category, state(housing)) == ("Closed", "In Store")
	assert figures(housing) == (277, 5, 115)


def count(housing, drawing):
	"""Two housings are not there; approved by another person, booked, and an abnormality of its own."""
	values = {"doctype": "Property Stock Take", "place": STORE}
	draft = acting("warehouse", lambda: frappe.get_doc({**values, "customer": customer_of(housing)}).insert())
	doc = go(draft, "Start Count", by="warehouse")
	assert [(row.customer_property, row.book_qty) for row in doc.lines] == [(housing, 277)]
	counted = [{"customer_property": housing, "place": STORE, "counted_qty": 275}]
	acting("warehouse", stock_take_api.enter_counts, doc.name, counted)
	doc = go(frappe.get_doc(doc.doctype, doc.name), "Finish Count", by="warehouse")
	doc = go(doc, "Approve Count", by="manager")
	assert (doc.lines[0].difference, figures(housing)) == (-2, (275, 5, 115))
	event = doc.lines[0].property_event
	assert state(housing) == "Abnormal"
	acting("materials_reviewer", event_api.record_told, event, "Phone", "Li Example")
	acting("materials_reviewer", event_api.record_answer, event, "Accept", "Li Example", None)
	assert state(housing) == "In Store"


def give_back(customer, spring, sample):
	"""The rejected springs go back as decided, and four of the ten samples."""
	values = {
		"doctype": movements.DOCTYPE,
		"kind": "Return to Customer",
		"customer": customer.name,
		"lines": [
			{"customer_property": spring, "qty": 200, "taken_from": "Rejected"},
			{"customer_property": sample, "qty": 4},
		],
	}
	go(acting("warehouse", lambda: frappe.get_doc(values).insert()), "Enter Movement", by="warehouse")
	assert (state(spring), state(sample)) == ("Returned", "Accepted")


def statement(customer, client, housing, spring, mould, sample, drawing):
	"""Everything came this month: opening 0. The owner agrees by his link."""
	today = clock.now().date()
	values = {"doctype": "Property Statement", "customer": customer.name, "from_date": today, "to_date": today}
	doc = go(acting("clerk", lambda: frappe.get_doc(values).insert()), "Issue Statement", by="clerk")
	found = {row.customer_property: row for row in doc.lines}
	# opening, received, issued, put back, returned, scrapped, count difference, closing, out at the end
	expected = {
		housing: (0, 400, 150, 30, 0, 3, -2, 275, 5),
		spring: (0, 200, 0, 0, 200, 0, 0, 0, 0),
		mould: (0, 1, 0, 0, 0, 0, 0, 1, 0),
		sample: (0, 10, 0, 0, 4, 0, 0, 6, 0),
		drawing: (0, 4, 0, 0, 0, 0, 0, 4, 0),
	}
	columns = (
		"opening",
		"received",
		"issued",
		"put_back",
		"returned",
		"scrapped",
		"count_difference",
		"closing",
		"out_qty",
	)
	assert {name: tuple(row.get(column) for column in columns) for name, row in found.items()} == expected
	acting("clerk", statement_api.record_answer, doc.name, "Agreed", "Li Example")
	assert frappe.db.get_value(doc.doctype, doc.name, ["answer", "state_category"]) == ("Agreed", "Closed")


def kept_equals_replayed(*items):
	for item in items:
		kept = {}
		for row in ledger.balances(item):
			kept |= {(row.place, c): row[c] for c in ("to_inspect", "usable", "rejected") if row[c]}
		issued_qty = frappe.db.get_value(ITEM, item, "issued_qty")
		if issued_qty:
			kept[(None, "issued")] = issued_qty
		assert kept == ledger.replay(item)


def figures(item) -> tuple:
	"""On hand, issued, consumed."""
	return frappe.db.get_value(ITEM, item, ["on_hand", "issued_qty", "consumed_qty"])


def customer_of(item) -> str:
	return frappe.db.get_value(ITEM, item, "customer")
