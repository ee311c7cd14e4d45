"""Lists and look-ups that people wait for are answered from an index, whatever the size of the register."""

from contextlib import contextmanager
from datetime import timedelta

import frappe
import pytest

from customer_service.complaint_handling import splitting, tasks
from customer_service.complaint_handling.report.clock_compliance import clock_compliance
from customer_service.complaint_handling.report.complaint_causes import complaint_causes
from customer_service.organisation import clock, clock_sweep, clocks, digests, escalation
from customer_service.tests import factories

ROWS = 6_000
MARK = "PLAN-"
TABLES = ("Complaint", "Service Clock", "Complaint Task", "Escalation Log")


@pytest.fixture(scope="module")
def registers(site):
	"""Tables large enough that the server would rather not read them whole; made by SQL, deleted afterwards."""
	frappe.db.rollback()
	fill()
	yield f"{MARK}17"
	frappe.db.rollback()
	for table in TABLES:
		frappe.db.sql(f"delete from `tab{table}` where name like %s", f"{MARK}%")
	count_again()


def fill() -> None:
	moment = clock.now()
	standard = "concat(%(mark)s, seq), %(at)s, %(at)s, 'Administrator', 'Administrator'"
	department = "elt(seq %% 3 + 1, 'Quality Department', 'Engineering', 'Materials')"
	person = "elt(seq %% 50 + 1, %(person)s)"
	category = "if(seq %% 10, 'Closed', 'Open')"
	due = "%(at)s + interval seq minute"
	statements = {
		"Complaint": (
			"contact_person, description, state_category, lead_department, assigned_to, resolution_due, order_no, part_no,"
			" customer, received_at",
			f"'Li', 'Scratched.', {category}, {department}, {person}, {due}, seq, seq, concat('PLAN Customer ', seq %% 100),"
			" %(at)s - interval seq hour",
		),
		"Service Clock": (
			"reference_doctype, reference_name, clock, `round`, department, status, due_at, next_notice_at",
			f"'Complaint', concat(%(mark)s, seq), 'Resolution', 1, {department}, if(seq %% 10, 'Stopped', 'Running'), {due},"
			f" if(seq %% 10, null, {due})",
		),
		"Complaint Task": (
			"complaint, department, assigned_to, state_category, due_at",
			f"concat(%(mark)s, seq), {department}, {person}, {category}, {due}",
		),
		"Escalation Log": (
			"reference_doctype, reference_name, service_clock, level_key, recipient, noticed_at, sent_at",
			"'Complaint', concat(%(mark)s, seq), concat(%(mark)s, seq), 'a', %(person)s, %(at)s, %(at)s",
		),
	}
	values = {"mark": MARK, "at": moment, "person": factories.email("engineer")}
	for table, (columns, source) in statements.items():
		frappe.db.sql(
			f"insert into `tab{table}` (name, creation, modified, owner, modified_by, {columns})"
			f" select {standard}, {source} from seq_1_to_{ROWS}",
			values,
		)
	count_again()


def count_again() -> None:
	"""Let the server know what is in the tables; it commits by itself."""
	frappe.db.commit()
	for table in TABLES:
		frappe.db.sql_ddl(f"analyze table `tab{table}`")


@contextmanager
def sent_statements():
	"""SELECT statements as the server receives them while the block runs."""
	sent: list[str] = []
	cursor = frappe.db._cursor
	execute = cursor.execute

	def record(query, args=None):
		sent.append(cursor.mogrify(query, args))
		return execute(query, args)

	cursor.execute = record
	try:
		yield sent
	finally:
		del cursor.execute


def plans(statements: list[str], table: str, alias: str | None = None) -> list[dict]:
	"""How the server reads one table, or what stands for it, in these statements."""
	found = []
	for statement in statements:
		if statement.lstrip("( ").lower().startswith("select") and f"`tab{table}`" in statement:
			rows = frappe.db.sql(f"explain {statement.replace('%', '%%')}", as_dict=True)
			found += [row for row in rows if row.table in (f"tab{table}", table, alias)]
	return found


def queue(**filters) -> None:
	frappe.get_list(
		"Complaint",
		{"state_category": "Open", **filters},
		["name"],
		order_by="resolution_due asc",
		limit_page_length=20,
	)


def task_queue(**filters) -> None:
	frappe.get_list("Complaint Task", {"state_category": "Open", **filters}, ["name"], limit_page_length=20)


def duplicates(**numbers) -> None:
	"""Of one customer's sixty complaints of eight months those of the days around."""
	splitting.possible_duplicates(
		"PLAN Customer 17",
		numbers.get("order_no"),
		numbers.get("part_no"),
		f"{MARK}17",
		clock.now() - timedelta(days=100),
	)


LOOK_UPS = {
	"queue of a department": (
		"manager",
		"Complaint",
		lambda name: queue(lead_department="Engineering"),
		{"department_queue"},
	),
	"my queue": (
		"manager",
		"Complaint",
		lambda name: queue(assigned_to=factories.email("engineer")),
		{"assigned_to", "state_category"},
	),
	"possible duplicates": (
		"clerk",
		"Complaint",
		lambda name: duplicates(order_no="17", part_no="17"),
		{"customer_received"},
	),
	"possible duplicates for a head": (
		"quality_head",
		"Complaint",
		lambda name: duplicates(part_no="17"),
		{"customer_received"},
	),
	"tasks of a department": (
		"manager",
		"Complaint Task",
		lambda name: task_queue(department="Engineering"),
		{"department_queue"},
	),
	"my tasks": (
		"manager",
		"Complaint Task",
		lambda name: task_queue(assigned_to=factories.email("engineer")),
		{"my_queue", "assigned_to"},
	),
	"open tasks of a complaint": (
		None,
		"Complaint Task",
		lambda name: tasks.open_tasks(frappe._dict(name=name)),
		{"complaint_tasks", "complaint"},
	),
	"clocks of a record": (None, "Service Clock", lambda name: clocks.rows_of("Complaint", name), {"record"}),
	"levels done": (None, "Escalation Log", lambda name: escalation.levels_done([name, f"{name}1"]), {"levels_done"}),
	"digests": (None, "Escalation Log", lambda name: digests._waiting(), {"unsent"}),
	"sweep": (
		None,
		"Service Clock",
		lambda name: clock_sweep._due(clock.now() + timedelta(minutes=100)),
		{"sweep"},
	),
	"sweep, nothing due": (None, "Service Clock", lambda name: clock_sweep._due(clock.now() - timedelta(9)), {"sweep"}),
}


@pytest.mark.parametrize("what", LOOK_UPS)
def test_a_look_up_uses_its_index_and_reads_no_whole_table(registers, as_user, what):
	person, table, work, indexes = LOOK_UPS[what]
	if person:
		as_user(person)
	with sent_statements() as sent:
		work(registers)
	found = plans(sent, table)
	assert found, f"no statement on {table}: {sent}"
	for plan in found:
		assert plan.key and set(plan.key.split(",")) <= indexes, plan  # two, where the server intersects them
		assert plan.type not in ("ALL", "index"), plan
		assert int(plan.rows) < ROWS / 2, plan


def test_a_page_with_row_permissions_reads_no_whole_child_table(registers, as_user):
	"""Assisting departments are looked up for the records of the page, not read for all (G-4)."""
	as_user("quality_head")
	with sent_statements() as sent:
		frappe.get_list("Complaint", {"channel": "Phone"}, ["name"], order_by="modified desc", limit_page_length=20)
	found = plans(sent, "Assisting Department", alias="part")
	assert found, sent
	for plan in found:
		assert plan.key == "parent" and plan.type in ("ref", "eq_ref"), plan


def days(number: int) -> str:
	return str((clock.now() + timedelta(days=number)).date())


def read(sent: list[str]) -> list[dict]:
	"""How complaints are read, but for the ends of an index, for which the server reads no table."""
	return [plan for plan in plans(sent, "Complaint") if plan.type]


def test_statistics_of_the_whole_register_read_it_row_after_row(registers):
	"""By an index, or in the order of one, the server would fetch every row of the register by itself (F-11)."""
	with sent_statements() as sent:
		complaint_causes.execute({"from_date": days(-400)})
	assert [plan.type for plan in read(sent)] == ["ALL"], sent


def test_statistics_of_a_few_days_read_these_only(registers):
	with sent_statements() as sent:
		complaint_causes.execute({"from_date": days(-100), "to_date": days(-98)})
	found = read(sent)
	assert [(plan.type, plan.key) for plan in found] == [("range", "received_at")], found


def test_statistics_of_clocks_read_their_index_only(registers):
	with sent_statements() as sent:
		clock_compliance.execute({"from_date": days(-1), "to_date": days(9)})
	found = plans(sent, "Service Clock")
	assert len(found) == 2, sent  # what is counted, and the percentiles
	assert all(plan.key == "statistics" and "Using index" in plan.Extra for plan in found), found
