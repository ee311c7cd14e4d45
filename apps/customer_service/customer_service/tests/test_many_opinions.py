"""Many orders accepted at once (C-2): each as by itself, whatever becomes of the others, and with few statements."""

import frappe
import pytest

from customer_service.contract_review import api, opinions
from customer_service.exceptions import ReviewError
from customer_service.tests.factories import REVIEWERS, email, go, make_customer, make_order
from customer_service.tests.forked import at_once

ACCEPT = "customer_service.contract_review.api.accept_opinions"


@pytest.fixture(autouse=True)
def matrix(site):
	"""Two departments, no question that must be answered."""
	name = frappe.generate_hash(length=8)
	made = frappe.get_doc(
		{
			"doctype": "Review Matrix",
			"matrix_name": name,
			"rank": 1,
			"departments": [{"department": each, "sequence": 1} for each in ("Engineering", "Materials")],
			"deciders": [{"role": "General Manager"}],
		}
	).insert()
	yield
	frappe.db.rollback()
	frappe.set_user("Administrator")
	if frappe.db.exists("Review Matrix", made.name):
		frappe.db.set_value("Review Matrix", made.name, "enabled", 0)
		frappe.db.commit()
		frappe.clear_document_cache("Review Matrix", made.name)


def under_review(number: int) -> list:
	customer = make_customer().name
	return [go(make_order(customer=customer), "Start Review", by="clerk") for _each in range(number)]


def shown(orders, department: str) -> list[dict]:
	"""What somebody of the department is shown of these orders, in their order."""
	frappe.set_user(email(REVIEWERS[department]))
	names = {"contract_review": ("in", [each.name for each in orders]), "department": department, "status": "Asked"}
	rows = api.opinions_to_accept(frappe.get_all("Review Opinion", names, pluck="name"))
	place = {order.name: number for number, order in enumerate(orders)}
	rows = [{key: row[key] for key in ("contract_review", "department", "seen")} for row in rows]
	return sorted(rows, key=lambda row: place[row["contract_review"]])


def accept(rows: list[dict], department: str) -> dict:
	frappe.set_user(email(REVIEWERS[department]))
	try:
		return api.accept_opinions(rows)
	finally:
		frappe.set_user("Administrator")


def left_by(order) -> dict:
	"""What an opinion leaves behind: its own row, its clock, and the trail."""
	opinion = opinions.current(order.name)["Materials"]
	clock = frappe.get_all(
		"Service Clock", {"reference_name": opinion.name}, ["status", "is_breached", "stops_on", "next_notice_at"]
	)
	names = {"reference_name": ("in", [order.name, opinion.name])}
	events = frappe.get_all("Service Event", names, ["event", "before_value", "after_value", "actor"])
	row = {key: opinion[key] for key in ("status", "conclusion", "signed_by", "content_seen", "is_late", "round")}
	return {"row": row, "clock": clock, "events": sorted(str(sorted(each.items())) for each in events)}


def test_each_is_stored_as_if_it_were_given_alone():
	first, second = under_review(2)
	rows = shown([first, second], "Materials")
	frappe.set_user(email(REVIEWERS["Materials"]))
	api.give_opinion(first.name, "Materials", "Accept", rows[0]["seen"])
	assert accept(rows[1:], "Materials") == {"done": [second.name], "errors": []}
	assert left_by(second) == left_by(first)


def test_last_opinions_lead_to_the_decision():
	orders = under_review(3)
	accept(shown(orders, "Engineering"), "Engineering")
	answer = accept(shown(orders, "Materials"), "Materials")
	assert answer["done"] == [order.name for order in orders]
	for order in orders:
		order.reload()
		assert (order.workflow_state, bool(order.reviewed_at)) == ("In Review", True)
	told = {"document_name": ("in", answer["done"]), "for_user": email("general_manager")}
	assert frappe.db.count("Notification Log", told) == 3


def test_what_is_refused_leaves_no_trace_and_stops_no_other():
	"""Stale, another department's, unknown, and the same order twice; those between them are accepted."""
	orders = under_review(4)
	rows = shown(orders, "Materials")
	rows[1]["seen"] = "0" * 64
	foreign = {**rows[2], "department": "Engineering"}
	unknown = {**rows[0], "contract_review": "CRV-0000-00000"}
	events = frappe.db.count("Service Event", {"reference_name": orders[1].name})
	answer = accept([unknown, rows[0], rows[1], foreign, rows[2], rows[2], rows[3]], "Materials")
	assert answer["done"] == [orders[0].name, orders[2].name, orders[3].name]
	assert [row["name"] for row in answer["errors"]] == [
		"CRV-0000-00000",
		orders[1].name,
		orders[2].name,
		orders[2].name,
	]
	assert opinions.current(orders[1].name)["Materials"].status == "Asked"
	assert frappe.db.count("Service Event", {"reference_name": orders[1].name}) == events
	given = {"reference_name": orders[2].name, "event": "Opinion Given"}
	assert frappe.db.count("Service Event", given) == 1


def test_failure_after_the_signature_undoes_what_waits_to_be_written(monkeypatch):
	"""The second of three fails when its opinion is stored already: neither its row nor its events stay, the others' do."""
	orders = under_review(3)
	rows = shown(orders, "Materials")
	settle = opinions.settle

	def fail(order, *args):
		if order.name == orders[1].name:
			raise ReviewError("for the test")
		return settle(order, *args)

	monkeypatch.setattr(opinions, "settle", fail)
	answer = accept(rows, "Materials")
	assert answer["done"] == [orders[0].name, orders[2].name]
	assert [opinions.current(order.name)["Materials"].status for order in orders] == ["Given", "Asked", "Given"]
	for order, expected in zip(orders, (1, 0, 1), strict=True):
		assert frappe.db.count("Service Event", {"reference_name": order.name, "event": "Opinion Given"}) == expected
		clock = {"reference_name": opinions.current(order.name)["Materials"].name, "status": "Stopped"}
		assert frappe.db.count("Service Clock", clock) == expected


def test_orders_that_the_user_may_not_read_are_refused():
	(order,) = under_review(1)
	(row,) = shown([order], "Materials")
	assert accept([row], "Materials")["done"] == [order.name]
	frappe.set_user(email("warehouse"))
	answer = api.accept_opinions([{**row, "department": "Engineering"}])
	assert answer["done"] == [] and len(answer["errors"]) == 1


def test_more_than_two_hundred_are_refused():
	with pytest.raises(ReviewError, match="at most 200"):
		accept([{}] * 201, "Materials")


def test_ten_more_cost_at_most_sixty_statements_more():
	"""Six an opinion: it was 27 when each was read by itself."""

	def statements(orders) -> int:
		rows = shown(orders, "Materials")
		frappe.set_user(email(REVIEWERS["Materials"]))
		api.opinions_to_accept([])
		counted = []
		cursor = frappe.db._cursor
		execute = cursor.execute
		cursor.execute = lambda *args: counted.append(args) or execute(*args)
		try:
			assert api.accept_opinions(rows)["errors"] == []
		finally:
			del cursor.execute
			frappe.set_user("Administrator")
		return len(counted)

	few, many = under_review(2), under_review(12)
	statements(under_review(1))  # what a process asks once
	assert statements(many) - statements(few) <= 60


def test_two_departments_accept_the_same_orders_at_once():
	"""Nothing is lost, and every order is complete once."""
	orders = under_review(6)
	jobs = [
		{
			"user": email(REVIEWERS[name]),
			"method": ACCEPT,
			"values": {"rows": shown(orders, name)[:: -1 if turn else 1]},
		}
		for turn, name in enumerate(("Engineering", "Materials"))
	]
	frappe.set_user("Administrator")
	frappe.db.commit()
	said = at_once(jobs)
	assert [each.partition(":")[0] for each in said] == ["ok", "ok"], said
	assert all("'errors': []" in each for each in said), said
	frappe.db.rollback()
	for order in orders:
		order.reload()
		assert order.reviewed_at
		assert [row["status"] for row in opinions.board(order)] == ["Given", "Given"]
	told = {"document_name": ("in", [order.name for order in orders]), "for_user": email("general_manager")}
	assert frappe.db.count("Notification Log", told) == 6
