"""An order in the desk, from the clerk's entry to the release: four departments answer, one objects, the general manager coordinates (C-1…C-3)."""

import frappe
import pytest
from playwright.sync_api import expect

from customer_service.tests import factories
from customer_service.tests.browser import (
	add_rows,
	control,
	open_desk,
	open_form,
	overflow,
	pick,
	save,
	take_step,
	text_of,
	visit,  # noqa: F401
	wait_for_desk,
)
from customer_service.tests.factories import REVIEWERS

COMPANY = "Fictional Lamps"

LINES = (
	{
		"item_code": "PS-100",
		"description": "Power supply",
		"qty": 100,
		"unit": "pcs",
		"unit_price": 45,
		"delivery_date": "2030-03-01",
	},
	{
		"item_code": "PS-200",
		"description": "Power supply, large",
		"qty": 50,
		"unit": "pcs",
		"unit_price": 70,
		"delivery_date": "2030-03-15",
	},
	{
		"item_code": "CB-1",
		"description": "Cable",
		"qty": 1000,
		"unit": "m",
		"unit_price": 0.5,
		"delivery_date": "2030-03-01",
	},
)


@pytest.fixture
def customer(site):
	made = factories.make_customer(f"{COMPANY} {frappe.generate_hash(length=6)}")
	frappe.db.commit()
	return made.name


def enter_order(page, customer: str) -> str:
	open_desk(page, "contract-review/new")
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Contract Review' && cur_frm.is_new()")
	pick(page, "customer", customer)
	control(page, "customer_order_no").fill("PO-4711")
	for field, value in (
		("order_source", "E-mail"),
		("order_kind", "Product"),
		("lead_department", "Marketing"),
	):
		pick(page, field, value)
	page.evaluate("() => cur_frm.set_value({order_date: '2030-01-02'})")
	page.evaluate("() => { cur_frm.clear_table('lines'); cur_frm.refresh_field('lines'); }")
	add_rows(page, "lines", *LINES)
	save(page)
	return page.evaluate("cur_frm.doc.name")


def sign(page, name: str, department: str, conclusion: str, **texts: str) -> None:
	"""Open the order, answer the department's question by Yes, and sign."""
	open_form(page, "Contract Review", name)
	page.get_by_role("button", name=f"Opinion of {department}", exact=True).click()
	dialog = page.locator(".modal.show")
	page.wait_for_function("window.cur_dialog && cur_dialog.display")  # it forgets what is typed while it fades in
	dialog.locator("[data-fieldname=answer_0] select").select_option("Yes")
	dialog.locator("[data-fieldname=conclusion] select").select_option(conclusion)
	for field, text in texts.items():
		dialog.locator(f"[data-fieldname={field}] textarea").fill(text)
		page.keyboard.press("Tab")
	dialog.get_by_role("button", name="Sign", exact=True).click()
	expect(dialog).to_have_count(0)
	wait_for_desk(page)
	expect(board_row(page, department)).to_contain_text(conclusion)


def board_row(page, department: str):
	return page.locator("[data-fieldname=board] tbody tr", has_text=department)


def decide(page, decision: str, state: str, measure: str | None = None) -> None:
	page.get_by_role("button", name=decision, exact=True).first.click()
	dialog = page.locator(".modal.show")
	if measure:
		dialog.locator("[data-fieldname=measure] textarea").fill(measure)
	dialog.get_by_role("button", name=decision, exact=True).click()
	expect(page.locator(".page-head .indicator-pill:visible").first).to_have_text(state)
	wait_for_desk(page)


def test_order_is_reviewed_coordinated_and_released(visit, client, customer):  # noqa: F811
	clerk = visit("clerk")
	name = enter_order(clerk, customer)
	assert name.startswith("CRV-")
	expect(control(clerk, "customer")).to_be_visible()
	assert clerk.evaluate("cur_frm.doc.total") == 8500
	take_step(clerk, "Start Review", "In Review")
	clerk.evaluate("async () => { await cur_frm.reload_doc(); }")
	for department in REVIEWERS:
		expect(board_row(clerk, department)).to_contain_text("Asked")

	# Each department sees its own button only, in any order; the board shows who is still missing.
	for department, conclusion, texts in (
		("Materials", "Accept with Conditions", {"conditions": "Steel is ordered.", "remark": "Tight."}),
		("Engineering", "Accept", {}),
		("Quality Department", "Reject", {"remark": "The finish cannot be attained."}),
	):
		page = visit(REVIEWERS[department])
		sign(page, name, department, conclusion, **texts)
		expect(page.get_by_role("button", name="Opinion of Marketing", exact=True)).to_have_count(0)
		expect(board_row(page, "Marketing")).to_contain_text("Asked")
	sign(clerk, name, "Marketing", "Accept")
	expect(clerk.locator(".page-head .indicator-pill:visible").first).to_have_text("Objection")

	# The general manager has a measure for it, then approves what he sees.
	manager = visit("general_manager")
	open_form(manager, "Contract Review", name)
	expect(manager.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
	decide(manager, "Coordinate", "Coordinated", "Brushed finish, agreed with the customer.")
	decide(manager, "Approve", "Approved")

	# The condition is met, the order released.
	open_form(clerk, "Contract Review", name)
	clerk.get_by_role("button", name="Condition Met", exact=True).click()
	dialog = clerk.locator(".modal.show")
	expect(dialog.locator("[data-fieldname=condition] option")).to_have_text(["Materials: Steel is ordered."])
	dialog.locator("[data-fieldname=note] textarea").fill("Order 77 placed.")
	dialog.get_by_role("button", name="Submit", exact=True).click()
	expect(dialog).to_have_count(0)
	take_step(clerk, "Release to Production", "Released to Production")

	# Nobody types over it any more, and its print tells who said what.
	clerk.evaluate("() => cur_frm.set_value('special_requirements', 'Cheaper')")
	clerk.keyboard.press("Control+s")
	expect(clerk.locator(".modal.show .msgprint").last).to_contain_text("was approved as it stood")
	printed = " ".join(text_of(client("clerk").pdf("Contract Review", name)).split())
	for wanted in (
		name,
		"HT-QR-MA-03",
		"PO-4711",
		"Cable",
		"8,500",
		"Steel is ordered.",
		"The finish",
		"Brushed finish",
	):
		assert wanted in printed, wanted


def test_many_opinions_are_accepted_from_the_list(visit, client, customer):  # noqa: F811
	"""The person sees what is accepted; what asks a question is answered by itself."""
	question = frappe.get_doc("Review Matrix", "P1 Joint Review")
	for row in question.questions:
		row.is_required = 0
	question.save()
	names = [
		factories.go(factories.make_order(customer=customer), "Start Review", by="clerk").name for _each in range(2)
	]
	frappe.db.commit()
	try:
		page = visit("engineer")
		open_desk(page, f"review-opinion?customer={customer}&department=Engineering")
		for name in names:
			page.locator(".list-row", has_text=name).filter(has_text="Engineering").locator(
				".list-row-checkbox"
			).check()
		page.get_by_role("button", name="Actions").click()
		page.locator(".dropdown-item:visible", has_text="Accept Orders").click()
		dialog = page.locator(".modal.show")
		expect(dialog.locator("tbody tr")).to_have_count(2)
		expect(dialog).to_contain_text("8,500.00")
		dialog.get_by_role("button", name="Accept 2 Orders").click()
		for name in names:
			expect(page.locator(".list-row", has_text=name).filter(has_text="Engineering")).to_contain_text("Given")
		frappe.db.rollback()
		given = frappe.get_all(
			"Review Opinion", {"contract_review": ("in", names), "status": "Given"}, pluck="signed_by"
		)
		assert given == [factories.email("engineer")] * 2
	finally:
		for row in question.questions:
			row.is_required = 1
		question.save()
		frappe.db.commit()


def test_board_can_be_read_on_a_phone(visit, customer):  # noqa: F811
	order = factories.go(factories.make_order(customer=customer), "Start Review", by="clerk")
	frappe.db.commit()
	page = visit("engineer", phone=True)
	open_form(page, "Contract Review", order.name)
	expect(board_row(page, "Engineering")).to_contain_text("Asked")
	assert overflow(page) == 0
