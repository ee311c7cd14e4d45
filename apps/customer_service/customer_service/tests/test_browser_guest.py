"""A customer with a phone: the public complaint form, its refusals, and what is stored of it (F-1, G-2, S7)."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from customer_service.tests.browser import (
	attach,
	choose,
	control,
	dismiss,
	message,
	overflow,
	strangers,
	visit,  # noqa: F401
)
from customer_service.tests.client import Refused

COMPANY = "样例电子（苏州）有限公司"
PERSON = "李明"
TEXT = "收到的二千件中有五百件表面划伤，无法使用。"
DEMAND = "请更换全部不良品。"


def png() -> bytes:
	stream = io.BytesIO()
	Image.new("RGB", (8, 8), "red").save(stream, "PNG")
	return stream.getvalue()


@pytest.fixture
def phone(visit):  # noqa: F811
	"""The form in Chinese on a phone, reached as a person reaches it: the English page first, then its own switch."""
	page = visit(None, phone=True)
	page.goto("/complaint")
	expect(page.locator("h1")).to_have_text("Submit a Complaint")
	page.get_by_role("link", name="中文").tap()
	expect(page.locator("h1")).to_have_text("提交投诉")
	expect(page.get_by_role("link", name="English")).to_be_visible()
	return page


def send(page) -> None:
	page.get_by_role("button", name="发送").tap()


def type_number(page, fieldname: str, number: str) -> None:
	"""Key by key. The form selects what already stands there a tenth of a second after the touch; nobody is faster."""
	control(page, fieldname).tap()
	page.wait_for_timeout(200)
	control(page, fieldname).press_sequentially(number)


def test_chinese_complaint_from_a_phone(phone, client):
	page = phone
	assert overflow(page) == 0

	# Every text of the page is Chinese.
	for shown in (".web-form-introduction", ".submit-btn", ".discard-btn", ".btn-attach", ".section-head >> nth=0"):
		expect(page.locator(shown).first).to_have_text(re.compile("[一-龥]"))

	control(page, "reported_company").fill(COMPANY)
	control(page, "contact_person").fill(PERSON)
	control(page, "contact_email").fill("li.ming@customer.example.com")
	control(page, "description", "textarea").fill(TEXT)
	choose(page, "topic", "产品质量")
	control(page, "priority", "select").select_option(label="紧急")
	control(page, "customer_demand", "textarea").fill(DEMAND)
	attach(page, "attachment", "划伤照片.png", png())
	control(page, "order_no").fill("ORD-7")
	type_number(page, "shipped_qty", "2000")
	type_number(page, "defective_qty", "500")
	assert overflow(page) == 0
	send(page)

	# The page with the number.
	page.wait_for_url("**/complaint-status#*")
	number = page.locator(".cs-status-number")
	expect(number).to_have_text(re.compile(r"^CMP-\d{4}-\d+$"))
	expect(page.locator("h1")).to_have_text("您的投诉")
	expect(page.locator("[data-value=state]")).to_have_text("已收到")
	assert overflow(page) == 0
	assert strangers(page) == []

	# What the clerk has of it: the right department, two clocks that run, the text as typed, the photo for staff only.
	clerk = client("clerk")
	case = clerk.get("Complaint", number.inner_text())
	assert (case["reported_company"], case["contact_person"], case["description"]) == (COMPANY, PERSON, TEXT)
	assert (case["topic"], case["priority"], case["customer_demand"]) == ("Product Quality", "Urgent", DEMAND)
	assert (case["shipped_qty"], case["defective_qty"], case["order_no"]) == (2000, 500, "ORD-7")
	assert (case["channel"], case["language"]) == ("Web Form", "zh")
	assert (case["lead_department"], case["contact_window"]) == ("Quality Department", "Marketing")
	assert case["received_at"] < case["response_due"] <= case["resolution_due"]
	assert case["attachment"].startswith("/private/files/")
	assert clerk.request("GET", case["attachment"]).content == png()
	with pytest.raises(Refused) as refused:
		client(None).request("GET", case["attachment"])
	assert refused.value.status == 403


def test_wrong_input_is_explained_in_chinese_and_what_was_typed_is_kept(phone):
	page = phone
	control(page, "reported_company").fill(COMPANY)
	control(page, "description", "textarea").fill(TEXT)

	# Without a name.
	send(page)
	expect(message(page)).to_contain_text("请填写以下必填项")
	expect(message(page)).to_contain_text("您的姓名")
	dismiss(page)
	control(page, "contact_person").fill(PERSON)

	# More defective pieces than were shipped.
	type_number(page, "shipped_qty", "10")
	type_number(page, "defective_qty", "11")
	send(page)
	expect(message(page)).to_contain_text("不良数量")
	expect(message(page)).to_contain_text("出货数量")
	dismiss(page)
	type_number(page, "defective_qty", "9")

	# A program under the name of a picture.
	attach(page, "attachment", "照片.png", b"MZ\x90\x00" + bytes(200))
	send(page)
	expect(message(page)).to_contain_text("文件内容与文件名不符")
	dismiss(page)

	# Nothing that was typed is lost, and after correction it is accepted.
	assert control(page, "reported_company").input_value() == COMPANY
	assert control(page, "contact_person").input_value() == PERSON
	assert control(page, "description", "textarea").input_value() == TEXT
	assert overflow(page) == 0
	page.locator("[data-fieldname=attachment] [data-action=clear_attachment]").tap()
	send(page)
	page.wait_for_url("**/complaint-status#*")
	expect(page.locator(".cs-status-number")).to_have_text(re.compile(r"^CMP-"))
	assert strangers(page) == []
