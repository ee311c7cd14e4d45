"""The file of an order on one page (C-4): everything dated, of all versions and records, and nothing that the reader may not see."""

import frappe
import pytest
from frappe.utils import add_to_date, get_datetime

from customer_service.contract_review import api, review_file
from customer_service.controlled_forms import printing
from customer_service.tests import factories, proforma
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, give_opinion, go, make_order, review_all

API = "customer_service.contract_review.api.review_file"


def file_of(order, by: str = "clerk", most: int = 200) -> list[dict]:
	frappe.set_user(email(by))
	try:
		return api.review_file(order.name, most)["entries"]
	finally:
		frappe.set_user("Administrator")


def told(rows: list[dict]) -> list[tuple]:
	return [(row["doctype"], row["event"], row["before"], row["after"]) for row in rows]


def reviewed(**values):
	"""Asked back, reviewed with an objection, coordinated, approved."""
	asked = [{"question": "Which colour?", "asked_of": "Li Example", "answer": "Grey."}]
	order = go(make_order(clarifications=asked, **values), "Start Review", by="clerk")
	review_all(order, "Materials")
	give_opinion(order, "Materials", "Reject", remark="No steel.")
	frappe.set_user(email("general_manager"))
	api.decide(order.name, "Coordinate", api.content_hash(order.name), "Buy steel.")
	api.decide(order.name, "Approve", api.content_hash(order.name))
	frappe.set_user("Administrator")
	order.reload()
	return order


def test_file_tells_the_whole_way_of_an_order():
	order = reviewed()
	rows = file_of(order)
	found = told(rows)
	for expected in (
		("Contract Review", "Created", None, "Draft"),
		("Contract Review", "Received At", None, None),
		("Contract Review", "Question", None, "Li Example"),
		("Contract Review", "Answer", "Li Example", None),
		("Contract Review", "State Changed", "Draft", "In Review"),
		("Review Opinion", "Created", "Materials", "Asked"),
		("Contract Review", "Opinion Given", "Materials", "Reject"),
		("Contract Review", "Review Decision", "General Manager", "Coordinate"),
		("Contract Review", "Review Decision", "General Manager", "Approve"),
		("Contract Review", "State Changed", "Coordinated", "Approved"),
	):
		assert expected in found, expected
	assert [doctype for doctype, event, _before, _after in found if event == "Created"].count("Review Opinion") == 4
	assert sum(event == "Opinion Given" for _doctype, event, _before, _after in found) == 4
	details = [row["detail"] for row in rows]
	assert details.count("Buy steel.") == 1 and "No steel." in details and "Grey." in details
	moments = [row["at"] for row in rows]
	assert moments == sorted(moments, reverse=True)
	assert {row["person"] for row in rows if row["event"] == "Review Decision"} == {"Gloria General"}


def test_records_of_an_order_appear_by_what_they_have():
	"""A pro forma invoice by its link, a mail by its record; a DocType that joins later by its field, without a line of code."""
	proforma.make_company()
	order = reviewed()
	invoice = proforma.make_invoice(customer=order.customer, contract_review=order.name)
	frappe.set_user(email("clerk"))
	frappe.db.set_value("Contract Review", order.name, "contact_email", "li@customer.example.com")
	api.send_order_letter(order.name, "Order Confirmation")
	rows = file_of(order)
	assert ("Pro Forma Invoice", "Created", None, "Draft") in told(rows)
	assert [row["name"] for row in rows if row["doctype"] == "Pro Forma Invoice"] == [invoice.name]
	(mail,) = [row for row in rows if row["event"] == "Mail Sent"]
	assert mail["after"] == "li@customer.example.com" and mail["detail"].startswith("Confirmation of your order")
	assert "Confirmation Sent At" in [row["event"] for row in rows]
	frappe.set_user("Administrator")
	known = review_file.doctypes()
	assert known["Contract Review"] == "order_root" and known["Pro Forma Invoice"] == "contract_review"
	assert set(known.values()) == {"order_root", "contract_review"}


def test_all_versions_share_one_file():
	"""Two versions of one order, laid down as a change leaves them."""
	order = reviewed()
	second = factories.lay_down(
		"Contract Review",
		customer=order.customer,
		order_root=order.name,
		version=2,
		previous_version=order.name,
		received_at=order.received_at,
		lead_department="Marketing",
		workflow_state="Draft",
		state_category="Open",
	)
	from customer_service.organisation import events

	events.record(frappe._dict(doctype="Contract Review", name=second), "Created", after="Draft")
	later = frappe.get_doc("Contract Review", second)
	rows = file_of(later)
	assert rows == file_of(order)
	assert {row["name"] for row in rows if row["event"] == "Created" and row["doctype"] == "Contract Review"} == {
		order.name,
		second,
	}
	assert [row["event"] for row in rows].count("Received At") == 1


def test_file_shows_where_the_order_came_from():
	contact = factories.make_contact()
	order = make_order(reference_doctype="Contact Record", reference_name=contact.name)
	assert ("Contact Record", "Created", None, None) in told(file_of(order))


def test_reader_sees_only_what_he_may_list():
	"""The engineer reaches the order; the contact it arose from and its pro forma invoice he does not."""
	proforma.make_company()
	order = reviewed(
		reference_doctype="Contact Record",
		reference_name=factories.make_contact(topic="Price", lead_department="Marketing").name,
	)
	proforma.make_invoice(customer=order.customer, contract_review=order.name)
	seen = {row["doctype"] for row in file_of(order, by="engineer")}
	assert seen == {"Contract Review", "Review Opinion"}
	assert seen | {"Contact Record", "Pro Forma Invoice"} == {row["doctype"] for row in file_of(order)}


def test_the_newest_entries_come_first_and_older_ones_are_announced():
	order = reviewed()
	every = file_of(order)
	frappe.set_user(email("clerk"))
	answer = api.review_file(order.name, 3)
	assert answer["entries"] == every[:3] and answer["more"]
	assert not api.review_file(order.name, 500)["more"]


def test_each_source_costs_one_query(monkeypatch):
	"""Ten invoices cost as many statements as one."""
	proforma.make_company()
	order = reviewed()

	def statements() -> int:
		frappe.set_user(email("clerk"))
		review_file.entries(order)
		counted = []
		sql = frappe.db.sql
		monkeypatch.setattr(frappe.db, "sql", lambda *args, **more: counted.append(args) or sql(*args, **more))
		review_file.entries(order)
		monkeypatch.undo()
		frappe.set_user("Administrator")
		return len(counted)

	proforma.make_invoice(customer=order.customer, contract_review=order.name)
	one = statements()
	for _number in range(9):
		proforma.make_invoice(customer=order.customer, contract_review=order.name)
	assert statements() == one


@pytest.mark.parametrize("person", ["warehouse", "employee", None])
def test_stranger_to_the_order_gets_no_file(client, person):
	order = make_order()
	frappe.db.commit()
	with pytest.raises(Refused) as refused:
		client(person).read(API, name=order.name)
	assert refused.value.status in (403, 404)


@pytest.mark.parametrize(
	("language", "title", "event"), [("en", "Order Review File", "Review Decision"), ("zh", "订单评审档案", "评审决定")]
)
def test_file_is_printed(language, title, event):
	order = reviewed()
	frappe.set_user(email("clerk"))
	html = printing.render_html(
		frappe.get_doc(order.doctype, order.name), print_format="Order Review File", language=language
	)
	for expected in (title, event, "Buy steel.", "Gloria General", order.name):
		assert expected in html, expected
	assert printing.html_to_pdf(html).startswith(b"%PDF-")


def test_moment_of_an_entry_is_the_events_own():
	order = make_order()
	moment = add_to_date(get_datetime("2030-01-02 09:00:00"), hours=1)
	frappe.db.set_value("Service Event", {"reference_name": order.name, "event": "Created"}, "happened_at", moment)
	assert next(row for row in file_of(order) if row["event"] == "Created")["at"] == moment
