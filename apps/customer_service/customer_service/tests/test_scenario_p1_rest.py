"""A quality complaint of profile P1 from receipt to closing, over REST alone, as a client of the documented endpoints would do it
(F-1, F-2, F-6, F-7). Told in order; every step also by somebody who may not take it."""

import subprocess

import pytest

from customer_service.tests.client import Refused
from customer_service.tests.factories import email

CHINESE = "五百件产品表面有划痕，无法使用。"

STEPS = [
	# action, who may, who may not, state reached, its category
	("Acknowledge", "clerk", "quality_reviewer", "Acknowledged", "Open"),
	("Assess", "clerk", "employee", "Assessed", "Open"),
	("Ask Customer", "clerk", "materials_reviewer", "Waiting for Customer", "Waiting"),
	("Customer Replied", "quality_reviewer", "engineer", "Investigating", "Open"),
	("Decide", "quality_head", "quality_reviewer", "Decided", "Open"),
	("Carry Out", "quality_reviewer", "clerk", "Carrying Out", "Open"),
	("Answer Customer", "clerk", "quality_reviewer", "Answered", "Resolved"),
	("Reopen", "clerk", "quality_head", "Reopened", "Open"),
	("Start Investigation", "quality_reviewer", "manager", "Investigating", "Open"),
	("Decide", "quality_head", "clerk", "Decided", "Open"),
	("Carry Out", "quality_head", "general_manager", "Carrying Out", "Open"),
	("Answer Customer", "quality_head", "warehouse", "Answered", "Resolved"),
	("Record Acceptance", "clerk", "quality_head", "Accepted by Customer", "Resolved"),
	("Close Complaint", "manager", "clerk", "Closed", "Closed"),
]


@pytest.fixture
def people(client):
	keys = {key for step in STEPS for key in step[1:3]}
	return {key: client(key) for key in keys}


def test_quality_complaint_from_receipt_to_closing(people):
	clerk = people["clerk"]

	# The clerk takes the call: 500 of 2,000 pieces. Quality has it at once, Marketing stays the window, two clocks run.
	customer = clerk.insert("Service Customer", customer_name=f"Fictional Boards {CHINESE[:4]} {id(people)}")["name"]
	case = clerk.insert(
		"Complaint",
		customer=customer,
		contact_person="李样",
		channel="Phone",
		complaint_class="Quality",
		topic="Product Quality",
		priority="Urgent",
		severity="Serious",
		description=CHINESE,
		order_no="ORD-2026-7",
		part_no="PN-7",
		ship_date="2026-01-15",
		shipped_qty=2000,
		defective_qty=500,
		customer_demand="更换全部不良品",
	)
	name = case["name"]
	assert case["lead_department"] == "Quality Department"
	assert case["contact_window"] == "Marketing"
	assert [row["department"] for row in case["assisting_departments"]] == ["Marketing"]
	assert case["workflow_state"] == "Received"
	assert case["response_due"] and case["resolution_due"]
	assert case["received_by"] == email("clerk")

	# It stands in Quality's queue and in nobody else's.
	queue = [["lead_department", "=", "Quality Department"], ["state_category", "=", "Open"], ["name", "=", name]]
	assert people["quality_reviewer"].list("Complaint", queue) == [{"name": name}]
	assert people["materials_reviewer"].list("Complaint", queue) == []
	with pytest.raises(Refused, match="403"):
		people["materials_reviewer"].get("Complaint", name)

	# Each step by the right person, after the wrong one was refused.
	for action, right, wrong, state, category in STEPS:
		with pytest.raises(Refused):
			people[wrong].workflow("Complaint", name, action)
		assert people["clerk"].get("Complaint", name)["workflow_state"] != state
		if action == "Decide":
			people["quality_head"].update("Complaint", name, cause="夹具磨损", decision="换货", measures="更换夹具")
		if action == "Answer Customer":
			clerk.update("Complaint", name, answer="我们将在三天内更换。")
		reached = people[right].workflow("Complaint", name, action)
		assert (reached["workflow_state"], reached["state_category"]) == (state, category)

	# The clocks have followed: answered once, reopened once, and kept.
	closed = clerk.get("Complaint", name)
	assert closed["responded_at"] and closed["resolved_at"] and closed["reopen_count"] == 1
	assert (closed["response_breached"], closed["resolution_breached"]) == (0, 0)

	# A closed complaint changes no more, and is never deleted.
	with pytest.raises(Refused, match="cannot be changed"):
		clerk.update("Complaint", name, description="something else")
	with pytest.raises(Refused):
		people["manager"].delete("Complaint", name)

	# Every step is in the trail: who, from what, to what (L10).
	trail = clerk.list(
		"Service Event",
		[["reference_name", "=", name]],
		("event", "before_value", "after_value", "actor", "happened_at"),
	)
	trail.sort(key=lambda row: row["happened_at"])
	assert trail[0]["event"] == "Created"
	assert [row["after_value"] for row in trail[1:]] == [step[3] for step in STEPS]
	assert [row["actor"] for row in trail[1:]] == [email(step[1]) for step in STEPS]
	assert [row["event"] for row in trail].count("Reopened") == 1

	# The controlled form holds it all.
	text = pdf_text(clerk.pdf("Complaint", name, format="Quality Feedback Form", language="zh"))
	for expected in (name, "HT-QR-MA-08", "A/0", "客户品质反馈单", CHINESE, "更换全部不良品", "夹具磨损", "品质部"):
		assert expected in text.replace("\n", ""), expected
	with pytest.raises(Refused, match="403"):
		people["materials_reviewer"].pdf("Complaint", name)

	# And the register lists it.
	report = clerk.read(
		"frappe.desk.query_report.run", report_name="Complaint Register", filters=f'{{"customer": "{customer}"}}'
	).json()["message"]
	assert [row["name"] for row in report["result"]] == [name]


def pdf_text(content: bytes) -> str:
	return subprocess.run(
		["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True
	).stdout.decode()
