"""Measures of a complaint (F-6, F-7): approvals by limit, evidence, quantities, results. Each also by somebody who may not."""

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError
from frappe.utils import flt

from customer_service.complaint_handling import api, disposition_approval, disposition_natures
from customer_service.exceptions import (
	ApprovalError,
	ClosingRefusedError,
	DispositionError,
	QuantityError,
	RecordClosedError,
)
from customer_service.tests.client import Refused
from customer_service.tests.factories import (
	attach_evidence,
	email,
	go,
	make_complaint,
	make_customer,
	make_disposition,
)


@pytest.fixture
def complaint():
	return make_complaint(customer=make_customer().name)


def compensation(complaint, amount: float, by: str = "clerk", **values):
	return make_disposition(
		complaint.name, by, kind="Compensation", quantity=0, amount=amount, currency="CNY", **values
	)


def approve(disposition, by: str, decision: str = "Approve", note: str | None = None, seen: str | None = None):
	"""Decide as one of the people, on what is stored now if nothing else was seen."""
	stored = frappe.get_doc(disposition.doctype, disposition.name)
	frappe.set_user(email(by))
	try:
		api.decide_disposition(disposition.name, decision, seen or disposition_approval.terms_of(stored), note)
	finally:
		frappe.set_user("Administrator")
	return frappe.get_doc(disposition.doctype, disposition.name)


# --- approvals -----------------------------------------------------------------------------------------------------

# The shipped limits: head up to 1,000, service manager up to 5,000, general manager any amount.
CHAIN = {"Department Head": "quality_head", "Customer Service Manager": "manager", "General Manager": "general_manager"}


@pytest.mark.parametrize(
	"amount, steps",
	[
		(0.01, 1),
		(1000, 1),
		(1000.01, 2),
		(5000, 2),
		(5000.01, 3),
		(90000, 3),
	],
)
def test_number_of_approvals_follows_the_limits(complaint, amount, steps):
	disposition = go(compensation(complaint, amount), "Ask for Approval")
	assert disposition.workflow_state == "In Approval"
	assert [row.approver for row in disposition.approvals] == list(CHAIN)[:steps]
	for person in list(CHAIN.values())[:steps]:
		assert disposition.workflow_state == "In Approval"
		disposition = approve(disposition, person)
	assert disposition.workflow_state == "Approved"
	assert [(row.decision, row.decided_by, flt(row.amount_seen)) for row in disposition.approvals] == [
		("Approved", email(person), amount) for person in list(CHAIN.values())[:steps]
	]


def test_limits_edited_by_an_administrator_count_for_the_next_one(complaint):
	kind = frappe.get_doc("Disposition Kind", "Compensation")
	kind.limits[0].up_to_amount = 200
	kind.save()
	assert len(go(compensation(complaint, 500), "Ask for Approval").approvals) == 2


def test_amount_that_no_limit_covers_is_refused(complaint):
	kind = frappe.get_doc("Disposition Kind", "Compensation")
	kind.limits[-1].up_to_amount = 20000
	kind.save()
	with pytest.raises(DispositionError, match="20,000.01"):
		go(compensation(complaint, 20000.01), "Ask for Approval")


def test_within_authority_needs_nobody(complaint):
	"""Repair is free up to 500; guidance and explanation need only text."""
	for values in (
		{"kind": "Repair", "amount": 500},
		{"kind": "Guidance", "quantity": 0},
		{"kind": "Explanation", "quantity": 0},
	):
		disposition = go(make_disposition(complaint.name, **values), "Ask for Approval")
		assert (disposition.workflow_state, disposition.approvals) == ("Approved", []), values
	assert not frappe.db.get_value("Complaint", complaint.name, "is_beyond_authority")
	over = go(make_disposition(complaint.name, kind="Repair", amount=500.01), "Ask for Approval")
	assert over.workflow_state == "In Approval"
	assert frappe.db.get_value("Complaint", complaint.name, "is_beyond_authority")


def test_kind_always_beyond_authority_needs_its_head_whatever_it_costs(complaint):
	disposition = go(make_disposition(complaint.name), "Ask for Approval")
	assert [row.approver for row in disposition.approvals] == ["Department Head"]


def test_nobody_approves_what_he_proposed(complaint):
	disposition = go(compensation(complaint, 100, by="quality_head"), "Ask for Approval", by="quality_head")
	with pytest.raises(ApprovalError, match="proposed himself"):
		approve(disposition, "quality_head")


def test_who_set_the_amount_is_a_proposer_too(complaint):
	disposition = compensation(complaint, 100)
	frappe.set_user(email("quality_head"))
	disposition = frappe.get_doc(disposition.doctype, disposition.name)
	disposition.amount = 900
	disposition.save()
	frappe.set_user("Administrator")
	disposition = go(disposition, "Ask for Approval")
	assert disposition.proposed_by == email("quality_head")
	with pytest.raises(ApprovalError, match="proposed himself"):
		approve(disposition, "quality_head")


@pytest.mark.parametrize("wrong", ["manager", "general_manager", "quality_reviewer"])
def test_first_step_is_the_heads_alone(complaint, wrong):
	disposition = go(compensation(complaint, 3000), "Ask for Approval")
	with pytest.raises(ApprovalError, match="head"):
		approve(disposition, wrong)


def test_second_step_needs_its_role(complaint):
	disposition = approve(go(compensation(complaint, 3000), "Ask for Approval"), "quality_head")
	for wrong in ("quality_head", "general_manager"):
		with pytest.raises(ApprovalError):
			approve(disposition, wrong)
	assert approve(disposition, "manager").workflow_state == "Approved"


def test_absent_head_is_stood_in_for_by_the_deputy(complaint):
	department = frappe.get_doc("Service Department", "Quality Department")
	department.update({"deputy": email("engineer"), "head_absent_from": "2020-01-01"})
	department.save()
	disposition = go(compensation(complaint, 100), "Ask for Approval")
	with pytest.raises(ApprovalError, match="head"):
		approve(disposition, "quality_head")
	assert approve(disposition, "engineer").workflow_state == "Approved"


def test_what_is_approved_is_what_was_seen(complaint):
	"""L3: between reading and approving the amount was changed."""
	disposition = go(compensation(complaint, 100), "Ask for Approval")
	seen = disposition_approval.terms_of(disposition)
	frappe.set_user(email("clerk"))
	disposition = frappe.get_doc(disposition.doctype, disposition.name)
	disposition.amount = 999
	disposition.save()
	frappe.set_user("Administrator")
	disposition = go(disposition, "Ask for Approval")
	with pytest.raises(ApprovalError, match="changed since you opened it"):
		approve(disposition, "quality_head", seen=seen)


@pytest.mark.parametrize(
	"field, value",
	[("amount", 101), ("company_share", 50), ("description", "Something else."), ("exchange_rate", None)],
)
def test_changed_terms_end_the_approval(complaint, field, value):
	disposition = approve(go(compensation(complaint, 100), "Ask for Approval"), "quality_head")
	disposition.set(field, value)
	if field == "exchange_rate":
		disposition.update({"currency": "EUR", "exchange_rate": 7.8})
	disposition.save()
	assert (disposition.workflow_state, disposition.approved_terms) == ("Proposed", None)
	assert [row.decision for row in disposition.approvals] == ["Lapsed"]
	event = frappe.get_last_doc("Service Event", {"reference_name": disposition.name, "event": "Approval Lapsed"})
	assert event.before_value == "100.00"
	with pytest.raises(WorkflowTransitionError):
		go(disposition, "Start Carrying Out")


def test_note_or_planned_date_changes_no_terms(complaint):
	disposition = approve(go(compensation(complaint, 100), "Ask for Approval"), "quality_head")
	disposition.planned_by = "2027-01-01"
	disposition.save()
	assert disposition.workflow_state == "Approved"


def test_foreign_amount_counts_in_the_companys_currency(complaint):
	"""1,000 EUR at 7.8 = 7,800 CNY: above the manager's 5,000, so three approvals; we bear 40 % = 3,120."""
	disposition = make_disposition(
		complaint.name,
		kind="Compensation",
		quantity=0,
		amount=1000,
		currency="EUR",
		exchange_rate=7.8,
		company_share=40,
	)
	assert (disposition.company_amount, disposition.company_part) == (7800, 3120)
	assert len(go(disposition, "Ask for Approval").approvals) == 3


def test_refusal_needs_a_reason_and_ends_it(complaint):
	disposition = go(compensation(complaint, 100), "Ask for Approval")
	with pytest.raises(ApprovalError, match="reason"):
		approve(disposition, "quality_head", "Refuse")
	disposition = approve(disposition, "quality_head", "Refuse", "Not our fault.")
	assert (disposition.workflow_state, disposition.state_category) == ("Refused", "Cancelled")
	with pytest.raises(RecordClosedError):
		disposition.update({"amount": 1}).save()
	assert go(disposition, "Take Back").workflow_state == "Proposed"


def test_approvals_are_never_written(complaint):
	disposition = go(compensation(complaint, 100), "Ask for Approval")
	disposition.approvals[0].update({"decision": "Approved", "decided_by": email("quality_head")})
	disposition.update({"approved_terms": disposition_approval.terms_of(disposition), "proposed_by": "Guest"})
	disposition.save()
	disposition.reload()
	assert (disposition.approvals[0].decision, disposition.approved_terms) == ("Open", None)
	assert disposition.proposed_by == email("clerk")


def test_no_door_leads_past_the_approval(complaint, client):
	disposition = go(compensation(complaint, 100), "Ask for Approval")
	frappe.db.commit()
	for person in ("quality_head", "manager", "general_manager", "clerk"):
		for state in ("Approved", "Carrying Out", "Carried Out", "Confirmed"):
			with pytest.raises(Refused):
				client(person).update(disposition.doctype, disposition.name, workflow_state=state)
	api_name = "customer_service.complaint_handling.api."
	seen = client("quality_head").call(api_name + "disposition_terms", name=disposition.name)
	for wrong in ("clerk", "quality_reviewer", "manager", "engineer", "employee", None):
		with pytest.raises(Refused):
			client(wrong).call(api_name + "decide_disposition", name=disposition.name, decision="Approve", seen=seen)
	stored = client("quality_head").get(disposition.doctype, disposition.name)
	assert stored["workflow_state"] == "In Approval"
	client("quality_head").call(api_name + "decide_disposition", name=disposition.name, decision="Approve", seen=seen)
	assert client("clerk").get(disposition.doctype, disposition.name)["workflow_state"] == "Approved"


def test_person_without_the_role_cannot_ask(complaint, client):
	"""The warehouse may write its returns, and asks for nothing."""
	disposition = make_disposition(complaint.name, responsible_department="Warehouse")
	frappe.db.commit()
	warehouse = client("warehouse")
	assert warehouse.get(disposition.doctype, disposition.name)["quantity"] == 10
	with pytest.raises(Refused):
		warehouse.update(disposition.doctype, disposition.name, workflow_state="In Approval")
	with pytest.raises(Refused):
		client("materials_reviewer").get(disposition.doctype, disposition.name)
	assert client("materials_reviewer").list(disposition.doctype, [["name", "=", disposition.name]]) == []


# --- carrying out --------------------------------------------------------------------------------------------------


def approved(complaint, **values):
	disposition = make_disposition(complaint.name, **values)
	return approve(go(disposition, "Ask for Approval"), "quality_head")


def test_carried_out_only_with_its_evidence(complaint):
	disposition = go(approved(complaint), "Start Carrying Out")
	assert [row.evidence_kind for row in disposition.evidence] == ["Delivery Note"]
	with pytest.raises(DispositionError, match="Delivery Note"):
		go(disposition, "Report Carried Out")
	attach_evidence(disposition, "Photo")
	with pytest.raises(DispositionError, match="Delivery Note"):
		go(disposition, "Report Carried Out")
	attach_evidence(disposition, "Delivery Note")
	disposition = go(disposition, "Report Carried Out")
	assert (disposition.done_quantity, disposition.result) == (10, "10 pieces exchanged.")
	assert disposition.carried_out_by and disposition.carried_out_at
	disposition = go(disposition, "Confirm")
	assert disposition.state_category == "Closed" and disposition.confirmed_by


@pytest.mark.parametrize(
	"kind, values, evidence, expected",
	[
		("Return of Goods", {"quantity": 7}, "Return Receipt", (7, 0, "7 pieces returned.")),
		("Exchange of Goods", {"quantity": 8}, "Delivery Note", (8, 0, "8 pieces exchanged.")),
		("Repair", {"quantity": 9, "amount": 600}, "Repair Report", (9, 0, "9 pieces repaired.")),
		("Guidance", {"quantity": 0}, None, (0, 0, "Show it.")),
		("Explanation", {"quantity": 0}, None, (0, 0, "Show it.")),
		("Compensation", {"quantity": 0, "amount": 50}, "Bank Slip", (0, 50, "50.00 CNY paid.")),
	],
)
def test_each_nature_stores_its_result_and_can_run_again(complaint, kind, values, evidence, expected):
	disposition = go(
		make_disposition(complaint.name, kind=kind, description="Show it.", currency="CNY", **values),
		"Ask for Approval",
	)
	if disposition.workflow_state == "In Approval":
		disposition = approve(disposition, "quality_head")
	disposition = go(disposition, "Start Carrying Out")
	if evidence:
		attach_evidence(disposition, evidence)
	disposition = go(disposition, "Report Carried Out")
	found = (flt(disposition.done_quantity), flt(disposition.done_amount), disposition.result)
	assert found == expected
	disposition_natures.carry_out(disposition)
	assert (flt(disposition.done_quantity), flt(disposition.done_amount), disposition.result) == expected
	events = frappe.get_all("Service Event", {"reference_name": complaint.name, "event": "Measure Carried Out"})
	assert len(events) == 1


def test_terms_of_what_was_carried_out_stay(complaint):
	disposition = attach_evidence(go(approved(complaint), "Start Carrying Out"), "Delivery Note")
	disposition = go(disposition, "Report Carried Out")
	disposition.quantity = 5
	with pytest.raises(DispositionError, match="Send it back"):
		disposition.save()
	disposition = go(disposition, "Send Back")
	assert not disposition.carried_out_at and not disposition.done_quantity


# --- quantities, totals, closing -----------------------------------------------------------------------------------


def test_no_more_comes_back_than_was_shipped(complaint):
	"""2,000 shipped: 1,500 returned and 500 exchanged are all; one more is refused. Repairs are no returns."""
	make_disposition(complaint.name, kind="Return of Goods", quantity=1500)
	last = make_disposition(complaint.name, quantity=500)
	make_disposition(complaint.name, kind="Repair", quantity=100)
	with pytest.raises(QuantityError, match="2001.*2000"):
		make_disposition(complaint.name, quantity=1)
	last.quantity = 501
	with pytest.raises(QuantityError):
		last.save()
	go(last, "Cancel Disposition")
	assert make_disposition(complaint.name, quantity=400).name


def test_more_than_defective_is_said_not_refused(complaint):
	frappe.clear_messages()
	make_disposition(complaint.name, quantity=500)
	assert not frappe.message_log
	make_disposition(complaint.name, quantity=1)
	assert "501" in str(frappe.message_log)


def test_shipped_quantity_cannot_fall_below_what_comes_back(complaint):
	make_disposition(complaint.name, quantity=400)
	complaint.update({"shipped_qty": 399, "defective_qty": 300})
	with pytest.raises(QuantityError):
		complaint.save()


@pytest.mark.parametrize(
	"kind, label", [("Exchange of Goods", "Quantity"), ("Return of Goods", "Quantity"), ("Compensation", "Amount")]
)
def test_kind_says_what_it_needs(complaint, kind, label):
	with pytest.raises(DispositionError, match=label):
		make_disposition(complaint.name, kind=kind, quantity=0)


def test_totals_on_the_complaint_follow_its_measures(complaint):
	"""100 + 1,000 compensation; we bear 100 + 40 % of 1,000 = 500, and all of the 30 for a repair: 530."""
	compensation(complaint, 100)
	second = compensation(complaint, 1000, company_share=40)
	make_disposition(complaint.name, kind="Repair", amount=30)
	fields = ["compensation_total", "company_share_total", "open_dispositions"]
	assert frappe.db.get_value("Complaint", complaint.name, fields) == (1100, 530, 3)
	go(second, "Cancel Disposition")
	assert frappe.db.get_value("Complaint", complaint.name, fields) == (100, 130, 2)


def test_measures_of_a_kind_before_the_answer_hold_it_back(complaint):
	kind = frappe.get_doc("Disposition Kind", "Guidance")
	kind.before_answer = 1
	kind.save()
	guidance = make_disposition(complaint.name, kind="Guidance", quantity=0)
	case = go(complaint, "Acknowledge", "Assess", "Start Investigation", "Decide", "Carry Out")
	with pytest.raises(ClosingRefusedError, match=guidance.name):
		go(case, "Answer Customer")
	go(guidance, "Ask for Approval", "Start Carrying Out", "Report Carried Out", "Confirm")
	assert go(case, "Answer Customer").answered_at


def test_ended_complaint_takes_no_measure(complaint):
	go(complaint, "Cancel Complaint")
	with pytest.raises(DispositionError, match="ended"):
		make_disposition(complaint.name)


@pytest.mark.parametrize("person", ["employee", "materials_reviewer"])
def test_strangers_propose_nothing_for_a_complaint_they_cannot_read(complaint, client, person):
	frappe.db.commit()
	with pytest.raises(Refused):
		client(person).insert("Complaint Disposition", complaint=complaint.name, kind="Guidance", description="Listen.")


@pytest.mark.parametrize("action", ["Cancel Disposition", "Ask for Approval"])
def test_steps_are_those_of_the_workflows_roles(complaint, action):
	disposition = make_disposition(complaint.name)
	with pytest.raises((WorkflowTransitionError, WorkflowPermissionError, frappe.PermissionError)):
		go(disposition, action, by="warehouse")


# --- print ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language, label", [("en", "Kind of Disposition"), ("zh", "措施种类")])
def test_measure_and_complaint_print_it(complaint, language, label):
	from customer_service.controlled_forms import printing

	disposition = approved(complaint, description="Ten <b>sound</b> pieces & a letter.")
	html = printing.render_html(disposition, print_format="Complaint Disposition Form", language=language)
	head = "部门负责人" if language == "zh" else "Department Head"
	for text in (label, disposition.name, complaint.name, head, "Hanna Head", "pieces &amp; a letter"):
		assert text in html, text
	# The form's version in force may have frozen an earlier layout; a copy is printed as it stands.
	layout = frappe.copy_doc(frappe.get_doc("Print Format", "Quality Feedback Form"))
	layout.update({"name": "Copied Feedback Form", "__newname": "Copied Feedback Form"})
	layout.insert()
	complaint.reload()
	html = printing.render_html(complaint, print_format=layout.name, language=language)
	for text in (label, disposition.name, "换货处理" if language == "zh" else "Exchange of Goods"):
		assert text in html, text
