"""Rows are changed with their record only, by whichever door (S2, L3)."""

import frappe
import pytest
from frappe.model.base_document import get_controller

from customer_service.organisation import processes
from customer_service.organisation.child_rows import Row
from customer_service.organisation.row_parents import PARENTS
from customer_service.organisation.row_rules import ROW_RULES
from customer_service.tests import properties
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, go, make_complaint, make_customer, make_disposition


def test_every_child_doctype_is_guarded():
	tables = [name for name in frappe.get_all("DocType", {"istable": 1}, pluck="name") if processes.is_ours(name)]
	assert len(tables) > 30
	assert [name for name in tables if not issubclass(get_controller(name), Row)] == []


@pytest.fixture
def disposition():
	"""A compensation that waits for the head's approval, stored for the web server to see."""
	complaint = make_complaint(customer=make_customer().name)
	made = make_disposition(complaint.name, "clerk", kind="Compensation", quantity=0, amount=900, currency="CNY")
	made = go(made, "Ask for Approval")
	frappe.db.commit()
	return made


DOORS = {
	"resource": lambda who, row: who.update(row.doctype, row.name, decision="Approved"),
	"deletion": lambda who, row: who.delete(row.doctype, row.name),
	"client's deletion": lambda who, row: who.call("frappe.client.delete", doctype=row.doctype, name=row.name),
	"client's save": lambda who, row: who.call(
		"frappe.client.save", doc={**who.get(row.doctype, row.name), "doctype": row.doctype, "decision": "Approved"}
	),
	"client's set_value": lambda who, row: who.call(
		"frappe.client.set_value", doctype=row.doctype, name=row.name, fieldname="decision", value="Approved"
	),
	"a further row": lambda who, row: who.insert(
		row.doctype, parent=row.parent, parenttype=row.parenttype, parentfield=row.parentfield, decision="Approved"
	),
	"the desk's save": lambda who, row: who.call(
		"frappe.desk.form.save.savedocs",
		doc=frappe.as_json({**who.get(row.doctype, row.name), "doctype": row.doctype, "decision": "Approved"}),
		action="Save",
	),
}


@pytest.mark.parametrize("person", ["clerk", "quality_head"])
@pytest.mark.parametrize("door", DOORS)
def test_approval_cannot_be_written_past_its_record(client, disposition, door, person):
	row = disposition.approvals[0]
	try:
		DOORS[door](client(person), row)
	except Refused as refused:
		assert refused.status in (403, 404, 417)
	frappe.db.rollback()
	stored = frappe.get_doc("Complaint Disposition", disposition.name)
	assert [(each.name, each.decision, each.decided_by) for each in stored.approvals] == [(row.name, "Open", None)]
	assert stored.workflow_state == "In Approval"


def test_message_names_the_record(client, disposition):
	with pytest.raises(Refused, match=disposition.name):
		client("clerk").update("Disposition Approval", disposition.approvals[0].name, decided_by=email("clerk"))


def test_every_table_of_a_record_with_a_rule_of_rows_is_declared():
	"""S2: else its rows could be listed past the record."""
	found: dict[str, set] = {}
	for parent in ROW_RULES:
		for field in frappe.get_meta(parent).get_table_fields():
			if processes.is_ours(field.options):
				found.setdefault(field.options, set()).add(parent)
	assert found.keys() == PARENTS.keys()
	for child, parents in found.items():
		assert parents <= set(PARENTS[child]), child


def test_rows_are_listed_with_records_that_the_user_reaches_only(client):
	"""Frappe asks for the role's right to the parent DocType; which of its records the user reaches is ours to ask (S2)."""
	mine = properties.make_receipt(department="Engineering")
	other = properties.make_receipt(department="Warehouse")
	frappe.db.commit()
	ask = {
		"doctype": "Property Receipt Line",
		"parent": "Property Receipt",
		"fields": ["parent"],
		"limit_page_length": 0,
	}
	listed = lambda by: {row["parent"] for row in client(by).call("frappe.client.get_list", **ask)}  # noqa: E731
	assert {mine.name, other.name} <= listed("warehouse")
	assert mine.name in listed("engineer") and other.name not in listed("engineer")
	with pytest.raises(Refused, match="403"):
		listed("employee")


def test_rows_of_several_kinds_of_records_follow_each_its_own(client):
	"""Assisting departments are rows of complaints, contacts, improvements and routing rules."""
	complaint = make_complaint(customer=make_customer().name)
	complaint.append("assisting_departments", {"department": "Engineering"})
	complaint.save(ignore_permissions=True)
	frappe.db.commit()
	ask = {"doctype": "Assisting Department", "parent": "Complaint", "fields": ["parent"], "limit_page_length": 0}
	listed = lambda by: {row["parent"] for row in client(by).call("frappe.client.get_list", **ask)}  # noqa: E731
	assert complaint.name in listed("manager") and complaint.name in listed("engineer")
	assert complaint.name not in listed("plant")
