"""Changes of an approved order (C-6): by the customer and from inside, versions, the review again, copies that come back."""

from contextlib import suppress

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError

from customer_service.contract_review import api, change_api, differences, opinions, production_api, versions
from customer_service.contract_review.report.order_changes_by_cause import order_changes_by_cause as report
from customer_service.exceptions import (
	CopyError,
	MoneyError,
	OrderChangeError,
	RecordClosedError,
	ReviewError,
)
from customer_service.tests import factories
from customer_service.tests.client import Refused
from customer_service.tests.factories import (
	REVIEWERS,
	approved_order,
	as_person,
	attach_file,
	changed_line,
	email,
	go,
	make_change,
	make_customer,
	make_order,
	released_order,
)
from customer_service.tests.factories import give_opinion as give
from customer_service.tests.forked import at_once


def inside(order, **values):
	return make_change(
		order, by="materials_reviewer", origin="Inside", cause="Material", department="Materials", **values
	)


def agree(change):
	with as_person("clerk"):
		change = frappe.get_doc("Order Change", change.name)
		change.update({"agreed_by": "Li Example", "agreed_at": frappe.utils.now_datetime()})
		change.save()
	return change


def new_version(change):
	return frappe.get_doc("Contract Review", frappe.db.get_value("Order Change", change.name, "new_version"))


def by_customer(order, **values):
	"""A customer's change of line 1 up to the review of the new version; returns that."""
	return new_version(go(agree(make_change(order, lines=one_line(order, **values))), "Start Review", by="clerk"))


def approve(order):
	for department, person in REVIEWERS.items():
		if opinions.current(order.name)[department].status == "Asked":
			give(order, department, by=person)
	with as_person("general_manager"):
		api.decide(order.name, "Approve", api.content_hash(order.name))
	order.reload()
	return order


def again(doc):
	doc.reload()
	return doc


# --- what a change says ------------------------------------------------------------------------------------------------


def test_change_begins_with_the_order_as_it_stands():
	order = approved_order()
	with as_person("clerk"):
		found = change_api.proposal(order.name)
	assert [row["qty"] for row in found["lines"]] == [100, 50, 1000]
	assert [row["order_line"] for row in found["lines"]] == [row.name for row in order.lines]


def test_before_and_after_is_made_by_the_system():
	"""80 instead of 100 of line 1, two weeks later; line 2 dropped; a new line; other terms."""
	order = approved_order()
	change = make_change(
		order,
		lines=[
			changed_line(order, qty=80, delivery_date="2030-03-15"),
			changed_line(order, 1, is_dropped=1),
			{"item_code": "PS-300", "description": "New", "qty": 2, "unit_price": 1.5, "delivery_date": "2030-04-01"},
		],
		payment_terms="30 days",
	)
	assert [(row.line_no, row.item, row.what, row.before, row.after) for row in change.differences] == [
		(None, None, "Payment Terms", "", "30 days"),
		(1, "PS-100", "Quantity", "100", "80"),
		(1, "PS-100", "Delivery Date", "2030-03-01", "2030-03-15"),
		(4, "PS-300", "Line Added", "", "New: 2 pcs × 1.5, 2030-04-01"),
		(2, "PS-200", "Line Dropped", "Power supply: 50 pcs × 70, 2030-03-15", ""),
	]


def test_line_that_is_left_out_stays_as_it_is():
	change = make_change(approved_order(), lines=[])
	assert [row.qty for row in change.lines] == [100, 50, 1000]
	assert not change.differences


def test_change_of_nothing_is_not_reviewed():
	with pytest.raises(OrderChangeError, match="nothing differs"):
		go(agree(make_change(approved_order(), lines=[])), "Start Review", by="clerk")


def one_line(order, **values) -> list[dict]:
	return [changed_line(order, **values)]


@pytest.mark.parametrize(
	"values, error, words",
	[
		({"qty": 0}, MoneyError, "Row 1: Quantity must be more than 0"),
		({"unit_price": 0.1234567}, MoneyError, "Row 1: Unit Price.*7 decimals"),
		({"delivery_date": "2029-12-31"}, ReviewError, "Row 1: Delivery Date.* before the order's date"),
		({"order_line": "nonsense"}, OrderChangeError, "row 1 is no line of order"),
		({"order_line": None, "is_dropped": 1}, OrderChangeError, "row 1 is new and cannot be dropped"),
	],
)
def test_bad_proposals_are_refused(values, error, words):
	order = approved_order()
	with pytest.raises(error, match=words):
		make_change(order, lines=one_line(order, **values))


def test_dropping_every_line_is_cancelling():
	order = approved_order()
	rows = [changed_line(order, number, is_dropped=1) for number in range(3)]
	with pytest.raises(OrderChangeError, match="cancel the order instead"):
		make_change(order, lines=rows)


def test_order_that_is_not_approved_is_changed_as_it_is():
	with pytest.raises(OrderChangeError, match="not approved yet"):
		make_change(make_order())


def test_one_change_at_a_time():
	order = approved_order()
	first = make_change(order, lines=one_line(order, qty=80))
	with pytest.raises(OrderChangeError, match=f"{first.name}.* is under way"):
		make_change(order, lines=one_line(order, qty=70))


def test_change_writes_only_what_it_may():
	"""Versions, approvals and the line that a row stands for are the app's."""
	order = approved_order()
	change = make_change(
		order,
		lines=one_line(order, qty=80),
		new_version=order.name,
		approved_by=email("clerk"),
		approved_at="2026-01-01",
		effective_at="2026-01-01",
		differences=[{"what": "Invented"}],
	)
	assert (change.new_version, change.approved_by, change.effective_at, change.workflow_state) == (
		None,
		None,
		None,
		"Draft",
	)
	assert [row.what for row in change.differences] == ["Quantity"]


# --- who takes which step ----------------------------------------------------------------------------------------------


def test_change_from_inside_takes_its_way():
	"""C-6: applied for with reason, the deputy general manager approves, the customer agrees, then the review."""
	order = released_order()
	change = go(inside(order, lines=one_line(order, delivery_date="2030-04-01")), "Apply", by="materials_reviewer")
	for person in ("clerk", "materials_reviewer", "quality_head"):
		with pytest.raises((WorkflowPermissionError, WorkflowTransitionError, frappe.PermissionError)):
			go(change, "Approve", by=person)
	change = go(change, "Approve", by="deputy_manager")
	assert (change.workflow_state, change.approved_by) == ("Waiting for Customer", email("deputy_manager"))
	with pytest.raises(OrderChangeError, match="Agreed With.*Agreed At"):
		go(change, "Customer Agrees", by="clerk")
	version = new_version(go(agree(change), "Customer Agrees", by="clerk"))
	assert (version.name, version.version, version.workflow_state) == (f"{order.name}-2", 2, "In Review")
	assert (version.confirmed_by, version.previous_version) == ("Li Example", order.name)
	assert again(order).workflow_state == "Released to Production"  # until the new version is approved


def test_nobody_approves_his_own_application():
	order = approved_order()
	user = factories.make_user("both@test.example.com", "Bo Both", ["Customer Service Clerk", "Deputy General Manager"])
	assert user == email("both")
	change = make_change(order, by="both", origin="Inside", cause="Quality", lines=one_line(order, qty=8))
	go(change, "Apply", by="both")
	with pytest.raises(frappe.ValidationError, match="Self approval"):
		go(change, "Approve", by="both")
	with as_person("both"), pytest.raises(OrderChangeError, match="what he applied for himself"):
		frappe.get_doc("Order Change", change.name).update({"workflow_state": "Waiting for Customer"}).save()


def test_what_is_approved_stays_as_it_was_handed_in():
	order = approved_order()
	change = go(inside(order, lines=one_line(order, qty=80)), "Apply", by="materials_reviewer")
	with as_person("deputy_manager"), pytest.raises(OrderChangeError, match="send it back first"):
		change = frappe.get_doc("Order Change", change.name)
		change.lines[0].qty = 1
		change.save()
	with as_person("deputy_manager"), pytest.raises(OrderChangeError, match="send it back first"):
		frappe.get_doc("Order Change", change.name).update({"payment_terms": "never"}).save()


def test_change_that_is_refused_or_declined_needs_its_reason():
	order = approved_order()
	change = go(inside(order, lines=one_line(order, qty=80)), "Apply", by="materials_reviewer")
	with pytest.raises(OrderChangeError, match="Refused or Given Up Because"):
		go(change, "Refuse", by="deputy_manager")
	with as_person("deputy_manager"):
		frappe.get_doc("Order Change", change.name).update({"end_reason": "Material can be had elsewhere"}).save()
	change = go(change, "Refuse", by="deputy_manager")
	assert change.state_category == "Cancelled" and change.ended_at
	with as_person("clerk"), pytest.raises(RecordClosedError):
		frappe.get_doc("Order Change", change.name).update({"end_reason": "Other"}).save()
	make_change(order, lines=one_line(order, qty=90))  # the way is free again


def test_customers_change_does_not_skip_the_customer():
	order = approved_order()
	with pytest.raises(OrderChangeError, match="Agreed With"):
		go(make_change(order, lines=one_line(order, qty=80)), "Start Review", by="clerk")


# --- the new version ---------------------------------------------------------------------------------------------------


def test_all_departments_review_the_new_version():
	version = by_customer(approved_order(), qty=80)
	assert {row.status for row in opinions.current(version.name).values()} == {"Asked"}
	assert [row.qty for row in version.lines] == [80, 50, 1000]
	assert version.total == 7600  # 80 × 45 + 3,500 + 500


def test_new_version_takes_the_place_of_the_old_one_when_it_is_approved():
	order = released_order()
	version = by_customer(order, qty=80)
	change = frappe.get_doc("Order Change", version.reference_name)
	assert versions.in_force(order.name) == order.name
	approve(version)
	order, change = again(order), again(change)
	assert (order.workflow_state, order.superseded_by) == ("Superseded", version.name)
	assert (change.workflow_state, change.state_category) == ("In Force", "Closed")
	assert change.effective_at and versions.in_force(order.name) == version.name
	assert [row.qty for row in order.lines] == [100, 50, 1000]  # as it was approved
	with as_person("clerk"), pytest.raises(RecordClosedError):
		order.update({"payment_terms": "later"}).save()


def test_cancelled_version_leaves_the_old_one_in_force():
	order = released_order()
	version = by_customer(order, qty=80)
	with as_person("general_manager"):
		api.decide(version.name, "Cancel", api.content_hash(version.name), "The customer changed his mind")
	change = frappe.get_doc("Order Change", version.reference_name)
	assert (again(order).workflow_state, change.workflow_state) == ("Released to Production", "Cancelled")
	assert versions.in_force(order.name) == order.name


def test_third_version_follows_the_second():
	order = approved_order()
	second = approve(by_customer(order, qty=80))
	third = by_customer(second, qty=70)
	assert (third.name, third.version, third.previous_version) == (f"{order.name}-3", 3, second.name)
	assert versions.in_force(order.name) == second.name
	with pytest.raises(OrderChangeError, match="is not the version in force"):
		make_change(order, lines=[])


def test_only_touched_departments_are_asked_where_the_site_says_so(touched_only):
	"""The date concerns Materials alone; the quantity Materials and Engineering."""
	order = approved_order()
	version = by_customer(order, delivery_date="2030-05-01")
	found = {department: row.status for department, row in opinions.current(version.name).items()}
	assert found == {
		"Marketing": "Asked",  # concerned by any field
		"Engineering": "Given",
		"Quality Department": "Given",
		"Materials": "Asked",
	}
	kept = opinions.current(version.name)["Engineering"]
	before = opinions.current(order.name)["Engineering"]
	assert (kept.carried_from, kept.signed_by, kept.given_at) == (before.name, before.signed_by, before.given_at)
	assert approve(version).workflow_state == "Approved"


@pytest.fixture
def touched_only():
	settings = frappe.get_doc("Customer Service Settings")
	settings.rereview = "Touched Departments"
	settings.save()
	matrix = frappe.get_doc("Review Matrix", "P1 Joint Review")
	concerned = {
		"Engineering": "lines.qty, lines.specification",
		"Quality Department": "special_requirements",
		"Materials": "lines.qty, lines.delivery_date",
	}
	for row in matrix.departments:
		row.concerned_fields = concerned.get(row.department)
	matrix.save()
	yield
	frappe.clear_document_cache("Customer Service Settings", "Customer Service Settings")
	frappe.clear_document_cache("Review Matrix", "P1 Joint Review")


def test_objection_is_never_carried_over(touched_only):
	order = go(make_order(), "Start Review", by="clerk")
	for department, person in REVIEWERS.items():
		rejects = department == "Engineering"
		give(order, department, "Reject" if rejects else "Accept", by=person, remark="No tool" if rejects else None)
	with as_person("general_manager"):
		api.decide(order.name, "Coordinate", api.content_hash(order.name), "Buy the tool")
		api.decide(order.name, "Approve", api.content_hash(order.name))
	version = by_customer(again(order), delivery_date="2030-05-01")
	assert opinions.current(version.name)["Engineering"].status == "Asked"


def test_attachments_go_with_the_new_version():
	order = make_order()
	with as_person("clerk"):
		url = attach_file(order)
		order.append("attachments", {"title": "Drawing", "attachment": url})
		order.save()
	version = by_customer(approve(go(order, "Start Review", by="clerk")), qty=80)
	assert [row.attachment for row in version.attachments] == [url]
	assert frappe.db.count("File", {"file_url": url, "attached_to_name": version.name}) == 1


def test_versions_side_by_side():
	order = approved_order()
	version = approve(by_customer(order, qty=80))
	found = versions.side_by_side(order.name)
	assert [(row["version"], row["workflow_state"]) for row in found["versions"]] == [
		(1, "Superseded"),
		(2, "Approved"),
	]
	assert found["versions"][1]["change"] == version.reference_name
	assert [(row["line_no"], row["item"], row["what"], row["values"]) for row in found["rows"]] == [
		(1, "PS-100", "Quantity", ["100", "80"])
	]


# --- copies and production ---------------------------------------------------------------------------------------------


def copies_of(order) -> dict[str, str]:
	return dict(frappe.get_all("Order Copy", {"contract_review": order.name}, ["department", "status"], as_list=True))


def test_copies_are_issued_recalled_and_come_back():
	order = released_order()
	assert copies_of(order) == dict.fromkeys(REVIEWERS, "Issued")
	name = frappe.db.get_value("Order Copy", {"contract_review": order.name, "department": "Materials"})
	with as_person("engineer"), pytest.raises(frappe.PermissionError):
		change_api.receive_copy(name)
	with as_person("materials_reviewer"):
		change_api.receive_copy(name)
	with as_person("materials_reviewer"), pytest.raises(CopyError):
		change_api.receive_copy(name)
	version = approve(by_customer(order, qty=80))
	assert copies_of(order) == dict.fromkeys(REVIEWERS, "Recall Requested")
	with as_person("materials_reviewer"), pytest.raises(frappe.PermissionError):
		change_api.return_copy(name, "Returned")
	with as_person("clerk"), pytest.raises(CopyError, match="how the copy was lost"):
		change_api.return_copy(name, "Lost")
	with as_person("clerk"):
		change_api.return_copy(name, "Returned")
	copy = frappe.get_doc("Order Copy", name)
	assert (copy.status, copy.returned_by, copy.received_by) == (
		"Returned",
		email("clerk"),
		email("materials_reviewer"),
	)
	assert not copies_of(version)
	go(version, "Release to Production", by="clerk")
	assert copies_of(version) == dict.fromkeys(REVIEWERS, "Issued")


def test_everybody_concerned_is_told_of_the_recall():
	order = released_order()
	frappe.db.delete("Notification Log")
	approve(by_customer(order, qty=80))
	told = set(frappe.get_all("Notification Log", {"subject": ("like", "%return your copy%")}, pluck="for_user"))
	assert email("materials_reviewer") in told and email("engineer") in told


def test_production_change_order_follows_the_release():
	"""C-6: plant and departments are told of before and after, and confirm that they have received it."""
	order = released_order()
	version = approve(by_customer(order, qty=80))
	assert not frappe.db.exists("Production Change Order", {"order_root": order.name})
	go(version, "Release to Production", by="clerk")
	order = frappe.get_doc("Production Change Order", {"order_root": order.name})
	assert [(row.what, row.before, row.after) for row in order.differences] == [("Quantity", "100", "80")]
	with as_person("engineer"), pytest.raises(frappe.PermissionError):
		change_api.receive_change(order.name, "Materials")
	for department, person in REVIEWERS.items():
		with as_person(person):
			state = change_api.receive_change(order.name, department)
	assert state == "Received" and again(order).ended_at
	with as_person("clerk"), pytest.raises(OrderChangeError, match="not asked"):
		change_api.receive_change(order.name, "Marketing")


def test_nobody_writes_copies_or_production_change_orders():
	order = released_order()
	with pytest.raises(frappe.ValidationError):
		frappe.get_doc({"doctype": "Order Copy", "contract_review": order.name, "department": "Warehouse"}).insert()
	with pytest.raises(OrderChangeError):
		frappe.get_doc({"doctype": "Production Change Order", "contract_review": order.name}).insert(
			ignore_mandatory=True
		)


def test_order_is_not_cancelled_while_it_is_being_changed():
	order = released_order()
	change = make_change(order, lines=one_line(order, qty=80))
	with as_person("general_manager"), pytest.raises(ReviewError, match=f"{change.name}.* is under way"):
		api.decide(order.name, "Cancel", api.content_hash(order.name), "No use any more")


def cancel(order):
	with as_person("general_manager"):
		api.decide(order.name, "Cancel", api.content_hash(order.name), "The customer is bankrupt")
	return again(order)


def test_released_order_is_cancelled_until_its_production_begins():
	assert cancel(released_order()).workflow_state == "Cancelled"
	order = released_order()
	with as_person("clerk"):
		made = frappe.get_doc("Manufacturing Order", production_api.make_manufacturing_order(order.name))
		made.update({"lead_department": "Materials"}).save()
	made = go(made, "Issue to Plant", by="clerk")
	with pytest.raises(ReviewError, match=f"{made.name}.* is under way or done"):
		cancel(order)
	with as_person("materials_reviewer"):
		production_api.report_progress(made.name, order.lines[0].name, 1)
	with pytest.raises(ReviewError, match=made.name):
		cancel(order)


def test_shipped_line_keeps_what_it_was():
	"""C-6: of 40 shipped pieces neither price nor description change, nor can there be fewer; the rest may come later."""
	order = released_order()
	with as_person("clerk"):
		notice = frappe.get_doc("Shipping Notice", production_api.make_shipping_notice(order.name))
		notice.lines[0].qty = 40
		notice.set("lines", notice.lines[:1])
		notice.save()
	go(go(notice, "Issue Notice", by="clerk"), "Mark Shipped", by="warehouse")
	for values in ({"qty": 39}, {"unit_price": 46}, {"description": "Other"}, {"is_dropped": 1}):
		with pytest.raises(OrderChangeError, match="40 pcs of it are shipped already"):
			make_change(order, lines=one_line(order, **values))
	change = make_change(order, lines=one_line(order, qty=40, delivery_date="2030-06-01"))
	assert len(change.differences) == 2


def ship(order, qty: float):
	"""So much of line 1 leaves."""
	with as_person("clerk"):
		notice = frappe.get_doc("Shipping Notice", production_api.make_shipping_notice(order.name))
		notice.lines[0].qty = qty
		notice.set("lines", notice.lines[:1])
		notice.save()
	return go(go(notice, "Issue Notice", by="clerk"), "Mark Shipped", by="warehouse")


def test_what_is_shipped_during_the_review_is_asked_again_at_the_approval():
	"""C-6: 40 are to be enough; while the departments review that, 60 leave."""
	order = released_order()
	version = by_customer(order, qty=40)
	ship(order, 60)
	with pytest.raises(OrderChangeError, match="60 pcs of it are shipped already"):
		approve(version)
	assert versions.in_force(order.name) == order.name


def test_version_under_review_cannot_lose_a_shipped_line():
	order = released_order()
	ship(order, 10)
	version = by_customer(order, qty=90)
	with as_person("clerk"):
		version.reload()
		version.set("lines", version.lines[1:])
		version.save()
	with pytest.raises(OrderChangeError, match="10 pcs of it are shipped already"):
		approve(version)


def test_cancelling_and_issuing_at_the_same_moment_leave_one_of_both(committed):
	"""C-5: never a cancelled order whose production order is out."""
	with as_person("clerk"):
		made = frappe.get_doc("Manufacturing Order", production_api.make_manufacturing_order(committed.name))
		made.update({"lead_department": "Materials"}).save()
	frappe.db.commit()
	with as_person("general_manager"):
		seen = api.content_hash(committed.name)
	values = {"name": committed.name, "decision": "Cancel", "seen": seen, "measure": "Bankrupt"}
	step = {"doc": frappe.as_json(made), "action": "Issue to Plant"}
	said = at_once(
		[
			{
				"user": email("general_manager"),
				"method": "customer_service.contract_review.api.decide",
				"values": values,
			},
			{"user": email("clerk"), "method": "frappe.model.workflow.apply_workflow", "values": step},
		]
	)
	frappe.db.rollback()
	found = again(committed).workflow_state, again(made).workflow_state
	assert found in {("Cancelled", "Draft"), ("Released to Production", "Issued")}, said


def test_differences_are_shown_in_the_readers_language():
	frappe.local.lang = "zh"
	try:
		shown = differences.shown([{"line_no": 1, "item": "A", "what": "Quantity", "before": "1", "after": "2"}])
	finally:
		frappe.local.lang = "en"
	assert shown[0]["what"] == "数量"


# --- at the same moment, and by other doors ----------------------------------------------------------------------------


@pytest.fixture
def committed():
	"""An order that other processes can see."""
	order = released_order()
	frappe.db.commit()
	return order


def test_two_changes_at_once_become_one(committed):
	"""Of two clerks who enter a change in the same moment one is told that the other's is under way."""
	values = {
		"doctype": "Order Change",
		"contract_review": committed.name,
		"origin": "Customer",
		"cause": "Customer's Wish",
		"department": "Marketing",
		"reason": "Fewer are needed.",
		"lines": one_line(committed, qty=80),
	}
	jobs = [
		{"user": email(person), "method": "frappe.client.insert", "values": {"doc": frappe.as_json(values)}}
		for person in ("clerk", "manager") * 3
	]
	said = [each.partition(":")[0] for each in at_once(jobs)]
	frappe.db.rollback()
	assert frappe.db.count("Order Change", {"order_root": committed.name}) == 1
	assert said.count("ok") == 1 and set(said) <= {"ok", "OrderChangeError", "QueryDeadlockError"}, said


def test_version_is_made_once_although_two_start_its_review(committed):
	change = agree(make_change(committed, lines=one_line(committed, qty=80)))
	frappe.db.commit()
	job = {
		"method": "frappe.model.workflow.apply_workflow",
		"values": {"doc": frappe.as_json(change), "action": "Start Review"},
	}
	said = at_once([{**job, "user": email(person)} for person in ("clerk", "manager") * 3])
	frappe.db.rollback()
	assert frappe.db.count("Contract Review", {"order_root": committed.name}) == 2, said
	assert frappe.db.count("Review Opinion", {"contract_review": f"{committed.name}-2"}) == len(REVIEWERS)


def test_departments_receive_a_production_change_order_at_the_same_moment(committed):
	go(approve(by_customer(committed, qty=80)), "Release to Production", by="clerk")
	name = frappe.db.get_value("Production Change Order", {"order_root": committed.name})
	frappe.db.commit()
	said = at_once(
		[
			{
				"user": email(person),
				"method": "customer_service.contract_review.change_api.receive_change",
				"values": {"name": name, "department": department},
			}
			for department, person in REVIEWERS.items()
		]
	)
	frappe.db.rollback()
	doc = frappe.get_doc("Production Change Order", name)
	assert doc.status == "Received" and all(row.received_by for row in doc.receipts), said


@pytest.mark.parametrize("person", ["clerk", "manager", "deputy_manager", "system_manager"])
@pytest.mark.parametrize(
	"values",
	[
		{"workflow_state": "In Force"},
		{"approved_by": "Administrator"},
		{"new_version": None},
		{"payment_terms": "never"},
		{"origin": "Customer"},
	],
)
def test_handed_in_change_stays_by_every_door(client, committed, person, values):
	"""By the resource API, by set_value and by the workflow's own state field: nobody alters what was applied for or decided."""
	change = go(inside(committed, lines=one_line(committed, qty=80)), "Apply", by="materials_reviewer")
	frappe.db.commit()
	before = stored_state(change)
	visitor = client(person)
	with suppress(Refused):
		visitor.update(change.doctype, change.name, **values)
	with suppress(Refused):
		visitor.call("frappe.client.set_value", doctype=change.doctype, name=change.name, fieldname=values)
	assert stored_state(change) == before


def stored_state(change) -> dict:
	frappe.db.rollback()
	doc = frappe.get_doc("Order Change", change.name)
	return {
		field: doc.get(field)
		for field in ("workflow_state", "approved_by", "new_version", "payment_terms", "origin", "state_category")
	}


# --- statistics --------------------------------------------------------------------------------------------------------


def laid_down(origin: str, cause: str, category: str, requested: str, effective: str | None = None, **values) -> str:
	"""A change as it stands in the database, of an order that was 1,000 and is 1,200 after it."""
	root = frappe.generate_hash(length=10)
	old = factories.lay_down("Contract Review", order_root=root, version=1, company_total=1000)
	new = factories.lay_down("Contract Review", order_root=root, version=2, company_total=1200)
	return factories.lay_down(
		"Order Change",
		origin=origin,
		cause=cause,
		state_category=category,
		requested_at=f"{requested} 09:00:00",
		effective_at=f"{effective} 09:00:00" if effective else None,
		contract_review=old,
		new_version=new if effective else None,
		**values,
	)


def test_changes_by_cause_worked_out_by_hand():
	"""Three by the customer (two in force after 2 and 5 days: mean 3.5), one of material refused, one of schedule running; one too old."""
	frappe.db.delete("Order Change")
	customer = make_customer().name
	wish = "Customer's Wish"
	laid_down("Customer", wish, "Closed", "2031-03-02", "2031-03-04", customer=customer)
	for values in (
		("Customer", wish, "Closed", "2031-03-10", "2031-03-15"),
		("Customer", wish, "Cancelled", "2031-03-12", None),
		("Inside", "Material", "Cancelled", "2031-03-31", None),
		("Inside", "Schedule", "Waiting", "2031-03-01", None),
		("Inside", "Schedule", "Closed", "2031-02-28", "2031-03-01"),
	):
		laid_down(*values)
	_columns, rows, _message, chart, summary = report.execute({"from_date": "2031-03-01", "to_date": "2031-03-31"})
	keys = ("origin", "cause", "changes", "in_force", "refused", "running", "mean_days", "value_change")
	assert [tuple(row.get(key) for key in keys) for row in rows] == [
		("Customer", wish, 3, 2, 1, 0, 3.5, 400),
		("Inside", "Material", 1, 0, 1, 0, None, 0),
		("Inside", "Schedule", 1, 0, 0, 1, None, 0),
		("Total", None, 5, 2, 2, 1, 3.5, 400),
	]
	assert chart["data"]["datasets"][0]["values"] == [2, 0, 0]
	assert [row["value"] for row in summary] == [5, 2, 1]
	_columns, rows, *_rest = report.execute({"from_date": "2031-03-01", "to_date": "2031-03-31", "customer": customer})
	assert rows[-1].changes == 1
