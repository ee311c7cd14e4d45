"""A customer decides on his property on a phone, in Chinese, by his personal link (D-2, S9–S11)."""

import frappe
from playwright.sync_api import expect

from customer_service.tests import inspections
from customer_service.tests.browser import (
	fill_dialog,
	open_form,
	overflow,
	press,
	strangers,
	take_step,
	text_of,
	visit,  # noqa: F401
)
from customer_service.tests.test_property_guest import event, link_of, picture, statement, stored


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


def test_statement_is_agreed_to_on_a_phone(visit):  # noqa: F811
	doc, token = statement()
	page = visit(None, phone=True)
	page.goto(f"/customer-property?_lang=zh#{token}")
	expect(page.locator("h1")).to_have_text("您的财产对账单")
	expect(page.locator("[data-part=lines] li")).to_have_count(1)
	expect(page.locator("[data-part=lines] li")).to_contain_text("96 pcs")
	assert overflow(page) == 0
	page.locator(".cs-property-choice").first.tap()
	page.locator("[name=person]").fill("李明")
	page.locator("form [type=submit]").tap()
	expect(page.locator("[data-part=decided]")).to_contain_text("李明")
	assert stored(doc).answer == "Agreed" and overflow(page) == 0


def test_wrong_link_says_so(visit):  # noqa: F811
	page = visit(None, phone=True)
	page.goto(f"/customer-property?_lang=zh#{frappe.generate_hash(length=43)}")
	expect(page.locator("[data-part=error]")).to_be_visible()
	expect(page.locator("[data-part=found]")).to_be_hidden()


def test_failed_lot_is_taken_to_the_customer_from_the_desk(visit):  # noqa: F811
	doc = inspections.write(inspections.opened(), defects_found=2, verdict_reason="Scratched")
	frappe.db.commit()
	inspector = visit("inspector")
	open_form(inspector, inspections.DOCTYPE, doc.name)
	take_step(inspector, "Fail Lot", "Failed Inspection")

	clerk = visit("clerk")
	open_form(clerk, inspections.DOCTYPE, doc.name)
	press(clerk, "By Phone, Fax or Visit", "Tell the Customer")
	fill_dialog(clerk, "Save", {"to": "Li Example"})
	expect(clerk.locator(".page-head .indicator-pill:visible").first).to_have_text("Customer Told")
	press(clerk, "Record the Decision")
	clerk.locator(".modal.show [data-fieldname=decision] select").select_option("Return")
	fill_dialog(clerk, "Save", {"by": "Li Example", "remark": "By truck"})
	expect(clerk.locator(".page-head .indicator-pill:visible").first).to_have_text("Customer Decided")
	doc = stored(doc)
	assert (doc.told_via, doc.customer_decision, doc.customer_remark) == ("Phone", "Return", "By truck")
	assert doc.decided_by.startswith("inspector@") and doc.customer_decided_via == "Staff"
