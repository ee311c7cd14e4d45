"""A customer answers a survey on a phone and by keyboard; staff preview, enter, call and print in the desk (E-1, E-2, S11)."""

import os
from datetime import timedelta
from pathlib import Path

import frappe
import pytest
from playwright.sync_api import expect

from customer_service.organisation import clock
from customer_service.tests import surveys
from customer_service.tests.browser import (
	fill_dialog,
	open_form,
	overflow,
	press,
	strangers,
	text_of,
	visit,  # noqa: F401
)


@pytest.fixture
def invited():
	name = surveys.invitation(surveys.campaign())
	token = surveys.token_of(name)
	frappe.db.commit()
	return name, token


def stored(name: str):
	frappe.db.rollback()
	return frappe.get_doc("Survey Response", name)


def open_page(page, token: str, language: str = "zh"):
	page.goto(f"/survey/new?_lang={language}#{token}")
	expect(page.locator(".cs-survey-item").first).to_be_visible()
	return page


def item(page, code: str):
	return page.locator(f"[data-code={code}]")


def troubles(page) -> list[str]:
	"""What axe-core calls serious or critical in the page."""
	page.add_script_tag(path=Path(os.environ["CS_REPO"]) / "node_modules/axe-core/axe.min.js")
	found = page.evaluate("async () => (await axe.run('.web-form-container')).violations")
	return [
		f"{each['id']}: {[node['html'][:120] for node in each['nodes']]}"
		for each in found
		if each["impact"] in ("serious", "critical")
	]


def test_chinese_customer_answers_on_a_phone(visit, invited):  # noqa: F811
	name, token = invited
	page = open_page(visit(None, phone=True), token, "en")
	expect(page.locator("h1")).to_have_text("Customer Satisfaction")
	page.get_by_role("link", name="中文").tap()
	expect(page.locator("h1")).to_have_text("顾客满意度调查")
	expect(item(page, "Q1")).to_contain_text("产品质量")
	assert page.evaluate("document.documentElement.lang") == "zh"
	assert overflow(page) == 0 and troubles(page) == []
	for card in page.locator(".cs-survey-card:visible").all():
		assert card.bounding_box()["height"] >= 44 and card.bounding_box()["width"] >= 44
	rows = {card.bounding_box()["y"] for card in item(page, "Q6").locator(".cs-survey-card").all()}
	assert len(rows) == 2

	# Sent too early: what is missing is said where it is missing, and the focus is there.
	page.get_by_role("button", name="发送").tap()
	expect(item(page, "Q1").locator(".cs-survey-error")).to_have_text("请回答此问题。")
	assert page.evaluate("document.activeElement.closest('[data-code]').dataset.code") == "Q1"
	assert troubles(page) == []

	item(page, "Q1").get_by_text("很满意", exact=True).tap()
	expect(item(page, "Q1").locator(".cs-survey-error")).to_have_text("")
	# A question that depends on another comes and goes with its answer.
	expect(item(page, "Q4")).to_be_hidden()
	item(page, "Q3").get_by_text("是", exact=True).tap()
	expect(item(page, "Q4")).to_be_visible()
	item(page, "Q4").get_by_text("更久").tap()
	item(page, "Q6").get_by_text("9", exact=True).tap()
	item(page, "Q7").locator("textarea").fill("请更准时。<b>")
	expect(item(page, "Q7").locator(".cs-survey-counter")).to_contain_text("4992")

	# Gone and come back on the same device.
	page.reload()
	expect(item(page, "Q7").locator("textarea")).to_have_value("请更准时。<b>")
	expect(item(page, "Q4").locator("input[value='2']")).to_be_checked()
	page.locator("[data-fieldname=respondent] input").fill("李明")
	page.get_by_role("button", name="发送").tap()
	expect(page.locator("h1")).to_have_text("谢谢")
	expect(page.locator(".cs-survey-page")).to_contain_text("感谢您的参与。")
	assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('cs-survey')).length") == 0
	assert overflow(page) == 0 and strangers(page) == [] and troubles(page) == []
	assert not any(token in url.split("#")[0] for url in page.requested)

	doc = stored(name)
	assert (doc.language, doc.respondent, doc.channel) == ("zh", "李明", "Personal Link")
	assert [(row.code, row.answer, row.is_missing) for row in doc.answers] == [
		("Q1", "Very Satisfied", 0),
		("Q2", None, 1),
		("Q3", "Yes", 0),
		("Q4", "Later", 0),
		("Q5", None, 1),
		("Q6", "9", 0),
		("Q7", "请更准时。", 0),
	]

	# The used link says so.
	page.reload()
	expect(page.locator(".cs-survey-page")).to_contain_text("您已经回复过本次调查")
	expect(page.locator("form.web-form")).to_be_hidden()


def test_survey_is_answered_by_keyboard_alone(visit, invited):  # noqa: F811
	name, token = invited
	page = open_page(visit(None), token, "en")
	assert troubles(page) == []
	for _step in range(40):
		page.keyboard.press("Tab")
		if page.evaluate("document.activeElement.closest('[data-code]')?.dataset.code") == "Q1":
			break
	page.keyboard.press("Space")
	page.keyboard.press("ArrowDown")  # the second: satisfied
	for code, keys in (("Q2", "Space"), ("Q3", "Space"), ("Q4", "Space"), ("Q5", "7"), ("Q6", "Space")):
		while page.evaluate("document.activeElement.closest('[data-code]')?.dataset.code") != code:
			page.keyboard.press("Tab")
		page.keyboard.press(keys)
	while page.evaluate("document.activeElement.tagName") != "TEXTAREA":
		page.keyboard.press("Tab")
	page.keyboard.type("More colours.")
	while page.evaluate("!document.activeElement.matches('.submit-btn')"):
		page.keyboard.press("Tab")
	page.keyboard.press("Enter")
	expect(page.locator("h1")).to_have_text("Thank you")
	assert page.evaluate("document.activeElement.tagName") == "H1"
	answers = {row.code: row.answer for row in stored(name).answers}
	assert answers == {
		"Q1": "Satisfied",
		"Q2": "Very Satisfied",
		"Q3": "Yes",
		"Q4": "Within a day",
		"Q5": "7",
		"Q6": "0",
		"Q7": "More colours.",
	}


def test_answer_touched_by_mistake_can_be_cleared(visit, invited):  # noqa: F811
	page = open_page(visit(None, phone=True), invited[1], "en")
	item(page, "Q2").get_by_text("Very Dissatisfied").tap()
	item(page, "Q2").get_by_role("button", name="Clear the answer").tap()
	expect(item(page, "Q2").locator("input:checked")).to_have_count(0)
	item(page, "Q1").get_by_text("Very Satisfied").tap()
	page.get_by_role("button", name="Send").tap()
	expect(page.locator("h1")).to_have_text("Thank you")
	assert stored(invited[0]).answers[1].is_missing == 1


def test_ended_and_wrong_links_say_so(visit, invited):  # noqa: F811
	name, token = invited
	campaign = frappe.get_doc("Survey Campaign", frappe.db.get_value("Survey Invitation", name, "campaign"))
	surveys.set_campaign(campaign, reply_by=clock.now() - timedelta(minutes=1))
	frappe.db.commit()
	page = visit(None, phone=True)
	page.goto(f"/survey/new?_lang=zh#{token}")
	expect(page.locator("h1")).to_have_text("本次调查已结束")
	expect(page.locator("form.web-form")).to_be_hidden()
	page.goto("/survey/new?_lang=en#" + "x" * 43)
	page.reload()
	expect(page.locator(".cs-survey-page, h1").first).to_be_visible()
	expect(page.locator(".web-form-container")).to_contain_text("This link is not valid")
	assert overflow(page) == 0


def test_customer_opts_out(visit, invited):  # noqa: F811
	page = open_page(visit(None, phone=True), invited[1])
	asked = []
	page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
	page.get_by_role("button", name="不再接收调查").tap()
	assert asked == ["以后都不再向您发送调查吗？"]
	expect(page.locator(".cs-survey-item").first).to_be_visible()  # touched by mistake
	page.once("dialog", lambda dialog: dialog.accept())
	page.get_by_role("button", name="不再接收调查").tap()
	expect(page.locator(".cs-survey-page")).to_contain_text("今后不再向您发送调查")
	frappe.db.rollback()
	assert frappe.db.get_value("Survey Invitation", invited[0], "status") == "Opted Out"


def test_clerk_calls_prints_and_enters_in_the_desk(visit, invited):  # noqa: F811
	name, _token = invited
	page = visit("clerk")
	open_form(page, "Survey Invitation", name)
	press(page, "Note Call")
	expect(page.locator(".modal.show")).to_contain_text("Good morning.")
	fill_dialog(page, "Save", {"note": "Wants to answer by phone."})
	press(page, "Enter Answers")
	page.wait_for_function("window.cur_dialog && cur_dialog.display")
	dialog = page.locator(".modal.show").last
	dialog.locator("[data-code=Q1]").get_by_text("Satisfied", exact=True).click()
	dialog.locator("[data-fieldname=channel] select").select_option("Phone")
	fill_dialog(page, "Save", {"respondent": "Li Example", "note": "Answered at once."})
	doc = stored(name)
	assert (doc.channel, doc.respondent, doc.answers[0].answer) == ("Phone", "Li Example", "Satisfied")
	assert doc.entered_by.startswith("clerk@")
	note = frappe.db.get_value("Survey Invitation", name, "call_note")
	assert "Wants to answer by phone." in note and "Answered at once." in note


def test_clerk_prints_the_letters_of_a_campaign(visit):  # noqa: F811
	campaign = surveys.campaign(channel="Letter")
	names = [
		surveys.invitation(campaign, n, status="Planned", channel="Letter", language=lang)
		for n, lang in ((1, "zh"), (2, "en"))
	]
	frappe.db.commit()
	page = visit("clerk")
	open_form(page, "Survey Campaign", campaign.name)
	form = {"campaign": campaign.name}
	token = page.evaluate("frappe.csrf_token")
	door = "/api/method/customer_service.customer_satisfaction.entry_api.print_letters"
	expect(page.get_by_role("button", name="Print Letters", exact=True)).to_be_visible()
	answer = page.request.post(door, form=form, headers={"X-Frappe-CSRF-Token": token})
	assert answer.ok
	text = text_of(answer.body())
	assert "顾客满意度调查表" in text and "我们的产品" in text and "Delivery on time" in text
	assert "/survey/new" in text and "Suzhou" in text
	frappe.db.rollback()
	assert {frappe.db.get_value("Survey Invitation", each, "status") for each in names} == {"Sent"}


def test_survey_is_previewed_in_its_languages(visit):  # noqa: F811
	name = surveys.survey()
	frappe.db.commit()
	page = visit("manager")
	open_form(page, "Satisfaction Survey", name)
	press(page, "Preview")
	dialog = page.locator(".modal.show").last
	expect(dialog).to_contain_text("Quality of our products")
	dialog.locator("select").select_option("zh")
	expect(dialog).to_contain_text("产品质量")
	assert frappe.db.count("Survey Response", {"survey": name}) == 0
