"""The desk in a browser: a clerk's day with a complaint, its print, and who does not find it (F-1, F-6, S1)."""

import re

import pytest
from playwright.sync_api import expect

from customer_service.tests import factories
from customer_service.tests.browser import (
	open_desk,
	strangers,
	take_step,
	text_of,
	visit,  # noqa: F401
)

COMPANY = "样例仪器有限公司"
CHINESE = "五百件产品表面有划痕，无法使用。"


@pytest.fixture
def case(client) -> str:
	"""A Chinese complaint on quality, taken by the clerk on the phone."""
	values = factories.complaint_values(description=CHINESE, reported_company=COMPANY)
	return client("clerk").insert(**values)["name"]


def test_clerk_from_login_to_print(visit, case):  # noqa: F811
	page = visit()
	page.goto("/login")
	page.locator("#login_email").fill(factories.email("clerk"))
	page.locator("#login_password").fill(factories.PASSWORD)
	page.locator(".btn-login:visible").first.click()
	page.wait_for_url("**/app**")

	# The desk opens on the workspace: counts, lists, shortcuts.
	expect(page.locator(".title-text:visible")).to_have_text("Customer Service")
	for card in ("Not Yet Acknowledged", "My Open Complaints", "Due Today", "Late Complaints"):
		expect(page.locator(".number-widget-box", has_text=card).locator(".number")).to_have_text(re.compile(r"^\d"))
	expect(page.locator(".quick-list-widget-box", has_text="New Complaints")).to_contain_text(COMPANY)

	# From the shortcut to the list, from the list to the complaint.
	page.locator(".shortcut-widget-box", has_text="Complaints").first.click()
	row = page.locator(".list-row", has_text=case)
	expect(row).to_contain_text("Received")
	row.locator("a[data-doctype=Complaint]").click()
	expect(page.locator("#page-Complaint .indicator-pill:visible").first).to_have_text("Received")

	# Both clocks at a glance, the rule that decided the department, the text as it was told.
	clocks = page.locator(".form-dashboard .indicator:visible")
	expect(clocks.filter(has_text="Response")).to_contain_text("due")
	expect(clocks.filter(has_text="Resolution")).to_contain_text("due")
	assert page.evaluate("cur_frm.doc.lead_department") == "Quality Department"
	expect(page.locator("[data-fieldname=description] textarea:visible")).to_have_value(CHINESE)

	take_step(page, "Acknowledge", "Acknowledged")
	expect(clocks.filter(has_text="Response")).to_contain_text("kept")

	# The print view, and the PDF that its button opens.
	page.locator("#page-Complaint button[data-original-title='Print']:visible").click()
	preview = page.frame_locator("iframe.print-format-container")
	expect(preview.locator("body")).to_contain_text(CHINESE)
	expect(preview.locator("body")).to_contain_text("HT-QR-MA-08")
	with page.expect_popup() as opened:
		page.get_by_role("button", name="PDF").click()
	answer = page.request.get(opened.value.url)
	assert answer.headers["content-type"].startswith("application/pdf")
	printed = text_of(answer.body())
	for wanted in (case, "HT-QR-MA-08", CHINESE, COMPANY):
		assert wanted in printed
	assert strangers(page) == []


def test_only_the_departments_concerned_find_the_complaint(visit, case):  # noqa: F811
	stranger = visit("materials_reviewer")
	open_desk(stranger, "complaint")
	expect(stranger.locator("#page-List\\/Complaint\\/List .result, .no-result").first).to_be_attached()
	expect(stranger.get_by_text(case)).to_have_count(0)
	open_desk(stranger, f"complaint/{case}")
	expect(stranger.locator("body")).to_contain_text(re.compile("not permitted|not have enough permissions", re.I))
	expect(stranger.get_by_text(CHINESE)).to_have_count(0)

	head = visit("quality_head")
	open_desk(head, "complaint")
	expect(head.locator(".list-row", has_text=case)).to_be_visible()
	open_desk(head, f"complaint/{case}")
	expect(head.locator("[data-fieldname=description] textarea:visible")).to_have_value(CHINESE)


def test_titles_of_the_dashboard_are_translated(visit):  # noqa: F811
	"""G-2: Frappe's dashboard page shows the stored names; ours are shown in the user's language."""
	page = visit("manager")
	open_desk(page, "customer-service")
	words = {"Open Complaints": "未结客诉", "Causes of Complaints": "投诉原因"}
	page.evaluate("words => Object.assign(frappe._messages, words)", words)
	open_desk(page, "dashboard-view/Complaint Dashboard")
	for text in words.values():
		expect(page.locator(".widget-title:visible", has_text=text)).to_have_count(1)
