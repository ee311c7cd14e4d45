"""Whoever is to approve a measure learns of it, once, and nobody else does (F-6, L7)."""

import frappe
import pytest

from customer_service.complaint_handling import api, disposition_approval
from customer_service.tests.factories import email, go, make_complaint, make_customer, make_disposition, make_user

SECOND = "second.manager@test.example.com"


@pytest.fixture
def complaint():
	return make_complaint(customer=make_customer().name)


def told(disposition) -> list[str]:
	"""For whom the desk's bell has rung, in order, and the same for mails."""
	filters = {"document_type": disposition.doctype, "document_name": disposition.name}
	rung = frappe.get_all("Notification Log", filters, pluck="for_user", order_by="creation asc, for_user asc")
	mails = frappe.get_all("Email Queue", {"reference_name": disposition.name}, pluck="name")
	mailed = frappe.get_all("Email Queue Recipient", {"parent": ("in", mails)}, pluck="recipient") if mails else []
	assert sorted(mailed) in ([], sorted(rung))  # a site without outgoing mail tells on the desk only
	return rung


def approve(disposition, by: str):
	stored = frappe.get_doc(disposition.doctype, disposition.name)
	frappe.set_user(email(by))
	api.decide_disposition(disposition.name, "Approve", disposition_approval.terms_of(stored))
	frappe.set_user("Administrator")


def test_each_approver_is_told_when_it_is_his_turn(complaint):
	make_user(SECOND, "Mia Manager", ["Customer Service Manager"])
	money = make_disposition(complaint.name, kind="Compensation", quantity=0, amount=3000, currency="CNY")
	assert told(money) == []
	money = go(money, "Ask for Approval", by="clerk")
	assert told(money) == [email("quality_head")]
	money.planned_by = frappe.utils.nowdate()  # no term: nothing is asked anew
	money.save()
	assert told(money) == [email("quality_head")]
	# Up to 1,000 the head alone, up to 5,000 also a service manager: whoever has the role.
	approve(money, "quality_head")
	assert told(money) == [email("quality_head"), email("manager"), SECOND]
	approve(money, "manager")
	assert len(told(money)) == 3


def test_changed_terms_are_asked_for_anew_and_who_proposed_is_not_asked(complaint):
	exchange = make_disposition(complaint.name, "quality_head", quantity=20)
	exchange = go(exchange, "Ask for Approval", by="quality_head")
	assert told(exchange) == []  # the head does not decide on what he proposed himself
	other = make_disposition(complaint.name, "clerk", quantity=10)
	other = go(other, "Ask for Approval", by="clerk")
	other = go(other, "Take Back", by="clerk")
	other.update({"quantity": 30})
	other.save()
	go(other, "Ask for Approval", by="clerk")
	assert told(other) == [email("quality_head")] * 2
