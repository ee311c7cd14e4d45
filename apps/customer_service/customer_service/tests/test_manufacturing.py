"""Production and sample orders (C-5): never before the release, never more than ordered, received by departments, reported to the end."""

from datetime import timedelta

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError

from customer_service.contract_review import manufacturing, production_api, quantities
from customer_service.exceptions import (
	CustomerServiceError,
	DeletionRefusedError,
	MoneyError,
	ProductionError,
	RecordClosedError,
)
from customer_service.organisation import clock, clock_sweep
from customer_service.tests.factories import email, go, make_order, monday_morning
from customer_service.tests.production import (
	MO,
	acting,
	approved,
	change,
	draft,
	issued,
	key,
	receive,
	released,
	report,
	set_up,
	told,
)

RECEIVERS = {
	"Manufacturing": "plant",
	"Engineering": "engineer",
	"Quality Department": "quality_reviewer",
	"Materials": "materials_reviewer",
}


def quantities_of(doc) -> dict[str, float]:
	return {row.item_code: row.qty for row in doc.lines}


# --- the draft -------------------------------------------------------------------------------------------------------


def test_draft_carries_what_is_not_planned_yet():
	"""C-5: 100 + 50 + 1,000 are ordered; 40 of the first are planned, so the next draft has 60, 50 and 1,000."""
	order = released(special_requirements="Brushed finish")
	first = draft(order, PS_100=40)
	rest = draft(order)
	assert quantities_of(first) == {"PS-100": 40}
	assert quantities_of(rest) == {"PS-100": 60, "PS-200": 50, "CB-1": 1000}
	assert (rest.customer, rest.order_root, rest.order_version) == (order.customer, order.order_root, 1)
	assert (rest.lead_department, rest.kind, rest.special_requirements) == (
		"Manufacturing",
		"Production Order",
		"Brushed finish",
	)
	assert [str(row.delivery_date) for row in rest.lines] == ["2030-03-01", "2030-03-15", "2030-03-01"]
	with pytest.raises(ProductionError, match="Nothing is left"):
		draft(order)


def test_sample_order_follows_the_kind_of_the_order():
	assert draft(released(order_kind="Sample")).kind == "Sample Order"


@pytest.mark.parametrize("make", [make_order, approved])
def test_nothing_is_produced_before_the_release(make):
	"""C-3: not of an order under way, nor of one that is approved only."""
	order = make()
	with pytest.raises(ProductionError, match="nothing is produced or sent before it is released"):
		draft(order)


def test_together_they_never_exceed_the_order():
	"""70 + 31 > 100; 70 + 30 = 100 is all."""
	order = released()
	draft(order, PS_100=70)
	with pytest.raises(ProductionError, match="Row 1: 31 of .*PS-100.* more than the 30 that are left"):
		draft(order, PS_100=31)
	assert quantities_of(draft(order, PS_100=30)) == {"PS-100": 30}


def test_tolerance_is_data():
	"""2 % of 100: 102 may be planned, 103 not."""
	set_up(production_tolerance_percent=2)
	order = released()
	with pytest.raises(ProductionError, match="more than the 102"):
		draft(order, PS_100=103)
	draft(order, PS_100=102)


def test_cancelled_order_gives_its_quantity_back():
	order = released()
	go(draft(order, PS_100=100), "Cancel Production", by="clerk")
	assert quantities.planned(order.order_root) == {}
	assert draft(order, PS_100=100).lines[0].qty == 100


def test_quantities_are_added_as_decimals():
	"""0.1 + 0.2 of a line of 0.3 is all of it; as binary fractions it would be too much."""
	order = released(
		lines=[{"item_code": "X", "description": "X", "qty": 0.3, "unit_price": 1, "delivery_date": "2030-03-01"}]
	)
	draft(order, X=0.1)
	draft(order, X=0.2)
	assert str(quantities.planned(order.order_root)[key(order, "X")]) == "0.3"


@pytest.mark.parametrize(
	"lines, words",
	[
		([{"order_line": "nobody's", "qty": 1}], "Row 1: it is no line of order"),
		([{"order_line": "PS-100", "qty": 1}, {"order_line": "PS-100", "qty": 1}], "Row 2: .* there twice"),
		([{"order_line": "PS-100", "qty": -1}], "negative"),
		([{"order_line": "PS-100", "qty": 1.1234567}], "7 decimals"),
		(
			[{"order_line": "PS-100", "qty": 1, "planned_start": "2030-02-02", "planned_finish": "2030-02-01"}],
			"Row 1: The planned finish is before",
		),
	],
)
def test_bad_lines_are_refused(lines, words):
	order = released()
	for row in lines:
		row["order_line"] = row["order_line"].replace("PS-100", key(order, "PS-100"))
	values = {"doctype": MO, "contract_review": order.name, "lines": lines}
	with pytest.raises(CustomerServiceError, match=words):
		acting("clerk", lambda: frappe.get_doc(values).insert())


def test_what_a_request_says_of_computed_fields_is_nothing():
	order = released()
	line = {"order_line": key(order, "PS-100"), "qty": 5, "produced_qty": 5, "item_code": "GOLD", "ordered_qty": 9e9}
	values = {"issued_at": "2020-01-01", "begun_at": "2020-01-01", "order_root": "other", "lines": [line]}
	receipt = {"department": "Materials", "received_by": email("clerk"), "received_at": "2020-01-01"}
	values |= {"doctype": MO, "contract_review": order.name, "receipts": [receipt]}
	doc = acting("clerk", lambda: frappe.get_doc(values).insert())
	assert (doc.issued_at, doc.begun_at, doc.order_root, doc.receipts) == (None, None, order.order_root, [])
	row = doc.lines[0]
	assert (row.produced_qty or 0, row.item_code, row.ordered_qty) == (0, "PS-100", 100)


# --- issue and receipts ----------------------------------------------------------------------------------------------


def test_issue_asks_the_plant_and_the_departments_of_the_matrix():
	"""C-5: the review matrix says which; Marketing, which issues, is not asked."""
	order = issued(released())
	assert (order.workflow_state, order.issued_by, bool(order.issued_at)) == ("Issued", email("clerk"), True)
	assert manufacturing.waiting(order) == list(RECEIVERS)
	assert {email(person) for person in (*RECEIVERS.values(), "quality_head")} <= told(order)
	assert email("warehouse") not in told(order)


def test_each_department_receives_for_itself():
	order = issued(released())
	left = list(RECEIVERS)
	for department, person in RECEIVERS.items():
		left.remove(department)
		assert receive(order, department, person) == left
	order.reload()
	assert [(row.department, row.received_by, row.version) for row in order.receipts] == [
		(department, email(person), 1) for department, person in RECEIVERS.items()
	]
	assert order.workflow_state == "Issued"  # to have received it is not to have begun


@pytest.mark.parametrize("person", ["engineer", "plant", "clerk", "manager", "general_manager"])
def test_no_other_department_receives(person):
	order = issued(released())
	with pytest.raises(frappe.PermissionError, match="You do not belong to"):
		receive(order, "Materials", person)
	assert "Materials" in manufacturing.waiting(frappe.get_doc(MO, order.name))


def clocks_of(doc) -> dict[str, tuple]:
	rows = frappe.get_all(
		"Service Clock", {"reference_name": doc.name}, ["department", "status", "is_breached", "due_at"]
	)
	return {row.department: (row.status, row.is_breached, str(row.due_at)[:16]) for row in rows}


def test_each_receipt_is_due_by_the_one_mechanism_of_clocks():
	"""Eight hours of office time from Monday 9:00; a late one is marked by the sweep and told to the head."""
	monday, order = monday_morning(), released()
	frappe.flags.service_now = monday
	made = issued(order)
	assert {row[:2] for row in clocks_of(made).values()} == {("Running", 0)}
	assert {row[2] for row in clocks_of(made).values()} == {
		str(clock.deadline(monday, 480, frappe.db.get_single_value("Customer Service Settings", "slip_calendar")))[:16]
	}
	receive(made, "Materials", "materials_reviewer")
	assert clocks_of(made)["Materials"][0] == "Stopped"
	frappe.flags.service_now = monday + timedelta(days=3)
	clock_sweep.mark_breaches()
	assert {name: row[:2] for name, row in clocks_of(made).items()} == {
		"Manufacturing": ("Running", 1),
		"Engineering": ("Running", 1),
		"Quality Department": ("Running", 1),
		"Materials": ("Stopped", 0),
	}
	go(made, "Cancel Production", by="clerk")
	assert {row[0] for row in clocks_of(made).values()} == {"Cancelled", "Stopped"}


def test_receipt_is_given_once_and_only_when_asked():
	order = released()
	early = draft(order, PS_100=10)
	with pytest.raises(ProductionError, match="not asked to receive"):
		receive(early, "Materials", "materials_reviewer")
	made = issued(order, PS_200=10)
	receive(made, "Materials", "materials_reviewer")
	with pytest.raises(ProductionError, match="not asked to receive"):
		receive(made, "Materials", "materials_reviewer")


def test_issue_without_any_quantity_is_refused():
	order = released()
	with pytest.raises(ProductionError, match="No line has a quantity"):
		issued(order, PS_100=0)


@pytest.mark.parametrize("person", ["plant", "engineer", "warehouse", "general_manager", "employee"])
def test_only_marketing_issues(person):
	order = draft(released())
	with pytest.raises((frappe.PermissionError, WorkflowPermissionError, WorkflowTransitionError)):
		go(order, "Issue to Plant", by=person)
	assert frappe.db.get_value(MO, order.name, "workflow_state") == "Draft"


def test_who_may_not_make_an_order_words_none():
	"""The plant has the right to write, to plan; a draft's quantities are not its business."""
	order = draft(released())
	with pytest.raises(frappe.PermissionError):
		change(order, "plant", remark="Ours")


def test_what_was_issued_keeps_its_content():
	order = issued(released())
	for values in (
		{"special_requirements": "Cheaper"},
		{"lead_department": "Materials"},
		{"contract_review": released().name},
		{"lines": order.lines[1:]},
	):
		with pytest.raises(RecordClosedError, match="was issued as it stood"):
			change(order, "clerk", **values)
	stored = frappe.get_doc(MO, order.name)
	stored.lines[0].qty = 99
	with pytest.raises(RecordClosedError):
		stored.save()


def test_plant_plans_what_was_issued():
	order = issued(released())
	planned = change(order, "plant", planned_start="2030-02-01", planned_finish="2030-02-20", remark="Line 2")
	assert (str(planned.planned_finish), planned.remark) == ("2030-02-20", "Line 2")
	with pytest.raises(ProductionError, match="planned finish is before"):
		change(order, "plant", planned_finish="2030-01-20")


def test_no_order_is_deleted():
	with pytest.raises(DeletionRefusedError):
		draft(released()).delete()


# --- progress --------------------------------------------------------------------------------------------------------


def test_first_report_begins_production_and_the_last_completes_it():
	"""60 + 40 of 100 PS-100 and 50 of 50 PS-200."""
	order = released()
	made = issued(order, PS_100=100, PS_200=50)
	assert report(order, made, "PS-100", 60, remark="Shift 1") == {"state": "In Production", "produced": 60}
	assert manufacturing.begun(order.order_root) == [made.name]
	assert report(order, made, "PS-100", 40) == {"state": "In Production", "produced": 100}
	assert report(order, made, "PS-200", 50) == {"state": "Completed", "produced": 50}
	made.reload()
	assert [(row.item_code, row.qty, row.reported_by, row.remark) for row in made.progress] == [
		("PS-100", 60, email("plant"), "Shift 1"),
		("PS-100", 40, email("plant"), None),
		("PS-200", 50, email("plant"), None),
	]
	assert made.ended_at and quantities.produced(order.order_root) == {
		key(order, "PS-100"): 100,
		key(order, "PS-200"): 50,
	}
	steps = frappe.get_all(
		"Service Event", {"reference_name": made.name, "event": "State Changed"}, pluck="after_value"
	)
	assert sorted(steps) == ["Completed", "In Production", "Issued"]


@pytest.mark.parametrize("person", ["engineer", "materials_reviewer", "warehouse", "employee", "general_manager"])
def test_only_the_plant_and_marketing_report(person):
	order = released()
	made = issued(order)
	with pytest.raises(frappe.PermissionError):
		report(order, made, "PS-100", 1, by=person)
	with pytest.raises((frappe.PermissionError, WorkflowPermissionError, WorkflowTransitionError)):
		go(made, "Start Production", by=person)
	assert quantities.produced(order.order_root)[key(order, "PS-100")] == 0


@pytest.mark.parametrize(
	"qty, error, words",
	[
		(0, ProductionError, "must not be 0"),
		(-1, ProductionError, "More would be taken back"),
		(101, ProductionError, "101 of .*PS-100.* would be produced; at most 100"),
		("many", MoneyError, "is not a number"),
		(1.1234567, MoneyError, "7 decimals"),
		("nan", MoneyError, "is not a number"),
	],
)
def test_bad_report_is_refused(qty, error, words):
	order = released()
	made = issued(order)
	with pytest.raises(error, match=words):
		report(order, made, "PS-100", qty)


def test_draft_and_cancelled_orders_take_no_report():
	order = released()
	made = draft(order)
	with pytest.raises(ProductionError, match="is Draft"):
		report(order, made, "PS-100", 1)
	go(made, "Cancel Production", by="clerk")
	with pytest.raises(ProductionError, match="is Cancelled"):
		report(order, made, "PS-100", 1)


def test_mistaken_report_is_taken_back_and_opens_the_order_again():
	order = released()
	made = issued(order, PS_100=100)
	assert report(order, made, "PS-100", 100)["state"] == "Completed"
	with pytest.raises(ProductionError, match="is Completed"):
		report(order, made, "PS-100", 1)
	assert report(order, made, "PS-100", -40, remark="Scrapped") == {"state": "In Production", "produced": 60}
	made.reload()
	assert (made.ended_at, made.state_category) == (None, "Open")


def test_less_within_the_tolerance_completes():
	"""1 % of 100: 99 are enough, 98 are not; 101 may be produced, 102 not."""
	set_up(production_tolerance_percent=1)
	order = released()
	made = issued(order, PS_100=100)
	assert report(order, made, "PS-100", 98)["state"] == "In Production"
	with pytest.raises(ProductionError, match="at most 101"):
		report(order, made, "PS-100", 4)
	assert report(order, made, "PS-100", 1)["state"] == "Completed"


def test_short_order_is_completed_with_a_reason_by_marketing():
	order = released()
	made = issued(order, PS_100=100)
	go(made, "Start Production", by="plant")
	with pytest.raises(ProductionError, match="Less was produced than ordered"):
		go(made, "Complete", by="clerk")
	with pytest.raises((frappe.PermissionError, WorkflowPermissionError, WorkflowTransitionError)):
		go(made, "Complete", by="plant")
	change(made, "clerk", completion_reason="The customer takes 80.")
	assert go(made, "Complete", by="clerk").workflow_state == "Completed"
	with pytest.raises(RecordClosedError):
		change(made, "clerk", remark="More")


def test_order_in_production_is_not_cancelled():
	order = released()
	made = issued(order)
	report(order, made, "PS-100", 1)
	with pytest.raises(WorkflowTransitionError):
		go(made, "Cancel Production", by="clerk")


def test_cancelling_an_issued_order_tells_its_departments():
	made = issued(released())
	frappe.db.delete("Notification Log", {"document_name": made.name})
	go(made, "Cancel Production", by="clerk")
	assert {email(person) for person in RECEIVERS.values()} <= told(made)
	with pytest.raises(ProductionError, match="not asked to receive"):
		receive(made, "Materials", "materials_reviewer")


def test_request_writes_no_progress_and_no_receipt():
	"""Progress and receipts come by their endpoints only."""
	order = released()
	made = issued(order)
	progress = {
		"order_line": key(order, "PS-100"),
		"qty": 50,
		"reported_at": "2030-01-01",
		"reported_by": email("plant"),
	}
	change(made, "plant", progress=[progress], receipts=[])
	made.reload()
	assert (made.progress, len(made.receipts), made.lines[0].produced_qty or 0) == ([], 4, 0)


def test_open_and_begun_orders_are_named():
	order = released()
	waits = draft(order, PS_100=10)
	runs = issued(order, PS_100=20)
	begun = issued(order, PS_100=30)
	report(order, begun, "PS-100", 1)
	assert waits.name not in manufacturing.open_of(order.order_root)
	assert manufacturing.open_of(order.order_root) == [runs.name, begun.name]
	assert manufacturing.begun(order.order_root) == [begun.name]


def test_offers_are_those_of_the_person():
	made = issued(released())
	assert acting("engineer", manufacturing.offers, made, email("engineer")) == {
		"receive": ["Engineering"],
		"report": False,
		"adjust": False,
	}
	assert acting("plant", manufacturing.offers, made, email("plant"))["report"] is True
	assert acting("clerk", manufacturing.offers, made, email("clerk")) == {
		"receive": [],
		"report": True,
		"adjust": True,
	}


def test_person_without_the_right_makes_none():
	order = released()
	for person in ("plant", "engineer", "general_manager", "warehouse", "employee"):
		with pytest.raises(frappe.PermissionError):
			acting(person, production_api.make_manufacturing_order, order.name)
