"""Improvement in the desk: from the complaint's button to the drawn fishbone, and the owner's own action (I-1)."""

import re

import frappe
from playwright.sync_api import expect

from customer_service.tests import factories
from customer_service.tests.browser import (
	dismiss,
	message,
	open_desk,
	open_form,
	take_step,
	visit,  # noqa: F401
	wait_for_desk,
)


def test_from_the_complaint_to_an_action_done(visit, client):  # noqa: F811
	case = client("clerk").insert(**factories.complaint_values(lead_department="Quality Department"))["name"]
	page = visit("quality_head")
	open_form(page, "Complaint", case)

	# The complaint offers to start an improvement, and shows it afterwards.
	page.locator(".inner-group-button:visible", has_text="Make Improvement").locator("button").click()
	page.locator(".dropdown-item:visible", has_text="Corrective").click()
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Improvement' && !cur_frm.is_new()")
	name = page.evaluate("cur_frm.doc.name")
	assert page.evaluate("cur_frm.doc.problem_what") == "500 of 2000 pieces are scratched."
	expect(page.locator("#page-Improvement svg.improvement-drawing").first).to_be_visible()
	expect(page.locator("#page-Improvement svg.improvement-drawing").first).to_contain_text("Measurement")

	# A step that lacks something says what.
	page.locator(".actions-btn-group button:visible").click()
	page.locator(".actions-btn-group .dropdown-item:visible", has_text="Confirm Containment").first.click()
	expect(message(page)).to_contain_text("Record a containment action")
	dismiss(page)

	# An action is added from the form and stands in its list.
	page.get_by_role("button", name="Add Action").first.click()
	page.wait_for_function("window.cur_dialog && cur_dialog.display")  # it takes the focus once it stands
	dialog = page.locator(".modal.show")
	dialog.locator("[data-fieldname=description] textarea").fill("Block the stock")
	dialog.locator("[data-fieldname=responsible] input").click()
	dialog.locator("[data-fieldname=responsible] input").fill(factories.email("quality_reviewer"))
	dialog.locator("[data-fieldname=responsible] .awesomplete li:visible").first.click()
	wait_for_desk(page)  # the desk looks the chosen person up
	dialog.get_by_role("button", name="Add", exact=True).click()
	row = page.locator(".improvement-actions:visible tbody tr")
	expect(row).to_contain_text("Block the stock")
	action = row.locator("a").inner_text()

	# Its owner finds it among his own and reports it done.
	owner = visit("quality_reviewer")
	open_form(owner, "Improvement Action", action)
	owner.get_by_role("button", name="Report Done").click()
	owner.locator(".modal.show textarea:visible").fill("1,500 pieces blocked")
	owner.locator(".modal.show .btn-primary:visible").click()
	expect(owner.locator("#page-Improvement\\ Action .indicator-pill:visible").first).to_have_text("Done")
	expect(owner.get_by_role("button", name="Report Done")).to_have_count(0)

	open_form(page, "Improvement", name)
	take_step(page, "Confirm Containment", "Contained")

	# The complaint shows its improvement and where it stands.
	open_form(page, "Complaint", case)
	shown = page.locator("#page-Complaint .form-dashboard .indicator:visible", has_text=name)
	expect(shown).to_contain_text("Contained")
	expect(page.locator("#page-Complaint .form-links")).to_contain_text("Improvement")

	# In the list of improvements, with its state as a coloured mark.
	open_desk(page, "improvement")
	expect(page.locator(".list-row", has_text="500 of 2000").first).to_contain_text(re.compile("Contained|Opened"))
	assert frappe.db.get_value("Improvement", name, "reference_name") == case


def test_who_may_not_make_improvements_is_not_offered_the_button(visit, client):  # noqa: F811
	employee = client("employee")
	case = employee.insert(**factories.complaint_values())["name"]
	page = visit("employee")
	open_form(page, "Complaint", case)
	expect(page.locator(".inner-group-button:visible", has_text="Make Improvement")).to_have_count(0)
	expect(page.locator("#page-Complaint [data-fieldname=description]:visible")).to_contain_text("500 of 2000")
