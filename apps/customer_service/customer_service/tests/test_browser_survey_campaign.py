"""A half-yearly campaign in the browser, from its plan to the customers' hearing of it (E-1 to E-6): 40 customers in two languages.

Every kind of step is taken by hand once: planned, previewed, sent, answered on a phone in Chinese and in English, called, entered from
paper, judged one by one and many at once, closed, analysed, reported, told. What repeats itself goes through the same doors without
the screen. The figures are those of `test_scenario_survey`, worked out there.
"""

import re
import time

import frappe
from playwright.sync_api import Page, expect

from customer_service.customer_satisfaction import entry_api, sending
from customer_service.organisation import clock
from customer_service.tests import test_scenario_survey as told
from customer_service.tests.browser import (
	add_rows,
	dismiss,
	fill_dialog,
	message,
	open_desk,
	open_form,
	overflow,
	press,
	take_step,
	text_of,
	visit,  # noqa: F401
	wait_for_desk,
	write,
)
from customer_service.tests.campaigns import CAMPAIGN, RESPONSE, invitations_of
from customer_service.tests.factories import as_person, email, make_customer
from customer_service.tests.test_browser_survey import item
from customer_service.tests.test_mail import body, inbox  # noqa: F401
from customer_service.tests.test_survey_sending import nothing_left  # noqa: F401

LEVELS = {
	"en": ("Very Satisfied", "Satisfied", "Fairly Satisfied", "Dissatisfied", "Very Dissatisfied"),
	"zh": ("很满意", "满意", "基本满意", "不满意", "很不满意"),
}


def test_campaign_from_its_plan_to_what_customers_hear(visit, inbox, client):  # noqa: F811
	customers = [make_customer(language="en" if number % 2 else "zh") for number in range(40)]
	survey = told.reviewed_and_approved(client)
	frappe.db.commit()
	clerk, manager = visit("clerk"), visit("manager")
	campaign = planned(clerk, survey, customers)
	links = sent(clerk, campaign, inbox)
	told.bounced(campaign)
	answered(visit, clerk, campaign, links, client)
	judged(clerk, campaign)
	told.complaints_and_returns(customers)
	frappe.db.commit()
	analysed(clerk, campaign)
	reported(clerk, manager, campaign, client)
	heard(clerk, campaign, inbox)
	looked_at(manager, campaign)


def planned(page: Page, survey, customers: list):
	"""The plan is written in the form; the preview says who would be asked, and how."""
	today = clock.now()
	open_desk(page, "survey-campaign/new")
	page.wait_for_function("window.cur_frm?.doctype === 'Survey Campaign' && cur_frm.is_new()")
	wait_for_desk(page)
	values = {
		"title": "First half-year",
		"survey": survey.name,
		"occasion": "Half-Yearly",
		"department": "Marketing",
		"period_from": str(frappe.utils.add_days(today.date(), -180)),
		"period_to": str(today.date()),
		"reply_by": f"{frappe.utils.add_days(today, 10):%Y-%m-%d %H:%M:%S}",
		"mails_at_once": 1000,
	}
	page.evaluate("async values => await cur_frm.set_value(values)", values)
	add_rows(page, "customers", *[{"customer": customer.name} for customer in customers])
	page.evaluate("async () => await cur_frm.save()")
	page.wait_for_function("window.cur_frm && !cur_frm.is_new()")
	wait_for_desk(page)
	press(page, "Preview")
	expect(message(page).locator("tr", has_text="Drawn")).to_contain_text("40")
	expect(message(page).locator("tr", has_text="By E-mail")).to_contain_text("40")
	dismiss(page)
	frappe.db.rollback()
	return frappe.get_doc(CAMPAIGN, page.evaluate("cur_frm.doc.name"))


def sent(page: Page, campaign, inbox) -> dict[str, str]:  # noqa: F811
	"""40 mails, each with a link of its own, in the customer's language. :returns: path of the link by invitation."""
	take_step(page, "Send Invitations", "Sending")
	frappe.db.rollback()
	sending.go_on(campaign.name)
	told.send_all()
	sending.run()
	frappe.db.commit()
	assert len(inbox.messages) == 40
	found = {mail["To"]: re.search(r'/survey/new[^"\s<>]*', body(mail)).group() for mail in inbox.messages}
	return {row.name: found[row.email].replace("&amp;", "&") for row in invitations_of(campaign)}


def answered(visit, clerk: Page, campaign, links: dict[str, str], client) -> None:  # noqa: F811
	"""20 by their links, the first two of them on a phone; 5 by phone and 5 on paper, the first of each in the desk."""
	rows = [row for row in invitations_of(campaign) if row.status == "Sent"][:30]
	phone = visit(None, phone=True)
	for number in (0, 1):
		tap(phone, links[rows[number].name], rows[number].language, told.LEVELS[0], number == 0)
	guest = client(None)
	for number, row in enumerate(rows[2:20], 2):
		token = links[row.name].split("#")[1]
		assert told.post(guest, token, told.answers_of(number))["state"] == "answered"
	call(clerk, campaign, rows[20])
	from_paper(clerk, rows[25])
	frappe.db.rollback()
	with as_person("clerk"):
		for number in (*range(21, 25), *range(26, 30)):
			values = {"note": "Called at ten."} if number < 25 else {"evidence": told.paper_of()}
			channel = "Phone" if number < 25 else "Letter"
			entry_api.enter(rows[number].name, channel, told.answers_of(number), **values)
	frappe.db.commit()
	found = frappe.get_all(RESPONSE, {"campaign": campaign.name}, order_by="name asc", pluck="base_score")
	assert found == [told.P1_SCORES[number // 10] for number in range(30)]


def tap(page: Page, path: str, language: str, levels: tuple[int, ...], says: bool) -> None:
	"""A customer answers on his phone, in the language of his mail."""
	page.goto(path)
	expect(page.locator(".cs-survey-item").first).to_be_visible()
	assert page.evaluate("document.documentElement.lang") == language
	for code, level in zip(told.CODES, levels, strict=True):
		item(page, code).get_by_text(LEVELS[language][level - 1], exact=True).tap()
	if says:
		item(page, "OPINION").locator("textarea").fill("Deliveries are late too often.")
	assert overflow(page) == 0
	page.locator(".submit-btn:visible").tap()
	expect(page.locator("h1")).to_have_text({"en": "Thank you", "zh": "谢谢"}[language])


def call(page: Page, campaign, row) -> None:
	"""From the list of calls to the customer's invitation, where the answers are entered while he speaks."""
	open_desk(page, f"query-report/Survey Calls?campaign={campaign.name}&channel=All")
	expect(page.locator(".dt-cell__content", has_text=row.name)).to_be_visible()
	open_form(page, "Survey Invitation", row.name)
	press(page, "Enter Answers")
	choose_levels(page, "Phone", told.LEVELS[2])
	fill_dialog(page, "Save", {"respondent": "Li Example", "note": "Called at ten."})


def from_paper(page: Page, row) -> None:
	"""The paper is scanned and attached; without it the answer is refused, and what was typed stays."""
	open_form(page, "Survey Invitation", row.name)
	press(page, "Enter Answers")
	choose_levels(page, "Letter", told.LEVELS[2])
	dialog = page.locator(".modal.show").last
	dialog.get_by_role("button", name="Save", exact=True).click()
	expect(message(page)).to_contain_text("Attach the paper")
	page.locator(".modal.show [data-dismiss=modal]:visible, .modal.show .btn-modal-close:visible").last.click()
	expect(page.locator(".modal.show")).to_have_count(1)
	frappe.db.rollback()
	with as_person("clerk"):
		paper = told.paper_of()
	frappe.db.commit()
	page.evaluate("paper => cur_dialog.set_value('evidence', paper)", paper)
	fill_dialog(page, "Save")


def choose_levels(page: Page, channel: str, levels: tuple[int, ...]) -> None:
	page.wait_for_function("window.cur_dialog && cur_dialog.display")
	dialog = page.locator(".modal.show").last
	for code, level in zip(told.CODES, levels, strict=True):
		dialog.locator(f"[data-code={code}]").get_by_text(LEVELS["en"][level - 1], exact=True).click()
	dialog.locator("[data-fieldname=channel] select").select_option(channel)


def judged(page: Page, campaign) -> None:
	"""All are ticked in the list and found valid; two are not, each with its reason: 28 of 38 are 73.7 %, which is valid."""
	names = frappe.get_all(RESPONSE, {"campaign": campaign.name}, pluck="name", order_by="name asc")
	open_desk(page, f"survey-response?campaign={campaign.name}")
	page.locator(".list-paging-area:visible .btn-paging[data-value='100']").click()
	expect(page.locator(".list-row-checkbox:visible")).to_have_count(30)
	page.locator(".list-check-all:visible").check()
	page.locator(".actions-btn-group:visible button").click()
	page.locator(".actions-btn-group:visible .dropdown-item", has_text=re.compile(r"^\s*Valid\s*$")).click()
	expect(page.locator(".desk-alert", has_text="30 answers judged")).to_be_visible()
	for name in names[28:]:
		open_form(page, RESPONSE, name)
		press(page, "Not Valid", "Judge")
		fill_dialog(page, "Save", {"reason": "Filled in by an agent, not by the customer."})
		expect(page.locator("[data-fieldname=validity_reason]:visible").first).to_contain_text("Filled in by an agent")
	open_form(page, RESPONSE, names[0])
	press(page, "Mark Words as Adverse", "Judge")
	page.wait_for_function("window.cur_dialog && cur_dialog.display")
	page.locator(".modal.show").get_by_label("Deliveries are late too often.").check()
	fill_dialog(page, "Save")
	open_form(page, CAMPAIGN, campaign.name)
	expect(page.locator(".form-dashboard-section:visible, .form-message:visible").first).to_contain_text("73.7 %")
	frappe.db.rollback()
	assert told.of_campaign(campaign) == (38, 2, 30, 28, 2, 73.68, 1)


def analysed(page: Page, campaign) -> None:
	"""The result by hand beside `test_scenario_survey`; the first customer's answer says how it was reckoned."""
	open_form(page, CAMPAIGN, campaign.name)
	take_step(page, "Close Campaign", "Closed")
	take_step(page, "Analyse", "Analysed")
	press(page, "Result")
	page.wait_for_function("window.cur_frm?.doctype === 'Survey Result'")
	wait_for_desk(page)
	doc = page.evaluate("cur_frm.doc")
	assert round(doc["mean_score"], 4) == told.MEAN_SCORE and doc["is_valid"] == 1
	low = {row["code"]: row["improvement"] for row in doc["items"] if row["is_low"]}
	assert set(low) == {"DELIVERY", "PRICE"} and all(low.values())
	names = frappe.get_all(RESPONSE, {"campaign": campaign.name}, pluck="name", order_by="name asc")
	open_form(page, RESPONSE, names[0])
	expect(page.locator("[data-fieldname=explanation]:visible")).to_contain_text("68 − 2×1 − 1×2 = 64")
	open_form(page, "Improvement", low["DELIVERY"])
	assert page.evaluate("cur_frm.doc.lead_department") == "Materials"


def reported(clerk: Page, manager: Page, campaign, client) -> None:
	"""People add their words, the manager reports; the PDF says all of it."""
	open_form(clerk, CAMPAIGN, campaign.name)
	write(clerk, conclusions="Delivery needs a second carrier.", measures="We deliver twice a week now.")
	open_form(manager, CAMPAIGN, campaign.name)
	take_step(manager, "Report", "Reported")
	notice = {"document_type": CAMPAIGN, "document_name": campaign.name, "for_user": email("general_manager")}
	for _attempt in range(60):  # Frappe writes notices in the background
		frappe.db.rollback()
		if subjects := frappe.get_all("Notification Log", notice, pluck="subject"):
			break
		time.sleep(0.25)
	assert "68.6786" in subjects[0] and "73.68" in subjects[0], subjects
	result = frappe.db.get_value(CAMPAIGN, campaign.name, "current_result")
	report = text_of(client("manager").pdf("Survey Result", result, format="Satisfaction Analysis"))
	for words in ("73.68", "68.68", "Delivery needs a second carrier.", "Deliveries are late too often."):
		assert words in report, words


def heard(page: Page, campaign, inbox) -> None:  # noqa: F811
	"""E-6: whoever answered hears what is done, by one button, once."""
	inbox.messages.clear()
	open_form(page, CAMPAIGN, campaign.name)
	press(page, "Tell the Customers")
	page.locator(".modal.show").get_by_role("button", name="Yes", exact=True).click()
	expect(page.locator(".desk-alert", has_text="30 customers are told")).to_be_visible()
	for _attempt in range(120):  # so many mails are queued in the background
		frappe.db.rollback()  # a fresh look
		if frappe.db.count(RESPONSE, {"campaign": campaign.name, "told_at": ("is", "set")}) == 30:
			break
		time.sleep(0.25)
	told.send_all()
	assert len(inbox.messages) == 30
	assert all("We deliver twice a week now." in body(mail) for mail in inbox.messages)


def looked_at(page: Page, campaign) -> None:
	"""The statistics by item, and the board, in the manager's desk."""
	open_desk(page, f"query-report/Satisfaction Statistics?campaign={campaign.name}")
	expect(page.locator(".dt-cell__content", has_text=re.compile(r"^\s*DELIVERY\s*$")).first).to_be_visible()
	expect(page.locator(".report-summary")).to_contain_text("68.68")
	open_desk(page, "dashboard-view/Satisfaction Dashboard")
	for title in ("Satisfaction by Campaign", "Answers by Level", "Satisfaction by Region", "Campaigns Running"):
		expect(page.locator(".widget-title:visible", has_text=title)).to_have_count(1)
	expect(page.locator(".dashboard-graph .chart-container svg:visible").first).to_be_visible()
