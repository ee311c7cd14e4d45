"""An order's mails, file, calendar and board in the desk (C-1, C-3, C-4)."""

import frappe
import pytest
from playwright.sync_api import expect

from customer_service.contract_review import api
from customer_service.tests.browser import open_desk, open_form, overflow, visit, wait_for_desk  # noqa: F401
from customer_service.tests.factories import email, give_opinion, go, make_customer, make_order, review_all

ADDRESS = "li@customer.example.com"


@pytest.fixture
def order(site):
	"""Approved, with an opinion that has a remark, stored for the browser."""
	made = make_order(
		customer=make_customer(f"Fictional Lamps {frappe.generate_hash(length=6)}", language="en").name,
		contact_person="Li Example",
		contact_email=ADDRESS,
		order_source="Document",
		special_requirements="Labels in Spanish.",
		payment_terms="30 % deposit, 70 % before shipment",
	)
	made = go(made, "Start Review", by="clerk")
	give_opinion(made, "Materials", remark="Steel is on its way.")
	review_all(made, "Materials")
	frappe.set_user(email("general_manager"))
	api.decide(made.name, "Approve", api.content_hash(made.name))
	frappe.set_user("Administrator")
	frappe.db.commit()
	return frappe.get_doc("Contract Review", made.name)


def open_letter(page, order):
	"""The dialog of the order's confirmation."""
	open_form(page, order.doctype, order.name)
	page.get_by_role("button", name="Send", exact=True).first.click()
	page.locator(".dropdown-item:visible", has_text="Order Confirmation").first.click()
	page.wait_for_function("window.cur_dialog && cur_dialog.display")  # it forgets what is typed while it fades in
	return page.locator(".modal.show")


def test_clerk_sends_the_confirmation_and_finds_it_in_the_file(visit, order):  # noqa: F811
	page = visit("clerk")
	dialog = open_letter(page, order)
	subject = dialog.locator("[data-fieldname=subject] input")
	expect(dialog.locator("[data-fieldname=recipient] input")).to_have_value(ADDRESS)
	expect(subject).to_have_value("Confirmation of your order PO-1")
	dialog.locator("[data-fieldname=language] select").select_option("zh")
	expect(subject).to_have_value("订单PO-1的确认")
	expect(dialog.locator("[data-fieldname=message] textarea")).to_have_value(lambda_text("感谢您的订单PO-1"))
	dialog.get_by_role("button", name="Send", exact=True).click()
	expect(dialog).to_have_count(0)
	wait_for_desk(page)
	frappe.db.rollback()
	assert frappe.db.get_value(order.doctype, order.name, "confirmation_sent_at")
	open_form(page, order.doctype, order.name)
	page.get_by_role("button", name="Show Review File").click()
	rows = page.locator(".cs-review-file tbody tr")
	expect(rows.filter(has_text="Mail Sent")).to_contain_text("订单PO-1的确认")
	expect(rows.filter(has_text="Opinion Given").filter(has_text="Steel is on its way.")).to_have_count(1)
	expect(rows.filter(has_text="Gloria General").first).to_be_visible()
	assert overflow(page) <= 0


def lambda_text(part: str):
	"""A pattern for a text that has this part."""
	import re

	return re.compile(re.escape(part))


def test_file_on_a_phone(visit, order):  # noqa: F811
	page = visit("engineer", phone=True)
	open_form(page, order.doctype, order.name)
	page.get_by_role("button", name="Show Review File").click()
	expect(page.locator(".cs-review-file tbody tr").first).to_be_visible()
	assert overflow(page) <= 0
	expect(page.get_by_role("button", name="Send", exact=True)).to_have_count(0)


def test_calendar_and_board_show_the_order(visit, order):  # noqa: F811
	page = visit("clerk")
	open_desk(page, "contract-review/view/calendar/default")
	page.wait_for_function("window.jQuery && jQuery('.fc-view').length")
	page.evaluate("() => jQuery('.fc').fullCalendar('gotoDate', '2030-03-01')")
	event = page.locator(".fc-event", has_text=order.customer_name).first
	expect(event).to_be_visible()
	assert "fc-draggable" not in event.get_attribute("class")
	open_desk(page, "contract-review/view/kanban/Orders by State")
	column = page.locator(".kanban-column", has_text="Approved").first
	expect(column.locator(".kanban-card-wrapper", has_text=order.name)).to_be_visible()
