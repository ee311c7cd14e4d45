"""What is already held of customers, imported many at once (D-1, D-4): each bad row named, nothing half stored."""

import frappe
import pytest

from customer_service.customer_property import ledger, property_api
from customer_service.exceptions import ImportRefusedError, LedgerError, PropertyError
from customer_service.organisation import clock
from customer_service.tests.client import Refused
from customer_service.tests.factories import make_customer
from customer_service.tests.properties import ITEM, STORE, shelf

IMPORT = "customer_service.customer_property.property_api.import_property"


def row(owner, number: int = 1, **values) -> dict:
	return {
		"property_name": f"Part {number}",
		"property_type": "Part",
		"customer": owner.name,
		"identification": f"P-{number:05}",
		"unit": "pcs",
		"qty": number,
		"place": STORE,
		**values,
	}


def test_rows_are_in_the_register_with_their_quantities(client):
	customer = make_customer()
	frappe.db.commit()
	answer = client("warehouse").call(IMPORT, rows=[row(customer, number) for number in (1, 2, 3)])
	frappe.db.rollback()
	assert answer["errors"] == [] and len(answer["names"]) == 3
	docs = [frappe.get_doc(ITEM, name) for name in answer["names"]]
	assert [(doc.on_hand, doc.usable_qty, doc.workflow_state) for doc in docs] == [
		(n, n, "In Store") for n in (1, 2, 3)
	]
	assert ledger.replay(docs[2].name) == {(STORE, "usable"): 3}


BAD = {
	"no quantity": ({"qty": None}, "must be more than 0"),
	"negative": ({"qty": -4}, "must be more than 0"),
	"no number": ({"qty": "many"}, "not a number"),
	"no place": ({"place": None}, "Storage Place is missing"),
	"unknown place": ({"place": "Nowhere"}, "not in use"),
	"unknown type": ({"property_type": "Ship"}, "Ship"),
	"unknown customer": ({"customer": "Nobody"}, "Nobody"),
	"no name": ({"property_name": None}, "Name of the Property"),
}


def test_each_bad_row_is_named_and_nothing_is_stored():
	customer = make_customer()
	rows = [row(customer, 1), *(row(customer, 2, **values) for values, _message in BAD.values())]
	before = frappe.db.count(ITEM), frappe.db.count(ledger.ENTRY)
	with pytest.raises(ImportRefusedError) as refused:
		property_api.import_property(rows)
	found = {error["row"]: error["message"] for error in refused.value.errors}
	assert sorted(found) == list(range(2, len(BAD) + 2))
	for number, (_values, message) in enumerate(BAD.values(), 2):
		assert message in found[number], found[number]
	assert (frappe.db.count(ITEM), frappe.db.count(ledger.ENTRY)) == before
	answer = property_api.import_property(rows, skip_bad_rows=True)
	assert len(answer["names"]) == 1 and len(answer["errors"]) == len(BAD)
	assert frappe.db.get_value(ITEM, answer["names"][0], "on_hand") == 1


def test_date_in_the_future_is_refused_with_its_row():
	customer = make_customer()
	tomorrow = str(frappe.utils.add_days(clock.now().date(), 1))
	with pytest.raises(LedgerError, match="Row 2: .*in the future"):
		property_api.import_property([row(customer, 1), row(customer, 2, received_on=tomorrow)])


def test_opening_stock_is_taken_back_while_nothing_else_was_entered():
	first, second = property_api.import_property([row(make_customer(), number) for number in (1, 2)])["names"]
	property_api.reverse_opening(first, "Counted twice")
	assert frappe.db.get_value(ITEM, first, ["on_hand", "workflow_state"]) == (0, "Expected")
	ledger.post([ledger.Entry(second, "Issue", 1)])
	with pytest.raises(PropertyError, match="nothing else was entered"):
		property_api.reverse_opening(second, "Too late")


def test_too_many_rows_are_refused():
	with pytest.raises(ImportRefusedError, match="2000"):
		property_api.import_property([{}] * 2001)


def test_only_who_may_import_and_receive(client):
	for by in ("clerk", "engineer", "employee", "general_manager"):
		with pytest.raises(Refused, match="403"):
			client(by).call(IMPORT, rows=[])


def test_a_thousand_lines_are_there_by_few_statements():
	"""All are there, each with its number and balance; by few statements a call, not by many a row."""
	shelf()
	customer = make_customer()
	rows = [row(customer, number + 1, place="Test Shelf") for number in range(1_000)]
	asked = frappe.db.sql("show session status like 'Questions'")[0][1]
	names = property_api.import_property(rows)["names"]
	asked = int(frappe.db.sql("show session status like 'Questions'")[0][1]) - int(asked)
	assert len(set(names)) == 1_000
	assert asked < 200
	total = frappe.db.sql(
		"select sum(on_hand), count(*) from `tabCustomer Property` where customer = %s", customer.name
	)
	assert total == ((1_000 * 1_001 / 2, 1_000),)
	kept = frappe.db.sql(
		"""select sum(balance.usable), count(*) from `tabProperty Balance` balance
		inner join `tabCustomer Property` item on item.name = balance.customer_property where item.customer = %s""",
		customer.name,
	)
	assert kept == total
