"""Form control in a browser (J-1): many records printed from the list, and a form's next version drafted and approved."""

import os

import frappe
from playwright.sync_api import expect

from customer_service.tests import factories
from customer_service.tests.browser import (
	open_desk,
	open_form,
	take_step,
	text_of,
	visit,  # noqa: F401
	wait_for_desk,
)


def keep(page, name: str) -> None:
	"""A picture of the screen for whoever wants to look at it."""
	if os.environ.get("CS_PICTURES"):
		page.screenshot(path=f"{os.environ['CS_PICTURES']}/{name}.png")


def test_chosen_records_are_printed_into_one_pdf(visit, client):  # noqa: F811
	clerk = client("clerk")
	names = [clerk.insert(**factories.complaint_values(part_no=f"LIST-{number}"))["name"] for number in range(2)]
	page = visit("clerk")
	open_desk(page, "complaint")
	for name in names:
		page.locator(".list-row", has_text=name).locator("input.list-row-checkbox").check()
	page.locator(".actions-btn-group button:visible").click()
	page.locator(".actions-btn-group .dropdown-item:visible", has_text="Print Many").click()
	dialog = page.locator(".modal.show")
	expect(dialog).to_contain_text("Print 2 Records")
	keep(page, "print-many")
	dialog.locator(".btn-modal-primary").click()
	expect(page.locator(".page-head:visible .indicator-pill").first).to_have_text("Done")
	keep(page, "print-job")
	with page.expect_popup() as opened:
		page.locator(".page-head:visible .primary-action").click()
	printed = text_of(page.request.get(opened.value.url).body())
	assert all(name in printed for name in names)


def test_next_version_of_a_form_is_drafted_by_one_and_approved_by_another(visit, client):  # noqa: F811
	administrator = client("service_admin")
	number = f"DESK-{frappe.generate_hash(length=6)}"
	administrator.insert("Controlled Form", form_number=number, document_type="Complaint", is_default=0)
	values = {"controlled_form": number, "version": "A/0", "title_en": "Desk Form", "title_zh": "桌面表单"}
	first = administrator.insert("Controlled Form Version", **values)["name"]
	client("manager").workflow("Controlled Form Version", first, "Approve Form")

	page = visit("service_admin")
	open_form(page, "Controlled Form", number)
	expect(page.locator(".page-head:visible .indicator-pill").first).to_have_text("In Force")
	keep(page, "controlled-form")
	page.get_by_role("button", name="New Version").click()
	dialog = page.locator(".modal.show")
	dialog.locator("[data-fieldname=version] input").fill("A/1")
	dialog.locator("[data-fieldname=change_summary] textarea").fill("Column for the lot number")
	dialog.locator(".btn-modal-primary").click()
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Controlled Form Version'")
	wait_for_desk(page)
	expect(page.locator(".page-head:visible .indicator-pill").first).to_have_text("Draft")
	keep(page, "form-version-draft")
	expect(page.locator(".actions-btn-group button:visible")).to_have_count(0)

	manager = visit("manager")
	open_form(manager, "Controlled Form Version", f"{number} A/1")
	take_step(manager, "Approve Form", "In Force")
	wait_for_desk(manager)
	assert manager.evaluate("cur_frm.doc.status") == "In Force"
	keep(manager, "form-version-approved")
	assert client("clerk").get("Controlled Form", number)["current_version"] == f"{number} A/1"
