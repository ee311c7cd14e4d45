"""Receipts (D-2, D-3): against a delivery note, to inspection or signed in directly, completed with the last verdict."""

import frappe
import pytest

from customer_service.customer_property import ledger
from customer_service.exceptions import PropertyError, RecordClosedError
from customer_service.organisation import clock
from customer_service.tests import inspections
from customer_service.tests.client import Refused
from customer_service.tests.factories import go, make_customer
from customer_service.tests.properties import (
	ARRIVALS,
	ITEM,
	make_item,
	make_receipt,
	receipt_values,
	received,
	state,
	stocked,
)

DOCTYPE = "Property Receipt"
SAMPLES = [{"property_type": "Sample", "property_name": "Colour sample", "qty": 5, "noted_qty": 5}]


def test_lines_become_entries_of_the_register():
	doc = received()
	housing, sample = (frappe.get_doc(ITEM, row.customer_property) for row in doc.lines)
	assert (housing.customer, housing.property_receipt, housing.workflow_state) == (doc.customer, doc.name, "Received")
	assert (housing.on_hand, housing.to_inspect_qty, housing.department) == (100, 100, "Warehouse")
	assert (sample.usable_qty, sample.workflow_state) == (5, "Accepted")
	assert [(row.place, row.to_inspect) for row in ledger.balances(housing.name)] == [(ARRIVALS, 100)]
	assert (doc.workflow_state, doc.received_by) == ("Received", "Administrator")
	assert [(row.direct_sign_in, row.verdict or "", bool(row.inspection)) for row in doc.lines] == [
		(0, "", True),
		(1, "Accepted", False),
	]


def test_a_pass_is_noted_on_the_receipt_and_completes_it():
	"""D-2."""
	doc = received()
	inspections.passed(frappe.get_doc("Property Inspection", doc.lines[0].inspection), defects_found=0)
	doc.reload()
	assert (doc.lines[0].verdict, doc.lines[0].accepted_qty) == ("Accepted", 100)
	assert (doc.workflow_state, doc.state_category) == ("Completed", "Closed")


def test_what_is_signed_in_directly_needs_no_inspection_and_ends_at_once():
	doc = received(lines=SAMPLES)
	assert doc.workflow_state == "Completed"


def test_nothing_is_received_without_a_delivery_note():
	with pytest.raises(PropertyError, match="Delivery Note No.* is missing"):
		received(delivery_note_no=" ")


def test_marketing_receives_samples_and_papers_and_nothing_else(client):
	"""D-3: the condition is the workflow's, which an administrator may change."""
	customer = make_customer().name
	frappe.db.commit()
	clara = client("clerk")
	mixed, samples = (clara.insert(**receipt_values(customer, lines)) for lines in (None, SAMPLES))
	with pytest.raises(Refused):
		clara.workflow(DOCTYPE, mixed["name"], "Receive Property")
	assert clara.workflow(DOCTYPE, samples["name"], "Receive Property")["workflow_state"] == "Completed"
	assert client("warehouse").workflow(DOCTYPE, mixed["name"], "Receive Property")["workflow_state"] == "Received"


def test_marketing_does_not_slip_material_in_with_the_step(client):
	"""D-3: the condition is asked of what is stored; a line that comes with the step is refused."""
	customer = make_customer().name
	frappe.db.commit()
	clara = client("clerk")
	doc = clara.insert(**receipt_values(customer, SAMPLES))
	material = {"property_type": "Material", "property_name": "Steel", "qty": 5, "noted_qty": 5}
	with pytest.raises(Refused, match="Save your changes first"):
		clara.update(DOCTYPE, doc["name"], workflow_state="Received", lines=[*SAMPLES, material])
	frappe.db.rollback()
	assert frappe.db.get_value(DOCTYPE, doc["name"], "workflow_state") == "Draft"


@pytest.mark.parametrize("by", ["engineer", "quality_head", "employee", "general_manager", "inspector"])
def test_nobody_else_receives(client, by):
	with pytest.raises(Refused):
		client(by).insert(**receipt_values())


def test_more_of_what_is_known_goes_to_the_same_entry():
	item = stocked(10)
	line = {"customer_property": item.name, "qty": 30}
	doc = received(customer=item.customer, lines=[line])
	assert (doc.lines[0].property_name, doc.lines[0].unit) == ("Housing, upper half", "pcs")
	item.reload()
	assert (item.on_hand, item.usable_qty, item.to_inspect_qty, item.received_qty) == (40, 10, 30, 40)


def test_expected_property_arrives():
	item = make_item(expected_qty=50)
	assert state(item) == "Expected"
	received(customer=item.customer, lines=[{"customer_property": item.name, "qty": 30}])
	item.reload()
	assert (item.expected_qty, item.workflow_state) == (20, "Received")


BAD = {
	"another customer's": (lambda: {"customer_property": stocked(1).name, "qty": 1}, "belongs to another customer"),
	"no such entry": (lambda: {"customer_property": "CP-1", "qty": 1}, "Customer Property: CP-1"),
	"neither entry nor name": (lambda: {"qty": 1, "property_type": "Part"}, "fill in Name of the Property"),
	"neither entry nor type": (lambda: {"qty": 1, "property_name": "Part"}, "fill in Property Type"),
	"no quantity": (lambda: {**SAMPLES[0], "qty": 0}, "must be more than 0"),
	"negative": (lambda: {**SAMPLES[0], "qty": -1}, "must be more than 0"),
	"negative on the note": (lambda: {**SAMPLES[0], "noted_qty": -1}, "must not be negative"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_line_is_named(case):
	line, message = BAD[case]
	with pytest.raises(frappe.ValidationError, match=f"Row #?2: .*{message}"):
		make_receipt(lines=[SAMPLES[0], line()])


def test_unit_of_what_is_known_cannot_differ():
	item = stocked(1)
	with pytest.raises(PropertyError, match="Row 1: the unit is pcs, not kg"):
		make_receipt(customer=item.customer, lines=[{"customer_property": item.name, "qty": 1, "unit": "kg"}])


def test_nothing_is_received_tomorrow():
	with pytest.raises(frappe.ValidationError, match="future"):
		received(received_on=frappe.utils.add_days(clock.now().date(), 1))


def test_what_was_received_stays():
	doc = received(lines=SAMPLES)
	doc.lines[0].qty = 50
	with pytest.raises(RecordClosedError, match="entered in the ledger"):
		doc.save()
	doc.reload()
	doc.lines[0].update({"verdict": "Rejected", "accepted_qty": 1})
	doc.save()
	assert (doc.lines[0].verdict, doc.lines[0].accepted_qty) == ("Accepted", 5)


def test_receipt_entered_by_mistake_is_reversed_with_its_inspection():
	doc = received()
	with pytest.raises(PropertyError, match="Reversed Because"):
		go(doc, "Reverse Receipt", by="warehouse")
	doc.reload()
	doc.reverse_reason = "Delivered to us by mistake"
	doc.save()
	doc = go(doc, "Reverse Receipt", by="warehouse")
	assert doc.workflow_state == "Reversed"
	for row in doc.lines:
		assert frappe.db.get_value(ITEM, row.customer_property, ["on_hand", "workflow_state"]) == (0, "Expected")
	assert frappe.db.get_value("Property Inspection", doc.lines[0].inspection, "state_category") == "Cancelled"


def test_receipt_whose_lot_was_inspected_is_not_reversed():
	doc = received()
	inspections.passed(frappe.get_doc("Property Inspection", doc.lines[0].inspection), defects_found=0)
	doc.reload()
	doc.reverse_reason = "Too late"
	doc.save()
	with pytest.raises(PropertyError, match="was inspected"):
		go(doc, "Reverse Receipt", by="warehouse")


def test_form_says_what_was_received(client):
	"""收料单, in both languages."""
	from customer_service.tests.test_form_versions import text_of

	doc = received(customer=make_customer().name)
	frappe.db.commit()
	for language, words in (
		("en", ("Receiving Note", "DN-4711", "Colour sample", "Signed In", doc.lines[0].customer_property)),
		("zh", ("收料单", "送货单号", "DN-4711", "直接签收")),
	):
		text = text_of(client("clerk").pdf(DOCTYPE, doc.name, _lang=language))
		for word in words:
			assert word in text, (language, word)
