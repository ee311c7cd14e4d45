"""A customer decides on his property on a phone, in Chinese, by his personal link (D-2, S9–S11)."""

import frappe
from playwright.sync_api import expect

from customer_service.tests import inspections
from customer_service.tests.browser import overflow, strangers, text_of, visit  # noqa: F401
from customer_service.tests.test_property_guest import event, link_of, picture, stored


def test_customer_decides_on_a_phone_in_chinese(visit):  # noqa: F811
	doc = inspections.measured(inspections.opened(), "10.06 9.99", specification="10 ± 0.05")
	doc = inspections.partly(doc, reason="表面划伤")
	doc.append("pictures", {"picture": picture(doc), "caption": "划痕"})
	doc = inspections.told(doc.save())
	token = link_of(doc)

	page = visit(None, phone=True)
	page.goto(f"/customer-property?_lang=en#{token}")
	expect(page.locator("[data-value=number]")).to_have_text(doc.name)
	page.get_by_role("link", name="中文").tap()
	expect(page.locator("h1")).to_have_text("您的财产的检验结果")
	expect(page.locator("[data-value=rejected]")).to_have_text("40 pcs")
	expect(page.locator("[data-part=characteristics] li")).to_contain_text("10.06 9.99")
	expect(page.locator("[data-part=pictures] img")).to_have_count(1)
	assert page.locator("[data-part=pictures] img").evaluate("image => image.naturalWidth") > 100
	assert overflow(page) == 0

	with page.expect_download() as download:
		page.get_by_role("button", name="下载报告").tap()
	text = text_of(download.value.path().read_bytes())
	assert doc.name in text and "IQC检验报告" in text

	button = page.get_by_role("button", name="提交").or_(page.locator("form [type=submit]")).first
	expect(button).to_be_disabled()
	choice = page.locator(".cs-property-choice", has_text="特采")
	assert choice.bounding_box()["height"] >= 44
	choice.tap()
	expect(button).to_be_disabled()
	page.locator("[name=person]").fill("李明")
	page.locator("[name=remark]").fill("可以使用 <b>")
	button.tap()
	expect(page.locator("[data-part=decided]")).to_contain_text("李明")
	expect(page.locator("[data-part=decided]")).to_contain_text("特采")
	expect(page.locator("[data-part=form]")).to_be_hidden()
	assert overflow(page) == 0 and strangers(page) == []
	assert not any(token in url.split("#")[0] for url in page.requested)

	# The used link shows what was decided.
	page.reload()
	expect(page.locator("[data-part=decided]")).to_contain_text("李明")
	doc = stored(doc)
	assert (doc.customer_decision, doc.customer_decided_by, doc.workflow_state) == ("Use As Is", "李明", "Closed")
	assert inspections.condition(doc.customer_property) == (0, 100, 0)


def test_abnormality_is_answered_by_keyboard(visit):  # noqa: F811
	doc, token = event()
	page = visit(None)
	page.goto(f"/customer-property?_lang=en#{token}")
	expect(page.locator("h1")).to_have_text("Abnormality of Your Property")
	page.locator("[name=decision]").first.focus()
	page.keyboard.press("ArrowDown")
	page.keyboard.press("ArrowDown")  # the third: Repair
	page.keyboard.press("Tab")
	page.keyboard.type("Li Example")
	page.keyboard.press("Enter")
	expect(page.locator("[data-part=decided]")).to_contain_text("Repair")
	assert stored(doc).customer_decision == "Repair"


def test_wrong_link_says_so(visit):  # noqa: F811
	page = visit(None, phone=True)
	page.goto(f"/customer-property?_lang=zh#{frappe.generate_hash(length=43)}")
	expect(page.locator("[data-part=error]")).to_be_visible()
	expect(page.locator("[data-part=found]")).to_be_hidden()
