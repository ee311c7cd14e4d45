"""B13: the ledger of customers' property: one entry against a bare insert, a page of the register against SQL, one item's balance at any age.

Entry: `ledger.post` of one issue, as a document does it: the item and its balances held, checks, the row, balances, the register's quantities
and state. Theirs: Frappe inserts one document into a DocType of the same columns and indexes, without a controller, and nothing else. Both
are rolled back after each block, outside the timed part.

Register: the report **Customer Property Register** over 100,000 items with 1,000,000 entries, its first page, by a manager. Theirs: the two
statements that somebody would write who knows the question. Both must give the same rows.

Balance: what the server reads for the balances of one item (Handler_read%) with 10 and with 100,000 entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe

from benchmarks import protocol
from benchmarks.protocol import WALL, Result, Side, measure, micro, require_equal, statements
from benchmarks.registers import manager
from customer_service.customer_property import ledger
from customer_service.customer_property.report.customer_property_register import customer_property_register
from customer_service.tests import factories

SCRATCH = "Benchmark Ledger Entry"
MARK = "B13-"
ITEMS, ENTRIES, QUICK = 100_000, 1_000_000, 50
"""A quick run has a fiftieth of them."""
OF_ONE = (10, 100_000)
PLACE = "Customer Property Store"
PAGE = 500
BLOCK, ROUNDS = 10, 20
GOAL_ENTRY, GOAL_PAGE = 1.25, 1.15

STANDARD = "concat(%(mark)s, seq), %(at)s, %(at)s, 'Administrator', 'Administrator'"


def run(verbose: bool = False) -> Iterator[Result]:
	"""Entry, page, balance."""
	share = QUICK if protocol.QUICK else 1
	with filled(ITEMS // share, ENTRIES // share) as customer:
		with scratch_doctype():
			yield entered(verbose)
		yield page(ITEMS // share, ENTRIES // share)
		yield balance([OF_ONE[0], OF_ONE[1] // share], customer)


def entered(verbose: bool) -> Result:
	"""One entry of the ledger."""
	entry = ledger.Entry(f"{MARK}1", "Issue", 1, place=PLACE)
	name = ledger.post([entry])[0]
	row = frappe.db.get_value(ledger.ENTRY, name, "*", as_dict=True)
	fields = {field.fieldname for field in frappe.get_meta(SCRATCH).fields}
	values = {"doctype": SCRATCH, **{key: value for key, value in row.items() if key in fields}}
	frappe.db.rollback()
	ours = Side("entry", lambda: ledger.post([entry]), frappe.db.rollback, repeat=BLOCK)
	theirs = Side("bare", lambda: frappe.get_doc(dict(values)).insert(), frappe.db.rollback, repeat=BLOCK)
	numbers = []
	for side in (ours, theirs):
		side.work()
		side.after()
		with statements() as sent:
			side.work()
		side.after()
		numbers.append(len(sent))
		if verbose:
			print("\n".join(f"     {' '.join(statement.split())[:160]}" for statement in sent))
	comparison, control, remark = measure(ours, theirs, WALL, ROUNDS)
	return Result(
		id="B13 entry",
		what="an entry of the ledger with what follows / bare insert, same width",
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control,
		goal=f"≤ {GOAL_ENTRY}",
		met=comparison.ratio <= GOAL_ENTRY and not remark.startswith("VOID"),
		note=(
			f"{micro(comparison.ours)} against {micro(comparison.theirs)}, {numbers[0]} SQL statements against {numbers[1]}. {remark}"
		).strip(),
	)


def page(items: int, entries: int) -> Result:
	"""The first page of the register."""
	frappe.set_user(manager())
	try:

		def report():
			return customer_property_register.execute({"limit": PAGE})[1]

		shown = [(row.name, row.property_name, row.on_hand, row.places) for row in report()]
		asked = [(row[0], row[1], row[8], row[-1]) for row in by_hand()]
		require_equal(shown, asked, "B13 page")
		comparison, control, remark = measure(Side("report", report), Side("SQL", by_hand), WALL, ROUNDS)
	finally:
		frappe.set_user("Administrator")
	return Result(
		id="B13 page",
		what="a page of the register / hand-written SQL",
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control,
		goal=f"≤ {GOAL_PAGE}",
		met=comparison.ratio <= GOAL_PAGE and not remark.startswith("VOID"),
		note=(
			f"{items} items, {entries} entries, {PAGE} rows: {micro(comparison.ours)} against {micro(comparison.theirs)}. {remark}"
		).strip(),
	)


def by_hand() -> list[tuple]:
	"""The rows of the page and where each item lies."""
	columns = ", ".join(customer_property_register.SHOWN)
	columns += ", coalesce(nullif(serial_no, ''), lot_no), issued_qty + lent_qty"
	rows = frappe.db.sql(
		f"select {columns} from `tabCustomer Property` where state_category not in ('Closed', 'Cancelled') order by name limit {PAGE + 1}"
	)[:PAGE]
	places: dict[str, list[str]] = {}
	for name, place in frappe.db.sql(
		"select customer_property, place from `tabProperty Balance` where customer_property in %s"
		" and (to_inspect > 0 or usable > 0 or rejected > 0) order by place",
		([row[0] for row in rows],),
	):
		places.setdefault(name, []).append(place)
	return [(*row, ", ".join(places.get(row[0], []))) for row in rows]


def balance(sizes: list[int], customer: str) -> Result:
	"""The balance of one item, young and old."""
	reads = []
	for number, size in enumerate(sizes, 2):
		lay_entries(f"{MARK}{number}", customer, size)
		ledger.balances(f"{MARK}{number}")
		before = handler_reads()
		ledger.balances(f"{MARK}{number}")
		reads.append(handler_reads() - before)
	frappe.db.rollback()
	ratio = reads[1] / reads[0]
	return Result(
		id="B13 balance",
		what=f"balance of an item with {sizes[1]} entries / with {sizes[0]}",
		ratio=ratio,
		low=ratio,
		high=ratio,
		control=1.0,
		goal="the same rows read",
		met=reads[0] == reads[1],
		note=f"{reads[1]} against {reads[0]} rows read by index or table (Handler_read%); no interval.",
	)


def handler_reads() -> int:
	return sum(int(value) for _name, value in frappe.db.sql("show session status like 'Handler_read%'"))


def lay_entries(item: str, customer: str, count: int) -> None:
	frappe.db.sql(
		f"""insert into `tabProperty Ledger Entry` (name, creation, modified, owner, modified_by, customer_property, customer, kind, qty, unit,
			on_hand_change, on_hand_after, place, entry_date, posted_at, actor)
		select concat(%(item)s, '-', seq), %(at)s, %(at)s, 'Administrator', 'Administrator', %(item)s, %(customer)s, 'Receive', 1, 'pcs', 1,
			seq, %(place)s, '2026-01-01' + interval seq %% 300 day, %(at)s, 'Administrator' from seq_1_to_{count}""",
		{"item": item, "customer": customer, "at": frappe.utils.now(), "place": PLACE},
	)


@contextmanager
def filled(items: int, entries: int):
	"""Items in store and their entries, beside the site's own; deleted afterwards."""
	drop_rows()
	customer = factories.make_customer().name
	values = {"mark": MARK, "customer": customer, "at": frappe.utils.now(), "place": PLACE}
	frappe.db.sql(
		f"""insert into `tabCustomer Property` (name, creation, modified, owner, modified_by, property_name, property_type, customer,
			customer_name, unit, department, workflow_state, state_category, received_qty, on_hand, usable_qty, first_entry_on, last_entry_on,
			last_kind) select {STANDARD}, concat('Blank ', seq), 'Material', %(customer)s, 'Fictional Instruments', 'pcs', 'Warehouse',
			'In Store', if(seq %% 5, 'Open', 'Closed'), 1000, 1000, 1000, '2026-01-01', '2026-01-01', 'Receive' from seq_1_to_{items}""",
		values,
	)
	frappe.db.set_value(ledger.ITEM, f"{MARK}1", "state_category", "Open")
	frappe.db.sql(
		f"""insert into `tabProperty Balance` (name, creation, modified, owner, modified_by, customer_property, place, to_inspect, usable,
			rejected) select {STANDARD}, concat(%(mark)s, seq), %(place)s, 0, 1000, 0 from seq_1_to_{items}""",
		values,
	)
	frappe.db.sql(
		f"""insert into `tabProperty Ledger Entry` (name, creation, modified, owner, modified_by, customer_property, customer, kind, qty, unit,
			on_hand_change, on_hand_after, place, entry_date, posted_at, actor) select {STANDARD}, concat(%(mark)s, seq %% {items} + 1),
			%(customer)s, 'Receive', 1, 'pcs', 1, 1, %(place)s, '2026-01-01' + interval seq %% 300 day, %(at)s, 'Administrator'
			from seq_1_to_{entries}""",
		values,
	)
	frappe.db.commit()
	for table in TABLES:
		frappe.db.sql_ddl(f"analyze table `tab{table}`")
	try:
		yield customer
	finally:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		drop_rows()
		frappe.delete_doc("Service Customer", customer, force=True, ignore_permissions=True)
		frappe.db.commit()


TABLES = (ledger.ITEM, ledger.BALANCE, ledger.ENTRY)


def drop_rows() -> None:
	for table in TABLES:
		frappe.db.sql(f"delete from `tab{table}` where name like %s", f"{MARK}%")
	frappe.db.commit()


@contextmanager
def scratch_doctype():
	"""The bare DocType; dropped afterwards."""
	drop_doctype()
	original = frappe.get_meta(ledger.ENTRY)
	fields = []
	for field in original.fields:
		copied = {key: value for key, value in field.as_dict(no_default_fields=True).items() if value not in (None, "")}
		if copied.get("options") == ledger.ENTRY:
			copied["options"] = SCRATCH
		fields.append(copied)
	frappe.get_doc(
		{
			"doctype": "DocType",
			"name": SCRATCH,
			"module": "Custom",
			"custom": 1,
			"autoname": "hash",
			"fields": fields,
			"permissions": [row.as_dict(no_default_fields=True) for row in original.permissions],
		}
	).insert()
	for columns in (
		["customer_property", "entry_date"],
		["customer", "entry_date"],
		["entry_date"],
		["reference_name"],
	):
		frappe.db.add_index(SCRATCH, columns, "_".join(columns)[:60])
	frappe.db.commit()
	try:
		yield
	finally:
		frappe.db.rollback()
		drop_doctype()


def drop_doctype() -> None:
	if frappe.db.exists("DocType", SCRATCH):
		frappe.delete_doc("DocType", SCRATCH, force=True, delete_permanently=True)
	frappe.db.sql_ddl(f"drop table if exists `tab{SCRATCH}`")
	frappe.db.commit()
