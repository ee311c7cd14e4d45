"""One complaint from the customer's phone to the signed-off record, everybody at his own screen (F-1, F-2, F-6, F-7, H-1).

Told in order. Every step of the workflow is first tried by somebody who may not take it.
"""

import re

import pytest
from playwright.sync_api import expect

from customer_service.tests.browser import (
	choose,
	control,
	open_desk,
	open_form,
	pick,
	save,
	take_step,
	text_of,
	visit,  # noqa: F401
)
from customer_service.tests.client import Refused
from customer_service.tests.test_scenario_p1_rest import carry_out_improvement, report_tasks_done

COMPANY = "虚构精密仪器有限公司"
TEXT = "到货二千件，抽检发现五百件外壳开裂。"
CAUSE = "注塑保压时间不足。"
DECISION = "全部换货，运费由我方承担。"
ANSWER = "五百件新品将于本周内发出。"

# Ours, by the quality department; what the head ticks and chooses beside the texts.
FOUND = {
	"is_justified": "Justified",
	"cause_category": "Method",
	"responsibilities": [{"party": "Our Department", "department": "Quality Department", "share": 100}],
}

STEPS = [
	# action, state reached, who takes it, who is refused, what the person writes before
	("Acknowledge", "Acknowledged", "clerk", "quality_reviewer", {}),
	("Assess", "Assessed", "clerk", "employee", {}),
	("Start Investigation", "Investigating", "quality_reviewer", "materials_reviewer", {}),
	("Decide", "Decided", "quality_head", "quality_reviewer", {"cause": CAUSE, "decision": DECISION}),
	("Carry Out", "Carrying Out", "quality_reviewer", "clerk", {}),
	("Answer Customer", "Answered", "clerk", "engineer", {"answer": ANSWER}),
	("Record Acceptance", "Accepted by Customer", "clerk", "quality_head", {}),
	("Close Complaint", "Closed", "manager", "clerk", {}),
]


def test_from_the_customers_phone_to_the_closed_record(visit, client):  # noqa: F811
	# The customer writes in Chinese.
	phone = visit(None, phone=True)
	phone.goto("/complaint/new?_lang=zh")
	control(phone, "reported_company").fill(COMPANY)
	control(phone, "contact_person").fill("王芳")
	control(phone, "description", "textarea").fill(TEXT)
	choose(phone, "topic", "产品质量")
	phone.get_by_role("button", name="发送").tap()
	phone.wait_for_url("**/complaint-status#*")
	number = phone.locator(".cs-status-number")
	expect(number).to_have_text(re.compile(r"^CMP-"))
	name = number.inner_text()

	# The quality department has it in its queue, with both due times.
	screens = {"quality_head": visit("quality_head")}
	head = screens["quality_head"]
	open_desk(head, "complaint?state_category=Open")
	expect(head.locator(".list-row", has_text=name)).to_contain_text("Received")
	open_form(head, "Complaint", name)
	for clock in ("Response", "Resolution"):
		expect(head.locator(".form-dashboard .indicator:visible", has_text=clock)).to_contain_text("due")

	# The clerk finds out who the customer is.
	clerk = screens["clerk"] = visit("clerk")
	customer = client("clerk").insert("Service Customer", customer_name=f"{COMPANY} {name}")["name"]
	open_form(clerk, "Complaint", name)
	pick(clerk, "customer", customer)
	save(clerk)

	for action, state, person, stranger, texts in STEPS:
		with pytest.raises(Refused) as refused:
			client(stranger).workflow("Complaint", name, action)
		assert refused.value.status in (403, 417), action

		if person not in screens:
			screens[person] = visit(person)
		screen = screens[person]
		if action == "Decide":
			client(person).update("Complaint", name, **FOUND)
		if action == "Close Complaint":
			report_tasks_done(client("clerk"), name)
			carry_out_improvement(client("quality_head"), client("quality_reviewer"), name)
		open_form(screen, "Complaint", name)
		for fieldname, text in texts.items():
			control(screen, fieldname, "textarea").fill(text)
		if texts:
			save(screen)
		take_step(screen, action, state)

	# The customer reads the answer at the address kept from the first day.
	phone.reload()
	expect(phone.locator("[data-value=state]")).to_have_text("已结案")
	expect(phone.locator("[data-value=answer]")).to_have_text(ANSWER)

	# Nobody changes the closed record, and its print tells the whole story.
	with pytest.raises(Refused):
		client("clerk").update("Complaint", name, answer="…")
	printed = text_of(client("clerk").pdf("Complaint", name, format="Quality Feedback Form"))
	for wanted in (name, "HT-QR-MA-08", COMPANY, TEXT, CAUSE, DECISION, ANSWER, "王芳"):
		assert wanted in printed
