"""The joint review of an order (C-1 to C-3, L3): who is asked, what holds, who decides, and what nobody can change afterwards."""

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError
from frappe.utils import add_to_date, now_datetime

from customer_service.contract_review import api, opinions
from customer_service.exceptions import (
	CustomerServiceError,
	MoneyError,
	RecordClosedError,
	ReviewError,
	StaleContentError,
)
from customer_service.tests import factories
from customer_service.tests.factories import REVIEWERS, email, go, make_order, review_all, sheet_of
from customer_service.tests.factories import give_opinion as give


def again(order):
	order.reload()
	return order


def under_review(**values):
	return go(make_order(**values), "Start Review", by="clerk")


def decide(order, decision: str = "Approve", by: str = "general_manager", measure: str | None = None, seen=None):
	frappe.set_user(email(by))
	try:
		api.decide(order.name, decision, seen or api.content_hash(order.name), measure)
	finally:
		frappe.set_user("Administrator")
	return again(order)


def change(order, by: str = "clerk", **values):
	frappe.set_user(email(by))
	try:
		doc = frappe.get_doc("Contract Review", order.name)
		for field, value in values.items():
			if field in ("qty", "unit_price", "specification", "delivery_date"):
				doc.lines[0].set(field, value)
			else:
				doc.set(field, value)
		doc.save()
	finally:
		frappe.set_user("Administrator")
	return again(order)


def statuses(order) -> dict[str, str]:
	return {row["department"]: row["status"] for row in opinions.board(order)}


ASKED = dict.fromkeys(REVIEWERS, "Asked")


# --- the order ---------------------------------------------------------------------------------------------------------


def test_order_adds_up_by_hand():
	"""100 × 45 + 50 × 70 + 1,000 × 0.5 = 4,500 + 3,500 + 500."""
	order = make_order()
	assert [row.amount for row in order.lines] == [4500, 3500, 500]
	assert (order.total, order.company_total, str(order.first_delivery), order.version) == (8500, 8500, "2030-03-01", 1)


def test_value_counts_in_the_companys_currency(company_currency):
	order = make_order(currency="USD", exchange_rate=7.1)
	assert (order.total, order.company_total) == (8500, 60350)


def test_currency_without_rate_is_refused(company_currency):
	with pytest.raises(MoneyError, match="no exchange rate from .*USD"):
		make_order(currency="USD")


def test_rate_of_the_order_date_counts_if_none_is_typed(company_currency):
	for day, rate in (("2030-01-01", 7.2), ("2030-01-03", 7.5)):
		frappe.get_doc(
			{"doctype": "Company Exchange Rate", "currency": "USD", "valid_from": day, "exchange_rate": rate}
		).insert()
	assert make_order(currency="USD").company_total == 61200  # 8,500 × 7.2; the order is of 2 January


@pytest.fixture
def company_currency():
	"""The company reckons in CNY and has no rates, whatever the site's own default and demo data are."""
	frappe.db.delete("Company Exchange Rate")
	settings = frappe.get_doc("Customer Service Settings")
	settings.company_currency = "CNY"
	settings.save()


def line(**values) -> list[dict]:
	return [{"description": "Part", "qty": 1, "unit_price": 1, "delivery_date": "2030-02-01", **values}]


@pytest.mark.parametrize(
	"values, error, words",
	[
		({"qty": 0}, MoneyError, "Row 1: Quantity must be more than 0"),
		({"qty": -5}, MoneyError, "Row 1: Quantity must be more than 0"),
		({"unit_price": -0.01}, MoneyError, "Row 1: Unit Price must not be negative"),
		({"unit_price": 0.1234567}, MoneyError, "Row 1: Unit Price.*7 decimals; at most 6"),
		({"delivery_date": "2030-01-01"}, ReviewError, "Row 1: Delivery Date.* before the order's date"),
		({"qty": 1e9, "unit_price": 1e4}, MoneyError, "too large"),
	],
)
def test_bad_line_is_refused_by_row_and_field(values, error, words):
	with pytest.raises(error, match=words):
		make_order(lines=line(**values))


def test_settings_say_how_prices_and_amounts_are_kept():
	"""3 × 0.175 = 0.525: 0.53, to the even digit 0.52. Two decimals allowed refuse the price."""
	settings = frappe.get_doc("Customer Service Settings")
	assert make_order(lines=line(qty=3, unit_price=0.175)).total == 0.53
	settings.money_rounding = "Half to Even"
	settings.save()
	assert make_order(lines=line(qty=3, unit_price=0.175)).total == 0.52
	settings.price_decimals = 2
	settings.save()
	with pytest.raises(MoneyError, match="Row 1: Unit Price.*3 decimals; at most 2"):
		make_order(lines=line(qty=3, unit_price=0.175))


def test_approved_order_keeps_its_figures_whatever_the_site_rounds_since():
	order = decide(review_all(under_review(lines=line(qty=3, unit_price=0.175))))
	settings = frappe.get_doc("Customer Service Settings")
	settings.money_rounding = "Half to Even"
	settings.save()
	change(order, contact_person="Wang Example")
	assert (order.total, order.lines[0].amount, order.contact_person) == (0.53, 0.53, "Wang Example")


def test_five_hundred_lines():
	order = under_review(lines=line(unit_price=0.333333) * 500)
	assert (len(order.lines), order.total) == (500, 165)  # 0.33 each


def test_yen_have_no_coins(company_currency):
	order = make_order(currency="JPY", exchange_rate=0.05, lines=line(qty=3, unit_price=33.5))
	assert (order.lines[0].amount, order.total, order.company_total) == (101, 101, 5.05)


# --- clarification (C-1) -----------------------------------------------------------------------------------------------


def test_order_without_paper_is_confirmed_before_it_is_reviewed():
	order = make_order(order_source="Verbal")
	for action in ("Mark Clarified", "Start Review"):
		with pytest.raises(ReviewError, match="Confirmation Sent At.*Confirmed By.*Confirmed At"):
			go(order, action, by="clerk")
	again(order).update({"confirmed_by": "Li Example", "confirmed_at": now_datetime()})
	order.save()
	with pytest.raises(ReviewError, match="Fill in: .*Confirmation Sent At"):
		go(order, "Start Review", by="clerk")
	again(order).confirmation_sent_at = now_datetime()  # read out on the telephone
	order.save()
	assert go(go(order, "Mark Clarified", by="clerk"), "Start Review", by="clerk").workflow_state == "In Review"


def test_open_question_to_the_customer_holds_the_review():
	order = make_order(clarifications=[{"question": "Which colour?", "asked_of": "Li Example"}])
	row = order.clarifications[0]
	assert (row.asked_by, row.answered_at) == (email("clerk"), None)
	with pytest.raises(ReviewError, match="row 1 has no answer"):
		go(order, "Start Review", by="clerk")
	again(order).clarifications[0].answer = "Grey."
	order.save()
	assert order.clarifications[0].answered_at and order.clarifications[0].asked_by == email("clerk")
	assert go(order, "Start Review", by="clerk").workflow_state == "In Review"


# --- the matrix (C-2) --------------------------------------------------------------------------------------------------


def matrix(**values):
	base = {
		"doctype": "Review Matrix",
		"matrix_name": f"Matrix {frappe.generate_hash(length=6)}",
		"rank": 10,
		"departments": [{"department": "Engineering", "sequence": 1}],
		"deciders": [{"role": "General Manager"}],
	}
	return frappe.get_doc({**base, **values}).insert()


@pytest.mark.parametrize(
	"conditions, order, fits",
	[
		({"order_kind": "Sample"}, {"order_kind": "Sample"}, True),
		({"order_kind": "Sample"}, {}, False),
		({"minimum_value": 8500}, {}, True),
		({"minimum_value": 8500.01}, {}, False),
		({"new_item_only": 1}, {}, False),
		({"new_item_only": 1}, {"lines": line(is_new_item=1)}, True),
		({"condition": "doc.customer_order_no == 'PO-1'"}, {}, True),
		({"condition": "doc.no_such_method()"}, {}, False),
		({"valid_until": "2020-01-01"}, {}, False),
		({"enabled": 0}, {}, False),
	],
)
def test_matrix_is_chosen_by_its_conditions(conditions, order, fits):
	chosen = matrix(**conditions)
	assert (under_review(**order).review_matrix == chosen.name) is fits


def test_matrix_by_customer_class():
	chosen = matrix(customer_class="Agent")
	agent = factories.make_customer(customer_class="Agent")
	assert under_review(customer=agent.name).review_matrix == chosen.name
	assert under_review().review_matrix == "P1 Joint Review"


def test_order_that_no_matrix_fits_is_refused():
	frappe.db.set_value("Review Matrix", {"name": ("is", "set")}, "enabled", 0)
	with pytest.raises(ReviewError, match="No Review Matrix fits"):
		under_review()


@pytest.mark.parametrize(
	"values, words",
	[
		({"departments": [{"department": "Engineering"}] * 2}, "Row 1: .*Engineering.* twice"),
		({"departments": [{"department": "Engineering", "concerned_fields": "lines.colour"}]}, "lines.colour"),
		({"departments": [{"department": "Engineering", "concerned_fields": "workflow_state"}]}, "workflow_state"),
		({"questions": [{"department": "Materials", "question": "When?"}]}, "Questions, row 1: .*Materials"),
		({"deciders": [{"role": "General Manager", "up_to_value": 5}]}, "leave the value of one role empty"),
		({"condition": "doc.total >"}, "cannot be read"),
	],
)
def test_bad_matrix_is_refused(values, words):
	with pytest.raises(CustomerServiceError, match=words):
		matrix(**values)


def test_all_departments_of_a_step_are_asked_at_once_and_told():
	order = under_review()
	assert statuses(order) == ASKED
	told = frappe.get_all("Notification Log", {"document_name": order.name}, pluck="for_user")
	assert email("quality_head") in told and len(told) == len(set(told))
	due = {row["department"]: row["due_at"] for row in opinions.board(order)}
	assert all(due.values())  # one working day each, by the one mechanism of clocks


def test_later_step_is_asked_when_the_earlier_one_is_complete():
	matrix(
		departments=[
			{"department": "Engineering", "sequence": 1},
			{"department": "Quality Department", "sequence": 1},
			{"department": "Materials", "sequence": 2},
		]
	)
	order = under_review()
	assert statuses(order) == {"Engineering": "Asked", "Quality Department": "Asked", "Materials": None}
	with pytest.raises(ReviewError, match="Materials.* is not asked"):
		give(order, "Materials")
	give(order, "Engineering")
	assert statuses(order)["Materials"] is None
	give(order, "Quality Department")
	assert statuses(order)["Materials"] == "Asked" and not order.reviewed_at
	give(order, "Materials")
	assert order.reviewed_at


# --- opinions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", REVIEWERS)
def test_opinions_in_any_order_lead_to_the_decision(first):
	order = under_review()
	for department in [first, *(each for each in REVIEWERS if each != first)]:
		assert not order.reviewed_at
		give(order, department)
	assert (order.workflow_state, bool(order.reviewed_at)) == ("In Review", True)
	assert decide(order).workflow_state == "Approved"
	assert [(row.decision, row.decided_by, row.value_seen) for row in order.decisions] == [
		("Approve", email("general_manager"), 8500)
	]


@pytest.mark.parametrize("person", ["clerk", "engineer", "general_manager", "manager", "employee"])
def test_opinion_by_the_wrong_department_is_refused(person):
	order = under_review()
	with pytest.raises((ReviewError, frappe.PermissionError)):
		give(
			order,
			"Quality Department",
			by=person,
			seen=sheet_of(order, "Quality Department", "quality_reviewer")["seen"],
		)
	assert statuses(order) == ASKED


def test_opinion_of_the_head_by_the_deputy_only_while_the_head_is_absent():
	department = frappe.get_doc("Service Department", "Quality Department")
	department.deputy = email("quality_reviewer")
	department.save()
	matrix(departments=[{"department": "Quality Department", "sequence": 1, "given_by": "Head or Deputy"}])
	order = under_review()
	with pytest.raises(ReviewError, match="deputy while the head is absent"):
		give(order, "Quality Department", seen=sheet_of(order, "Quality Department", "quality_head")["seen"])
	department.head_absent_from = add_to_date(None, days=-1)
	department.save()
	give(order, "Quality Department")
	signed = opinions.current(order.name)["Quality Department"]
	assert (signed.signed_by, signed.signed_for) == (email("quality_reviewer"), email("quality_head"))


@pytest.mark.parametrize(
	"values, words",
	[
		({"answers": {}}, "has no answer"),
		({"answers": {"Is the order technically feasible?": "Perhaps"}}, "answered by Yes or No"),
		({"conclusion": "Reject"}, "a rejection needs its reason"),
		({"conclusion": "Accept with Conditions"}, "at least one condition"),
		({"conditions": [{"condition_text": "New tool first."}]}, "conditions belong to"),
		({"conclusion": "Perhaps"}, "the conclusion is one of"),
	],
)
def test_incomplete_opinion_is_refused(values, words):
	order = under_review()
	with pytest.raises(ReviewError, match=words):
		give(order, "Engineering", **values)
	assert statuses(order) == ASKED


def test_opinion_is_kept_with_answers_signature_and_hash():
	order = under_review()
	give(
		order,
		"Materials",
		"Accept with Conditions",
		conditions=[{"condition_text": "Steel by <b>May</b>."}],
		remark="Tight.",
	)
	kept = frappe.get_doc("Review Opinion", opinions.current(order.name)["Materials"].name)
	assert (kept.status, kept.conclusion, kept.remark) == ("Given", "Accept with Conditions", "Tight.")
	assert [(row.question, row.answer) for row in kept.answers] == [("Can the delivery date be kept?", "Yes")]
	assert [(row.condition_text, row.before_release, row.met_at) for row in kept.conditions] == [
		("Steel by May.", 1, None)
	]
	assert kept.signed_by == email("materials_reviewer") and kept.given_at and len(kept.content_seen) == 64


def test_opinion_on_what_has_changed_meanwhile_is_refused():
	order = under_review()
	seen = sheet_of(order, "Materials", "materials_reviewer")["seen"]
	change(order, qty=120)
	with pytest.raises(StaleContentError):
		give(order, "Materials", seen=seen)
	assert statuses(order) == ASKED


def test_second_opinion_of_one_department_is_refused():
	order = under_review()
	seen = sheet_of(order, "Engineering", "engineer")["seen"]
	give(order, "Engineering")
	with pytest.raises(ReviewError, match="is not asked"):
		give(order, "Engineering", "Reject", seen=seen, remark="No.")


@pytest.mark.parametrize(
	"values, void",
	[
		({"qty": 120}, {"Marketing", "Materials"}),
		({"unit_price": 44}, {"Marketing"}),
		({"specification": "IP65"}, {"Marketing", "Engineering", "Quality Department", "Materials"}),
		({"delivery_date": "2030-04-01"}, {"Marketing", "Materials"}),
		({"special_requirements": "Gold plated"}, {"Marketing", "Engineering", "Quality Department", "Materials"}),
		({"contact_person": "Wang Example"}, set()),
	],
)
def test_change_makes_void_the_opinions_that_it_touches(values, void):
	order = review_all(under_review())
	assert order.reviewed_at
	change(order, **values)
	assert statuses(order) == {name: "Asked" if name in void else "Given" for name in REVIEWERS}
	assert bool(order.reviewed_at) is not bool(void)
	rounds = {name: row["round"] for name, row in opinions.current(order.name).items()}
	assert rounds == {name: 2 if name in void else 1 for name in REVIEWERS}
	kept = frappe.get_all("Review Opinion", {"contract_review": order.name, "status": "Void"}, pluck="department")
	assert set(kept) == void
	if void:
		with pytest.raises(ReviewError):
			decide(order)


# --- objection and decision (C-3) ------------------------------------------------------------------------------------


def objected():
	order = review_all(under_review(), "Quality Department")
	return give(order, "Quality Department", "Reject", remark="Cannot be attained.")


def test_objection_is_coordinated_with_a_measure_then_approved():
	order = objected()
	assert order.workflow_state == "Objection"
	with pytest.raises(ReviewError, match="Objection"):
		decide(order)
	with pytest.raises(ReviewError, match="write the measure"):
		decide(order, "Coordinate")
	assert decide(order, "Coordinate", measure="Extra test by an outside laboratory.").workflow_state == "Coordinated"
	assert decide(order).workflow_state == "Approved"
	assert [row.decision for row in order.decisions] == ["Coordinate", "Approve"]


def test_objection_does_not_stop_the_others_from_answering():
	order = under_review()
	give(order, "Quality Department", "Reject", remark="No.")
	assert (order.workflow_state, order.reviewed_at) == ("In Review", None)
	review_all(order, "Quality Department")
	assert order.workflow_state == "Objection"


def test_order_changed_after_the_measure_is_reviewed_again():
	order = decide(objected(), "Coordinate", measure="Other steel.")
	change(order, specification="Steel 304")
	assert order.workflow_state == "In Review" and statuses(order) == ASKED
	assert decide(review_all(order)).workflow_state == "Approved"


def test_no_agreement_is_cancelled_with_consent():
	order = decide(objected(), "Cancel", measure="Customer insists.")
	assert (order.workflow_state, order.state_category) == ("Cancelled", "Cancelled")
	with pytest.raises(RecordClosedError):
		change(order, qty=1)


def test_cancelling_in_review_needs_the_decider_and_withdraws_the_questions():
	order = under_review()
	with pytest.raises((WorkflowTransitionError, WorkflowPermissionError)):
		go(order, "Cancel Order", by="clerk")
	decide(order, "Cancel", measure="The customer withdrew.")
	left = frappe.get_all("Review Opinion", {"contract_review": order.name}, pluck="status")
	assert left == ["Withdrawn"] * 4
	running = frappe.get_all(
		"Service Clock", {"reference_doctype": "Review Opinion", "status": "Running"}, pluck="reference_name"
	)
	assert not set(running) & set(frappe.get_all("Review Opinion", {"contract_review": order.name}, pluck="name"))


@pytest.mark.parametrize("person", ["clerk", "manager", "quality_head", "engineer"])
def test_only_the_role_of_the_matrix_decides(person):
	order = review_all(under_review())
	with pytest.raises((ReviewError, frappe.PermissionError)):
		decide(order, by=person)
	assert again(order).workflow_state == "In Review"


def test_value_decides_who_decides():
	"""Up to 8,000 the service manager, above it the general manager: an administrator's record, no code."""
	matrix(deciders=[{"role": "Customer Service Manager", "up_to_value": 8000}, {"role": "General Manager"}])
	small = give(under_review(lines=line(qty=80, unit_price=100)), "Engineering")
	assert decide(small, by="manager").workflow_state == "Approved"
	large = give(under_review(lines=line(qty=80, unit_price=100.01)), "Engineering")
	with pytest.raises(ReviewError, match="General Manager"):
		decide(large, by="manager")


def test_nobody_decides_on_his_own_order():
	matrix(deciders=[{"role": "Customer Service Clerk"}])
	order = give(under_review(), "Engineering")
	with pytest.raises(ReviewError, match="entered himself"):
		decide(order, by="clerk")


def test_decision_before_all_have_answered_is_refused():
	order = review_all(under_review(), "Materials")
	with pytest.raises(ReviewError, match="still missing: Materials"):
		decide(order)


def test_approval_of_a_changed_order_is_refused():
	order = review_all(under_review())
	seen = api.content_hash(order.name)
	change(order, unit_price=40)
	give(order, "Marketing")
	with pytest.raises(StaleContentError):
		decide(order, seen=seen)
	assert decide(order).workflow_state == "Approved"


# --- release -----------------------------------------------------------------------------------------------------------


def test_release_waits_for_conditions_and_the_countersigned_order():
	order = under_review(order_source="Document")
	give(
		order,
		"Materials",
		"Accept with Conditions",
		conditions=[{"condition_text": "Steel ordered."}, {"condition_text": "Later.", "before_release": 0}],
	)
	decide(review_all(order, "Materials"))
	with pytest.raises(ReviewError, match="Steel ordered.*Countersigned Order.*Returned to the Customer At") as refused:
		go(order, "Release to Production", by="clerk")
	assert "Later." not in str(refused.value)
	frappe.set_user(email("clerk"))
	open_one = opinions.open_conditions(order.name)[0]
	assert api.condition_met(order.name, open_one.name, "PO placed.") == 0
	with pytest.raises(ReviewError, match="not open"):
		api.condition_met(order.name, open_one.name)
	frappe.set_user("Administrator")
	again(order).countersigned_order = factories.attach_file(order)
	order.countersigned_sent_at = now_datetime()
	order.save()
	order = go(order, "Release to Production", by="clerk")
	assert (order.workflow_state, order.released_by) == ("Released to Production", email("clerk"))


def test_nothing_is_released_before_approval():
	order = review_all(under_review())
	with pytest.raises((WorkflowTransitionError, WorkflowPermissionError)):
		go(order, "Release to Production", by="clerk")


def test_each_step_leaves_its_trace():
	order = decide(review_all(under_review()))
	events = frappe.get_all(
		"Service Event",
		{"reference_name": order.name},
		["event", "before_value", "after_value", "actor"],
		order_by="creation, name",
	)
	given = sorted((row.before_value, row.after_value) for row in events if row.event == "Opinion Given")
	assert given == sorted((name, "Accept") for name in REVIEWERS)
	states = [(row.before_value, row.after_value) for row in events if row.event == "State Changed"]
	assert states == [("Draft", "In Review"), ("In Review", "Approved")]


def test_many_orders_are_accepted_at_once_as_shown():
	"""Two untouched orders and one that was changed after it was shown; questions are optional here."""
	matrix(departments=[{"department": "Engineering", "sequence": 1}])
	orders = [under_review() for _each in range(3)]
	frappe.set_user(email("engineer"))
	names = frappe.get_all("Review Opinion", {"contract_review": ("in", [each.name for each in orders])}, pluck="name")
	shown = api.opinions_to_accept(names)
	assert sorted((row["contract_review"], row["total"], row["lines"]) for row in shown) == [
		(each.name, 8500, 3) for each in orders
	]
	change(orders[1], qty=7)
	frappe.set_user(email("engineer"))
	answer = api.accept_opinions([{**row, "lines": None} for row in shown])
	assert sorted(answer["done"]) == [orders[0].name, orders[2].name]
	assert [(row["name"], "has changed" in row["message"]) for row in answer["errors"]] == [(orders[1].name, True)]
	frappe.set_user(email("quality_reviewer"))
	assert api.opinions_to_accept(names) == []
