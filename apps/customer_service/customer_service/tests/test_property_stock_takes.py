"""Stock takes of customers' property (D-4, D-5): frozen, counted blind, approved by somebody else, booked as differences."""

import json
import time

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError, apply_workflow

from customer_service.controlled_forms import printing
from customer_service.customer_property import ledger, stock_take_api, stock_takes
from customer_service.exceptions import (
	CustomerServiceError,
	DeletionRefusedError,
	LedgerError,
	PropertyError,
	RecordClosedError,
	StaleContentError,
)
from customer_service.tests.client import Refused
from customer_service.tests.factories import as_person, email, go, make_customer
from customer_service.tests.laid_property import lay_balance, lay_item
from customer_service.tests.production import set_up
from customer_service.tests.properties import make_item, post, shelf, stocked

DOCTYPE, LINE = stock_takes.DOCTYPE, stock_takes.LINE
ROOM, SHELF = "Test Room", "Test Room Shelf"


@pytest.fixture
def room():
	"""A room with a shelf: 100 and 40 pieces of a customer in the room, 7 of another on the shelf; 5 elsewhere."""
	shelf(ROOM)
	shelf(SHELF, parent_place=ROOM)
	customer = make_customer().name
	first, second = stocked(100, ROOM, customer=customer), stocked(40, ROOM, customer=customer)
	third = stocked(7, SHELF)
	stocked(5, customer=customer)
	return frappe._dict(customer=customer, first=first.name, second=second.name, third=third.name)


def draft(by: str = "warehouse", **values):
	with as_person(by):
		return frappe.get_doc({"doctype": DOCTYPE, "place": ROOM, **values}).insert()


def started(by: str = "warehouse", **values):
	return fresh(go(draft(by, **values), "Start Count", by=by))


def fresh(doc):
	return frappe.get_doc(doc.doctype, doc.name)


def enter(doc, by: str = "warehouse", **counts):
	"""Counts by item's number: an item is given as its name with dashes."""
	rows = [{"customer_property": item, "counted_qty": qty} for item, qty in counts.items()]
	with as_person(by):
		return stock_take_api.enter_counts(doc.name, rows)


def counted(room, by: str = "warehouse", **values):
	"""98 of 100, 43 of 40, 7 of 7."""
	doc = started(by, **values)
	enter(doc, by, **{room.first: 98, room.second: 43, room.third: 7})
	return fresh(go(doc, "Finish Count", by=by))


def approved(room, **values):
	return fresh(go(counted(room, **values), "Approve Count", by="manager"))


def on_hand(item: str, place: str | None = None) -> float:
	rows = ledger.balances(item)
	return sum(row.usable + row.to_inspect + row.rejected for row in rows if not place or row.place == place)


def test_start_takes_the_quantities_of_the_place_and_those_below(room):
	doc = started()
	assert {(row.customer_property, row.place, row.book_qty) for row in doc.lines} == {
		(room.first, ROOM, 100),
		(room.second, ROOM, 40),
		(room.third, SHELF, 7),
	}
	assert [row.idx for row in doc.lines] == [1, 2, 3] and doc.frozen_at and doc.workflow_state == "Counting"
	assert {row.unit for row in doc.lines} == {"pcs"} and doc.department == "Warehouse"


def test_start_can_be_of_one_customer(room):
	doc = started(customer=room.customer)
	assert {row.customer_property for row in doc.lines} == {room.first, room.second}


def test_what_lies_there_in_any_condition_is_counted(room):
	post(room.first, "Receive", 10, place=ROOM)
	doc = started()
	assert next(row.book_qty for row in doc.lines if row.customer_property == room.first) == 110


def test_nothing_to_count_is_refused():
	shelf("Test Empty Room")
	with pytest.raises(PropertyError, match="Nothing lies there"):
		started(place="Test Empty Room")


def test_the_same_is_not_counted_twice_at_a_time(room):
	first = started()
	frappe.db.savepoint("first_count")
	with pytest.raises(PropertyError, match="is being counted in .* already"):
		started(place=SHELF)
	frappe.db.rollback(save_point="first_count")  # as a request does
	go(first, "Cancel Count", by="warehouse")
	assert started(place=SHELF)


def test_differences_are_booked_and_reported(room):
	"""98 of 100: -2; 43 of 40: +3; 7 of 7: nothing."""
	doc = approved(room)
	assert (on_hand(room.first), on_hand(room.second), on_hand(room.third)) == (98, 43, 7)
	rows = {row.customer_property: row for row in doc.lines}
	assert [rows[each].difference for each in (room.first, room.second, room.third)] == [-2, 3, 0]
	assert (doc.workflow_state, doc.approved_by, bool(doc.ended_at)) == ("Closed", email("manager"), True)
	events = {name: frappe.get_doc("Property Event", rows[name].property_event) for name in (room.first, room.second)}
	assert (events[room.first].kind, events[room.first].qty, events[room.first].place) == ("Count", 2, ROOM)
	assert events[room.first].stock_take == doc.name and "98 pcs" in events[room.first].description
	assert not rows[room.third].property_event
	entries = ledger.entries_of(DOCTYPE, doc.name)
	assert len(entries) == 2 and not frappe.db.exists(stock_takes.QUANTITY, {"parent": doc.name})


def test_the_department_is_told_once_of_all_differences(room):
	"""Two differences: one notice that names the count, none for each."""
	doc = approved(room)
	events = [row.property_event for row in doc.lines if row.property_event]
	assert len(events) == 2 and not frappe.db.exists("Notification Log", {"document_name": ("in", events)})
	notices = frappe.get_all("Notification Log", {"document_name": doc.name}, ["for_user", "subject"])
	assert email("materials_reviewer") in [each.for_user for each in notices]
	assert len(notices) == len({each.for_user for each in notices})
	assert {each.subject for each in notices} == {
		f"Count {doc.name} of customer property: 2 differences were booked and reported as abnormalities."
	}


def test_no_abnormality_where_the_settings_say_so(room):
	set_up(property_events_of_counts=0)
	doc = approved(room)
	assert not any(row.property_event for row in doc.lines) and on_hand(room.first) == 98


def test_what_was_moved_while_people_counted_stays_right(room):
	"""100 by the ledger, 98 counted, then 30 issued before the approval: 100 - 2 - 30 = 68."""
	doc = started()
	enter(doc, **{room.first: 98, room.second: 40, room.third: 7})
	post(room.first, "Issue", 30, place=ROOM)
	doc = go(doc, "Finish Count", by="warehouse")
	assert next(row.difference for row in fresh(doc).lines if row.customer_property == room.first) == -2
	go(doc, "Approve Count", by="manager")
	assert on_hand(room.first) == 68


def test_what_was_moved_before_a_line_was_counted_is_no_difference(room):
	"""100 when the count started, 30 issued, then 70 counted: nothing is missing. 10 more issued before the approval: 60."""
	doc = started(is_blind=1)
	post(room.first, "Issue", 30, place=ROOM)
	enter(doc, **{room.first: 70, room.second: 40, room.third: 7})
	assert not any(row.book_qty or row.difference for row in fresh(doc).lines)
	post(room.first, "Issue", 10, place=ROOM)
	doc = go(doc, "Finish Count", by="warehouse")
	assert cs_difference(doc, room.first) == (70, 0)
	go(doc, "Approve Count", by="manager")
	assert on_hand(room.first) == 60


def test_a_line_that_is_counted_again_is_compared_anew_and_a_remark_is_no_count(room):
	"""98 of 100; 30 issued; only a remark: still 98 of 100. Counted again in the form: 68 of 70. By the endpoint after 68 more: 0 of 2."""
	doc = started()
	enter(doc, **{room.first: 98})
	post(room.first, "Issue", 30, place=ROOM)
	for values, expected in (({"remark": "wet"}, (100, -2)), ({"counted_qty": 68}, (70, -2))):
		doc = fresh(doc)
		next(row for row in doc.lines if row.customer_property == room.first).update(values)
		doc.save()
		assert cs_difference(doc, room.first) == expected
	post(room.first, "Issue", 68, place=ROOM)
	enter(doc, **{room.first: 0})
	assert cs_difference(doc, room.first) == (2, -2)


def test_what_left_the_place_altogether_before_it_was_counted_is_no_difference(room):
	doc = started()
	post(room.third, "Transfer", 7, place=SHELF, to_place=ROOM)
	enter(doc, **{room.third: 0})
	assert cs_difference(doc, room.third) == (0, 0)


def mixed(room, **counts) -> dict:
	"""10 usable, 5 to be inspected and 4 rejected in the room, counted and approved. :returns: condition -> what the ledger says then."""
	post(room.third, "Transfer", 7, place=SHELF, to_place=ROOM)
	post(room.third, "Receive", 12, place=ROOM)
	post(room.third, "Accept", 3, place=ROOM)
	post(room.third, "Reject", 4, place=ROOM)
	doc = started()
	enter(doc, **{room.first: 100, room.second: 40, room.third: 19, **counts})
	go(go(doc, "Finish Count", by="warehouse"), "Approve Count", by="manager")
	return next((row for row in ledger.balances(room.third) if row.place == ROOM), {})


@pytest.mark.parametrize(
	("counted_qty", "left"),
	[(17, (8, 5, 4)), (7, (0, 3, 4)), (2, (0, 0, 2)), (0, ()), (25, (16, 5, 4))],
)
def test_what_is_missing_is_taken_from_the_usable_first(room, counted_qty, left):
	"""Of 10 usable, 5 to be inspected, 4 rejected: 2 missing; 12 missing; 17 missing; all; 6 too much."""
	found = mixed(room, **{room.third: counted_qty})
	assert tuple(found.get(each) for each in ("usable", "to_inspect", "rejected") if found) == left
	assert bool(frappe.db.get_value("Property Event", {"customer_property": room.third}))


@pytest.mark.parametrize(("kind", "condition"), [(None, "to_inspect"), ("Reject", "rejected")])
def test_what_is_too_much_belongs_to_what_lies_there_alone(room, kind, condition):
	"""3 of 5 that were never accepted; then 8 of them."""
	for qty, expected in ((3, 3), (8, 8)):
		item = make_item(customer=room.customer)
		post(item, "Receive", 5, place=SHELF)
		if kind:
			post(item, kind, 5, place=SHELF)
		doc = started(place=SHELF)
		enter(
			doc,
			**{
				item.name: qty,
				**{row.customer_property: 7 for row in doc.lines if row.customer_property == room.third},
			},
		)
		others = [row.customer_property for row in doc.lines if row.customer_property not in (item.name, room.third)]
		enter(doc, **{each: on_hand(each, SHELF) for each in others}) if others else None
		go(go(doc, "Finish Count", by="warehouse"), "Approve Count", by="manager")
		row = ledger.balances(item.name)[0]
		assert (row[condition], row.usable) == (expected, 0)


def test_what_would_be_negative_is_refused_and_names_the_row(room):
	"""0 counted of 7; 5 of them issued before the approval: 2 - 7 is less than nothing."""
	doc = started()
	enter(doc, **{room.first: 100, room.second: 40, room.third: 0})
	post(room.third, "Issue", 5, place=SHELF)
	doc = go(doc, "Finish Count", by="warehouse")
	row = next(row for row in fresh(doc).lines if row.customer_property == room.third)
	with pytest.raises(LedgerError, match=f"Row {row.idx}: "):
		go(doc, "Approve Count", by="manager")
	frappe.db.rollback()


@pytest.mark.parametrize(
	("qty", "words"),
	[
		(-1, "less than 0"),
		("", "is missing"),
		(None, "is missing"),
		("ten", "is no number"),
		("nan", "is no number"),
		("inf", "is no number"),
		(1e13, "is no number"),
		("0.1234567", "at most 6 decimals"),
		({"a": 1}, "is no number"),
	],
)
def test_counts_that_are_none_are_refused_and_name_the_row(room, qty, words):
	doc = started()
	rows = [{"customer_property": room.first, "counted_qty": 1}, {"customer_property": room.second, "counted_qty": qty}]
	with as_person("warehouse"), pytest.raises(CustomerServiceError, match=f"Row 2: .*{words}"):
		stock_take_api.enter_counts(doc.name, rows)
	assert not frappe.db.exists(LINE, {"parent": doc.name, "is_counted": 1})


@pytest.mark.parametrize(
	("rows", "words"),
	[
		([{"customer_property": "CP-NONE", "counted_qty": 1}], "Row 1: .*CP-NONE.* is not on the list"),
		([], "at least one"),
		("[1, 2]", "cannot be read"),
		("{first},,1\n{first},,2", "Row 2: it is there twice"),
		("{first},Test Shelf,1", "Row 1: .*not on the list"),
	],
)
def test_rows_that_fit_no_line_are_refused(room, rows, words):
	doc = started()
	if isinstance(rows, str):
		rows = rows.replace("{first}", room.first)
	with as_person("warehouse"), pytest.raises(PropertyError, match=words):
		stock_take_api.enter_counts(doc.name, rows)


@pytest.mark.parametrize("mark", ["\t", ";", ","])
def test_counts_come_from_a_spreadsheet(room, mark):
	doc = started()
	table = [("Number", "Place", "Counted", "Remark"), (room.first, ROOM, "98", "wet"), (room.third, "", "7", "")]
	text = "\ufeff" + "\r\n".join(mark.join(row) for row in table) + "\r\n"
	with as_person("warehouse"):
		assert stock_take_api.enter_counts(doc.name, text) == {"entered": 2, "left": 1}
	rows = {row.customer_property: row for row in fresh(doc).lines}
	assert (rows[room.first].counted_qty, rows[room.first].remark, rows[room.second].is_counted) == (98, "wet", 0)


def test_an_item_at_several_places_needs_its_place(room):
	post(room.first, "Transfer", 10, place=ROOM, to_place=SHELF)
	doc = started()
	with as_person("warehouse"):
		with pytest.raises(PropertyError, match="lies at several places"):
			stock_take_api.enter_counts(doc.name, [{"customer_property": room.first, "counted_qty": 1}])
		row = {"customer_property": room.first, "place": SHELF, "counted_qty": 10}
		assert stock_take_api.enter_counts(doc.name, json.dumps([row]))["entered"] == 1


def test_zero_is_a_count_and_nothing_is_none(room):
	doc = started()
	enter(doc, **{room.first: 0})
	with pytest.raises(PropertyError, match="Not counted yet: row"):
		go(doc, "Finish Count", by="warehouse")
	assert next(row.is_counted for row in fresh(doc).lines if row.customer_property == room.first) == 1


def test_counts_may_be_typed_into_the_form(room):
	doc = started()
	with as_person("warehouse"):
		doc.lines[0].counted_qty = 12
		doc.lines[1].is_counted = 1
		doc.lines[2].book_qty = 999
		doc.save()
	doc = fresh(doc)
	assert [(row.counted_qty or 0, row.is_counted) for row in doc.lines] == [(12, 1), (0, 1), (0, 0)]
	assert doc.lines[2].book_qty != 999 and doc.lines[0].difference == 12 - doc.lines[0].book_qty
	doc.lines[0].counted_qty = -1
	with pytest.raises(CustomerServiceError, match="Row 1: less than 0"):
		doc.save()


def test_no_request_adds_or_drops_a_line(room):
	doc = started()
	doc.set("lines", doc.lines[:1])
	doc.append("lines", {"customer_property": room.first, "place": SHELF, "book_qty": 5, "counted_qty": 5})
	doc.save()
	assert len(fresh(doc).lines) == 3
	draft_with_lines = draft(place=SHELF, lines=[{"customer_property": room.first, "place": SHELF, "counted_qty": 5}])
	assert not fresh(draft_with_lines).lines


def test_after_the_count_no_figure_changes(room):
	doc = counted(room)
	doc.lines[0].counted_qty = 1
	doc.save()
	assert 1 not in [row.counted_qty for row in fresh(doc).lines]
	with as_person("warehouse"), pytest.raises(PropertyError, match="not being counted"):
		stock_take_api.enter_counts(doc.name, [{"customer_property": room.first, "counted_qty": 1}])
	doc = fresh(doc)
	doc.place = None
	with pytest.raises(RecordClosedError, match="can no longer be changed"):
		doc.save()


def test_who_counted_does_not_approve(room):
	"""A manager who counted himself is refused by every door; another one is not."""
	doc = counted(room, by="manager")
	with pytest.raises(PropertyError, match="Somebody else"):
		go(doc, "Approve Count", by="manager")
	with as_person("manager"), pytest.raises(PropertyError, match="Somebody else"):
		stored = fresh(doc)
		stored.workflow_state = "Closed"
		stored.save()
	doc = fresh(doc)
	doc.entered_by = ""
	doc.save()
	assert fresh(doc).entered_by == email("manager")


@pytest.mark.parametrize("person", ["warehouse", "clerk", "engineer", "general_manager", "employee"])
def test_only_managers_and_heads_approve(room, person):
	doc = counted(room)
	with pytest.raises((frappe.PermissionError, WorkflowPermissionError, WorkflowTransitionError)):
		go(doc, "Approve Count", by=person)
	assert fresh(doc).workflow_state == "Counted" and on_hand(room.first) == 100


@pytest.mark.parametrize("person", ["clerk", "engineer", "general_manager", "employee", "quality_head"])
def test_only_the_warehouse_and_managers_count(room, person):
	with pytest.raises(frappe.PermissionError):
		draft(by=person)
	doc = started()
	with as_person(person), pytest.raises(frappe.PermissionError):
		stock_take_api.enter_counts(doc.name, [{"customer_property": room.first, "counted_qty": 1}])


def test_what_was_counted_again_is_not_approved_unseen(room):
	"""L3: the head's form shows 98 of 100; meanwhile it was counted again."""
	seen = fresh(counted(room))
	assert seen.counted_hash and stock_takes.fingerprint(seen.name) == seen.counted_hash
	doc = fresh(go(seen, "Count Again", by="manager"))
	assert not doc.counted_hash
	enter(doc, **{room.first: 60})
	doc = fresh(go(doc, "Finish Count", by="warehouse"))
	for sent, is_refused in ((frappe.as_json(seen), True), ("no JSON", False), (frappe.as_json(doc), False)):
		frappe.db.savepoint("approval")
		with as_person("manager"):
			frappe.form_dict.doc = sent  # as a request has it
			if is_refused:
				with pytest.raises(StaleContentError, match="counted again"):
					apply_workflow(fresh(doc), "Approve Count")
			else:
				assert apply_workflow(fresh(doc), "Approve Count").workflow_state == "Closed"
		frappe.db.rollback(save_point="approval")


def test_no_request_sets_the_fingerprint(room):
	doc = counted(room)
	doc.counted_hash = "x"
	doc.save()
	assert fresh(doc).counted_hash == stock_takes.fingerprint(doc.name)


def test_count_again_opens_the_lines_for_counting(room):
	doc = fresh(go(counted(room), "Count Again", by="manager"))
	enter(doc, **{room.first: 100})
	doc = fresh(go(doc, "Finish Count", by="warehouse"))
	assert next(row.difference for row in doc.lines if row.customer_property == room.first) == 0
	assert next(row.book_qty for row in doc.lines if row.customer_property == room.first) == 100


def test_a_blind_count_hides_the_ledgers_quantities_from_every_door(client, room):
	doc = started(is_blind=1)
	enter(doc, **{room.first: 98})
	frappe.db.commit()
	try:
		person = client("warehouse")
		seen = [
			person.request("GET", f"/api/resource/Property Stock Take/{doc.name}").text,
			person.request(
				"GET", "/api/method/frappe.desk.form.load.getdoc", params={"doctype": DOCTYPE, "name": doc.name}
			).text,
			person.request("POST", "/api/method/frappe.client.save", json={"doc": json.dumps(_sendable(doc))}).text,
			printing.render_html(fresh(doc), language="en"),
		]
		for text in seen:
			assert room.second in text and "frozen_qty" not in text
			for wanted in ('"book_qty":100', '"book_qty": 100', '"book_qty":40', '"book_qty": 40', '"difference":-2'):
				assert wanted not in text.replace(".0", "")
		for fields in (["book_qty"], ["frozen_qty"], ["difference"]):
			for doctype in (LINE, stock_takes.QUANTITY):
				assert not any(any(row.values()) for row in listed(person, doctype, fields, parent=doc.name)), (
					doctype,
					fields,
				)
		assert not listed(person, DOCTYPE, ["name", "`tabProperty Stock Take Quantity`.frozen_qty"], name=doc.name)
		assert cs_difference(go(fill_rest(doc, room), "Finish Count", by="warehouse"), room.first) == (100, -2)
		assert cs_difference(go(doc, "Count Again", by="manager"), room.first) == (0, 0)
	finally:
		frappe.db.rollback()
		for table in (DOCTYPE, LINE, stock_takes.QUANTITY):
			field = "name" if table == DOCTYPE else "parent"
			frappe.db.delete(table, {field: doc.name})
		items = frappe.get_all("Customer Property", {"customer": room.customer}, pluck="name") + [room.third]
		for table in ("Property Balance", "Property Ledger Entry"):
			frappe.db.delete(table, {"customer_property": ("in", items)})
		frappe.db.delete("Customer Property", {"name": ("in", items)})
		frappe.db.commit()


def listed(person, doctype: str, fields: list[str], **filters) -> list[dict]:
	"""What a list says; nothing where it is refused."""
	asked = {"doctype": doctype, "parent": DOCTYPE, "fields": json.dumps(fields), "filters": json.dumps(filters)}
	try:
		return person.request("GET", "/api/method/frappe.client.get_list", params=asked).json().get("message") or []
	except Refused:
		return []


def _sendable(doc) -> dict:
	return json.loads(frappe.as_json(fresh(doc)))


def fill_rest(doc, room):
	enter(doc, **{room.second: 40, room.third: 7})
	return doc


def cs_difference(doc, item: str) -> tuple:
	row = next(row for row in fresh(doc).lines if row.customer_property == item)
	return row.book_qty, row.difference


def test_ten_thousand_lines(room):
	"""Started, counted from a table, finished and approved by few statements; nobody waits for minutes."""
	shelf("Test Hall")
	customer = make_customer().name
	at = frappe.utils.now()
	frappe.db.sql(
		"insert into `tabCustomer Property` (name, creation, modified, owner, modified_by, customer, property_name, unit, received_qty,"
		" on_hand, usable_qty, first_entry_on, last_entry_on, workflow_state, state_category) select concat('HALL-', seq), %(at)s, %(at)s,"
		" 'Administrator', 'Administrator', %(customer)s, 'Blank', 'pcs', 10, 10, 10, '2026-01-01', '2026-01-01', 'In Store', 'Open'"
		" from seq_1_to_10000",
		{"at": at, "customer": customer},
	)
	frappe.db.sql(
		"insert into `tabProperty Balance` (name, creation, modified, owner, modified_by, customer_property, place, to_inspect, usable,"
		" rejected) select concat('HALL-', seq), %(at)s, %(at)s, 'Administrator', 'Administrator', concat('HALL-', seq), 'Test Hall', 0,"
		" 10, 0 from seq_1_to_10000",
		{"at": at},
	)
	set_up(property_events_of_counts=0)
	took = {}
	begin = time.perf_counter()
	doc = go(draft(place="Test Hall"), "Start Count", by="warehouse")
	took["start"], begin = time.perf_counter() - begin, time.perf_counter()
	rows = [
		{"customer_property": f"HALL-{number}", "counted_qty": 9 if number % 1000 == 0 else 10}
		for number in range(1, 10001)
	]
	with as_person("warehouse"):
		assert stock_take_api.enter_counts(doc.name, rows) == {"entered": 10000, "left": 0}
	took["enter"], begin = time.perf_counter() - begin, time.perf_counter()
	doc = go(doc, "Finish Count", by="warehouse")
	took["finish"], begin = time.perf_counter() - begin, time.perf_counter()
	go(doc, "Approve Count", by="manager")
	took["approve"] = time.perf_counter() - begin
	assert len(ledger.entries_of(DOCTYPE, doc.name)) == 10
	assert frappe.db.count("Property Balance", {"place": "Test Hall", "usable": 9}) == 10
	print(took)
	assert all(seconds < 30 for seconds in took.values()), took


def test_a_closed_ledger_takes_the_difference_on_the_day_of_approval(room):
	doc = counted(room)
	frappe.db.set_value(DOCTYPE, doc.name, "count_date", "2026-01-31")
	set_up(property_closed_until="2026-01-31", property_events_of_counts=0)
	go(doc, "Approve Count", by="manager")
	days = frappe.get_all(ledger.ENTRY, {"reference_name": doc.name}, pluck="entry_date")
	assert {str(day) for day in days} == {str(frappe.utils.getdate())}


def test_a_site_without_a_kind_for_differences_is_told(room):
	frappe.db.set_value("Property Event Kind", "Count", "is_count_difference", 0)
	with pytest.raises(PropertyError, match="No kind of abnormality"):
		approved(room)


def test_a_stock_take_is_not_deleted(room):
	with pytest.raises(DeletionRefusedError):
		frappe.delete_doc(DOCTYPE, started().name)


def test_the_count_sheet_prints_and_hides_what_it_must(room):
	open_one = started(is_blind=1)
	html = printing.render_html(open_one, language="zh")
	assert "CR-PSC" in html and "顾客财产盘点表" in html and "账面数量" not in html and room.first in html
	go(open_one, "Cancel Count", by="warehouse")
	html = printing.render_html(counted(room), language="en")
	assert "By the Ledger" in html and "Count Sheet of Customer Property" in html


def test_labels_print_with_their_code():
	item = lay_item(serial_no="SN-77", confidentiality="Confidential", protection_class="Precision")
	lay_balance(item, usable=1)
	html = printing.render_html(frappe.get_doc("Customer Property", item), form="CR-PLB", language="en")
	assert (
		item in html
		and "SN-77" in html
		and "data:image/png" in html
		and "100.0mm 60.0mm" in html.replace("100mm 60mm", "100.0mm 60.0mm")
	)
	assert "Confidential" in html and "Precision" in html
