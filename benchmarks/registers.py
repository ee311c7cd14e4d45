"""Registers of up to a million rows, for the benchmarks of reports (B7), of lists (B8) and of growth.

The site's own tables are put aside meanwhile, see `tables`.
"""

from __future__ import annotations

import time
from datetime import datetime

import frappe

from benchmarks import tables
from customer_service.complaint_handling import figures
from customer_service.organisation import clock, work
from customer_service.tests import factories

FILLED = ("Complaint", "Service Clock", "Service Event", "Assisting Department")
EMPTIED = (*(doctype for doctype in work.WORK if doctype not in FILLED), "Escalation Log")
ALSO_PUT_ASIDE = ("Guest Link", "Satisfaction Survey", "Survey Answer", "Survey Invitation", "Survey Response")
"""What other benchmarks put aside; given back with ours."""

COPIED = ("Assisting Department",)
"""Tables in which the site's own rows are needed as well: these belong to routing rules."""

PREFIX = "BIG-"
DEPARTMENTS = ("Quality Department", "Engineering", "Materials", "Marketing", "Warehouse")
CLASSES = ("Quality", "Delivery", "Service", "Packaging", "Documents", "Price")
CAUSES = 12
PARTS = 2_000
DUE = 500
"""Clocks whose moment has come, whatever the size of the register."""

FRACTION = 4_294_967_296


_filled: dict[str, object] = {}
"""How many complaints the tables hold now, and the moment to look at them; empty while the site's own are there."""


def of_size(count: int) -> datetime:
	"""See to it that the tables are the benchmark's own and hold `count` complaints; returns the moment to look at them.

	Those of the benchmark before are used again if they are as many. `restore` ends it.
	"""
	if not _filled:
		restore()
		tables.put_aside((*FILLED, *EMPTIED))
	if _filled.get("count") != count:
		_filled.update({"count": None})
		begun = time.monotonic()
		moment = fill(count)
		_filled.update({"count": count, "moment": moment})
		print(f"  {count} complaints made in {time.monotonic() - begun:.0f} s", flush=True)
	frappe.flags.service_now = _filled["moment"]
	return _filled["moment"]


def restore() -> None:
	"""Give the site its own tables back, as far as they are put aside; on a new connection, as a broken off statement spoils the old."""
	frappe.db.close()
	frappe.connect(set_admin_as_user=False)
	frappe.set_user("Administrator")
	frappe.flags.service_now = None
	_filled.clear()
	tables.give_back((*FILLED, *EMPTIED, *ALSO_PUT_ASIDE))


def fill(count: int) -> datetime:
	"""Empty the tables and put `count` complaints into them, each with a clock and an event, every tenth with an assisting department.

	They were received evenly over the twelve months that reports show; one in twenty is open. `DUE` clocks were due an hour ago.

	:returns: the moment to look at them.
	"""
	moment = clock.now().replace(microsecond=0)
	start, _end = figures.period(frappe._dict())
	values = {
		"prefix": PREFIX,
		"moment": moment,
		"start": start,
		"minutes": int((moment - start).total_seconds() // 60) - 1,
		"due": DUE,
	}
	frappe.db.commit()
	for table in FILLED:
		frappe.db.sql_ddl(f"truncate table `tab{table}`")
	for table, (columns, source) in _rows().items():
		names = ", ".join(f"`{column}`" for column in (*STANDARD, *columns))
		rows = count // 10 if table == "Assisting Department" else count
		with tables.without_indexes(table):
			frappe.db.sql(f"insert into `tab{table}` ({names}) select {', '.join(source)} from seq_1_to_{rows}", values)
			frappe.db.commit()
	for table in COPIED:
		frappe.db.sql(f"insert into `tab{table}` select * from `{tables.KEPT}{table}`")
	frappe.db.commit()
	tables.analyze(FILLED)
	frappe.clear_cache()
	return moment


STANDARD = ("name", "creation", "modified", "owner", "modified_by")
RECEIVED = "(%(start)s + interval mod(seq * 7919, %(minutes)s) minute)"
NAME = "concat(%(prefix)s, lpad(seq, 8, '0'))"
MADE = f"{RECEIVED}, {RECEIVED}, 'Administrator', 'Administrator'"


def chance(mark: str) -> str:
	"""A number from 0 to 1 that follows from the row's number."""
	return f"(crc32(concat(seq, '{mark}')) / {FRACTION})"


def pick(mark: str, choices: tuple[str, ...]) -> str:
	"""One of the choices, by chance."""
	names = ", ".join(frappe.db.escape(choice) for choice in choices)
	return f"elt(1 + floor({chance(mark)} * {len(choices)}), {names})"


def _rows() -> dict[str, tuple[tuple[str, ...], list[str]]]:
	"""Table -> its columns beside the standard ones, and where their values come from."""
	department = pick("department", DEPARTMENTS)
	person = pick("person", tuple(f"person{number}@example.com" for number in range(40)))
	category = (
		f"(case when {chance('state')} < 0.05 then 'Open' when {chance('state')} < 0.08 then 'Resolved'"
		f" when {chance('state')} < 0.1 then 'Cancelled' else 'Closed' end)"
	)
	minutes = f"(30 + floor({chance('minutes')} * 9000))"
	due = f"if(seq <= %(due)s, %(moment)s - interval 1 hour, {RECEIVED} + interval {minutes} + 3000 minute)"
	runs = f"(seq <= %(due)s or {category} = 'Open')"
	answered = f"if({category} in ('Open', 'Cancelled'), null, {RECEIVED} + interval {minutes} minute)"
	closed = f"if({category} = 'Closed', {RECEIVED} + interval {minutes} + 1440 minute, null)"
	complaint = {
		"contact_person": "'Li Example'",
		"description": "'Some pieces are scratched. 表面划伤，请处理。'",
		"reported_company": "concat('Customer ', mod(seq, 3000))",
		"customer": "concat('Customer ', mod(seq, 3000))",
		"channel": pick("channel", ("Phone", "E-mail", "Web Form", "Hot Line")),
		"received_at": RECEIVED,
		"workflow_state": f"if({category} = 'Open', 'Received', {category})",
		"state_category": category,
		"lead_department": department,
		"contact_window": pick("window", DEPARTMENTS),
		"assigned_to": person,
		"complaint_class": pick("class", CLASSES),
		"severity": pick("severity", ("Minor", "Serious")),
		"priority": pick("priority", ("Normal", "Serious", "Urgent")),
		"cause_category": f"concat('Cause ', 1 + floor(pow({chance('cause')}, 2) * {CAUSES}))",
		"product": f"concat('Product ', floor({chance('product')} * 200))",
		"part_no": f"concat('PART-', floor({chance('part')} * {PARTS}))",
		"order_no": "concat('ORD-', mod(seq, 200000))",
		"is_justified": pick("justified", ("Undecided", "Justified", "Not Justified")),
		"compensation_total": f"floor({chance('paid')} * 10) * 100",
		"response_breached": f"{chance('response')} < 0.1",
		"resolution_breached": f"{chance('late')} < 0.1",
		"response_due": f"{RECEIVED} + interval 30 minute",
		"resolution_due": due,
		"next_due": f"if({runs}, {due}, null)",
		"answered_at": answered,
		"answer_minutes": f"if({answered} is null, 0, {minutes})",
		"waited_minutes": f"floor({chance('waited')} * 600)",
		"closed_at": closed,
		"reopen_count": f"{chance('reopened')} < 0.03",
	}
	clock_row = {
		"reference_doctype": "'Complaint'",
		"reference_name": NAME,
		"clock": pick("clock", ("Response", "Resolution")),
		"round": "1",
		"department": department,
		"priority": pick("priority", ("Normal", "Serious", "Urgent")),
		"assigned_to": person,
		"status": f"if({runs}, 'Running', if({category} = 'Cancelled', 'Cancelled', 'Stopped'))",
		"calendar": "'Around the Clock'",
		"limit_minutes": f"{minutes} + 3000",
		"stops_on": "'Resolved'",
		"started_at": RECEIVED,
		"due_at": due,
		"stopped_at": f"if({runs}, null, {RECEIVED} + interval {minutes} minute)",
		"next_notice_at": f"if({runs}, if(seq <= %(due)s, {due}, %(moment)s + interval mod(seq, 10000) minute), null)",
		"used_minutes": f"if({runs}, 0, {minutes})",
		"waited_minutes": f"floor({chance('waited')} * 600)",
		"is_breached": f"if(seq <= %(due)s, 0, {chance('late')} < 0.1)",
	}
	event = {
		"reference_doctype": "'Complaint'",
		"reference_name": NAME,
		"event": "'Created'",
		"happened_at": RECEIVED,
		"actor": "'Administrator'",
		"after_value": "'Received'",
	}
	assisting = {
		"parenttype": "'Complaint'",
		"parentfield": "'assisting_departments'",
		"parent": "concat(%(prefix)s, lpad(seq * 10, 8, '0'))",
		"idx": "1",
		"department": pick("assists", DEPARTMENTS),
	}
	made = {
		"Complaint": complaint,
		"Service Clock": clock_row,
		"Service Event": event,
		"Assisting Department": assisting,
	}
	return {table: (tuple(columns), [NAME, MADE, *columns.values()]) for table, columns in made.items()}


def department_head() -> str:
	"""A user who sees the rows of one department alone."""
	return factories.email("quality_head")


def manager() -> str:
	"""A user who sees the rows of all."""
	return factories.email("manager")
