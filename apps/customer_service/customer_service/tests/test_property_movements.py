"""Movements by document (D-4): who may enter them, whose property, to which order, and the same moment in several processes."""

import json
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal

import frappe
import pytest

from customer_service.customer_property import ledger, movements, signs
from customer_service.exceptions import DeletionRefusedError, LedgerError, PropertyError, RecordClosedError
from customer_service.organisation import clock
from customer_service.tests import inspections
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, make_customer
from customer_service.tests.forked import at_once
from customer_service.tests.production import issued as manufacturing_order
from customer_service.tests.production import released
from customer_service.tests.properties import (
	ITEM,
	STORE,
	make_movement,
	moved,
	post,
	shelf,
	state,
	step,
	stocked,
)

SCAN = "customer_service.customer_property.scan_api"


def line(item, qty, **values) -> dict:
	return {"customer_property": item.name, "qty": qty, **values}


def on_hand(item) -> float:
	return frappe.db.get_value(ITEM, item.name, "on_hand")


def order_of(customer: str):
	return manufacturing_order(released(customer=customer))


def test_warehouse_issues_to_an_order_and_puts_back(client):
	item = stocked(100)
	order = order_of(item.customer)
	frappe.db.commit()
	willa = client("warehouse")
	doc = willa.insert(
		movements.DOCTYPE, kind="Issue", manufacturing_order=order.name, lines=[line(item, 60, place=STORE)]
	)
	assert (doc["workflow_state"], doc["department"], doc["lines"][0]["unit"]) == ("Draft", "Warehouse", "pcs")
	assert on_hand(item) == 100
	willa.workflow(movements.DOCTYPE, doc["name"], "Enter Movement")
	frappe.db.rollback()
	assert (on_hand(item), movements.outstanding(order.name)) == (40, {item.name: 60})
	back = moved("Put Back", [line(item, 15, to_place=STORE)], manufacturing_order=order.name)
	moved("Consume", [line(item, 40)], manufacturing_order=order.name)
	assert (on_hand(item), movements.outstanding(order.name)) == (55, {item.name: 5})
	entry = frappe.get_doc(ledger.ENTRY, ledger.entries_of(movements.DOCTYPE, back.name)[0])
	assert (entry.kind, entry.qty, entry.place, entry.reference_name) == ("Put Back", 15, STORE, back.name)


def test_an_order_puts_back_and_consumes_only_what_it_got():
	item = stocked(100)
	one, other = order_of(item.customer), order_of(item.customer)
	moved("Issue", [line(item, 10)], manufacturing_order=one.name)
	moved("Issue", [line(item, 20)], manufacturing_order=other.name)
	with pytest.raises(PropertyError, match=f"order {one.name} has 10 pcs of {item.name} left"):
		moved("Consume", [line(item, 11)], manufacturing_order=one.name)
	with pytest.raises(PropertyError, match="Row 2: order"):
		moved("Put Back", [line(item, 6, to_place=STORE), line(item, 5, to_place=STORE)], manufacturing_order=one.name)
	moved("Consume", [line(item, 10)], manufacturing_order=one.name)


def test_property_of_one_customer_is_not_used_for_the_order_of_another():
	item = stocked(10)
	order = order_of(make_customer().name)
	with pytest.raises(PropertyError, match="Row 1: .* belongs to another customer than the production order"):
		make_movement("Issue", [line(item, 1)], manufacturing_order=order.name)


def test_nothing_is_returned_to_another_customer():
	item, other = stocked(10), make_customer()
	with pytest.raises(PropertyError, match="Row 1: .* belongs to another customer"):
		make_movement("Return to Customer", [line(item, 1)], customer=other.name)
	with pytest.raises(PropertyError, match="Customer.* is missing"):
		make_movement("Return to Customer", [line(item, 1)])
	moved("Return to Customer", [line(item, 10)], customer=item.customer)
	assert state(item) == "Returned"


def test_nothing_is_scrapped_without_the_customers_consent():
	item = stocked(10)
	with pytest.raises(PropertyError, match="Row 1: the customer's consent is missing"):
		moved("Scrap", [line(item, 1)])
	tomorrow = frappe.utils.add_days(clock.now().date(), 1)
	with pytest.raises(PropertyError, match="later than the scrapping"):
		moved("Scrap", [line(item, 1)], consent_by="Li Example", consent_on=tomorrow)
	moved("Scrap", [line(item, 1)], consent_by="Li Example", consent_on=clock.now().date())
	assert on_hand(item) == 9


def test_unit_of_a_line_is_the_items():
	with pytest.raises(PropertyError, match="Row 1: the unit is pcs, not kg"):
		make_movement("Issue", [line(stocked(10), 1, unit="kg")])


def test_numbers_come_as_text_too(client):
	"""What a form sends encoded: quantities, shots and counts as text."""
	item = stocked(10)
	frappe.db.commit()
	willa = client("warehouse")
	sent = {"name": item.name, "kind": "Issue", "qty": "2.5", "shots": "0"}
	name = willa.request("POST", f"/api/method/{SCAN}.move", data=sent).json()["message"]
	report = "customer_service.customer_property.event_api.report"
	sent = {"code": item.name, "kind": "Damage", "description": "Cracked", "qty": "3"}
	event = willa.request("POST", f"/api/method/{report}", data=sent).json()["message"]
	frappe.db.rollback()
	assert on_hand(item) == 7.5 and frappe.db.get_value(movements.DOCTYPE, name, "workflow_state") == "Posted"
	assert frappe.db.get_value(movements.EVENT, event, "qty") == 3


@pytest.mark.parametrize("qty", [0, -1, "many"])
def test_quantity_is_a_number_above_nothing(qty):
	with pytest.raises(frappe.ValidationError):
		make_movement("Issue", [line(stocked(10), qty)])


def test_all_lines_or_none():
	one, other = stocked(10), stocked(10)
	doc = make_movement("Issue", [line(one, 10), line(other, 11)])
	with pytest.raises(LedgerError, match=f"Row 2: {other.name}"):
		step(doc, "Enter Movement")
	assert (on_hand(one), on_hand(other)) == (10, 10)


def test_what_is_entered_stays_and_is_reversed_with_a_reason(client):
	item = stocked(10)
	doc = moved("Issue", [line(item, 4)])
	doc.lines[0].qty = 3
	with pytest.raises(RecordClosedError, match="Reverse it"):
		doc.save()
	with pytest.raises(PropertyError, match="Reversed Because"):
		step(doc, "Reverse Movement")
	doc.reload()
	doc.reverse_reason = "Wrong item"
	doc.save()
	frappe.db.commit()
	client("warehouse").workflow(movements.DOCTYPE, doc.name, "Reverse Movement")
	assert on_hand(item) == 10
	doc.reload()
	assert (doc.workflow_state, doc.state_category) == ("Reversed", "Cancelled")
	with pytest.raises(Refused):
		client("warehouse").workflow(movements.DOCTYPE, doc.name, "Reverse Movement")
	kinds = frappe.get_all(
		ledger.ENTRY, {"reference_name": doc.name}, ["qty", "reversal_of"], order_by="creation, qty desc"
	)
	assert [(row.qty, bool(row.reversal_of)) for row in kinds] == [(4, False), (-4, True)]
	with pytest.raises(DeletionRefusedError):
		frappe.delete_doc(movements.DOCTYPE, doc.name)


def test_what_was_used_since_cannot_be_taken_back():
	item = stocked(10)
	back = post(item, "Issue", 10) and moved("Put Back", [line(item, 5, to_place=STORE)])
	moved("Lend Out", [line(item, 5)], to_person="Test bench")
	back.reverse_reason = "Wrong item"
	back.save()
	with pytest.raises(LedgerError, match="there are .*0"):
		step(back, "Reverse Movement")


@pytest.mark.parametrize("by", ["clerk", "engineer", "quality_head", "employee", "general_manager"])
def test_only_warehouse_and_managers_move_property(client, by):
	item = stocked(10)
	frappe.db.commit()
	with pytest.raises(Refused):
		client(by).insert(movements.DOCTYPE, kind="Issue", lines=[line(item, 1)])
	with pytest.raises(Refused):
		client(by).call(f"{SCAN}.move", name=item.name, kind="Issue", qty=1)


def test_nobody_writes_the_state_or_who_entered_it(client):
	item = stocked(10)
	frappe.db.commit()
	said = {"kind": "Issue", "state_category": "Closed", "posted_by": email("manager"), "lines": [line(item, 1)]}
	with pytest.raises(Refused, match="transition not allowed"):
		client("warehouse").insert(movements.DOCTYPE, workflow_state="Posted", **said)
	doc = client("warehouse").insert(movements.DOCTYPE, **said)
	assert (doc["workflow_state"], doc["state_category"], doc.get("posted_by")) == ("Draft", "Open", None)
	assert on_hand(item) == 10


def test_shots_of_a_mould_are_counted_when_it_comes_back():
	mould = stocked(1, property_type="Mould", property_name="Mould, two cavities")
	moved("Issue", [line(mould, 1)])
	moved("Put Back", [line(mould, 1, to_place=STORE, shots=1200)])
	moved("Issue", [line(mould, 1)])
	moved("Put Back", [line(mould, 1, to_place=STORE, shots=800)])
	assert frappe.db.get_value(ITEM, mould.name, "shot_count") == 2000


def test_scanned_item_is_shown_with_its_places_and_what_may_be_done(client):
	serial = f"SN-{frappe.generate_hash(length=8)}"
	item = stocked(10, serial_no=serial)
	shelf()
	post(item, "Transfer", 4, to_place="Test Shelf")
	frappe.db.commit()
	for code in (item.name, serial, f"https://crm.example.com/app/property-scan/{item.name}"):
		shown = client("warehouse").call(f"{SCAN}.look_up", code=code)
		assert shown["name"] == item.name
	assert [(row["place"], row["usable"]) for row in shown["places"]] == [(STORE, 6), ("Test Shelf", 4)]
	assert [action["kind"] for action in shown["actions"]] == [
		"Store",
		"Transfer",
		"Issue",
		"Return to Customer",
		"Report",
	]
	seen = client("clerk").call(f"{SCAN}.look_up", code=item.name)
	assert [action["kind"] for action in seen["actions"]] == ["Report"]


@pytest.mark.parametrize(
	"code", ["", "4006381333931", "https://example.com/x", "CP-2026-99999", "<script>alert(1)</script>"]
)
def test_foreign_code_is_refused_in_words(client, code):
	refusal = client("warehouse").call(f"{SCAN}.look_up", code=code)["refusal"]
	assert "is no code of a customer's property" in refusal and "<script" not in refusal


def test_code_that_several_items_have_is_refused(client):
	for _ in range(2):
		stocked(1, lot_no="LOT-TWICE")  # of lots there may be many, and here there are
	frappe.db.commit()
	assert "Several properties" in client("warehouse").call(f"{SCAN}.look_up", code="LOT-TWICE")["refusal"]


def test_where_it_is_first_stored_is_its_usual_place(client):
	shelf()
	item = stocked(10, place="Receiving Area", storage_place=None)
	post(item, "Store", 6, to_place="Test Shelf")
	post(item, "Issue", 6, place="Test Shelf")
	assert frappe.db.get_value(ITEM, item.name, "storage_place") == "Test Shelf"
	frappe.db.commit()
	shown = client("warehouse").call(f"{SCAN}.look_up", code=item.name)
	back = next(action for action in shown["actions"] if action["kind"] == "Put Back")
	assert next(field["default"] for field in back["fields"] if field["fieldname"] == "to_place") == "Test Shelf"


def test_moved_by_scan_is_a_document_like_any_other(client):
	item = stocked(10)
	shelf()
	frappe.db.commit()
	name = client("warehouse").call(
		f"{SCAN}.move", name=item.name, kind="Transfer", qty=3, place=STORE, to_place="Test Shelf"
	)
	doc = frappe.get_doc(movements.DOCTYPE, name)
	assert (doc.workflow_state, doc.posted_by, doc.customer) == ("Posted", email("warehouse"), item.customer)
	with pytest.raises(Refused, match="wanted"):
		client("warehouse").call(f"{SCAN}.move", name=item.name, kind="Issue", qty=8, place=STORE)
	frappe.db.rollback()
	assert frappe.db.count(movements.DOCTYPE, {"customer": item.customer}) == 1  # the refused one left nothing


def test_two_issues_at_once_for_the_last_piece():
	"""Of eight people who take the last piece at the same moment, one has it."""
	item = stocked(1)
	frappe.db.commit()
	job = {
		"user": email("warehouse"),
		"method": f"{SCAN}.move",
		"values": {"name": item.name, "kind": "Issue", "qty": 1},
	}
	answers = at_once([job] * 8)
	assert Counter(answer.split(":")[0] for answer in answers) == {"ok": 1, "LedgerError": 7}
	frappe.db.rollback()
	assert (on_hand(item), frappe.db.count(ledger.ENTRY, {"customer_property": item.name, "kind": "Issue"})) == (0, 1)


CROWD = """
import json, os, random, sys, frappe
frappe.init(site=os.environ["CS_SITE"])
frappe.connect()
frappe.set_user(sys.argv[2])
from customer_service.customer_property import ledger
from customer_service.exceptions import LedgerError
from customer_service.organisation import retry

items, rng = json.loads(sys.argv[1]), random.Random(int(sys.argv[3]))
PLACES = ["Customer Property Store", "Test Shelf"]
post = retry.after_conflict(ledger.post)
made, refused, conflicts = [], 0, 0
while len(made) + refused < 200:
	entries = []
	for item in rng.sample(items, rng.choice((1, 1, 3))):
		place = rng.choice(PLACES)
		other = PLACES[1 - PLACES.index(place)]
		kind = rng.choice(["Issue", "Put Back", "Transfer", "Lend Out", "Lend Back", "Consume", "Count Difference"])
		entries.append(ledger.Entry(item, kind, rng.randrange(1, 9), place=None if kind == "Consume" else place,
			to_place=other if kind == "Transfer" else None))
	try:
		made += post(entries)
		frappe.db.commit()
	except LedgerError:
		frappe.db.rollback()
		refused += 1
	except Exception as error:
		if not retry.is_conflict(error):
			raise
		frappe.db.rollback()
		conflicts += 1
print(json.dumps([made, refused, conflicts]))
"""


def test_eight_processes_move_twenty_items_at_once():
	"""D-4: no balance below nothing, every entry that was answered for is there, and the ledger replays to what is kept."""
	shelf()
	items = [stocked(20).name for _ in range(20)]
	frappe.db.commit()
	before = frappe.db.count(ledger.ENTRY)
	sites = os.path.join(os.environ["CS_BENCH"], "sites")
	run = [
		subprocess.Popen(
			[sys.executable, "-c", CROWD, json.dumps(items), email("warehouse"), str(seed)],
			cwd=sites,
			stdout=subprocess.PIPE,
			stderr=subprocess.PIPE,
			text=True,
		)
		for seed in range(8)
	]
	answers = []
	for process in run:
		out, errors = process.communicate(timeout=300)
		assert process.returncode == 0, errors[-2000:]
		answers.append(json.loads(out.splitlines()[-1]))
	frappe.db.rollback()
	made = [name for names, _refused, _conflicts in answers for name in names]
	assert len(made) == len(set(made)) > 800
	assert sum(refused for _names, refused, _conflicts in answers) > 20  # the limit was met, so the test could fail
	assert sum(conflicts for _names, _refused, conflicts in answers) == 0  # none surfaces after three attempts
	assert frappe.db.count(ledger.ENTRY) - before == len(made)
	assert frappe.db.count(ledger.ENTRY, {"name": ("in", made)}) == len(made)
	for name in items:
		row = frappe.db.get_value(ITEM, name, ["issued_qty", "lent_qty", "on_hand"], as_dict=True)
		kept = {(None, "issued"): row.issued_qty, (None, "lent"): row.lent_qty}
		kept |= {(b.place, c): b[c] for b in ledger.balances(name) for c in signs.ON_HAND}
		kept = {key: Decimal(str(qty)) for key, qty in kept.items() if qty}
		assert kept == ledger.replay(name) and min(kept.values()) > 0
		assert row.on_hand == sum(qty for (_place, condition), qty in kept.items() if condition in signs.ON_HAND)


def test_more_is_not_scrapped_than_the_customer_decided():
	"""D-4: he let 3 rejected pieces be scrapped, not 4, not twice, and not usable ones."""
	lot = inspections.partly(inspections.opened(10), accepted=7, rejected=3)
	lot = inspections.decide(inspections.told(lot), "Scrap")
	post(lot.customer_property, "Issue", 1)
	scrap = lambda qty, taken: moved(  # noqa: E731
		"Scrap",
		[{"customer_property": lot.customer_property, "qty": qty, "taken_from": taken}],
		inspection=lot.name,
	)
	with pytest.raises(PropertyError, match="Row 1: the customer decided on what was rejected"):
		scrap(1, "Usable")
	scrap(2, "Rejected")
	with pytest.raises(PropertyError, match="let 3 be scrapped, 2 were already"):
		scrap(2, "Rejected")
	scrap(1, "Rejected")


def test_reversing_an_issue_asks_what_the_order_has_left():
	"""10 to A, 10 to B, A consumes its 10: A's issue cannot be taken back out of B's."""
	item = stocked(20)
	one, other = order_of(item.customer), order_of(item.customer)
	issue = moved("Issue", [line(item, 10)], manufacturing_order=one.name)
	moved("Issue", [line(item, 10)], manufacturing_order=other.name)
	moved("Consume", [line(item, 10)], manufacturing_order=one.name)
	issue.reverse_reason = "Wrong order"
	issue.save()
	with pytest.raises(PropertyError, match=f"order {one.name} has 0 pcs"):
		step(issue, "Reverse Movement")


def test_chained_transfers_of_one_movement_are_taken_back():
	item = stocked(5)
	shelf()
	shelf("Second Shelf")
	doc = moved(
		"Transfer",
		[
			line(item, 5, place=STORE, to_place="Test Shelf"),
			line(item, 5, place="Test Shelf", to_place="Second Shelf"),
		],
	)
	doc.reverse_reason = "Not today"
	doc.save()
	step(doc, "Reverse Movement")
	assert [(row.place, row.usable) for row in ledger.balances(item.name)] == [(STORE, 5)]


def test_what_is_lent_or_confidential_goes_to_a_named_person():
	"""D-6."""
	item, secret = stocked(5), stocked(5, confidentiality="Confidential")
	for kind, what in (("Lend Out", item), ("Issue", secret)):
		with pytest.raises(PropertyError, match="Row 1: .* named person only: fill in For Person"):
			make_movement(kind, [line(what, 1)])
		moved(kind, [line(what, 1)], to_person="Li Example")


def test_content_is_not_changed_together_with_the_step(client):
	"""The workflow asks its condition of what is stored."""
	item = stocked(10)
	frappe.db.commit()
	willa = client("warehouse")
	doc = willa.insert(movements.DOCTYPE, kind="Issue", lines=[line(item, 1)])
	with pytest.raises(Refused, match="Save your changes first"):
		willa.update(movements.DOCTYPE, doc["name"], workflow_state="Posted", lines=[line(item, 9)])
	frappe.db.rollback()
	assert on_hand(item) == 10


def test_whoever_holds_it_may_report_it_by_scanning(client):
	"""D-5: the plant does not see the register's entry, and reports what is wrong with it all the same."""
	item = stocked(10)
	frappe.db.commit()
	plant = client("plant")
	shown = plant.call(f"{SCAN}.look_up", code=f"https://crm.example.com/app/property-scan/{item.name}")
	assert "is no code" in shown["refusal"] and "property_name" not in shown
	(report,) = shown["actions"]
	name = plant.call(report["method"], **report["values"], kind="Damage", description="Cracked")
	frappe.db.rollback()
	assert frappe.db.get_value(movements.EVENT, name, "customer_property") == item.name


def test_a_draft_is_given_up_whatever_has_become_of_its_order(client):
	item = stocked(10)
	order = order_of(item.customer)
	doc = make_movement("Issue", [line(item, 1)], manufacturing_order=order.name)
	frappe.db.set_value(order.doctype, order.name, "state_category", "Cancelled")
	with pytest.raises(PropertyError, match="has ended"):
		step(doc, "Enter Movement")
	assert step(doc, "Cancel Movement").workflow_state == "Cancelled"
