"""What becomes of a released order: how far it is, its end by delivery or with a reason, and what follows a new version (C-4 to C-6)."""

import frappe
import pytest

from customer_service.contract_review import follow_up, manufacturing, production_api, quantities
from customer_service.exceptions import ProductionError, ReviewError, ShippingError
from customer_service.tests.factories import at, email, go
from customer_service.tests.production import (
	MO,
	SN,
	acting,
	change,
	deliver,
	draft,
	issued,
	key,
	next_version,
	receive,
	released,
	report,
	set_up,
	ship,
	shipped,
	told,
)


@pytest.fixture
def march():
	"""It is 10 March 2030: the first lines were promised for the 1st, PS-200 for the 15th."""
	frappe.flags.service_now = at("2030-03-10 09:00")


def state_of(order) -> str:
	return frappe.db.get_value(order.doctype, order.name, "workflow_state")


def again(doc):
	return frappe.get_doc(doc.doctype, doc.name)


# --- how far an order is (C-4) ---------------------------------------------------------------------------------------


def test_follow_up_by_hand(march):
	"""
	PS-100: 100 ordered, 80 planned, 70 produced, 60 shipped of which 40 arrived: 60 open, promised for the 1st, late.
	PS-200: 50 ordered, all planned, nothing produced: not late before the 15th.
	CB-1: nothing planned; promised for the 1st, late.
	"""
	order = released()
	report(order, issued(order, PS_100=80, PS_200=50), "PS-100", 70)
	deliver(shipped(order, PS_100=40))
	shipped(order, PS_100=20)
	draft(order, SN, PS_100=30)
	rows = acting("clerk", production_api.deliveries, order.name)
	figures = {
		row["item_code"]: [row[kind] for kind in ("ordered", *quantities.KINDS, "open", "standing", "is_late")]
		for row in rows
	}
	assert figures == {
		"PS-100": [100, 80, 70, 90, 60, 40, 60, "In Production", True],
		"PS-200": [50, 50, 0, 0, 0, 0, 50, "Scheduled", False],
		"CB-1": [1000, 0, 0, 0, 0, 0, 1000, "Not Scheduled", True],
	}


def test_line_that_has_left_is_late_only_where_arrival_counts(march):
	order = released()
	shipped(order, PS_100=100)
	assert [row["is_late"] for row in follow_up.board(order)] == [False, False, True]
	set_up(on_time_by="Arrival")
	assert [row["is_late"] for row in follow_up.board(order)] == [True, False, True]


def test_what_is_offered_follows_from_what_is_left():
	order = released()
	frappe.set_user(email("clerk"))
	assert (follow_up.offers(order)["plan"], follow_up.offers(order)["ship"]) == (True, True)
	draft(order)
	assert (follow_up.offers(order)["plan"], follow_up.offers(order)["ship"]) == (False, True)
	frappe.set_user(email("engineer"))
	assert (follow_up.offers(order)["plan"], follow_up.offers(order)["ship"]) == (False, False)


def test_stranger_reads_no_deliveries():
	order = released()
	for person in ("warehouse", "employee"):
		with pytest.raises(frappe.PermissionError):
			acting(person, production_api.deliveries, order.name)


# --- the end ---------------------------------------------------------------------------------------------------------


def test_order_ends_by_itself_with_its_last_delivery(march):
	"""C-5: 60 + 40 of the first line and the others; not before the last part has arrived."""
	order = released()
	first, second = shipped(order, PS_100=60), shipped(order, PS_100=40, PS_200=50, CB_1=1000)
	deliver(second)
	assert state_of(order) == "Released to Production"
	deliver(first)
	ended = again(order)
	assert (ended.workflow_state, ended.state_category, bool(ended.ended_at)) == ("Completed", "Closed", True)
	assert email("clerk") in told(order) or ended.owner == email("clerk")


def test_order_does_not_end_while_a_notice_is_on_its_way(march):
	"""Within 10 % 90 are all of it; the eleventh part is still on the road."""
	set_up(shipping_tolerance_percent=10)
	order = released(
		lines=[{"item_code": "X", "description": "X", "qty": 100, "unit_price": 1, "delivery_date": "2030-03-01"}]
	)
	first, second = shipped(order, X=90), shipped(order, X=5)
	deliver(first)
	assert state_of(order) == "Released to Production"
	deliver(second)
	assert state_of(order) == "Completed"


def test_short_delivery_beyond_the_tolerance_leaves_the_order_open(march):
	set_up(shipping_tolerance_percent=10)
	order = released(
		lines=[{"item_code": "X", "description": "X", "qty": 100, "unit_price": 1, "delivery_date": "2030-03-01"}]
	)
	deliver(shipped(order, X=89))
	assert state_of(order) == "Released to Production"


def test_person_completes_a_short_order_with_a_reason_only(march):
	order = released()
	deliver(shipped(order, PS_100=100))
	with pytest.raises(ReviewError, match="Not delivered in full: row 2, 3"):
		go(order, "Complete", by="clerk")
	change(order, "clerk", short_close_reason="The customer gave the rest up.")
	assert go(order, "Complete", by="clerk").workflow_state == "Completed"


def test_order_is_not_completed_over_what_runs(march):
	order = released()
	notice, made = issued(order, SN, PS_100=10), issued(order)
	change(order, "clerk", short_close_reason="Given up.")
	with pytest.raises(ReviewError, match=f"End these first: .*{notice.name}"):
		go(order, "Complete", by="clerk")
	go(notice, "Cancel Notice", by="clerk")
	with pytest.raises(ReviewError, match=f"End these first: .*{made.name}"):
		go(order, "Complete", by="clerk")
	go(made, "Cancel Production", by="clerk")
	go(order, "Complete", by="clerk")


def test_ended_order_takes_nothing_more(march):
	order = released()
	left = draft(order, SN, PS_100=10)
	plan = draft(order, PS_100=10)
	change(order, "clerk", short_close_reason="Given up.")
	go(order, "Complete", by="clerk")
	with pytest.raises(ShippingError, match="is Completed"):
		go(left, "Issue Notice", by="clerk")
	with pytest.raises(ProductionError, match="is Completed"):
		go(plan, "Issue to Plant", by="clerk")


# --- a new version (C-6) ---------------------------------------------------------------------------------------------


def follow(order, **lines) -> tuple:
	new = next_version(order, **lines)
	return new, manufacturing.follow_version(order, new)


def row_of(doc, item: str):
	return next(row for row in doc.lines if row.item_code == item)


def test_dates_and_texts_follow_and_departments_receive_again():
	order = released()
	made, notice = issued(order), issued(order, SN)
	receive(made, "Materials", "materials_reviewer")
	new, moved = follow(order, PS_100={"delivery_date": "2030-04-01", "description": "Power supply, grey"})
	assert moved == [made.name, notice.name]
	made, notice = again(made), again(notice)
	assert (made.contract_review, made.order_version, made.order_root) == (new.name, 2, order.name)
	assert (notice.contract_review, notice.order_version) == (new.name, 2)
	row = row_of(made, "PS-100")
	assert (str(row.delivery_date), row.description, row.qty, row.to_adjust) == (
		"2030-04-01",
		"Power supply, grey",
		100,
		0,
	)
	assert str(row_of(notice, "PS-100").promised_date) == "2030-04-01"
	# Materials had received version 1; all wait for version 2.
	assert sorted(manufacturing.waiting(made)) == sorted(
		["Manufacturing", "Engineering", "Quality Department", "Materials"]
	)
	assert [(row.version, bool(row.received_at)) for row in made.receipts if row.department == "Materials"] == [
		(1, True),
		(2, False),
	]
	receive(made, "Materials", "materials_reviewer")
	assert "Materials" not in manufacturing.waiting(again(made))


def test_whole_quantity_follows_and_a_part_is_marked():
	"""PS-100 100 → 120: carried whole, so 120. PS-200 50 → 40: 30 of 50 are a part, so a person decides."""
	order = released()
	made = issued(order, PS_100=100, PS_200=30)
	follow(order, PS_100={"qty": 120}, PS_200={"qty": 40})
	made = again(made)
	assert (row_of(made, "PS-100").qty, row_of(made, "PS-100").to_adjust) == (120, 0)
	assert (row_of(made, "PS-200").qty, row_of(made, "PS-200").to_adjust, row_of(made, "PS-200").ordered_qty) == (
		30,
		1,
		40,
	)


def test_marked_line_is_settled_by_marketing():
	order = released()
	made = issued(order, PS_200=30)
	report(order, made, "PS-200", 10)
	new, _moved = follow(order, PS_200={"qty": 40})
	line = key(new, "PS-200")
	with pytest.raises(ProductionError, match="Adjust the quantity first: row 1"):
		change(made, "clerk", completion_reason="Enough")
		go(made, "Complete", by="clerk")
	for person in ("plant", "engineer"):
		with pytest.raises(frappe.PermissionError):
			acting(person, production_api.adjust, MO, made.name, line, 40)
	for qty, words in ((9, "10 are produced already"), (41, "more than the 40")):
		with pytest.raises(ProductionError, match=words):
			acting("clerk", production_api.adjust, MO, made.name, line, qty)
	acting("clerk", production_api.adjust, MO, made.name, line, 40)
	made = again(made)
	assert (made.lines[0].qty, made.lines[0].to_adjust) == (40, 0)
	with pytest.raises(ProductionError, match="need not be adjusted"):
		acting("clerk", production_api.adjust, MO, made.name, line, 40)


def test_dropped_line_becomes_nothing_unless_it_was_begun():
	order = released()
	untouched, begun = issued(order, CB_1=400), issued(order, CB_1=600)
	report(order, begun, "CB-1", 100)
	follow(order, CB_1=None)
	untouched, begun = again(untouched), again(begun)
	assert [(row.qty, row.to_adjust) for row in untouched.lines] == [(0, 0)]
	assert [(row.qty, row.to_adjust, row.ordered_qty) for row in begun.lines] == [(600, 1, 0)]


def test_less_than_was_produced_is_marked():
	"""100 → 50 while 60 are produced."""
	order = released()
	made = issued(order, PS_100=100)
	report(order, made, "PS-100", 60)
	follow(order, PS_100={"qty": 50})
	assert [(row.qty, row.to_adjust) for row in again(made).lines] == [(100, 1)]


def test_drafts_follow_and_are_settled_by_their_next_save():
	order = released()
	plan = draft(order, PS_200=30, CB_1=10)
	new, moved = follow(order, PS_200={"qty": 20}, CB_1=None)
	assert moved == [plan.name]
	plan = again(plan)
	assert (plan.contract_review, row_of(plan, "PS-200").to_adjust) == (new.name, 1)
	with pytest.raises(ProductionError, match="more than the 20"):
		go(plan, "Issue to Plant", by="clerk")
	plan = again(plan)
	row_of(plan, "PS-200").qty = 20
	plan.save()
	assert [(row.item_code, row.qty, row.to_adjust) for row in again(plan).lines] == [("PS-200", 20, 0)]


def test_ended_orders_and_goods_that_have_left_stay_with_their_version(march):
	order = released()
	done, gone, planned = issued(order, PS_100=10), shipped(order, PS_100=10), issued(order, SN, PS_100=20)
	report(order, done, "PS-100", 10)
	new, moved = follow(order, PS_100={"qty": 90})
	assert moved == [planned.name]
	assert again(done).contract_review == again(gone).contract_review == order.name
	# 20 are a part of the 100 that became 90: a person decides before they leave.
	with pytest.raises(ShippingError, match="Adjust the quantity first"):
		ship(again(planned))
	acting("clerk", production_api.adjust, SN, planned.name, key(new, "PS-100"), 15)
	ship(again(planned))
	# what was done for the older version counts for the newer
	assert quantities.shipped(new.order_root) == {key(new, "PS-100"): 25}
	assert [row["shipped"] for row in follow_up.board(new)] == [25, 0, 0]


def test_superseded_version_takes_nothing_more():
	order = released()
	new = next_version(order)
	with pytest.raises(ProductionError, match=f"was superseded by .*{new.name}"):
		draft(order)
	assert draft(new).contract_review == new.name


def test_special_requirements_follow_where_they_were_the_orders():
	order = released(special_requirements="Grey")
	same, own = issued(order, PS_100=10), draft(order, PS_200=10)
	own = change(own, "clerk", special_requirements="Grey, boxed in tens")
	new = next_version(order)
	new.special_requirements = "Black"
	manufacturing.follow_version(order, new)
	assert (again(same).special_requirements, again(own).special_requirements) == ("Black", "Grey, boxed in tens")
