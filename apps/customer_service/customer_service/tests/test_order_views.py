"""Orders in a calendar and on a board (C-4), and who reads what belongs to an order. A board is no way around the workflow."""

import json

import frappe
import pytest
from frappe.utils import add_to_date

from customer_service.contract_review import opinions
from customer_service.tests import proforma
from customer_service.tests.client import Refused
from customer_service.tests.factories import REVIEWERS, go, make_order, review_all

BOARD = "Orders by State"
KANBAN = "frappe.desk.doctype.kanban_board.kanban_board"


def stored(order):
	frappe.db.rollback()
	return frappe.get_doc(order.doctype, order.name)


def kept(order):
	frappe.db.commit()
	return order


# --- board -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def board():
	"""The board as shipped, whatever was dragged on it."""
	before = frappe.get_all("Kanban Board Column", {"parent": BOARD}, ["name", "order"])
	yield
	frappe.db.rollback()
	for row in before:
		frappe.db.set_value("Kanban Board Column", row.name, "order", row.order)
	frappe.db.commit()
	frappe.clear_document_cache("Kanban Board", BOARD)


def drag(who, order, start: str, end: str):
	"""Let go of a card in another column, as the desk does it."""
	frappe.db.set_value(
		"Kanban Board Column", {"parent": BOARD, "column_name": start}, "order", json.dumps([order.name])
	)
	frappe.db.set_value("Kanban Board Column", {"parent": BOARD, "column_name": end}, "order", "[]")
	frappe.db.commit()
	frappe.clear_document_cache("Kanban Board", BOARD)
	return who.call(
		f"{KANBAN}.update_order_for_single_card",
		board_name=BOARD,
		docname=order.name,
		from_colname=start,
		to_colname=end,
		old_index=0,
		new_index=0,
	)


def test_board_has_a_column_for_every_state_of_the_workflow_that_runs():
	columns = frappe.get_all("Kanban Board Column", {"parent": BOARD}, pluck="column_name", order_by="idx")
	workflow = frappe.get_doc("Workflow", "Contract Review")
	assert columns == [row.state for row in workflow.states if row.service_state_category != "Cancelled"]


def test_dragging_takes_a_step_of_the_workflow_with_all_that_follows(client, board):
	order = kept(make_order())
	drag(client("clerk"), order, "Draft", "In Review")
	order = stored(order)
	assert (order.workflow_state, bool(order.review_matrix)) == ("In Review", True)
	assert {row["status"] for row in opinions.board(order)} == {"Asked"}


@pytest.mark.parametrize(
	("start", "end"),
	[
		("Draft", "Approved"),
		("Draft", "Released to Production"),
		("In Review", "Approved"),
		("In Review", "Coordinated"),
		("In Review", "Released to Production"),
	],
)
@pytest.mark.parametrize("person", ["clerk", "manager", "system_manager"])
def test_dragging_does_not_pass_the_review(client, board, person, start, end):
	order = make_order()
	if start == "In Review":
		order = review_all(go(order, "Start Review", by="clerk"))
	kept(order)
	with pytest.raises(Refused) as refused:
		drag(client(person), order, start, end)
	assert refused.value.status in (403, 417)
	order = stored(order)
	assert (order.workflow_state, order.approved_at, order.released_at) == (start, None, None)


def test_dragging_many_at_once_does_not_pass_it_either(client, board):
	order = kept(review_all(go(make_order(), "Start Review", by="clerk")))
	with pytest.raises(Refused):
		client("clerk").call(f"{KANBAN}.update_order", board_name=BOARD, order=json.dumps({"Approved": [order.name]}))
	assert stored(order).workflow_state == "In Review"


@pytest.mark.parametrize("person", ["general_manager", "engineer", "quality_head"])
def test_who_does_not_write_orders_drags_nothing(client, board, person):
	order = kept(make_order())
	with pytest.raises(Refused) as refused:
		drag(client(person), order, "Draft", "In Review")
	assert refused.value.status in (403, 417)
	assert stored(order).workflow_state == "Draft"


# --- calendar ----------------------------------------------------------------------------------------------------------


def events(who, doctype: str, field: str, start: str, end: str, *fields: str) -> list[dict]:
	answer = who.read(
		"frappe.desk.calendar.get_events",
		doctype=doctype,
		start=start,
		end=end,
		field_map=json.dumps({"id": "name", "start": field, "end": field, "title": "customer"}),
		fields=json.dumps(["name", "customer", field, *fields]),
		filters="[]",
	)
	return answer.json()["message"]


def test_calendar_shows_orders_on_their_first_delivery_to_those_who_may_see_them(client):
	order = kept(make_order())  # first delivery 2030-03-01
	found = events(client("clerk"), order.doctype, "first_delivery", "2030-02-24", "2030-03-31", "workflow_state")
	assert [row["first_delivery"] for row in found if row["name"] == order.name] == ["2030-03-01"]
	later = events(client("clerk"), order.doctype, "first_delivery", "2030-03-02", "2030-03-31")
	assert order.name not in [row["name"] for row in later]
	stranger = events(client("warehouse"), order.doctype, "first_delivery", "2030-02-24", "2030-03-31")
	assert order.name not in [row["name"] for row in stranger]


def test_calendar_shows_opinions_when_they_are_due(client):
	order = kept(go(make_order(), "Start Review", by="clerk"))
	due = {row["department"]: row["due_at"] for row in opinions.board(order)}
	start, end = add_to_date(min(due.values()), days=-1), add_to_date(max(due.values()), days=1)
	fields = ("contract_review", "department", "status", "is_late")
	found = events(client("clerk"), "Review Opinion", "due_at", str(start), str(end), *fields)
	mine = {row["department"] for row in found if row["contract_review"] == order.name}
	assert mine == set(REVIEWERS)
	before = events(client("clerk"), "Review Opinion", "due_at", "2020-01-01", str(start), *fields)
	assert order.name not in {row["contract_review"] for row in before}


@pytest.mark.parametrize("person", ["clerk", "manager"])
def test_dragging_in_the_calendar_changes_nothing(client, person):
	"""The first delivery follows from the lines, the limit from its clock."""
	order = kept(go(make_order(), "Start Review", by="clerk"))
	who = client(person)
	move = "frappe.desk.calendar.update_event"
	opinion = opinions.current(order.name)["Materials"]
	field_map = json.dumps({"start": "first_delivery", "end": "first_delivery"})
	args = {"doctype": order.doctype, "name": order.name, "first_delivery": "2031-01-01"}
	who.call(move, args=json.dumps(args), field_map=field_map)
	assert str(stored(order).first_delivery) == "2030-03-01"
	args = {"doctype": "Review Opinion", "name": opinion.name, "due_at": "2031-01-01 09:00:00"}
	with pytest.raises(Refused):
		who.call(move, args=json.dumps(args), field_map=json.dumps({"start": "due_at", "end": "due_at"}))
	assert opinions.current(order.name)["Materials"].due_at == opinion.due_at


# --- pro forma invoices of an order ------------------------------------------------------------------------------------


def test_head_reads_the_invoices_of_the_orders_that_his_department_reviews(client):
	"""Not those of other orders, and not one that belongs to no order; and he writes none (C-7)."""
	proforma.make_company()
	reviewed = go(make_order(), "Start Review", by="clerk")
	other = make_order()
	invoices = {
		"reviewed": proforma.make_invoice(customer=reviewed.customer, contract_review=reviewed.name),
		"other": proforma.make_invoice(customer=other.customer, contract_review=other.name),
		"alone": proforma.make_invoice(),
	}
	frappe.db.commit()
	head = client("quality_head")
	assert head.get("Pro Forma Invoice", invoices["reviewed"].name)["total"] == 1000
	assert head.pdf("Pro Forma Invoice", invoices["reviewed"].name).startswith(b"%PDF-")
	listed = {row["name"] for row in head.list("Pro Forma Invoice")}
	assert invoices["reviewed"].name in listed
	assert listed.isdisjoint({invoices["other"].name, invoices["alone"].name})
	for key in ("other", "alone"):
		with pytest.raises(Refused) as refused:
			head.get("Pro Forma Invoice", invoices[key].name)
		assert refused.value.status == 403
	with pytest.raises(Refused) as refused:
		head.update("Pro Forma Invoice", invoices["reviewed"].name, remarks="Mine")
	assert refused.value.status == 403
	with pytest.raises(Refused):
		client("quality_reviewer").get("Pro Forma Invoice", invoices["reviewed"].name)
