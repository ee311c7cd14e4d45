"""The hot-line screen in a browser, by keyboard alone, at the desk and on a phone (A-7, A-8)."""

import os
from datetime import timedelta

import frappe
import pytest
from playwright.sync_api import expect

from customer_service.organisation import clock
from customer_service.tests import factories
from customer_service.tests.browser import (
	open_desk,
	open_form,
	overflow,
	strangers,
	visit,  # noqa: F401
)

SCREEN = ".hot-line"


@pytest.fixture
def company():
	"""上海样例仪器 with two contacts, an open complaint, an open contact and a past of calls."""
	token = frappe.generate_hash(length=6)
	doc = factories.make_customer(
		f"上海样例仪器{token}有限公司",
		is_strategic=1,
		owner_department="Marketing",
		region="华东",
		warranty_until=clock.now().date() + timedelta(days=200),
		contacts=[
			{"contact_name": "李示例", "position": "采购主管", "phone": "138-0000-1111"},
			{"contact_name": "Wang Example", "phone": "139-0000-2222"},
		],
	)
	factories.make_complaint(customer=doc.name, description="五百件产品表面有划痕，无法使用。")
	for number in range(6):
		factories.make_contact(customer=doc.name, subject=f"Asks for the delivery date of order {number}")
	frappe.db.commit()
	return doc


def open_screen(visit, person: str, phone: bool = False):  # noqa: F811
	page = visit(person, phone=phone)
	open_desk(page, "hot-line")
	expect(page.get_by_role("button", name="The phone rings")).to_be_focused()
	return page


def keep(page, name: str) -> None:
	"""A picture of the screen for whoever wants to look at it."""
	if os.environ.get("CS_PICTURES"):
		page.screenshot(path=f"{os.environ['CS_PICTURES']}/{name}.png", full_page=True)


def press(page, *keys: str) -> None:
	for key in keys:
		page.keyboard.press(key)


def focused(page) -> str:
	return page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")


def ring_and_answer(page) -> None:
	press(page, "Enter")
	expect(page.locator(".rings")).to_have_text("Ring 1 of 10")
	press(page, "Enter")
	expect(page.locator("[name=company]")).to_be_focused()


def saved_number(page) -> str:
	status = page.locator(".hot-line [role=status]")
	expect(status).to_contain_text("is kept")
	return status.locator("a").first.inner_text()


def test_complaint_of_a_registered_caller_by_keyboard_alone(visit, company):  # noqa: F811
	page = open_screen(visit, "clerk")
	keep(page, "hot-line-start")
	ring_and_answer(page)
	page.keyboard.type(company.customer_name[2:-4])
	expect(page.locator(".hits li").first).to_contain_text(company.customer_name)
	keep(page, "hot-line-search")
	press(page, "Enter")
	record = page.locator(".record")
	for shown in (company.customer_name, "Strategic Customer", "In warranty until", "Marketing", "五百件"):
		expect(record).to_contain_text(shown)
	expect(record.locator("ul").nth(2).locator("li")).to_have_count(5)
	# The first registered contact is chosen; the arrow goes on to the second.
	press(page, "ArrowDown", "Enter")
	assert focused(page) == "topic"
	page.keyboard.type("Product Q")
	press(page, "Enter")
	page.keyboard.type("The housing breaks when it is opened.")
	press(page, "Tab", "Space", "Tab")
	assert focused(page) == "severity"
	page.keyboard.type("Serious")
	press(page, "Tab")
	page.keyboard.type("Urgent")
	keep(page, "hot-line-filled")
	press(page, "Control+Enter")
	number = saved_number(page)
	keep(page, "hot-line-saved")
	frappe.db.rollback()
	doc = frappe.get_doc("Complaint", number)
	assert (doc.customer, doc.contact_person, doc.channel) == (company.name, "Wang Example", "Hot Line")
	assert (doc.topic, doc.severity, doc.priority) == ("Product Quality", "Serious", "Urgent")
	assert doc.description == "The housing breaks when it is opened." and doc.answered_in_time
	steps = [doc.rung_at, doc.call_answered_at, doc.company_named_at, doc.record_found_at, doc.caller_checked_at]
	assert all(steps) and [*steps, doc.handed_over_at] == sorted([*steps, doc.handed_over_at])
	# The next call starts where this one did.
	press(page, "Enter")
	expect(page.get_by_role("button", name="The phone rings")).to_be_focused()
	assert strangers(page) == []


def test_caller_who_is_not_registered_gives_name_and_number(visit, company):  # noqa: F811
	page = open_screen(visit, "clerk")
	ring_and_answer(page)
	page.keyboard.type(company.customer_name)
	expect(page.locator(".hits li").first).to_contain_text(company.customer_name)
	press(page, "Enter")
	expect(page.locator(".callers input").first).to_be_focused()
	press(page, "ArrowUp")  # from the first one up to the last: not registered
	press(page, "Enter")
	assert focused(page) == "caller_name"
	page.keyboard.type("Zhao Example")
	press(page, "Enter")
	page.keyboard.type("137-0000-3333")
	press(page, "Enter")
	page.keyboard.type("Deliv")
	press(page, "Enter")
	page.keyboard.type("When will it come?")
	press(page, "Control+Enter")
	number = saved_number(page)
	frappe.db.rollback()
	doc = frappe.get_doc("Contact Record", number)
	assert (doc.customer, doc.contact_person, doc.contact_phone) == (company.name, "Zhao Example", "137-0000-3333")


def test_what_is_typed_stays_when_the_server_refuses(visit):  # noqa: F811
	page = open_screen(visit, "clerk")
	ring_and_answer(page)
	page.keyboard.type("Nobody Knows Ltd")
	expect(page.locator(".hits li")).to_contain_text("Not in the list")
	press(page, "Enter")
	expect(page.locator("[name=caller_name]")).to_be_focused()
	page.keyboard.type("Qian")
	press(page, "Enter", "Enter", "Enter")
	page.keyboard.type("Where is it?")
	press(page, "Control+Enter")
	expect(page.locator(".refusal")).to_have_text("Please fill in Topic.")
	expect(page.locator("[name=topic]")).to_be_focused()
	keep(page, "hot-line-refused")
	for name, value in {"company": "Nobody Knows Ltd", "caller_name": "Qian", "text": "Where is it?"}.items():
		expect(page.locator(f"[name={name}]")).to_have_value(value)
	page.keyboard.type("Deliv")
	press(page, "Control+Enter")
	assert saved_number(page)


def test_employee_outside_customer_service_takes_a_matter_in(visit, company):  # noqa: F811
	page = open_screen(visit, "employee")
	ring_and_answer(page)
	expect(page.locator(".advice")).to_contain_text("customer service at once")
	page.keyboard.type(company.customer_name)
	page.wait_for_timeout(400)
	expect(page.locator(".hits li")).to_have_count(0)
	expect(page.locator(".record")).to_be_hidden()
	keep(page, "hot-line-employee")
	press(page, "Enter")
	page.keyboard.type("Sun")
	press(page, "Enter", "Enter")
	page.keyboard.type("Deliv")
	press(page, "Enter")
	page.keyboard.type("Please call back.")
	press(page, "Control+Enter")
	number = saved_number(page)
	frappe.db.rollback()
	doc = frappe.get_doc("Contact Record", number)
	assert (doc.owner, doc.customer, doc.channel) == (factories.email("employee"), None, "Phone")
	assert doc.lead_department
	assert not [url for url in page.requested if "hot_line.search" in url or "hot_line.overview" in url]


def test_another_company_does_not_keep_the_first_ones_contacts(visit, company):  # noqa: F811
	page = open_screen(visit, "clerk")
	ring_and_answer(page)
	page.keyboard.type(company.customer_name)
	expect(page.locator(".hits li").first).to_contain_text(company.customer_name)
	press(page, "Enter")
	expect(page.locator(".callers input").first).to_be_focused()
	page.locator("[name=company]").focus()
	page.keyboard.type(" and more")
	expect(page.locator(".callers")).to_be_hidden()
	expect(page.locator("[name=caller_name]")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_screen_fits_in_both_languages(visit, company, language, phone):  # noqa: F811
	frappe.db.set_value("User", factories.email("manager"), "language", language)
	frappe.clear_cache(user=factories.email("manager"))
	frappe.db.commit()
	try:
		page = visit("manager", phone=phone)
		open_desk(page, "hot-line")
		place = page.locator(SCREEN)
		place.locator(".rings-now").click()
		place.locator(".answer").click()
		page.keyboard.type(company.customer_name[2:-4])
		expect(page.locator(".hits li").first).to_contain_text(company.customer_name)
		keep(page, f"hot-line-{language}-{'phone' if phone else 'desk'}-search")
		press(page, "Enter")
		expect(page.locator(".record")).to_contain_text("五百件")
		place.locator("[name=is_complaint]").check()
		keep(page, f"hot-line-{language}-{'phone' if phone else 'desk'}")
		assert overflow(page) <= 0
		words = "顾客所述" if language == "zh" else "What the Customer Says"
		expect(place).to_contain_text(words)
	finally:
		frappe.db.set_value("User", factories.email("manager"), "language", "en")
		frappe.clear_cache(user=factories.email("manager"))
		frappe.db.commit()


def test_form_tells_that_the_customer_has_answered_until_somebody_has_read_it(visit):  # noqa: F811
	case = factories.make_complaint()
	case.db_set("customer_answered_at", clock.now().replace(microsecond=0))
	frappe.db.commit()
	page = visit("clerk")
	open_form(page, "Complaint", case.name)
	expect(page.locator(".form-message").first).to_contain_text("The customer has answered")
	keep(page, "customer-answered")
	page.get_by_role("button", name="Answer Read").click()
	expect(page.get_by_role("button", name="Answer Read")).to_have_count(0)
	frappe.db.rollback()
	assert not frappe.db.get_value("Complaint", case.name, "customer_answered_at")
