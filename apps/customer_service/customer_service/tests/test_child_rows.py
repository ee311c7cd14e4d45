"""Rows are changed with their record only, by whichever door (S2, L3)."""

import frappe
import pytest
from frappe.model.base_document import get_controller

from customer_service.organisation import processes
from customer_service.organisation.child_rows import Row
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
