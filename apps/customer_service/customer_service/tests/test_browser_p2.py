"""P2 told in order at the screens: a serious quality complaint of 500 of 2,000 pieces (F-3 to F-7, F-11, I-1).

The story of test_scenario_p2.py, with every person's steps done in the desk, and the customer's on his phone. Monday 9:00 of a week
in the past is hour 0: each request says what time it is, and the scheduler's sweep runs here at the same moment.
"""

import re
from datetime import timedelta

import frappe
import pytest
from playwright.sync_api import expect

from customer_service.customer_communication import routing
from customer_service.improvement import effectiveness
from customer_service.organisation import clock_sweep, presets
from customer_service.tests.browser import (
	add_rows,
	clock_mark,
	control,
	dismiss,
	fill_dialog,
	open_desk,
	open_form,
	overflow,
	pick,
	press,
	save,
	show_tab,
	take_step,
	tell_time,
	try_step,
	visit,  # noqa: F401
	wait_for_desk,
	write,
)
from customer_service.tests.factories import email, make_customer, monday_morning, put_into_department
from customer_service.tests.whole_site import site_as_before  # noqa: F401

GROUP, PURCHASING, INSPECTION = "Customer Service Group", "Purchasing", "Quality Inspection"
TECHNICAL, REPLACEMENT = "Technical Centre", "Replacement Group"

MAIL = "li@customer.example.com"
ANSWER = "500 pieces were sent today; 3,000 CNY follow."


@pytest.fixture
def company(site_as_before):  # noqa: F811
	"""The profile's departments with the test people in them, for as long as the story lasts; returns a customer."""
	presets.load("P2")
	for name in frappe.get_all("Routing Rule", {"name": ("like", "P1 %")}, pluck="name"):
		frappe.db.set_value("Routing Rule", name, "enabled", 0)  # this company's own rules decide
	routing.forget_rules()
	frappe.get_doc("User", email("employee")).add_roles("Customer Service Clerk")
	group = frappe.get_doc("Service Department", GROUP)
	group.update({"head": email("quality_head"), "manager": email("manager")})
	group.append("members", {"user": email("clerk")})
	group.append("members", {"user": email("employee"), "is_group_leader": 1})
	group.save()
	put_into_department(email("quality_reviewer"), INSPECTION)
	put_into_department(email("materials_reviewer"), PURCHASING)
	put_into_department(email("materials_reviewer"), TECHNICAL)  # a colleague of the engineer
	put_into_department(email("engineer"), TECHNICAL)
	put_into_department(email("warehouse"), REPLACEMENT)
	customer = make_customer().name
	frappe.db.commit()
	return customer


class Story:
	"""Everybody's screen, and the time."""

	def __init__(self, visit):  # noqa: F811
		self.visit = visit
		self.screens = {}
		self.moment = monday_morning()

	def screen(self, person: str | None):
		"""The desk of one of the test people, the phone of a guest."""
		if person not in self.screens:
			page = self.screens[person] = self.visit(person, phone=not person)
			tell_time(page, self.moment)
		return self.screens[person]

	def it_is(self, hour: float) -> None:
		"""Move the clock to so many hours after Monday 9:00, and let the scheduler's sweep run as it would have."""
		self.set_time(monday_morning() + timedelta(hours=hour))
		while clock_sweep.mark_breaches():
			pass
		frappe.db.commit()

	def set_time(self, moment) -> None:
		self.moment = frappe.flags.service_now = moment
		for page in self.screens.values():
			tell_time(page, moment)

	def form(self, person: str, doctype: str, name: str):
		page = self.screen(person)
		open_form(page, doctype, name)
		return page

	def step(self, person: str, doctype: str, name: str, action: str, state: str):
		page = self.form(person, doctype, name)
		take_step(page, action, state)
		return page


@pytest.fixture
def story(visit, company):  # noqa: F811
	told = Story(visit)
	told.customer = company
	return told


def test_serious_complaint_from_the_call_to_the_lasting_effect(story):
	name = receive(story)
	tasks = ask_four_departments(story, name)
	wait_for_the_customer(story, name)
	report_and_be_late(story, name, tasks)
	exchange, money = propose(story, name)
	decide(story, name, exchange, money)
	improvement = start_improvement(story, name)
	carry_out(story, name, exchange, money)
	accept(story, name, improvement)
	find_causes_and_act(story, improvement, 1)
	story.step("manager", "Complaint", name, "Close Complaint", "Closed")
	verify_and_check(story, improvement)


def due(page, label: str, words: str, hour: float) -> None:
	"""One of the clocks shows these words and the moment so many hours after Monday 9:00."""
	moment = monday_morning() + timedelta(hours=hour)
	expect(clock_mark(page, label)).to_have_text(re.compile(rf": {words}( soon:)? {moment:%Y-%m-%d %H:%M}$"))


def receive(story) -> str:
	"""Monday 9:00: the clerk takes the call. The group leads, Quality Inspection and Purchasing assist."""
	story.it_is(0)
	page = story.screen("clerk")
	open_desk(page, "complaint/new")
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Complaint' && cur_frm.is_new()")
	pick(page, "customer", story.customer)
	for fieldname, text in (
		("contact_person", "Li Example"),
		("contact_email", MAIL),
		("received_at", f"{story.moment:%Y-%m-%d %H:%M:%S}"),
		("order_no", "ORD-1"),
		("part_no", "PART-1"),
		("shipped_qty", "2000"),
		("defective_qty", "500"),
	):
		control(page, fieldname).fill(text)
	pick(page, "topic", "Product Quality")
	pick(page, "complaint_class", "Quality")
	control(page, "severity", "select").select_option("Serious")
	control(page, "priority", "select").select_option("Serious")
	control(page, "customer_demand", "textarea").fill("Replace all bad pieces.")
	control(page, "description", "textarea").fill("500 of 2000 pieces are scratched.")
	save(page)
	name = page.evaluate("cur_frm.doc.name")
	assert page.evaluate("cur_frm.doc.lead_department") == GROUP
	assisting = page.locator("[data-fieldname=assisting_departments] .grid-body .grid-row")
	expect(assisting).to_have_count(2)
	expect(assisting.nth(0)).to_contain_text(INSPECTION)
	expect(assisting.nth(1)).to_contain_text(PURCHASING)
	# 30 min; 4 h; 24 h; five days of nine hours: Friday 18:00.
	for clock, hour in (("Response", 0.5), ("Contact", 4), ("Answer", 24), ("Resolution", 105)):
		due(page, clock, "due", hour)
	return name


def ask_four_departments(story, name: str) -> dict[str, str]:
	"""Acknowledged in time, the complainant reached, assessed; four departments work side by side."""
	story.it_is(0.4)
	page = story.step("clerk", "Complaint", name, "Acknowledge", "Acknowledged")
	due(page, "Response", "kept, was due", 0.5)
	story.it_is(1)
	press(page, "Customer Contacted", "Record")
	fill_dialog(page, "Save", {"note": "Reached by phone."})
	due(page, "Contact", "kept, was due", 4)
	story.it_is(2)
	take_step(page, "Assess", "Assessed")
	# Each assisting department has its task; two more are asked. Taken up within 4 h, done within two days of nine hours:
	# seven on Monday, nine on Tuesday, two on Wednesday, 11:00.
	show_tab(page, "tasks")
	rows = page.locator("[data-fieldname=tasks] tbody tr:visible")
	expect(rows).to_have_count(2)
	page.get_by_role("button", name="Ask Departments").click()
	links, ticks = {"task_kind": "Give Opinion"}, (TECHNICAL, REPLACEMENT)
	fill_dialog(page, "Ask", {"instruction": "What is possible?"}, links, ticks)
	expect(rows).to_have_count(4)
	tasks = {}
	for department in (INSPECTION, PURCHASING, TECHNICAL, REPLACEMENT):
		row = rows.filter(has_text=department)
		expect(row).to_contain_text(f"{monday_morning() + timedelta(hours=50):%Y-%m-%d %H:%M}")
		tasks[department] = row.locator("a").inner_text()
	story.step("quality_head", "Complaint", name, "Start Investigation", "Investigating")
	return tasks


def wait_for_the_customer(story, name: str) -> None:
	"""12:00: he is asked for samples. The clocks of the steps stand still, that of the whole case does not."""
	story.it_is(3)
	page = story.step("clerk", "Complaint", name, "Ask Customer", "Waiting for Customer")
	due(page, "Answer", "paused, due", 24)
	due(page, "Resolution", "due", 105)
	story.it_is(26)
	assert not frappe.db.exists("Escalation Log", {"reference_name": name, "clock": "Answer"})
	# Tuesday 12:00: he has replied. 24 hours around the clock were waited.
	story.it_is(27)
	page = story.step("clerk", "Complaint", name, "Customer Replied", "Investigating")
	due(page, "Answer", "due", 48)
	due(page, "Resolution", "due", 105)


def report(story, task: str, person: str, text: str) -> None:
	page = story.step(person, "Complaint Task", task, "Take Up", "In Progress")
	write(page, report=text)
	take_step(page, "Report Done", "Done")


def report_and_be_late(story, name: str, tasks: dict[str, str]) -> None:
	"""Three departments report; Purchasing keeps the others waiting until somebody higher asks."""
	story.it_is(28)
	report(story, tasks[INSPECTION], "quality_reviewer", "The fixture has worn the faces.")
	report(story, tasks[TECHNICAL], "engineer", "Exchange; repair costs more.")
	report(story, tasks[REPLACEMENT], "warehouse", "1,500 sound pieces are in store.")
	# Wednesday: the answer's limit comes and passes. Nobody is assigned: the group leader is told, then the head.
	for hour in (47.9, 48.1, 50.1):
		story.it_is(hour)
	page = story.form("quality_head", "Complaint", name)
	due(page, "Answer", "late, was due", 48)
	expect(clock_mark(page, "Answer")).to_have_class(re.compile("red"))
	open_desk(page, f"escalation-log?reference_name={name}&clock=Answer")
	rows = page.locator(".list-row:visible")
	expect(rows).to_have_count(3)
	expect(rows.filter(has_text=email("employee"))).to_have_count(2)
	expect(rows.filter(has_text=email("quality_head"))).to_have_count(1)
	report(story, tasks[PURCHASING], "materials_reviewer", "The supplier of the fixture pays half.")


def new_disposition(story, name: str, kind: str, text: str, fields: dict[str, str]) -> str:
	"""The clerk proposes a measure from the complaint's own button."""
	page = story.form("clerk", "Complaint", name)
	show_tab(page, "dispositions")
	page.get_by_role("button", name="New Disposition").click()
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Complaint Disposition' && cur_frm.is_new()")
	assert page.evaluate("cur_frm.doc.complaint") == name
	pick(page, "kind", kind)
	for fieldname, value in fields.items():
		if fieldname == "currency":
			pick(page, fieldname, value)
		else:
			control(page, fieldname).fill(value)
	control(page, "description", "textarea").fill(text)
	save(page)
	take_step(page, "Ask for Approval", "In Approval")
	return page.evaluate("cur_frm.doc.name")


def propose(story, name: str) -> tuple[str, str]:
	"""Cause and responsibility are known. An exchange of 500 and a compensation of 3,000 are proposed: beyond authority."""
	page = story.form("quality_head", "Complaint", name)
	control(page, "is_justified", "select").select_option("Justified")
	pick(page, "cause_category", "Machine")
	add_rows(
		page,
		"responsibilities",
		{"party": "Our Department", "department": INSPECTION, "share": 50, "evidence": "Inspection plan"},
		{"party": "Supplier", "party_name": "Fictional Fixtures", "share": 50, "evidence": "Report 7"},
	)
	write(page, cause="Worn fixture", decision="Exchange and compensation", measures="New fixture")

	exchange = new_disposition(story, name, "Exchange of Goods", "500 sound pieces by air.", {"quantity": "500"})
	paid = {"amount": "3000", "currency": "CNY"}
	money = new_disposition(story, name, "Compensation", "Sorting costs.", paid)
	page = story.form("clerk", "Complaint", name)
	due(page, "Referral", "late, was due", 48)  # 24 h from the receipt, and the 24 that the customer took
	show_tab(page, "dispositions")
	expect(page.locator("[data-fieldname=dispositions] tbody tr:visible")).to_have_count(2)
	return exchange, money


def approve(story, person: str, disposition: str, state: str) -> None:
	page = story.form(person, "Complaint Disposition", disposition)
	press(page, "Approve")
	fill_dialog(page, "Submit")
	expect(page.locator(".page-head .indicator-pill:visible").first).to_have_text(state)


def decide(story, name: str, exchange: str, money: str) -> None:
	"""The head is told and gives his opinion; exchange by the head alone, 3,000 by head and service manager."""
	page = story.form("clerk", "Complaint", name)
	press(page, "Report to Head", "Record")
	fill_dialog(page, "Save")
	due(page, "Opinion", "due", 50.1 + 24)
	page = story.form("quality_head", "Complaint", name)
	press(page, "Opinion of the Head", "Record")
	fill_dialog(page, "Save", {"opinion": "Exchange at once; pay the sorting."})
	for disposition in (exchange, money):
		page = story.form("manager", "Complaint Disposition", disposition)
		expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
	approve(story, "quality_head", exchange, "Approved")
	approve(story, "quality_head", money, "In Approval")
	approve(story, "manager", money, "Approved")
	story.step("quality_head", "Complaint", name, "Decide", "Decided")
	page = story.form("clerk", "Complaint", name)
	press(page, "Decision Told", "Record")
	fill_dialog(page, "Save")
	due(page, "Implementation", "due", 50.1 + 48)
	due(page, "Resolution", "due", 105)


def start_improvement(story, name: str) -> str:
	page = story.form("quality_head", "Complaint", name)
	press(page, "Corrective", "Make Improvement")
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Improvement' && !cur_frm.is_new()")
	improvement = page.evaluate("cur_frm.doc.name")
	story.step("quality_head", "Complaint", name, "Carry Out", "Carrying Out")
	return improvement


def attach_evidence(page, number: int) -> None:
	"""Attach a file to a row of evidence by the desk's own dialog."""
	rows = page.locator("[data-fieldname=evidence] .grid-body .grid-row")
	rows.nth(number).locator(".btn-open-row").click()
	page.locator(".grid-row-open [data-fieldname=attachment] .btn-attach").click()
	with page.expect_file_chooser() as chooser:
		page.locator(".file-uploader .btn-file-upload").first.click()
	file = {"name": f"evidence-{number}.txt", "mimeType": "text/plain", "buffer": f"Signed {number}".encode()}
	chooser.value.set_files([file])
	page.locator(".modal.show .btn-primary:visible", has_text="Upload").click()
	expect(page.locator(".modal.show")).to_have_count(0)
	wait_for_desk(page)


def carry_out(story, name: str, exchange: str, money: str) -> None:
	"""Thursday 9:00: the measures are carried out with their evidence and confirmed; the customer is answered."""
	story.it_is(72)
	for disposition, kind in ((exchange, "Delivery Note"), (money, "Bank Slip")):
		page = story.step("clerk", "Complaint Disposition", disposition, "Start Carrying Out", "Carrying Out")
		refusal = try_step(page, "Report Carried Out")
		expect(refusal).to_contain_text(kind)
		dismiss(page)
		open_form(page, "Complaint Disposition", disposition)
		for number in range(page.evaluate("cur_frm.doc.evidence.length")):
			attach_evidence(page, number)
		write(page, result="Done.")
		take_step(page, "Report Carried Out", "Carried Out")
		story.step("manager", "Complaint Disposition", disposition, "Confirm", "Confirmed")
	page = story.form("clerk", "Complaint", name)
	write(page, answer=ANSWER)
	take_step(page, "Answer Customer", "Answered")
	for clock in ("Implementation", "Resolution"):
		expect(clock_mark(page, clock)).to_contain_text("kept")


def link_in_mail(name: str) -> str:
	"""The personal link in the mail that told the customer our answer."""
	frappe.db.rollback()
	(mail,) = frappe.get_all(
		"Email Queue",
		{
			"reference_doctype": "Complaint",
			"reference_name": name,
			"message": ("like", "%Our answer to your complaint%"),
		},
		pluck="name",
	)
	queued = frappe.get_doc("Email Queue", mail)
	assert [row.recipient for row in queued.recipients] == [MAIL]
	found = re.search(r"/complaint-status#([\w-]{43})", queued.message.replace("=\n", "").replace("=\r\n", ""))
	return f"/complaint-status#{found[1]}"


def accept(story, name: str, improvement: str) -> None:
	"""The customer accepts by his link, on his phone; the complaint does not close before its improvement is implemented."""
	story.it_is(73)
	phone = story.screen(None)
	phone.goto(link_in_mail(name))
	expect(phone.locator("[data-value=answer]")).to_have_text(ANSWER)
	assert phone.viewport_size["width"] == 375 and overflow(phone) == 0
	phone.get_by_label("Yes, I accept the answer").tap()
	phone.locator(".cs-status-rating label", has_text="4").tap()
	phone.get_by_label("Comment").fill("Quick.")
	phone.get_by_role("button", name="Send").tap()
	expect(phone.locator("[data-value=state]")).to_have_text("Accepted by Customer")
	expect(phone.locator("[data-part=decision]")).to_be_hidden()

	page = story.form("manager", "Complaint", name)
	expect(control(page, "handling_comment", ".control-value")).to_have_text("Quick.")
	expect(try_step(page, "Close Complaint")).to_contain_text(improvement)
	dismiss(page)


def find_causes_and_act(story, improvement: str, number: int) -> None:
	"""8D: contained, both causes, an action done by the engineer."""
	page = story.form("quality_head", "Improvement", improvement)
	add_rows(
		page,
		"causes",
		*(
			{
				"track": track,
				"branch": "Machine",
				"cause": f"{track} cause {number}",
				"is_root": 1,
				"verified_how": "Tried",
			}
			for track in ("Occurrence", "Escape")
		),
	)
	if number == 1:
		control(page, "containment_not_needed").check()
		control(page, "containment_reason", "textarea").fill("All pieces were exchanged.")
	write(page, occurrence_cause=f"Worn fixture {number}", escape_cause=f"No check of faces {number}")
	expect(page.locator("svg.improvement-drawing:visible").first).to_contain_text(f"Occurrence cause {number}")
	if number == 1:
		take_step(page, "Confirm Containment", "Contained")
	take_step(page, "Confirm Causes", "Cause Found")
	press(page, "Add Action")
	links = {"department": TECHNICAL, "responsible": email("engineer")}
	day = f"{story.moment + timedelta(days=7):%Y-%m-%d}"
	fill_dialog(page, "Add", {"description": f"New fixture {number}", "due_date": day}, links)
	row = page.locator(".improvement-actions:visible tbody tr", has_text=f"New fixture {number}")
	action = row.locator("a").inner_text()
	take_step(page, "Release Plan", "Planned")
	take_step(page, "Start Implementation", "Implementing")

	engineer = story.form("engineer", "Improvement Action", action)
	press(engineer, "Report Done")
	fill_dialog(engineer, "Submit", {"done_note": "Fixture F-8 in use"})
	story.step("quality_head", "Improvement", improvement, "Confirm Implementation", "Implemented")


def verify(story, improvement: str) -> None:
	"""The engineer who did the work may not say that it works; his colleague may."""
	page = story.form("materials_reviewer", "Improvement", improvement)
	write(page, verification_note="Seen on 200 pieces.")
	page = story.form("engineer", "Improvement", improvement)
	expect(try_step(page, "Verify")).to_contain_text("must not verify it")
	dismiss(page)
	story.step("materials_reviewer", "Improvement", improvement, "Verify", "Verified")


def check(story, improvement: str, note: str, action: str, state: str) -> None:
	"""The day of the check has come."""
	frappe.db.rollback()
	day = frappe.db.get_value("Improvement", improvement, "effectiveness_due_on")
	story.set_time(frappe.utils.get_datetime(day) + timedelta(hours=10))
	effectiveness.run()
	page = story.form("materials_reviewer", "Improvement", improvement)
	expect(page.locator(".page-head .indicator-pill:visible").first).to_have_text("Effectiveness Check")
	write(page, effectiveness_note=note)
	take_step(page, action, state)


def verify_and_check(story, improvement: str) -> None:
	"""30 days later the fault is back: the check reopens the improvement once, round 1 stays readable; then it holds."""
	verify(story, improvement)
	check(story, improvement, "8 of 300 scratched again.", "Find Not Effective", "Ineffective")
	find_causes_and_act(story, improvement, 2)
	page = story.screen("quality_head")
	expect(page.locator("[data-fieldname=rounds] .grid-row").first).to_be_attached()
	verify(story, improvement)
	check(story, improvement, "0 of 2,000.", "Confirm Effectiveness", "Closed")
	frappe.db.rollback()
	assert frappe.db.count("Service Event", {"reference_name": improvement, "event": "Reopened"}) == 1
	assert frappe.db.get_value("Improvement", improvement, ["round", "effectiveness_result"]) == (2, "Effective")
