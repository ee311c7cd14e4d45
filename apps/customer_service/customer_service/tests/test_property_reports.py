"""Reports of customers' property (D-1, D-4 to D-6): figures worked out by hand, rows by user, prints, query plans."""

import io
import json

import frappe
import pypdf
import pytest
from frappe.utils import getdate

from customer_service.controlled_forms import report_prints
from customer_service.customer_property import statement_lines
from customer_service.customer_property.report.customer_property_register import customer_property_register
from customer_service.customer_property.report.overdue_property_checks import overdue_property_checks
from customer_service.customer_property.report.property_events_by_cause import property_events_by_cause
from customer_service.customer_property.report.property_holdings import property_holdings
from customer_service.customer_property.report.property_ledger import property_ledger
from customer_service.exceptions import CustomerServiceError, ProcessSwitchedOffError, PropertyError
from customer_service.tests.factories import as_person, at, lay_down, make_customer
from customer_service.tests.laid_property import ARRIVALS, ITEM, STORE, lay_balance, lay_entry, lay_item
from customer_service.tests.test_query_plans import plans, sent_statements

REPORTS = {
	"Customer Property Register": customer_property_register,
	"Property Ledger": property_ledger,
	"Property Holdings": property_holdings,
	"Overdue Property Checks": overdue_property_checks,
	"Property Events by Cause": property_events_by_cause,
}


@pytest.fixture
def held():
	"""
	Two customers. A: 100 blanks (60 usable in the store, 10 to be inspected and 5 rejected on arrival, 20 issued, 5 lent out), 2 gauges in
	the store, 3.5 kg of resin in the store, and a tape that was returned. B: 7 blanks in the store.
	"""
	one, two = make_customer().name, make_customer().name
	blanks = lay_item(one, serial_no="S-1", on_hand=75, usable_qty=60, received_qty=100, issued_qty=20, lent_qty=5)
	lay_balance(blanks, STORE, 60)
	lay_balance(blanks, ARRIVALS, to_inspect=10, rejected=5)
	gauge = lay_item(one, property_name="Gauge", property_type="Tool", lot_no="L-9", on_hand=2, received_qty=2)
	lay_balance(gauge, STORE, 2)
	resin = lay_item(one, property_name="Resin", unit="kg", on_hand=3.5, received_qty=3.5)
	lay_balance(resin, STORE, 3.5)
	tape = lay_item(one, property_name="Tape", workflow_state="Returned", state_category="Closed", received_qty=4)
	lay_balance(tape, STORE, 0)
	others = lay_item(two, on_hand=7, received_qty=7)
	lay_balance(others, STORE, 7)
	return frappe._dict(one=one, two=two, blanks=blanks, gauge=gauge, resin=resin, tape=tape, others=others)


def register(**filters):
	_columns, data, message, chart, summary = customer_property_register.execute(filters)
	return {row.name: row for row in data}, message, chart, [row["value"] for row in summary]


def test_register_by_hand(held):
	rows, message, chart, summary = register(customer=held.one)
	assert set(rows) == {held.blanks, held.gauge, held.resin} and not message
	blanks = rows[held.blanks]
	assert (blanks.received_qty, blanks.on_hand, blanks.out, blanks.serial_or_lot) == (100, 75, 25, "S-1")
	assert blanks.places == f"{STORE}, {ARRIVALS}" and rows[held.gauge].serial_or_lot == "L-9"
	assert chart["data"]["labels"] == ["In Store"] and summary == [3, 1]


def test_register_can_show_what_has_left_and_a_place_only(held):
	assert held.tape in register(customer=held.one, with_ended=1)[0]
	assert set(register(customer=held.one, place=ARRIVALS)[0]) == {held.blanks}
	assert set(register(customer=held.one, property_type="Tool")[0]) == {held.gauge}


def test_register_says_that_there_is_more(held):
	rows, message, _chart, _summary = register(customer=held.one, limit=2)
	assert len(rows) == 2 and "Only the first 2" in message
	assert register(customer=held.one, limit=3)[1] is None


@pytest.fixture
def account():
	"""
	One item. February: received 100, issued 10: 90. March: 1st received 50 and wrongly 10, 2nd the 10 reversed, accepted 50, 3rd moved 30
	from the store to arrivals, 4th issued 40 from the store: 100 on hand; in 60, out 50.
	In the store: opening 90, in 60, out 10 + 30 + 40, so 70; arrivals: in 30.
	"""
	item = lay_item()
	lay_entry(item, "Receive", 100, "2026-02-01")
	lay_entry(item, "Issue", 10, "2026-02-03")
	lay_entry(item, "Receive", 50, "2026-03-01")
	wrong = lay_entry(item, "Receive", 10, "2026-03-01")
	lay_entry(item, "Receive", 10, "2026-03-02", reversal_of=wrong)
	lay_entry(item, "Accept", 50, "2026-03-02")
	lay_entry(item, "Transfer", 30, "2026-03-03", to_place=ARRIVALS, taken_from="Usable")
	lay_entry(item, "Issue", 40, "2026-03-04")
	return item


def ledger_of(item: str, **filters):
	filters = {"from_date": "2026-03-01", "to_date": "2026-03-31", "customer_property": item, **filters}
	_columns, data, _message, _chart, summary = property_ledger.execute(filters)
	rows = [(row["entry"], row.get("in_qty"), row.get("out_qty"), row["balance"]) for row in data]
	return rows, [row["value"] for row in summary]


def test_ledger_by_hand(account):
	rows, summary = ledger_of(account)
	assert sorted(rows[1:3]) == sorted([("Receive", 50, None, rows[1][3]), ("Receive", 10, None, rows[2][3])])
	assert rows[0] == ("Opening Balance", None, None, 90) and rows[2][3] == 150
	in_any_order = {
		("Reversal of Receive", None, 10, 140),
		("Accepted by Inspection", None, None, 140),
		("Accepted by Inspection", None, None, 150),
	}
	assert set(rows[3:5]) <= in_any_order
	assert rows[5:] == [("Transfer", None, None, 140), ("Issue", None, 40, 100), ("Closing Balance", 60, 50, 100)]
	assert summary == [1, 6]


def test_ledger_of_a_place_shows_a_transfer_at_both_ends(account):
	store, _summary = ledger_of(account, place=STORE)
	assert store[0] == ("Opening Balance", None, None, 90) and store[-1] == ("Closing Balance", 60, 80, 70)
	assert ("Transfer", None, 30, 110) in store
	arrivals, _summary = ledger_of(account, place=ARRIVALS)
	assert arrivals == [
		("Opening Balance", None, None, 0),
		("Transfer", 30, None, 30),
		("Closing Balance", 30, 0, 30),
	]
	april = ledger_of(account, place=ARRIVALS, from_date="2026-04-01", to_date="2026-04-30")[0]
	assert april == [("Opening Balance", None, None, 30), ("Closing Balance", 0, 0, 30)]


def test_ledger_period_includes_both_its_days_and_may_not_be_turned_round(account):
	assert ledger_of(account, from_date="2026-03-04", to_date="2026-03-04")[0][1:] == [
		("Issue", None, 40, 100),
		("Closing Balance", 0, 40, 100),
	]
	with pytest.raises(CustomerServiceError, match="must not be before"):
		ledger_of(account, to_date="2026-02-01")


def test_ledger_asks_to_be_narrowed(account, monkeypatch):
	monkeypatch.setattr(property_ledger, "MOST_ENTRIES", 5)
	with pytest.raises(PropertyError, match="more than 5 entries"):
		ledger_of(account)


def holdings(customer: str, **filters):
	data = property_holdings.execute({"customer": customer, **filters})
	keys = ("items", "to_inspect", "usable", "rejected", "on_hand", "issued_qty", "lent_qty")
	return [(row.get("place_label"), row.unit, *(row[key] for key in keys)) for row in data[1]], data[3], data[4]


def test_holdings_by_hand(held):
	"""Each unit for itself: pieces and kilograms are not added."""
	rows, chart, summary = holdings(held.one)
	assert sorted(rows) == sorted(
		[
			(STORE, "pcs", 2, 0, 62, 0, 62, 0, 0),
			(STORE, "kg", 1, 0, 3.5, 0, 3.5, 0, 0),
			(ARRIVALS, "pcs", 1, 10, 0, 5, 15, 0, 0),
			("Issued or Lent Out", "pcs", 1, 0, 0, 0, 0, 20, 5),
		]
	)
	assert sum(chart["data"]["datasets"][0]["values"]) == 5 and [row["value"] for row in summary] == [1, 2]


def test_holdings_by_customer_and_by_place(held):
	rows, _chart, _summary = holdings(held.one, by="Customer")
	assert sorted(row[1:] for row in rows) == [
		("kg", 1, 0, 3.5, 0, 3.5, 0, 0),
		("pcs", 2, 10, 62, 5, 77, 20, 5),
	]
	rows, _chart, _summary = holdings(None, by="Place", place=ARRIVALS)
	assert all(row[0] == ARRIVALS for row in rows) and rows


def test_holdings_of_what_is_all_out():
	"""An item of which nothing lies anywhere still stands in its customer's row."""
	item = lay_item(issued_qty=3, received_qty=3)
	customer = frappe.db.get_value(ITEM, item, "customer")
	assert holdings(customer, by="Customer")[0] == [("Issued or Lent Out", "pcs", 1, 0, 0, 0, 0, 3, 0)]


@pytest.fixture
def checks():
	"""It is 10 March 2026: checks due on the 1st (9 days ago), the 9th, the 10th, the 17th; one done, due on the 1st."""
	frappe.flags.service_now = at("2026-03-10 09:00")
	item = lay_item()
	customer = frappe.db.get_value(ITEM, item, "customer")
	for day, department, category in (
		("2026-03-01", "Warehouse", "Open"),
		("2026-03-09", "Engineering", "Open"),
		("2026-03-10", "Warehouse", "Open"),
		("2026-03-17", "Warehouse", "Open"),
		("2026-03-01", "Warehouse", "Closed"),
	):
		lay_down(
			"Property Check",
			customer_property=item,
			property_name="Housing blank",
			customer=customer,
			check_kind="Condition",
			due_on=day,
			department=department,
			state_category=category,
		)
	return customer


def overdue(customer: str, **filters):
	_columns, data, _message, chart, summary = overdue_property_checks.execute({"customer": customer, **filters})
	return [(row.department, row.days_overdue) for row in data], chart, [row["value"] for row in summary]


def test_overdue_checks_by_hand(checks):
	rows, chart, summary = overdue(checks)
	assert rows == [("Warehouse", 9), ("Engineering", 1)] and summary == [2, 2]
	assert [each["values"] for each in chart["data"]["datasets"]] == [[1, 1], [0, 0]]


@pytest.mark.parametrize("days, count", [(1, 3), (6, 3), (7, 4)])
def test_checks_that_are_due_soon(checks, days, count):
	rows, _chart, summary = overdue(checks, days=days)
	assert len(rows) == count and summary[1] == 2


def lay_event(item: str, found: str, kind: str = "Damage", **values) -> str:
	return lay_down(
		"Property Event",
		**{
			"customer_property": item,
			"customer": frappe.db.get_value(ITEM, item, "customer"),
			"kind": kind,
			"description": "Dented.",
			"found_at": f"{found} 08:00:00",
			"reporting_department": "Warehouse",
			"state_category": "Closed",
			**values,
		},
	)


def test_events_by_hand():
	"""February: two damages from forklifts, told after 2 and 4 hours. March: one count, open and not told; one withdrawn."""
	item = lay_item()
	customer = frappe.db.get_value(ITEM, item, "customer")
	lay_event(item, "2026-02-01", cause="Forklift", told_at="2026-02-01 10:00:00")
	lay_event(item, "2026-02-28", cause="Forklift", told_at="2026-02-28 12:00:00")
	lay_event(item, "2026-03-01", "Count", state_category="Open")
	lay_event(item, "2026-03-31", state_category="Cancelled")
	filters = {"from_date": "2026-01-01", "to_date": "2026-03-31", "customer": customer}
	_columns, data, _message, chart, summary = property_events_by_cause.execute(filters)
	keys = ("month", "kind", "cause", "department", "events", "open_events", "hours_to_tell")
	assert [tuple(row[key] for key in keys) for row in data] == [
		("2026-02", "Damage", "Forklift", "Warehouse", 2, 0, 3.0),
		("2026-03", "Count", "", "Warehouse", 1, 1, None),
	]
	assert chart["data"]["labels"] == ["2026-02", "2026-03"]
	assert {each["name"]: each["values"] for each in chart["data"]["datasets"]} == {"Count": [0, 1], "Damage": [2, 0]}
	assert [row["value"] for row in summary] == [3, 1, 3.0]


def test_rows_are_those_of_the_users_list(held, account, checks):
	"""An engineer's department keeps none of it; the manager sees all."""
	customer = frappe.db.get_value(ITEM, account, "customer")
	lay_event(account, "2026-03-01")
	period = {"from_date": "2026-01-01", "to_date": "2026-12-31"}
	asked = {
		"Customer Property Register": {"customer": held.one},
		"Property Ledger": {**period, "customer_property": account},
		"Property Holdings": {"customer": held.one},
		"Overdue Property Checks": {"customer": checks, "department": "Warehouse"},
		"Property Events by Cause": {**period, "customer": customer},
	}
	seen = {}
	for person in ("manager", "warehouse", "engineer"):
		with as_person(person):
			seen[person] = {name: len(REPORTS[name].execute(asked[name])[1]) for name in REPORTS}
	assert all(seen["manager"].values()) and seen["warehouse"] == seen["manager"], seen
	assert not any(seen["engineer"].values()), seen


@pytest.mark.parametrize("name", REPORTS)
def test_who_has_no_role_opens_no_report(name):
	with as_person("employee"), pytest.raises(frappe.PermissionError):
		report_prints.registers_pdf(name, {})


@pytest.mark.parametrize("name", REPORTS)
def test_off_means_off(name):
	settings = frappe.get_doc("Customer Service Settings")
	settings.enable_customer_property = 0
	settings.save()
	with as_person("manager"), pytest.raises((ProcessSwitchedOffError, frappe.PermissionError)):
		REPORTS[name].execute({})


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_report_prints_in_both_languages(name, language, held, account, checks):
	lay_event(account, "2026-03-01")
	frappe.local.lang = language
	filters = {"from_date": "2026-01-01", "to_date": "2026-06-30"} if "Ledger" in name or "Cause" in name else {}
	with as_person("manager"):
		text = text_of(report_prints.registers_pdf(name, filters))
	assert "Housingblank" in text or name in ("Property Holdings", "Property Events by Cause")
	assert ("顾客" in text or "客户" in text) is (language == "zh")


def text_of(content: bytes) -> str:
	"""Without any space: narrow columns break words."""
	text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
	return "".join(text.split())


def test_the_register_prints_as_its_controlled_form(held):
	"""J-2: 顾客财产登记表 HT-QR-MA-10."""
	frappe.local.lang = "zh"
	text = text_of(report_prints.registers_pdf("Customer Property Register", {"customer": held.one}))
	assert "HT-QR-MA-10A/0" in text and "顾客财产登记表" in text and held.blanks in text
	assert "HT-QR" not in text_of(report_prints.registers_pdf("Property Holdings", {"customer": held.one}))


def test_exports_are_guarded(client, held):
	"""S8: no cell is a live formula."""
	frappe.db.set_value(ITEM, held.blanks, "property_name", "=1+1")
	frappe.db.commit()
	try:
		answer = client("manager").request(
			"GET",
			"/api/method/frappe.desk.query_report.export_query",
			params={
				"report_name": "Customer Property Register",
				"file_format_type": "CSV",
				"filters": json.dumps({"customer": held.one}),
				"visible_idx": json.dumps([0, 1, 2]),
			},
		)
		text = answer.content.decode("utf-8-sig")
		assert answer.status_code == 200 and "'=1+1" in text, text[:500]
	finally:
		for table in (ITEM, "Property Balance"):
			field = "name" if table == ITEM else "customer_property"
			names = [held.blanks, held.gauge, held.resin, held.tape, held.others]
			frappe.db.delete(table, {field: ("in", names)})
		frappe.db.commit()


ROWS = 6000
MARK = "PLAN-P-"


@pytest.fixture(scope="module")
def large(site):
	"""6,000 items of 100 customers and as many entries and checks, so that the server would rather not read them whole."""
	frappe.db.rollback()
	standard = "concat(%(mark)s, seq), now(), now(), 'Administrator', 'Administrator'"
	customer, day = "concat('PLAN Customer ', seq %% 100)", "'2026-01-01' + interval seq %% 300 day"
	item = "concat(%(mark)s, seq)"
	fill = {
		ITEM: ("customer, state_category, property_name", f"{customer}, 'Open', 'Blank'"),
		"Property Ledger Entry": (
			"customer_property, customer, entry_date, kind, qty",
			f"{item}, {customer}, {day}, 'Receive', 1",
		),
		"Property Balance": ("customer_property, place, usable", f"{item}, concat('PLAN Place ', seq %% 50), 1"),
		"Property Check": (
			"customer_property, due_on, state_category",
			f"{item}, {day}, if(seq %% 50, 'Closed', 'Open')",
		),
	}
	for table, (columns, source) in fill.items():
		frappe.db.sql(
			f"insert into `tab{table}` (name, creation, modified, owner, modified_by, {columns})"
			f" select {standard}, {source} from seq_1_to_{ROWS}",
			{"mark": MARK},
		)
	frappe.db.commit()
	for table in fill:
		frappe.db.sql_ddl(f"analyze table `tab{table}`")
	yield
	frappe.db.rollback()
	for table in fill:
		frappe.db.sql(f"delete from `tab{table}` where name like %s", f"{MARK}%")
	frappe.db.commit()
	for table in fill:
		frappe.db.sql_ddl(f"analyze table `tab{table}`")


PERIOD = {"from_date": "2026-03-01", "to_date": "2026-03-03"}
LOOK_UPS = {
	"a customer's register": (
		lambda: customer_property_register.execute({"customer": "PLAN Customer 17"}),
		{ITEM: {"of_customer"}, "Property Balance": {"one_balance", "of_item"}},
	),
	"what lies at a place": (
		lambda: customer_property_register.execute({"place": "PLAN Place 7"}),
		{ITEM: {"PRIMARY"}, "Property Balance": {"of_place", "one_balance"}},
	),
	"an item's account": (
		lambda: property_ledger.execute({**PERIOD, "customer_property": f"{MARK}17"}),
		{"Property Ledger Entry": {"of_item"}},
	),
	"a customer's account": (
		lambda: property_ledger.execute({**PERIOD, "customer": "PLAN Customer 60"}),
		{"Property Ledger Entry": {"of_customer", "of_item", "by_date"}},
	),
	"three days of the ledger": (
		lambda: property_ledger.execute(PERIOD),
		{"Property Ledger Entry": {"by_date", "of_item"}},
	),
	"a customer's statement": (
		lambda: statement_lines.lines_of("PLAN Customer 17", getdate("2026-03-01"), getdate("2026-03-31")),
		{"Property Ledger Entry": {"of_customer"}, ITEM: {"PRIMARY"}},
	),
	"overdue checks": (lambda: overdue_property_checks.execute({}), {"Property Check": {"due"}}),
}


@pytest.mark.parametrize("what", LOOK_UPS)
def test_a_look_up_uses_its_index_and_reads_no_whole_table(large, what):
	work, tables = LOOK_UPS[what]
	with sent_statements() as sent:
		work()
	for table, keys in tables.items():
		found = [plan for plan in plans(sent, table, {ITEM: "item"}.get(table)) if plan.type]
		assert found, f"no statement on {table}"
		for plan in found:
			assert plan.key in keys and plan.type not in ("ALL", "index"), plan
