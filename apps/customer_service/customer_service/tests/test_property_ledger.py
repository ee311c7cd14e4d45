"""The property ledger (D-4): what each kind does, never below nothing at any place, corrected by opposite entries only."""

import random
from datetime import timedelta
from decimal import Decimal

import frappe
import pytest

from customer_service.customer_property import ledger, signs
from customer_service.customer_property.ledger import Entry
from customer_service.exceptions import LedgerError, RecordClosedError
from customer_service.organisation import clock
from customer_service.tests.client import Refused
from customer_service.tests.properties import ARRIVALS, ITEM, STORE, make_item, post, shelf, state, stocked

COLUMNS = ("on_hand", "to_inspect_qty", "usable_qty", "rejected_qty", "issued_qty", "lent_qty")

# What one entry of 3 does to an item that has 10 in each condition at the store, 10 issued and 10 lent out: 30 on hand.
# kind: (on hand, to be inspected, usable, rejected, issued, lent out), worked out by hand from D-4.
TABLE = {
	"Receive": (33, 13, 10, 10, 10, 10),
	"Inspect": (30, 10, 10, 10, 10, 10),
	"Accept": (30, 7, 13, 10, 10, 10),
	"Reject": (30, 7, 10, 13, 10, 10),
	"Sort": (30, 13, 10, 7, 10, 10),
	"Use As Is": (30, 10, 13, 7, 10, 10),
	"Store": (30, 10, 10, 10, 10, 10),
	"Transfer": (30, 10, 10, 10, 10, 10),
	"Issue": (27, 10, 7, 10, 13, 10),
	"Put Back": (33, 10, 13, 10, 7, 10),
	"Consume": (30, 10, 10, 10, 7, 10),
	"Lend Out": (27, 10, 7, 10, 10, 13),
	"Lend Back": (33, 10, 13, 10, 10, 7),
	"Return to Customer": (27, 10, 7, 10, 10, 10),
	"Scrap": (27, 10, 7, 10, 10, 10),
	"Count Difference": (33, 10, 13, 10, 10, 10),
	"Count Shots": (30, 10, 10, 10, 10, 10),
}


def full_item():
	item = make_item(property_type="Tool")
	for qty in (50, 10):
		post(item, "Receive", qty, place=STORE)
	post(item, "Accept", 40, place=STORE)
	post(item, "Reject", 10, place=STORE)
	post(item, "Issue", 15, place=STORE)
	post(item, "Lend Out", 10, place=STORE)
	post(item, "Consume", 5)
	post(item, "Scrap", 5, place=STORE)
	assert figures(item) == (30, 10, 10, 10, 10, 10)
	return item


def figures(item) -> tuple:
	return tuple(int(value) for value in frappe.db.get_value(ITEM, item.name, COLUMNS))


def test_table_of_signs_names_every_kind_of_the_form():
	offered = frappe.get_meta(ledger.ENTRY).get_field("kind").options.split("\n")
	assert sorted(offered) == sorted(signs.SIGNS) == sorted(TABLE)


@pytest.mark.parametrize("kind", TABLE)
def test_each_kind_does_what_the_table_says_and_its_reversal_undoes_it(kind):
	shelf()
	item = full_item()
	before = ledger.replay(item.name)
	moves = kind in ("Store", "Transfer")
	name = post(item, kind, 3, place=STORE, to_place="Test Shelf" if moves else None)
	assert figures(item) == TABLE[kind]
	change, after = frappe.db.get_value(ledger.ENTRY, name, ["on_hand_change", "on_hand_after"])
	assert (change, after) == (TABLE[kind][0] - 30, TABLE[kind][0])
	assert kept(item) == ledger.replay(item.name)
	ledger.reverse([name], "Wrong line")
	assert figures(item) == (30, 10, 10, 10, 10, 10)
	assert kept(item) == ledger.replay(item.name) == before
	with pytest.raises(LedgerError, match="reversed already"):
		ledger.reverse([name], "Again")
	correction = frappe.db.get_value(ledger.ENTRY, {"reversal_of": name})
	with pytest.raises(LedgerError, match="itself a correction"):
		ledger.reverse([correction], "The correction")


@pytest.mark.parametrize(
	("taken_from", "after"),
	[
		("Usable", (27, 10, 7, 10, 10, 10)),
		("To Be Inspected", (27, 7, 10, 10, 10, 10)),
		("Rejected", (27, 10, 10, 7, 10, 10)),
	],
)
def test_a_count_difference_is_of_the_condition_that_it_names(taken_from, after):
	item = full_item()
	name = post(item, "Count Difference", -3, place=STORE, taken_from=taken_from)
	assert figures(item) == after and kept(item) == ledger.replay(item.name)
	assert frappe.db.get_value(ledger.ENTRY, name, "taken_from") == taken_from
	ledger.reverse([name], "Found again")
	assert figures(item) == (30, 10, 10, 10, 10, 10)


def test_a_count_difference_is_where_its_condition_lies():
	"""10 usable at the store, 5 to be inspected at the receiving area: what is rejected lies nowhere, so it is the usual place."""
	item = stocked(10)
	post(item, "Receive", 5, place=ARRIVALS)
	names = [post(item, "Count Difference", 1, taken_from=each) for each in ("Usable", "To Be Inspected", "Rejected")]
	assert [frappe.db.get_value(ledger.ENTRY, name, "place") for name in names] == [STORE, ARRIVALS, STORE]


def kept(item) -> dict:
	"""Stored balances in the shape of a replay."""
	row = frappe.db.get_value(ITEM, item.name, ["issued_qty", "lent_qty"], as_dict=True)
	found = {(None, "issued"): row.issued_qty, (None, "lent"): row.lent_qty}
	for balance in ledger.balances(item.name):
		found |= {(balance.place, condition): balance[condition] for condition in signs.ON_HAND}
	return {key: Decimal(str(value)) for key, value in found.items() if value}


def test_on_hand_is_what_the_rule_says():
	"""D-4, by hand: 100 received − 10 rejected and returned − 30 issued + 5 put back − 2 counted less + 0 moved − 8 lent + 3 lent back
	− 4 returned − 1 scrapped = 53; and 20 of 30 issued − 5 put back = 5 still out with the order after 20 were consumed."""
	item = make_item()
	shelf()
	post(item, "Receive", 100)
	post(item, "Reject", 10)
	post(item, "Accept", 90)
	post(item, "Return to Customer", 10, taken_from="Rejected")
	post(item, "Store", 90, to_place=STORE)
	post(item, "Issue", 30)
	post(item, "Put Back", 5)
	post(item, "Count Difference", -2)
	post(item, "Transfer", 20, place=STORE, to_place="Test Shelf")
	post(item, "Lend Out", 8, place=STORE)
	post(item, "Lend Back", 3)
	post(item, "Return to Customer", 4, place=STORE)
	post(item, "Scrap", 1, place=STORE)
	post(item, "Consume", 20)
	assert figures(item) == (53, 0, 53, 0, 5, 5)
	assert {row.place: row.usable for row in ledger.balances(item.name)} == {STORE: 33, "Test Shelf": 20}


def test_decimals_are_kept_exactly():
	item = make_item(unit="kg")
	post(item, "Receive", 0.3)
	post(item, "Accept", 0.1)
	post(item, "Accept", 0.2)
	post(item, "Issue", 0.1, place=ARRIVALS)
	post(item, "Issue", 0.2)
	assert frappe.db.get_value(ITEM, item.name, "on_hand") == 0
	with pytest.raises(LedgerError, match="0.3"):
		post(item, "Put Back", 0.300001, place=STORE)


BAD = {
	"more than there is": (("Issue", 11), {}, "11 pcs wanted, there are .*10"),
	"more than lies at the place": (("Issue", 5), {"place": ARRIVALS}, "there are .*0"),
	"of what is not rejected": (("Return to Customer", 1), {"taken_from": "Rejected"}, "there are .*0"),
	"back more than issued": (("Put Back", 1), {}, "there are .*0.*issued"),
	"less than nothing counted": (("Count Difference", -11), {}, "there are .*10"),
	"nothing": (("Issue", 0), {}, "more than 0"),
	"negative": (("Issue", -1), {}, "more than 0"),
	"no difference": (("Count Difference", 0), {}, "difference of 0"),
	"another unit": (("Issue", 1), {"unit": "kg"}, "the unit is pcs, not kg"),
	"no kind": (("Steal", 1), {}, "no entry of the ledger"),
	"to nowhere": (("Transfer", 1), {}, "to which other storage place"),
	"to where it is": (("Transfer", 1), {"to_place": STORE}, "to which other storage place"),
	"to an unknown place": (("Transfer", 1), {"to_place": "Nowhere"}, "not in use"),
	"of shots of a part": (("Count Shots", 5), {}, "does not count shots"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_entry_is_refused_and_nothing_is_kept(case):
	(kind, qty), values, message = BAD[case]
	item = stocked(10)
	before = frappe.db.count(ledger.ENTRY)
	with pytest.raises(frappe.ValidationError, match=message):
		post(item, kind, qty, idx=3, **values)
	assert frappe.db.count(ledger.ENTRY) == before
	assert figures(item) == (10, 0, 10, 0, 0, 0)


def test_there_is_no_half_shot():
	with pytest.raises(frappe.ValidationError, match="decimals"):
		post(stocked(1, property_type="Mould"), "Count Shots", 0.5)


def test_message_names_row_and_item():
	item = stocked(10)
	with pytest.raises(LedgerError, match=f"Row 3: {item.name} Housing"):
		post(item, "Issue", 11, idx=3)


def test_all_entries_or_none():
	one, other = stocked(10), stocked(10)
	with pytest.raises(LedgerError):
		ledger.post([Entry(one.name, "Issue", 10), Entry(other.name, "Issue", 11)])
	assert figures(one) == (10, 0, 10, 0, 0, 0)


def test_no_entry_in_the_future_nor_before_the_receipt_nor_in_a_closed_period():
	today = clock.now().date()
	item = make_item()
	post(item, "Receive", 10, entry_date=today - timedelta(days=10))
	with pytest.raises(LedgerError, match="in the future"):
		post(item, "Accept", 1, entry_date=today + timedelta(days=1))
	with pytest.raises(LedgerError, match="before the property came"):
		post(item, "Accept", 1, entry_date=today - timedelta(days=11))
	frappe.db.set_single_value("Customer Service Settings", "property_closed_until", today - timedelta(days=5))
	try:
		with pytest.raises(LedgerError, match="ledger is closed until"):
			post(item, "Accept", 1, entry_date=today - timedelta(days=5))
		post(item, "Accept", 1, entry_date=today - timedelta(days=4))
	finally:
		frappe.db.set_single_value("Customer Service Settings", "property_closed_until", None)


def test_entry_of_an_earlier_day_may_not_make_a_later_day_negative():
	"""Received 10, on day −5 all issued, on day −3 all put back: on day −4 nothing was there to be lent out."""
	today = clock.now().date()
	day = lambda ago: today - timedelta(days=ago)  # noqa: E731
	item = make_item()
	post(item, "Receive", 10, place=STORE, entry_date=day(9))
	post(item, "Accept", 10, entry_date=day(9))
	post(item, "Issue", 10, entry_date=day(5))
	post(item, "Put Back", 10, entry_date=day(3))
	with pytest.raises(LedgerError, match="there was not so much"):
		post(item, "Lend Out", 1, entry_date=day(4))
	with pytest.raises(LedgerError, match="there was not so much"):
		post(item, "Lend Out", 1, entry_date=day(6))
	post(item, "Lend Out", 1, entry_date=day(2))
	post(item, "Receive", 1, place=STORE, entry_date=day(8))
	post(item, "Accept", 1, entry_date=day(8))
	post(item, "Lend Out", 1, entry_date=day(6))
	assert figures(item) == (9, 0, 9, 0, 0, 2)


def test_nothing_is_stored_where_its_class_is_not_met():
	"""D-6."""
	shelf("Open Shelf", protection_classes=[{"protection_class": "Ordinary"}])
	item = stocked(10, protection_class="Static-Sensitive")
	with pytest.raises(LedgerError, match="does not meet protection class"):
		post(item, "Transfer", 1, to_place="Open Shelf")
	ordinary = stocked(10, protection_class="Ordinary")
	post(ordinary, "Transfer", 1, to_place="Open Shelf")


def test_state_follows_from_the_ledger():
	item = make_item()
	walk = [
		("Receive", 10, {}, "Received"),
		("Inspect", 10, {}, "In Inspection"),
		("Accept", 7, {}, "In Inspection"),
		("Reject", 3, {}, "Rejected"),
		("Return to Customer", 3, {"taken_from": "Rejected"}, "Accepted"),
		("Store", 7, {"to_place": STORE}, "In Store"),
		("Issue", 7, {}, "Issued"),
		("Consume", 2, {}, "Issued"),
		("Put Back", 4, {"place": STORE}, "In Store"),
		("Lend Out", 4, {}, "Issued"),
		("Consume", 1, {}, "Issued"),
		("Lend Back", 4, {"place": STORE}, "In Store"),
		("Scrap", 4, {}, "Scrapped"),
	]
	assert state(item) == "Expected"
	for kind, qty, values, expected in walk:
		post(item, kind, qty, **values)
		assert state(item) == expected, kind
	category, ended = frappe.db.get_value(ITEM, item.name, ["state_category", "ended_at"])
	assert category == "Closed" and ended
	trail = frappe.get_all(
		"Service Event",
		{"reference_name": item.name, "event": "State Changed"},
		pluck="after_value",
		order_by="creation, name",
	)
	assert len(trail) == 10 and set(trail) >= {"Received", "Rejected", "Issued", "Scrapped"}


@pytest.mark.parametrize(
	"kind, values, end",
	[
		("Return to Customer", {}, "Returned"),
		("Scrap", {}, "Scrapped"),
		("Count Difference", {}, "Lost"),
	],
)
def test_what_has_become_of_it_is_its_last_entry(kind, values, end):
	item = stocked(4)
	name = post(item, kind, -4 if kind == "Count Difference" else 4, **values)
	assert state(item) == end
	ledger.reverse([name], "It was found again")
	assert state(item) == "In Store"
	assert frappe.db.get_value(ITEM, item.name, "ended_at") is None


def test_entries_and_balances_are_written_by_nobody(client):
	item = stocked(10)
	entry = frappe.get_all(ledger.ENTRY, {"customer_property": item.name}, pluck="name")[0]
	frappe.db.commit()
	for by in ("warehouse", "manager", "service_admin"):
		for doctype, values in (
			(ledger.ENTRY, {"customer_property": item.name, "kind": "Receive", "qty": 5}),
			(ledger.BALANCE, {"customer_property": item.name, "place": STORE, "usable": 5}),
		):
			with pytest.raises(Refused):
				client(by).insert(doctype, **values)
		with pytest.raises(Refused):
			client(by).update(ledger.ENTRY, entry, qty=500)
	for change in ({"qty": 500}, {"remark": "x"}):
		doc = frappe.get_doc(ledger.ENTRY, entry)
		doc.update(change)
		with pytest.raises(LedgerError, match="reversing the document"):
			doc.save(ignore_permissions=True)
	with pytest.raises(LedgerError):
		frappe.delete_doc(ledger.ENTRY, entry, ignore_permissions=True)


def test_quantities_of_the_register_are_nobodys_to_write(client):
	item = stocked(10)
	frappe.db.commit()
	changed = client("warehouse").update(ITEM, item.name, on_hand=500, usable_qty=500, description="Blue")
	assert changed["description"] == "Blue"
	assert figures(item) == (10, 0, 10, 0, 0, 0)
	with pytest.raises(Refused, match="ledger has entries"):
		client("warehouse").update(ITEM, item.name, unit="kg")


def test_customer_unit_and_type_stand_once_the_ledger_has_an_entry():
	item = stocked(1)
	item.unit = "kg"
	with pytest.raises(RecordClosedError, match="Unit"):
		item.save()


@pytest.mark.parametrize("seed", range(12))
def test_balance_law_holds_for_any_sequence(seed):
	"""D-4 as a law: whatever is entered in whatever order, refused or not, no balance is negative, the ledger replays to what is
	kept, and what came equals what is there, out and gone."""
	rng = random.Random(seed)
	shelf()
	items = [make_item(unit="kg", property_type=kind) for kind in ("Material", "Tool")]
	names = []
	for _ in range(220):
		item = rng.choice(items)
		kind = rng.choice([*signs.SIGNS, "Receive", "Receive", "Accept", "Accept", "Issue"])
		qty = Decimal(rng.randrange(1, 400)) / rng.choice((1, 4, 1000)) * (9 if kind == "Receive" else 1)
		if kind == "Count Shots":
			qty = Decimal(int(qty) + 1)
		if kind == "Count Difference" and rng.random() < 0.5:
			qty = -qty
		values = {
			"place": rng.choice((None, STORE, "Test Shelf", ARRIVALS)),
			"to_place": rng.choice((STORE, "Test Shelf", ARRIVALS)),
			"taken_from": rng.choice((None, "Usable", "Rejected", "To Be Inspected")),
			"entry_date": clock.now().date() - timedelta(days=rng.choice((0, 0, 0, 1, 2))),
		}
		try:
			if names and rng.random() < 0.15:
				ledger.reverse([rng.choice(names)], "law")
			else:
				names.append(post(item, kind, qty, **values))
		except LedgerError:
			continue
	assert len(names) > 25
	for item in items:
		assert kept(item) == ledger.replay(item.name)
		assert not [qty for qty in kept(item).values() if qty < 0]
		row = frappe.get_doc(ITEM, item.name)
		differences = sum(
			Decimal(str(qty))
			for qty in frappe.get_all(
				ledger.ENTRY, {"customer_property": item.name, "kind": "Count Difference"}, pluck="qty"
			)
		)
		exact = lambda field, row=row: Decimal(str(row.get(field)))  # noqa: E731
		gone = exact("consumed_qty") + exact("returned_qty") + exact("scrapped_qty")
		assert exact("received_qty") + differences == exact("on_hand") + exact("issued_qty") + exact("lent_qty") + gone
		assert exact("on_hand") == sum(
			qty for (_place, condition), qty in kept(item).items() if condition in signs.ON_HAND
		)


@pytest.mark.parametrize("written", ["customer property store", "Customer Property Store "])
def test_a_place_written_otherwise_is_the_same_place(written):
	"""The server's collation finds it so; two balances of one place would overwrite each other."""
	item = stocked(10)
	post(item, "Count Difference", 5, place=written)
	assert [(row.place, row.usable) for row in ledger.balances(item.name)] == [(STORE, 15)]
	assert figures(item)[0] == 15 and kept(item) == ledger.replay(item.name)


def test_after_a_correction_its_last_entry_is_the_last_that_stands():
	"""All went back to the customer; a second receipt by mistake is reversed: it is Returned as before."""
	item = stocked(5)
	post(item, "Return to Customer", 5)
	mistake = post(item, "Receive", 5)
	assert state(item) == "Received"
	ledger.reverse([mistake], "Another customer's")
	assert state(item) == "Returned"


def test_a_place_becomes_a_receiving_area_and_stops_being_one():
	"""What is kept of places follows their records."""
	name = shelf("Second Arrivals")
	item = stocked(5, place=name)
	assert state(item) == "In Store"
	for flag, expected in ((1, "Accepted"), (0, "In Store")):
		place = frappe.get_doc("Storage Place", name)
		place.is_receiving = flag
		place.save()
		post(item, "Count Difference", 1)
		assert state(item) == expected
