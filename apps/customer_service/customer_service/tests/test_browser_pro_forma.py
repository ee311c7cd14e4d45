"""A pro forma invoice from the desk to the buyer's phone: sent, looked at, downloaded, accepted, paid (C-7, S9)."""

import re

import frappe
import pytest
from playwright.sync_api import expect

from customer_service.tests import proforma
from customer_service.tests.browser import (
	control,
	open_form,
	overflow,
	strangers,
	take_step,
	text_of,
	visit,  # noqa: F401
	wait_for_desk,
)
from customer_service.tests.test_mail import body, inbox, send_queue  # noqa: F401

DOCTYPE = "Pro Forma Invoice"


@pytest.fixture(autouse=True)
def company():
	proforma.make_company()
	frappe.db.commit()


def test_invoice_is_sent_from_the_desk_and_accepted_on_a_phone(visit, inbox, client):  # noqa: F811
	values = proforma.invoice_values()
	frappe.db.commit()
	name = client("clerk").insert(**values)["name"]
	clerk = visit("clerk")
	open_form(clerk, DOCTYPE, name)
	take_step(clerk, "Issue Invoice", "Issued")
	clerk.get_by_role("button", name="Send to Buyer").click()
	clerk.locator(".modal.show .btn-modal-primary").click()
	expect(clerk.locator(".modal.show")).to_have_count(0)
	wait_for_desk(clerk)
	send_queue()
	link = re.search(r'href="([^"]*pro-forma-invoice[^"]*)"', body(inbox.messages[-1])).group(1).replace("&amp;", "&")

	buyer = visit(None, phone=True)
	buyer.goto(link[link.index("/pro-forma-invoice") :])
	expect(buyer.locator("[data-value=number]")).to_have_text(name)
	expect(buyer.locator("[data-value=total]")).to_have_text("1,000.00")
	expect(buyer.locator("[data-part=parts] li")).to_have_text(
		[re.compile("Deposit 30 %.*300.00"), re.compile("Balance 70 %.*700.00")]
	)
	assert overflow(buyer) == 0

	# In Chinese, by the page's own switch; the link goes with it.
	buyer.get_by_role("link", name="中文").tap()
	expect(buyer.locator("h1")).to_have_text("形式发票")
	expect(buyer.locator("[data-value=words]")).to_have_text("美元壹仟元整")
	assert overflow(buyer) == 0

	with buyer.expect_download() as download:
		buyer.get_by_role("button", name="下载发票").tap()
	text = text_of(download.value.path().read_bytes())
	assert name in text and "形式发票" in text

	button = buyer.locator(".cs-invoice-form button[type=submit]")
	expect(button).to_be_disabled()
	buyer.locator("[name=person]").fill("李明")
	expect(button).to_be_disabled()
	buyer.locator("[name=agreed]").check()
	button.tap()
	expect(buyer.locator("[data-part=accepted]")).to_contain_text("李明")
	expect(buyer.locator("[data-part=form]")).to_be_hidden()
	assert overflow(buyer) == 0 and strangers(buyer) == []

	# The deposit arrives; the clerk records it.
	open_form(clerk, DOCTYPE, name)
	clerk.get_by_role("button", name="Record Payment").click()
	clerk.locator(".modal.show [data-fieldname=amount] input").fill("300")
	clerk.locator(".modal.show [data-fieldname=reference] input").fill("TT-2026-1")
	clerk.locator(".modal.show .btn-modal-primary").click()
	expect(clerk.locator(".page-head .indicator-pill:visible").first).to_have_text("Deposit Paid")
	doc = client("clerk").get(DOCTYPE, name)
	assert (doc["accepted_by_name"], doc["paid_total"], doc["balance"]) == ("李明", 300, 700)

	# A revision: the desk shows the new draft, the buyer's old link says that there is a newer one.
	clerk.get_by_role("button", name="Revise").click()
	clerk.locator(".modal.show .btn-primary:visible").click()
	clerk.wait_for_function("name => window.cur_frm && cur_frm.doc.name === name", arg=f"{name}-R2")
	wait_for_desk(clerk)
	expect(control(clerk, "buyer_name")).to_have_value(doc["buyer_name"])
	buyer.reload()
	expect(buyer.locator("[data-part=newer]")).to_contain_text("新版本")
	expect(buyer.locator("[data-part=invoice]")).to_be_hidden()
