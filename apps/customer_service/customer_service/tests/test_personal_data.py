"""Erasure of a person's data (J-4): the person is forgotten, the statistics stay."""

import os

import frappe
import pytest

from customer_service.complaint_handling.report.complaint_register import complaint_register
from customer_service.controlled_forms import disposal, personal_data
from customer_service.exceptions import CaseRunningError, DisposalRefusedError, LegalHoldError
from customer_service.tests import factories
from customer_service.tests.client import Refused
from customer_service.tests.disposals import (
	approved,
	carry_out,
	ended,
	fresh,
	hold_on,
	log_of,
	place_hold,
	step,
	surround,
	tables_holding,
)

DOORS = "customer_service.controlled_forms.disposal"
PERSON = {
	"contact_person": "Zhao Fictional",
	"contact_phone": "+86 555 0100 77",
	"contact_email": "zhao@person.example.com",
}


def register():
	"""The register without the column that may show a person, its chart and summary."""
	_columns, data, _message, chart, summary = complaint_register.execute({})
	return [{key: value for key, value in row.items() if key != "reported_company"} for row in data], chart, summary


def marked(marker: str) -> dict:
	return {
		"contact_person": marker,
		"contact_email": f"{marker}@person.example.com",
		"contact_phone": "+86 555 0100 11",
	}


def test_anonymising_changes_no_statistics(kept):
	customer = factories.make_customer("Fictional Works").name
	case = ended(customer=customer, **PERSON)
	before, count = register(), frappe.db.count("Complaint")
	assert personal_data.anonymise("Complaint", case.name) is True
	assert (register(), frappe.db.count("Complaint")) == (before, count)
	after = fresh(case)
	assert (after.contact_person, after.contact_phone, after.contact_email) == ("***", None, None)
	for field in (
		"customer",
		"reported_company",
		"order_no",
		"defective_qty",
		"complaint_class",
		"received_at",
		"description",
	):
		assert after.get(field) == case.get(field), field


def test_name_repeated_as_the_company_is_forgotten_too(kept):
	"""A person who complains for himself is shown as the company in lists."""
	alone = factories.end_case(factories.make_complaint(**PERSON), "1970-01-31")
	assert alone.reported_company == PERSON["contact_person"]
	person = factories.make_customer("Wang Private", customer_type="Person").name
	of_person = ended(customer=person, contact_person="Wang's daughter")
	assert of_person.reported_company == "Wang Private"
	for case in (alone, of_person):
		personal_data.anonymise("Complaint", case.name)
		assert fresh(case).reported_company == "***"


def test_traces_of_the_person_are_removed_and_the_trail_says_so(kept):
	marker = f"marker{frappe.generate_hash(length=12)}"
	case = ended(**marked(marker))
	path = surround(case, marker)
	case.add_comment("Comment", "Says nothing of anybody")
	personal_data.anonymise("Complaint", case.name, detail="DSP-1")
	left = set(tables_holding(marker)) - {"tabTag", "tabFile"}  # a tag is a word of the site
	assert not left
	assert frappe.db.exists("Comment", {"reference_name": case.name, "content": ("like", "%nothing of anybody%")})
	(event,) = frappe.get_all("Service Event", {"reference_name": case.name, "event": "Anonymised"}, ["*"])
	assert (event.actor, event.detail) == ("Administrator", "DSP-1")
	assert personal_data.anonymise("Complaint", case.name) is False, "twice"
	assert os.path.exists(path), "attachments go on demand only"


def test_texts_and_attachments_go_on_demand(kept):
	marker = f"marker{frappe.generate_hash(length=12)}"
	case = ended(description=f"Call {marker}", answer=f"Dear {marker}", **marked(marker))
	path = surround(case, marker)
	personal_data.anonymise("Complaint", case.name, texts=True)
	assert set(tables_holding(marker)) <= {"tabTag"}
	assert not os.path.exists(path)
	assert (fresh(case).description, fresh(case).answer) == ("***", None)


def test_open_and_held_cases_are_refused(kept):
	running = factories.make_complaint(**PERSON)
	with pytest.raises(CaseRunningError, match="Finish it first"):
		personal_data.anonymise("Complaint", running.name)
	held = ended(**PERSON)
	hold = hold_on(held)
	with pytest.raises(LegalHoldError, match=hold.name):
		personal_data.anonymise("Complaint", held.name)
	assert fresh(held).contact_person == PERSON["contact_person"]
	of_customer = ended(**PERSON)
	place_hold(scope="All Records of a Customer", customer=of_customer.customer)
	for doctype, name in (("Complaint", of_customer.name), ("Service Customer", of_customer.customer)):
		with pytest.raises(LegalHoldError):
			personal_data.anonymise(doctype, name)


def test_person_is_found_by_mail_phone_or_exact_name(kept):
	mail, phone = f"{frappe.generate_hash(length=10)}@person.example.com", frappe.generate_hash(length=12)
	name = f"Sun {frappe.generate_hash(length=10)}"
	by_mail = factories.make_complaint(contact_email=mail)
	by_phone = factories.make_contact(contact_phone=phone)
	by_name = factories.make_complaint(contact_person=name)
	factories.make_complaint(contact_person=f"{name} Junior")
	customer = factories.make_customer(
		contacts=[{"contact_name": "Sun", "email": mail.upper()}, {"contact_name": "Qian"}]
	)
	assert set(personal_data.find_records(email=mail, phone=phone, name=name)) == {
		("Complaint", by_mail.name),
		("Contact Record", by_phone.name),
		("Complaint", by_name.name),
		("Service Customer", customer.name),
	}
	assert personal_data.find_records() == []
	personal_data.anonymise("Service Customer", customer.name, person={"email": mail})
	assert [row.contact_name for row in fresh(customer).contacts] == ["***", "Qian"], "colleagues stay"
	assert fresh(customer).customer_name == customer.customer_name


def test_request_of_a_person_from_search_to_log(kept, client):
	mail = f"{frappe.generate_hash(length=12)}@person.example.com"
	done, running = ended(contact_email=mail, contact_person="Ms Once"), factories.make_complaint(contact_email=mail)
	customer = factories.make_customer(contacts=[{"contact_name": "Ms Once", "email": mail}])
	frappe.db.commit()
	manager, general = client("manager"), client("general_manager")
	request = manager.insert("Record Disposal", purpose="Personal Data Request", reason="Asked for by letter")["name"]
	with pytest.raises(Refused):
		manager.call(f"{DOORS}.collect_person", record_disposal=request)  # of whom?
	with pytest.raises(Refused):
		manager.call(f"{DOORS}.collect_due", record_disposal=request)  # another purpose
	manager.update("Record Disposal", request, person_email=mail)
	assert manager.call(f"{DOORS}.collect_person", record_disposal=request) == 3
	manager.workflow("Record Disposal", request, "Request Disposal")
	general.workflow("Record Disposal", request, "Approve Disposal")
	frappe.db.rollback()
	disposal.carry_out(request)
	finished = frappe.get_doc("Record Disposal", request)
	rows = {row.document_name: (row.status, row.title) for row in finished.records}
	assert rows == {done.name: ("Done", None), customer.name: ("Done", None), running.name: ("Refused", None)}
	assert (finished.person_email, finished.state_category) == (None, "Closed")
	assert {(entry.document_number, entry.method) for entry in log_of(finished)} == {
		(done.name, "Anonymise"),
		(customer.name, "Anonymise"),
	}
	mails = {"tabCommunication", "tabEmail Queue", "tabEmail Queue Recipient"}
	assert set(tables_holding(mail)) <= {"tabComplaint", *mails}, "the open case alone, and its acknowledgement"
	for doctype in ("Communication", "Email Queue"):
		assert not frappe.db.exists(doctype, {"reference_name": ("in", (done.name, customer.name))})
	assert fresh(running).contact_email == mail


def test_person_may_not_have_a_record_deleted_before_its_retention_ends(kept):
	case = ended("2020-01-31", **PERSON)
	rows = [{"document_type": "Complaint", "document_name": case.name, "method": "Delete"}]
	values = {"purpose": "Personal Data Request", "reason": "x", "records": rows}
	request = frappe.get_doc({"doctype": "Record Disposal", **values}).insert()
	with pytest.raises(DisposalRefusedError):
		step(request, "Request Disposal")
	values["records"] = [{"document_type": "Service Customer", "document_name": case.customer, "method": "Delete"}]
	with pytest.raises(DisposalRefusedError):
		frappe.get_doc({"doctype": "Record Disposal", **values}).insert()


def test_due_record_may_be_kept_without_the_person(kept):
	case = ended(**PERSON)
	request = carry_out(approved(case, method="Anonymise"))
	assert [row.status for row in request.records] == ["Done"]
	assert fresh(case).contact_person == "***"


# ---- Frappe's own request ---------------------------------------------------------------------------------


def frappe_request(mail: str):
	factories.make_user(mail, "Vera Visitor", [], user_type="Website User")
	request = frappe.get_doc({"doctype": "Personal Data Deletion Request", "email": mail})
	request.flags.ignore_mandatory = True
	request.send_verification_mail = lambda: None
	request.insert()
	request.db_set("status", "Pending Approval")
	return frappe.get_doc(request.doctype, request.name)


def test_frappes_deletion_request_forgets_the_person_in_our_records(kept):
	mail = f"{frappe.generate_hash(length=10)}@person.example.com"
	case = ended(contact_email=mail, contact_person="Vera Visitor", contact_phone="+86 555 0100 42")
	contact = factories.end_case(factories.make_contact(contact_email=mail, contact_person="Vera"), "1970-01-31")
	customer = factories.make_customer(contacts=[{"contact_name": "Vera", "email": mail}])
	request = frappe_request(mail)
	request._anonymize_data()
	for doctype, name in (("Complaint", case.name), ("Contact Record", contact.name)):
		row = frappe.db.get_value(doctype, name, ["contact_person", "contact_phone", "contact_email"])
		assert row == ("***", None, None)
	assert frappe.db.get_value("Service Customer Contact", {"parent": customer.name}, "email") is None
	assert {"Complaint", "Contact Record", "Service Customer Contact"} <= {
		step.document_type for step in request.deletion_steps if step.status == "Deleted"
	}


def test_declaration_alone_lets_frappe_redact(kept, monkeypatch):
	"""The fields are declared in Frappe's own hook: its redaction knows them without ours."""
	mail = f"{frappe.generate_hash(length=10)}@person.example.com"
	case = ended(contact_email=mail, contact_person="Vera Visitor")
	request = frappe_request(mail)
	monkeypatch.setattr(personal_data, "anonymise", lambda *args, **kwargs: None)
	request._anonymize_data()
	assert frappe.db.get_value("Complaint", case.name, "contact_person") == "[REDACTED]"
	assert frappe.db.get_value("Complaint", case.name, "contact_email") == request.name


def test_frappes_deletion_request_stops_at_a_hold(kept):
	mail = f"{frappe.generate_hash(length=10)}@person.example.com"
	hold_on(ended(contact_email=mail))
	request = frappe_request(mail)
	with pytest.raises(LegalHoldError):
		request._anonymize_data()
