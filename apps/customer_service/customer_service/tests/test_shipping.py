"""Shipping notices (C-5): goods of a released order, in parts, never more than ordered, each day that counts kept."""

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError

from customer_service.contract_review import production_api, quantities, shipping
from customer_service.exceptions import (
	CustomerServiceError,
	DeletionRefusedError,
	FutureDateError,
	RecordClosedError,
	ShippingError,
)
from customer_service.tests.factories import at, attach_file, email, go, make_customer
from customer_service.tests.production import (
	SN,
	acting,
	approved,
	change,
	deliver,
	draft,
	issued,
	key,
	released,
	set_up,
	ship,
	shipped,
	told,
)


@pytest.fixture
def march():
	"""It is 10 March 2030: the first lines were promised for the 1st, PS-200 for the 15th."""
	frappe.flags.service_now = at("2030-03-10 09:00")


def test_draft_carries_what_no_notice_says_yet_and_where_it_goes():
	customer = make_customer(address="1 Example Road")
	order = released(customer=customer.name, contact_person="Li Example", contact_phone="+86 512 5550 2000")
	first = draft(order, SN, PS_100=40, PS_200=50)
	rest = draft(order, SN)
	assert {row.item_code: row.qty for row in rest.lines} == {"PS-100": 60, "CB-1": 1000}
	assert (rest.consignee, rest.consignee_address) == (customer.customer_name, "1 Example Road")
	assert (rest.contact_person, rest.shipping_department) == ("Li Example", "Warehouse")
	assert str(rest.planned_ship_date) == "2030-03-01"
	assert [str(row.promised_date) for row in first.lines] == ["2030-03-01", "2030-03-15"]
	with pytest.raises(ShippingError, match="Nothing is left"):
		draft(order, SN)


def test_nothing_is_sent_before_the_release():
	"""C-3."""
	with pytest.raises(ShippingError, match="before it is released"):
		draft(approved(), SN)


def test_together_they_never_exceed_the_order():
	order = released()
	shipped(order, PS_100=60)
	with pytest.raises(ShippingError, match="Row 1: 41 of .*PS-100.* more than the 40 that are left"):
		draft(order, SN, PS_100=41)
	go(issued(order, SN, PS_100=40), "Cancel Notice", by="clerk")
	assert draft(order, SN, PS_100=40)


def test_changed_draft_stays_within_the_order_as_well():
	order = released()
	draft(order, SN, PS_100=60)
	second = draft(order, SN, PS_100=40)
	second.lines[0].qty = 41
	with pytest.raises(ShippingError, match="more than the 40"):
		second.save()
	second.reload()
	second.lines[0].qty = 39
	second.save()


def test_tolerance_is_data():
	"""5 % of 100: 105 may be sent."""
	set_up(shipping_tolerance_percent=5)
	order = released()
	with pytest.raises(ShippingError, match="more than the 105"):
		draft(order, SN, PS_100=106)
	draft(order, SN, PS_100=105)


def test_issue_tells_the_warehouse_and_who_the_matrix_names():
	notice = issued(released(), SN)
	assert {email("warehouse"), email("materials_reviewer")} <= told(notice)
	assert email("engineer") not in told(notice)


def test_the_way_of_a_notice(march):
	order = released()
	notice = issued(order, SN, PS_100=60)
	assert (quantities.notified(order.order_root), quantities.shipped(order.order_root)) == (
		{key(order, "PS-100"): 60},
		{},
	)
	notice = change(notice, "warehouse", carrier="Example Lines", tracking_no="EX-1", packages=3, gross_weight=12.5)
	notice = ship(notice)
	assert (str(notice.shipped_on), notice.shipped_by, notice.state_category) == (
		"2030-03-10",
		email("warehouse"),
		"Waiting",
	)
	assert quantities.shipped(order.order_root) == {key(order, "PS-100"): 60}
	assert quantities.delivered(order.order_root) == {}
	assert email("clerk") in told(notice)
	frappe.flags.service_now = at("2030-03-12 09:00")
	notice = deliver(notice, "2030-03-12")
	assert (notice.workflow_state, notice.received_by_name, bool(notice.ended_at)) == (
		"Delivered",
		"Wang Example",
		True,
	)
	assert quantities.delivered(order.order_root) == {key(order, "PS-100"): 60}


@pytest.mark.parametrize("person", ["warehouse", "engineer", "plant", "general_manager", "employee"])
def test_only_marketing_issues_and_marks_as_delivered(person, march):
	order = released()
	waits, left = draft(order, SN, PS_100=10), shipped(order, PS_100=20)
	for notice, action in ((waits, "Issue Notice"), (left, "Mark Delivered")):
		before = notice.workflow_state
		with pytest.raises((frappe.PermissionError, WorkflowPermissionError, WorkflowTransitionError)):
			go(notice, action, by=person)
		assert frappe.db.get_value(SN, notice.name, "workflow_state") == before


@pytest.mark.parametrize("person", ["engineer", "plant", "general_manager", "employee"])
def test_only_the_warehouse_and_marketing_mark_as_shipped(person, march):
	notice = issued(released(), SN)
	with pytest.raises((frappe.PermissionError, WorkflowPermissionError, WorkflowTransitionError)):
		go(notice, "Mark Shipped", by=person)


def test_warehouse_words_no_notice():
	notice = draft(released(), SN)
	with pytest.raises(frappe.PermissionError):
		change(notice, "warehouse", remarks="Ours")
	with pytest.raises(frappe.PermissionError):
		acting("warehouse", production_api.make_shipping_notice, notice.contract_review)


def test_what_was_issued_keeps_its_content_and_what_has_left_more_of_it(march):
	order = released()
	notice = issued(order, SN, PS_100=60)
	for values in ({"consignee": "Somebody Else"}, {"lines": []}, {"contract_review": released().name}):
		with pytest.raises(RecordClosedError):
			change(notice, "clerk", **values)
	notice.reload()
	notice.lines[0].qty = 61
	with pytest.raises(RecordClosedError):
		notice.save()
	notice = ship(notice)
	for values in ({"packages": 9}, {"shipped_on": "2030-03-01"}, {"transport_mode": "Air"}):
		with pytest.raises(RecordClosedError):
			change(notice, "clerk", **values)
	assert change(notice, "clerk", tracking_no="EX-2").tracking_no == "EX-2"
	notice = deliver(notice)
	with pytest.raises(RecordClosedError, match="Delivered and cannot be changed"):
		change(notice, "clerk", tracking_no="EX-3")


def test_goods_that_have_left_are_not_cancelled(march):
	with pytest.raises(WorkflowTransitionError):
		go(shipped(released(), PS_100=1), "Cancel Notice", by="clerk")


def test_arrival_needs_day_and_person(march):
	notice = shipped(released(), PS_100=1)
	with pytest.raises(ShippingError, match="Delivered On.*Received By"):
		go(notice, "Mark Delivered", by="clerk")


def test_days_are_neither_in_the_future_nor_in_the_wrong_order(march):
	order = released()
	notice = change(issued(order, SN, PS_100=1), "warehouse", shipped_on="2030-03-11")
	with pytest.raises(FutureDateError, match="Shipped On"):
		go(notice, "Mark Shipped", by="warehouse")
	notice = ship(notice, "2030-03-09")
	with pytest.raises(ShippingError, match="Delivered On must not be before Shipped On"):
		deliver(notice, "2030-03-08")
	with pytest.raises(FutureDateError, match="Delivered On"):
		deliver(notice, "2030-03-11")


@pytest.mark.parametrize(
	"counts, left, arrived",
	[
		# promised for 1 and 15 March, shipped on the 10th, arrived on the 16th
		("Shipment", ["No", "Yes"], ["No", "Yes"]),
		("Arrival", [None, None], ["No", "No"]),
	],
)
def test_which_day_is_kept_is_data(counts, left, arrived, march):
	set_up(on_time_by=counts)
	notice = shipped(released(), PS_100=60, PS_200=50)
	assert [row.on_time or None for row in notice.lines] == left
	frappe.flags.service_now = at("2030-03-16 09:00")
	assert [row.on_time for row in deliver(notice, "2030-03-16").lines] == arrived


def test_proof_is_a_private_file_of_the_notice(march):
	notice = shipped(released(), PS_100=1)
	address = attach_file(notice)
	notice = change(notice, "clerk", proof=address, delivered_on="2030-03-10", received_by_name="Wang Example")
	assert go(notice, "Mark Delivered", by="clerk").proof == address
	other = attach_file(make_customer())
	with pytest.raises(CustomerServiceError):
		acting("clerk", lambda: change(shipped(released(), PS_100=1), "clerk", proof=other))


def test_no_notice_is_deleted():
	with pytest.raises(DeletionRefusedError):
		draft(released(), SN).delete()


def test_cancelling_an_issued_notice_tells_the_warehouse():
	notice = issued(released(), SN)
	frappe.db.delete("Notification Log", {"document_name": notice.name})
	go(notice, "Cancel Notice", by="clerk")
	assert email("warehouse") in told(notice)


def test_offers_are_those_of_the_person():
	notice = issued(released(), SN)
	assert shipping.offers(notice, email("warehouse")) == {"adjust": False}
	assert shipping.offers(notice, email("clerk")) == {"adjust": True}
