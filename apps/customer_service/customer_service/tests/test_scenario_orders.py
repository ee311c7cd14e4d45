"""An order of three lines told in order, from the customer's call to the last delivery (C-1 to C-7).

100 power supplies, 50 large ones and 1,000 m of cable, 8,500.00 CNY. Every step is taken by the person whose it is, with that
person's rights; the four departments answer in four processes at the same moment.
"""

import frappe
import pytest
from frappe.utils import now_datetime

from customer_service.contract_review import (
	api,
	change_api,
	opinions,
	production_api,
	proforma_api,
	quantities,
	versions,
)
from customer_service.exceptions import OrderChangeError, ReviewError
from customer_service.tests import proforma
from customer_service.tests.factories import (
	REVIEWERS,
	as_person,
	changed_line,
	email,
	give_opinion,
	go,
	make_change,
	make_customer,
	make_order,
	sheet_of,
)
from customer_service.tests.forked import at_once

GIVE = "customer_service.contract_review.api.give_opinion"
INVOICE = "customer_service.contract_review.proforma_api"


@pytest.fixture(params=["All Departments", "Touched Departments"])
def rereview(request):
	"""Both ways of reviewing a change; with the second, the date of a line concerns Materials only."""
	settings = frappe.get_doc("Customer Service Settings")
	settings.rereview = request.param
	settings.save()
	matrix = frappe.get_doc("Review Matrix", "P1 Joint Review")
	shipped = {row.department: row.concerned_fields for row in matrix.departments}
	concerned = {
		"Engineering": "lines.specification",
		"Quality Department": "special_requirements",
		"Materials": "lines.qty, lines.delivery_date",
	}
	set_concerned(matrix, concerned if request.param == "Touched Departments" else {})
	proforma.make_company()
	frappe.db.commit()  # the departments answer in processes of their own
	yield request.param
	frappe.db.rollback()
	settings.reload()
	settings.rereview = "All Departments"
	settings.save()
	matrix.reload()
	set_concerned(matrix, shipped)
	frappe.db.commit()


def set_concerned(matrix, fields: dict) -> None:
	for row in matrix.departments:
		row.concerned_fields = fields.get(row.department)
	matrix.save()


def again(doc):
	frappe.db.rollback()
	return frappe.get_doc(doc.doctype, doc.name)


def answer(order, department: str, conclusion: str = "Accept", remark: str | None = None) -> dict:
	shown = sheet_of(order, department)
	values = {
		"name": order.name,
		"department": department,
		"conclusion": conclusion,
		"seen": shown["seen"],
		"answers": {row["question"]: "Yes" for row in shown["questions"]},
		"remark": remark,
	}
	return {"user": email(REVIEWERS[department]), "method": GIVE, "values": values}


def test_order_from_the_call_to_the_last_delivery(rereview, client):
	order = taken_by_telephone()
	order = reviewed_with_an_objection(order)
	order = released(order)
	produced_and_partly_shipped(order)
	order = changed_from_inside(order, rereview)
	paid_in_two_parts(order, client)
	delivered(order)


def taken_by_telephone():
	"""C-1: an order by telephone is cleared with the customer, and confirmed by him."""
	order = make_order(customer=make_customer(address="12 Sample Street").name, order_source="Telephone")
	with pytest.raises(ReviewError, match="is confirmed by the customer first"):
		go(order, "Start Review", by="clerk")
	with as_person("clerk"):
		order.reload()
		order.append("clarifications", {"question": "Which cable?", "asked_of": "Li Example", "answer": "Black."})
		order.update({field: now_datetime() for field in ("confirmation_sent_at", "confirmed_at")})
		order.confirmed_by = "Li Example"
		order.save()
	order = go(order, "Mark Clarified", "Start Review", by="clerk")
	frappe.db.commit()
	return order


def reviewed_with_an_objection(order):
	"""C-2, C-3: four departments at the same moment, one objects, the general manager has a measure, then approves."""
	jobs = [answer(order, department) for department in REVIEWERS if department != "Engineering"]
	said = at_once([answer(order, "Engineering", "Reject", "No tool for PS-200."), *jobs])
	assert [each.partition(":")[0] for each in said] == ["ok"] * 4, said
	order = again(order)
	assert order.workflow_state == "Objection"
	with as_person("clerk"), pytest.raises(frappe.ValidationError):
		go(order, "Release to Production")
	with as_person("general_manager"):
		seen = api.content_hash(order.name)
		api.decide(order.name, "Coordinate", seen, "The tool is bought; Marketing tells the customer.")
		api.decide(order.name, "Approve", api.content_hash(order.name))
	frappe.db.commit()
	return again(order)


def released(order):
	"""C-5: nothing is produced before the release; then the plant and its departments get their order."""
	with as_person("clerk"), pytest.raises(frappe.ValidationError):
		production_api.make_manufacturing_order(order.name)
	order = go(order, "Release to Production", by="clerk")
	frappe.db.commit()
	assert frappe.db.count("Order Copy", {"contract_review": order.name, "status": "Issued"}) == 4
	return order


def produced_and_partly_shipped(order):
	"""C-5: 100, 50 and 1,000 are planned, the first line is made, 40 of it leave."""
	with as_person("clerk"):
		made = frappe.get_doc("Manufacturing Order", production_api.make_manufacturing_order(order.name))
		made.update({"lead_department": "Materials", "planned_start": "2030-01-10", "planned_finish": "2030-02-10"})
		made.save()
	made = go(made, "Issue to Plant", by="clerk")
	with as_person("materials_reviewer"):
		production_api.report_progress(made.name, order.lines[0].name, 60)
	with as_person("clerk"):
		notice = frappe.get_doc("Shipping Notice", production_api.make_shipping_notice(order.name))
		for row in notice.lines:
			row.qty = 40 if row.order_line == order.lines[0].name else 0
		notice.set("lines", [row for row in notice.lines if row.qty])
		notice.save()
	go(notice, "Issue Notice", by="clerk")
	go(notice, "Mark Shipped", by="warehouse")
	assert quantities.shipped(order.order_root) == {order.lines[0].name: 40}
	frappe.db.commit()


def changed_from_inside(order, rereview: str):
	"""C-6: the large ones come two weeks later; what was shipped stays; version 2 is reviewed, the copies come back."""
	with pytest.raises(OrderChangeError, match="40 pcs of it are shipped already"):
		make_change(order, lines=[changed_line(order, qty=30)])
	change = make_change(
		order,
		by="materials_reviewer",
		origin="Inside",
		cause="Material",
		department="Materials",
		reason="The steel comes late.",
		lines=[changed_line(order, 1, delivery_date="2030-03-29")],
	)
	change = go(go(change, "Apply", by="materials_reviewer"), "Approve", by="deputy_manager")
	with as_person("clerk"):
		change.reload()
		change.update({"agreed_by": "Li Example", "agreed_at": now_datetime()})
		change.save()
	go(change, "Customer Agrees", by="clerk")
	version = frappe.get_doc("Contract Review", f"{order.name}-2")
	asked = {name for name, row in opinions.current(version.name).items() if row.status == "Asked"}
	# Marketing is concerned by everything; Engineering objected before; Quality's fields have not changed.
	all_of_them = set(REVIEWERS)
	assert asked == (all_of_them if rereview == "All Departments" else all_of_them - {"Quality Department"})
	for department in sorted(asked):
		give_opinion(version, department)
	with as_person("general_manager"):
		api.decide(version.name, "Approve", api.content_hash(version.name))
	assert frappe.db.get_value("Contract Review", order.name, "workflow_state") == "Superseded"
	copies = frappe.get_all("Order Copy", {"contract_review": order.name, "status": "Recall Requested"}, pluck="name")
	assert len(copies) == 4
	with as_person("clerk"):
		for name in copies:
			change_api.return_copy(name, "Returned")
	version = go(version, "Release to Production", by="clerk")
	told = frappe.get_doc("Production Change Order", {"order_root": order.name})
	assert [(row.what, row.before, row.after) for row in told.differences] == [
		("Delivery Date", "2030-03-15", "2030-03-29")
	]
	made = frappe.get_doc("Manufacturing Order", {"order_root": order.name})
	assert (made.contract_review, str(made.lines[1].delivery_date)) == (version.name, "2030-03-29")
	assert versions.in_force(order.order_root) == version.name
	frappe.db.commit()
	return version


def paid_in_two_parts(order, client):
	"""C-7: 30 % deposit, 70 % before shipment; the buyer accepts by his link, without login."""
	with as_person("clerk"):
		invoice = frappe.get_doc("Pro Forma Invoice", proforma_api.make_from_review(order.name))
		invoice.update({"payment_terms": "30 % Deposit, 70 % Before Shipment", "payment_parts": []})
		invoice.bank_account = proforma.BANK
		invoice.save()
	assert [row.amount for row in invoice.payment_parts] == [2550, 5950]  # of 8,500
	invoice = go(invoice, "Issue Invoice", by="clerk")
	token = proforma.link_of(invoice)
	buyer = client(None)
	shown = buyer.call(f"{INVOICE}.show", token=token)
	buyer.call(f"{INVOICE}.accept", token=token, person="Li Example", agreed=1, seen=shown["seen"])
	invoice = again(invoice)
	assert (invoice.workflow_state, invoice.accepted_by_name) == ("Accepted", "Li Example")
	with as_person("clerk"):
		proforma_api.record_payment(invoice.name, 2550, frappe.utils.nowdate(), "TT-1")
		assert frappe.db.get_value("Pro Forma Invoice", invoice.name, "workflow_state") == "Deposit Paid"
		proforma_api.record_payment(invoice.name, 5950, frappe.utils.nowdate(), "TT-2")
	assert again_state(invoice) == "Paid"
	frappe.db.commit()


def again_state(doc) -> str:
	return frappe.db.get_value(doc.doctype, doc.name, "workflow_state")


def delivered(order):
	"""C-4, C-5: the rest is made and leaves in a second shipment; with the last arrival the order is complete."""
	made = frappe.get_doc("Manufacturing Order", {"order_root": order.order_root})
	with as_person("materials_reviewer"):
		for row, qty in zip(made.lines, (40, 50, 1000), strict=True):
			production_api.report_progress(made.name, row.order_line, qty)
	assert again_state(made) == "Completed"
	with as_person("clerk"):
		rest = frappe.get_doc("Shipping Notice", production_api.make_shipping_notice(order.name))
	assert [row.qty for row in rest.lines] == [60, 50, 1000]
	go(rest, "Issue Notice", by="clerk")
	go(rest, "Mark Shipped", by="warehouse")
	for name in frappe.get_all("Shipping Notice", {"order_root": order.order_root}, pluck="name", order_by="name asc"):
		assert again_state(order) == "Released to Production"
		with as_person("clerk"):
			notice = frappe.get_doc("Shipping Notice", name)
			notice.update({"delivered_on": frappe.utils.nowdate(), "received_by_name": "Li Example"})
			notice.save()
		go(notice, "Mark Delivered", by="clerk")
	assert again_state(order) == "Completed"
	frappe.db.commit()
