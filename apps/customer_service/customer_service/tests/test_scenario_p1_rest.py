"""A quality complaint of profile P1 from receipt to closing, over REST alone, as a client of the endpoints in docs/api.md would
do it (F-1, F-2, F-6, F-7): taken on the phone by the clerk, or posted by the customer without login. Told in order; every step
also by somebody who may not take it."""

import base64
import io
import json
import subprocess
from datetime import date, timedelta

import pytest
from PIL import Image

from customer_service.tests.client import Refused
from customer_service.tests.factories import email

ACCEPT = "frappe.website.doctype.web_form.web_form.accept"
STATUS = "customer_service.complaint_handling.api.complaint_status"
PDF = "customer_service.controlled_forms.printing.pdf"

CHINESE = "五百件产品表面有划痕，无法使用。"
ANSWER = "我们将在三天内更换。"

# What a customer can tell: 500 of 2,000 pieces.
TOLD = {
	"contact_person": "李样",
	"topic": "Product Quality",
	"priority": "Urgent",
	"description": CHINESE,
	"order_no": "ORD-2026-7",
	"part_no": "PN-7",
	"ship_date": "2026-01-15",
	"shipped_qty": 2000,
	"defective_qty": 500,
	"customer_demand": "更换全部不良品",
}

# What the analysis has found: ours, a worn fixture.
FOUND = {
	"is_justified": "Justified",
	"cause_category": "Machine",
	"cause": "夹具磨损",
	"responsibilities": [{"party": "Our Department", "department": "Quality Department", "share": 100}],
	"decision": "换货",
	"measures": "更换夹具",
}

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
	"""Everybody of the story, logged in; None is the customer, who is not."""
	keys = {key for step in STEPS for key in step[1:3]}
	return {key: client(key) for key in [*keys, None]}


def png() -> bytes:
	stream = io.BytesIO()
	Image.new("RGB", (8, 8), "red").save(stream, "PNG")
	return stream.getvalue()


def shown(people, name: str, token: str | None) -> tuple[str, str | None] | None:
	"""State and answer as the customer sees them by his personal link, if he has one."""
	if not token:
		return None
	status = people[None].call(STATUS, token=token)
	assert status["number"] == name
	return status["state"], status["answer"]


def taken_on_the_phone(people, customer: str) -> tuple[str, None]:
	"""The clerk takes the call: 500 of 2,000 pieces. The caller gets no link."""
	known = {"customer": customer, "complaint_class": "Quality", "severity": "Serious"}
	case = people["clerk"].insert("Complaint", channel="Phone", **known, **TOLD)
	assert case["received_by"] == email("clerk")
	return case["name"], None


def posted_by_a_guest(people, customer: str) -> tuple[str, str]:
	"""The customer posts what the public form posts, without login; the clerk finds out who it is."""
	photo = f"划伤.png,data:image/png;base64,{base64.b64encode(png()).decode()}"
	form = {"web_form": "complaint", "data": json.dumps({**TOLD, "attachment": photo})}
	answer = people[None].request("POST", f"/api/method/{ACCEPT}", data=form).json()["message"]
	name, token = answer["name"], answer["status_path"].split("#")[1]
	with pytest.raises(Refused):
		people["materials_reviewer"].update("Complaint", name, customer=customer)
	known = {"customer": customer, "complaint_class": "Quality", "severity": "Serious"}
	case = people["clerk"].update("Complaint", name, **known)
	assert (case["channel"], case["received_by"]) == ("Web Form", None)
	assert people["quality_head"].request("GET", case["attachment"]).content == png()
	return name, token


@pytest.mark.parametrize("arrive", [taken_on_the_phone, posted_by_a_guest])
def test_quality_complaint_from_receipt_to_closing(people, arrive):
	clerk = people["clerk"]
	customer = clerk.insert("Service Customer", customer_name=f"Fictional Boards {CHINESE[:4]} {id(people)}")["name"]
	name, token = arrive(people, customer)

	# Quality has it at once, Marketing stays the window, two clocks run.
	case = clerk.get("Complaint", name)
	assert case["customer"] == customer
	assert case["lead_department"] == "Quality Department"
	assert case["contact_window"] == "Marketing"
	assert [row["department"] for row in case["assisting_departments"]] == ["Marketing"]
	assert case["workflow_state"] == "Received"
	assert case["received_at"] < case["response_due"] <= case["resolution_due"]

	# It stands in Quality's queue and in nobody else's.
	queue = [["lead_department", "=", "Quality Department"], ["state_category", "=", "Open"], ["name", "=", name]]
	assert people["quality_reviewer"].list("Complaint", queue) == [{"name": name}]
	assert people["materials_reviewer"].list("Complaint", queue) == []
	with pytest.raises(Refused, match="403"):
		people["materials_reviewer"].get("Complaint", name)

	if token:
		assert shown(people, name, token) == ("Received", None)

	# Each step by the right person, after the wrong one was refused. The customer sees the state, and the answer once it is given.
	for action, right, wrong, state, category in STEPS:
		with pytest.raises(Refused):
			people[wrong].workflow("Complaint", name, action)
		assert people["clerk"].get("Complaint", name)["workflow_state"] != state
		if action == "Decide":
			if not clerk.get("Complaint", name).get("cause"):  # F-7: first the cause and who is responsible
				with pytest.raises(Refused, match="Cause Category"):
					people["quality_head"].workflow("Complaint", name, action)
			people["quality_head"].update("Complaint", name, **FOUND)
		if action == "Answer Customer":
			clerk.update("Complaint", name, answer=ANSWER)
		if action == "Close Complaint":
			with pytest.raises(Refused, match="cannot be closed yet"):
				people["manager"].workflow("Complaint", name, action)
			report_tasks_done(clerk, name)
			with pytest.raises(Refused, match="needs an improvement"):
				people["manager"].workflow("Complaint", name, action)
			carry_out_improvement(people["quality_head"], people["quality_reviewer"], name)
		reached = people[right].workflow("Complaint", name, action)
		assert (reached["workflow_state"], reached["state_category"]) == (state, category)
		if token:
			assert shown(people, name, token) == (state, ANSWER if category in ("Resolved", "Closed") else None)

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
		[["reference_name", "=", name], ["event", "not in", ["Task", "Improvement Started"]]],
		("event", "before_value", "after_value", "actor", "happened_at"),
	)
	trail.sort(key=lambda row: row["happened_at"])
	assert trail[0]["event"] == "Created"
	assert [row["after_value"] for row in trail[1:]] == [step[3] for step in STEPS]
	assert [row["actor"] for row in trail[1:]] == [email(step[1]) for step in STEPS]
	assert [row["event"] for row in trail].count("Reopened") == 1

	# The controlled form holds it all.
	text = pdf_text(clerk.read(PDF, doctype="Complaint", name=name, language="zh").content)
	told = ("李样", CHINESE, "更换全部不良品")
	for expected in (name, "HT-QR-MA-08", "A/0", "客户品质反馈单", *told, "夹具磨损", ANSWER, "品质部"):
		assert expected in text.replace("\n", ""), expected
	with pytest.raises(Refused, match="403"):
		people["materials_reviewer"].read(PDF, doctype="Complaint", name=name)

	# And the register lists it.
	report = clerk.read(
		"frappe.desk.query_report.run", report_name="Complaint Register", filters=f'{{"customer": "{customer}"}}'
	).json()["message"]
	assert [row["name"] for row in report["result"]] == [name]


def report_tasks_done(clerk, name: str) -> None:
	"""Marketing assists: the clerk, who belongs to it, reports its tasks done."""
	for task in clerk.list("Complaint Task", [["complaint", "=", name], ["state_category", "=", "Open"]]):
		clerk.workflow("Complaint Task", task["name"], "Take Up")
		clerk.update("Complaint Task", task["name"], report="已告知客户")
		clerk.workflow("Complaint Task", task["name"], "Report Done")


IMPROVEMENT = "customer_service.improvement.api."


def carry_out_improvement(head, worker, complaint: str) -> None:
	"""A justified complaint of class Quality asks for a corrective action; it is implemented before the complaint closes (F-7, I-1)."""
	name = head.call(IMPROVEMENT + "start_improvement", doctype="Complaint", name=complaint)
	causes = [
		{"track": track, "branch": "Machine", "cause": "夹具磨损", "is_root": 1, "verified_how": "试验"}
		for track in ("Occurrence", "Escape")
	]
	found = {"occurrence_cause": "夹具磨损", "escape_cause": "未检外观", "causes": causes}
	head.update("Improvement", name, containment_not_needed=1, containment_reason="已全部更换", **found)
	for step in ("Confirm Containment", "Confirm Causes"):
		head.workflow("Improvement", name, step)
	action = head.insert(
		"Improvement Action",
		improvement=name,
		action_type="Corrective",
		description="更换夹具",
		department="Quality Department",
		responsible=email("quality_reviewer"),
		due_date=str(date.today() + timedelta(days=7)),
	)
	for step in ("Release Plan", "Start Implementation"):
		head.workflow("Improvement", name, step)
	worker.call(IMPROVEMENT + "report_done", action=action["name"], done_note="新夹具已启用")
	head.workflow("Improvement", name, "Confirm Implementation")


def pdf_text(content: bytes) -> str:
	return subprocess.run(
		["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True
	).stdout.decode()
