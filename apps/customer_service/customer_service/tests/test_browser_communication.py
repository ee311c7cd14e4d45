"""Communication in a browser: what the rules would do, a department acknowledging a slip, rounds of an instruction (A-2, A-4, A-5)."""

import frappe
import pytest
from playwright.sync_api import expect

from customer_service.tests import factories
from customer_service.tests.browser import (
	control,
	open_desk,
	open_form,
	strangers,
	take_step,
	visit,  # noqa: F401
	wait_for_desk,
)

API = "customer_service.customer_communication.api."


def choose_in(dialog, fieldname: str, value: str) -> None:
	"""Link a record in a dialog, as a person types and picks."""
	field = dialog.locator(f"[data-fieldname={fieldname}]")
	field.locator("input").click()
	field.locator("input").press_sequentially(value, delay=30)
	field.locator(".awesomplete li", has_text=value).first.click()


def test_dry_run_shows_which_rule_would_decide(visit):  # noqa: F811
	page = visit("clerk")
	open_desk(page, "routing-rule")
	page.get_by_role("button", name="Try the Routing Rules").click()
	dialog = page.locator(".modal.show")
	choose_in(dialog, "topic", "Technology")
	dialog.get_by_role("button", name="Try", exact=True).click()
	result = dialog.locator(".routing-result")
	expect(result).to_contain_text("P1 Process technology")
	expect(result).to_contain_text("Engineering")
	steps = dialog.locator(".routing-steps li")
	expect(steps.last).to_have_text("P1 Process technology — matches")
	expect(steps.first).to_contain_text("Document Type is Contact Record, not Complaint")


def test_contact_tells_how_it_was_routed_and_is_rerouted_with_reason(visit):  # noqa: F811
	contact = factories.make_contact(topic="Delivery")
	frappe.db.commit()
	page = visit("clerk")
	open_form(page, "Contact Record", contact.name)
	told = page.locator(".routing-decisions details").first
	expect(told).to_contain_text("Marketing leads by the rule P1 Delivery")
	page.get_by_role("button", name="Routing", exact=True).click()
	page.locator(".dropdown-menu.show .dropdown-item", has_text="Reroute").click()
	dialog = page.locator(".modal.show")
	choose_in(dialog, "lead_department", "Materials")
	dialog.locator("[data-fieldname=reason] textarea").fill("Stock decides")
	dialog.get_by_role("button", name="Reroute").click()
	expect(page.locator(".routing-decisions details").first).to_contain_text("Stock decides")
	assert page.evaluate("cur_frm.doc.lead_department") == "Materials"
	assert strangers(page) == []


@pytest.fixture
def slip() -> str:
	made = factories.make_slip()
	frappe.db.commit()
	return made.name


def test_department_acknowledges_and_answers_by_its_buttons(visit, slip, client):  # noqa: F811
	sender = visit("clerk")
	open_form(sender, "Internal Slip", slip)
	sender.get_by_role("button", name="Send", exact=True).click()
	expect(sender.locator("#page-Internal\\ Slip .indicator-pill:visible").first).to_have_text("Sent")
	expect(sender.get_by_role("button", name="Acknowledge", exact=True)).to_have_count(0)

	materials = visit("materials_reviewer")
	open_form(materials, "Internal Slip", slip)
	materials.get_by_role("button", name="Acknowledge", exact=True).click()
	materials.wait_for_function("cur_frm.doc.recipients[1].status === 'Acknowledged'")
	expect(materials.get_by_role("button", name="Acknowledge", exact=True)).to_have_count(0)

	quality = visit("quality_head")
	open_form(quality, "Internal Slip", slip)
	quality.get_by_role("button", name="Answer", exact=True).click()
	quality.locator(".modal.show textarea").fill("The packaging was changed.")
	quality.locator(".modal.show .btn-primary").click()
	expect(quality.locator("#page-Internal\\ Slip .indicator-pill:visible").first).to_have_text("Answered")


def test_instruction_asks_for_the_report_before_the_step(visit):  # noqa: F811
	name = factories.make_instruction().name
	frappe.db.commit()
	page = visit("engineer")
	open_form(page, "Service Instruction", name)
	take_step(page, "Start Work", "In Progress")
	page.locator(".actions-btn-group button:visible").click()
	page.locator(".actions-btn-group .dropdown-item:visible", has_text="Report Completion").first.click()
	page.locator(".modal.show textarea").fill("Speed set to 12.")
	page.locator(".modal.show .btn-primary").click()
	expect(page.locator(".page-head .indicator-pill:visible").first).to_have_text("Reported")
	wait_for_desk(page)
	row = page.evaluate("cur_frm.doc.rounds[0]")
	assert (row["report"], row["reported_by"]) == ("Speed set to 12.", factories.email("engineer"))


def test_planned_visit_is_made_in_the_form(visit):  # noqa: F811
	page = visit("clerk")
	page.goto("/app/contact-record/new?channel=Visit&topic=Delivery&subject=Yearly+review")
	wait_for_desk(page)
	control(page, "status", "select").select_option("Planned")
	expect(control(page, "appointment_from")).to_be_visible()
	expect(control(page, "place")).to_be_visible()
	control(page, "channel", "select").select_option("Forum")
	expect(control(page, "page_address")).to_be_visible()
