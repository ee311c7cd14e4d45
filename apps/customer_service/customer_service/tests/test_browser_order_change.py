"""A change of a released order in the desk: applied for, approved, agreed, reviewed again, copies back (C-6)."""

import frappe
import pytest
from playwright.sync_api import expect

from customer_service.tests import factories
from customer_service.tests.browser import (
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
from customer_service.tests.test_browser_contract_review import decide, sign


@pytest.fixture
def order(site):
	made = factories.released_order(customer=factories.make_customer().name)
	frappe.db.commit()
	return made.name


def test_change_from_inside_up_to_the_new_version(visit, client, order):  # noqa: F811
	# Materials applies, from the order's own form; the lines are there already.
	materials = visit("materials_reviewer")
	open_form(materials, "Contract Review", order)
	materials.locator(".inner-group-button", has_text="Create").locator("button").click()
	materials.locator(".dropdown-item:visible", has_text="Order Change").click()
	materials.wait_for_function(
		"window.cur_frm && cur_frm.doctype === 'Order Change' && cur_frm.doc.lines?.length === 3"
	)
	control(materials, "origin", "select").select_option("Inside")
	pick(materials, "cause", "Material")
	pick(materials, "department", "Materials")
	control(materials, "reason", "textarea").fill("The steel comes two weeks later.")
	materials.evaluate(
		"""async () => {
			const row = cur_frm.doc.lines[0];
			await frappe.model.set_value(row.doctype, row.name, {qty: 80, delivery_date: '2030-03-15'});
		}"""
	)
	save(materials)
	name = materials.evaluate("cur_frm.doc.name")
	table = materials.locator("[data-fieldname=before_after] tbody")
	expect(table).to_contain_text("2030-03-01")
	expect(table.locator("tr")).to_have_count(2)
	take_step(materials, "Apply", "In Approval")

	# The deputy general manager sees before and after, and approves.
	deputy = visit("deputy_manager")
	open_form(deputy, "Order Change", name)
	expect(deputy.locator("[data-fieldname=before_after] tbody")).to_contain_text("80")
	take_step(deputy, "Approve", "Waiting for Customer")

	# The customer agrees; the departments are asked about version 2.
	clerk = visit("clerk")
	open_form(clerk, "Order Change", name)
	control(clerk, "agreed_by").fill("Li Example")
	clerk.evaluate("() => cur_frm.set_value('agreed_at', frappe.datetime.now_datetime())")
	save(clerk)
	take_step(clerk, "Customer Agrees", "In Review")
	version = f"{order}-2"
	clerk.wait_for_function(f"cur_frm.doc.new_version === '{version}'")
	for department, person in REVIEWERS.items():
		sign(visit(person), version, department, "Accept")
	manager = visit("general_manager")
	open_form(manager, "Contract Review", version)
	decide(manager, "Approve", "Approved")

	# Both versions side by side; the old one's copies are called back, the new ones go out with the release.
	open_form(clerk, "Contract Review", version)
	versions = clerk.locator("[data-fieldname=versions_board]")
	expect(versions.locator("tr", has_text="Quantity")).to_contain_text("100")
	expect(versions.locator("tr", has_text="Status")).to_contain_text("Superseded")
	copies = clerk.locator("[data-fieldname=copies_board]")
	take_step(clerk, "Release to Production", "Released to Production")
	clerk.evaluate("async () => { await cur_frm.reload_doc(); }")
	expect(copies.locator("tr", has_text="Recall Requested")).to_have_count(4)
	copies.locator("tr", has_text="Materials").filter(has_text="Recall Requested").get_by_role("button").click()
	dialog = clerk.locator(".modal.show")
	clerk.wait_for_function("window.cur_dialog && cur_dialog.display")
	dialog.get_by_role("button", name="Submit", exact=True).click()
	expect(dialog).to_have_count(0)
	wait_for_desk(clerk)
	expect(copies.locator("tr", has_text="Returned")).to_have_count(1)

	# Materials receives its copy of version 2 and the production change order.
	open_form(materials, "Contract Review", version)
	materials.locator("[data-fieldname=copies_board]").get_by_role("button", name="Confirm Receipt").click()
	expect(materials.locator("[data-fieldname=copies_board] tr", has_text="Received")).to_have_count(1)
	open_desk(materials, "production-change-order")
	materials.locator(".list-row", has_text="PCO-").first.locator("a").first.click()
	materials.get_by_role("button", name="Received by Materials", exact=True).click()
	expect(materials.get_by_role("button", name="Received by Materials", exact=True)).to_have_count(0)

	# Both forms print with number, before and after.
	change_order = materials.evaluate("cur_frm.doc.name")
	for doctype, record, number in (
		("Production Change Order", change_order, "HT-QR-MA-05"),
		("Order Change", name, "CR-OC"),
	):
		printed = " ".join(text_of(client("clerk").pdf(doctype, record)).split())
		for wanted in (number, record, "The steel comes two weeks later.", "Quantity", "100", "80", "2030-03-15"):
			assert wanted in printed, wanted


def test_change_can_be_read_on_a_phone(visit, order):  # noqa: F811
	stored = frappe.get_doc("Contract Review", order)
	change = factories.make_change(stored, lines=[factories.changed_line(stored, qty=80)])
	frappe.db.commit()
	page = visit("clerk", phone=True)
	open_form(page, "Order Change", change.name)
	expect(page.locator("[data-fieldname=before_after] tbody")).to_contain_text("80")
	assert overflow(page) == 0
