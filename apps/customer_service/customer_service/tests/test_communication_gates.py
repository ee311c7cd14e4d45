"""A complaint is not closed while a slip or a service instruction of it is open (A-4, A-5, F-7)."""

import frappe
import pytest

from customer_service.customer_communication import api as communication
from customer_service.exceptions import ClosingRefusedError
from customer_service.organisation import closing
from customer_service.tests.factories import (
	email,
	finish_tasks,
	go,
	make_complaint,
	make_customer,
	make_instruction,
	make_slip,
)

TO_ACCEPTED = (
	"Acknowledge",
	"Assess",
	"Start Investigation",
	"Decide",
	"Carry Out",
	"Answer Customer",
	"Record Acceptance",
)


@pytest.fixture
def accepted():
	"""A complaint of a class that demands no improvement, ready to be closed."""
	frappe.db.set_value("Complaint Class", "Service", "improvement_required", "Never")
	case = make_complaint(customer=make_customer().name, complaint_class="Service")
	case = go(case, *TO_ACCEPTED)
	finish_tasks(case.name)
	assert closing.reasons(case) == []
	return case


def test_slip_that_waits_for_a_reply_holds_the_complaint(accepted):
	link = {"reference_doctype": "Complaint", "reference_name": accepted.name}
	slip = make_slip([{"department": "Quality Department", "required": "Answer"}], **link)
	with pytest.raises(ClosingRefusedError, match=f"{slip.name}.*Draft"):
		go(accepted, "Close Complaint")
	communication.send_slip(slip.name)
	with pytest.raises(ClosingRefusedError, match=f"{slip.name}.*Sent"):
		go(accepted, "Close Complaint")
	frappe.set_user(email("quality_head"))
	communication.answer(slip.name, "The packaging was changed.")
	frappe.set_user("Administrator")
	assert go(accepted, "Close Complaint").state_category == "Closed"


def test_instruction_without_confirmed_effect_holds_the_complaint(accepted):
	made = make_instruction(source_doctype="Complaint", source_name=accepted.name)
	other = make_instruction()  # of nobody's complaint
	with pytest.raises(ClosingRefusedError, match=made.name) as refused:
		go(accepted, "Close Complaint")
	assert other.name not in str(refused.value)
	frappe.db.set_value("Service Instruction", made.name, "state_category", "Resolved")
	assert go(accepted, "Close Complaint").state_category == "Closed"


def test_process_that_is_off_holds_nothing(accepted):
	make_instruction(source_doctype="Complaint", source_name=accepted.name)
	assert closing.reasons(accepted)
	frappe.db.set_single_value("Customer Service Settings", "enable_customer_communication", 0)
	frappe.clear_document_cache("Customer Service Settings", "Customer Service Settings")
	assert closing.reasons(accepted) == []
