"""B14: 10,000 invitations of a campaign drawn and queued, against raw inserts of the very same rows.

Ours: `invitations.make` and `sending.send_part` until nothing is left: who is asked, personal links, a mail for each in the Email Queue.
Theirs: the rows that this left in the four tables (invitations, links, mails, their recipients), by multi-row INSERTs of 500 through the
same driver. Both run in one transaction and are rolled back, outside the timed part.
"""

from __future__ import annotations

from contextlib import contextmanager

import frappe

from benchmarks import protocol
from benchmarks.protocol import WALL, Result, Side, measure, micro
from customer_service.customer_satisfaction import invitations, sending, survey_mails
from customer_service.organisation import batched, clock
from customer_service.tests import campaigns

NUMBER, QUICK = 10_000, 500
ROUNDS, GOAL = 6, 3.0
MARK = "B14"
TABLES = ("Survey Invitation", "Guest Link", "Email Queue", "Email Queue Recipient")


def run(verbose: bool = False) -> list[Result]:
	"""One figure."""
	number = QUICK if protocol.QUICK else NUMBER
	with asked(number) as campaign:
		ours = Side("queue", lambda: queue(campaign, number), frappe.db.rollback)
		ours.work()
		rows = {table: written(table) for table in TABLES}
		counts = {table: len(found) for table, (_columns, found) in rows.items()}
		ours.after()
		if set(counts.values()) != {number}:
			raise AssertionError(f"B14: not the same rows: {counts}")
		theirs = Side("raw", lambda: insert(rows), frappe.db.rollback)
		comparison, control, remark = measure(ours, theirs, WALL, ROUNDS, ROUNDS, 1)
	return [
		Result(
			id="B14",
			what="invitations drawn, linked and queued / raw inserts of the same rows",
			ratio=comparison.ratio,
			low=comparison.low,
			high=comparison.high,
			control=control,
			goal=f"≤ {GOAL}",
			met=comparison.ratio <= GOAL and not remark.startswith("VOID"),
			note=f"{number} invitations: {micro(comparison.ours)} against {micro(comparison.theirs)}. {remark}".strip(),
		)
	]


def queue(campaign, number: int) -> None:
	"""What sending a campaign does but for its commits."""
	if invitations.make(campaign) != number:
		raise AssertionError("B14: not everybody is asked")
	letter = survey_mails.Letter(campaign)
	while sending.send_part(campaign, letter, sending.PART):
		pass


def written(table: str) -> tuple[list[str], list[tuple]]:
	"""Columns and rows of a table that this transaction has written."""
	since = {"at": MARKED_AT}
	columns = [row[0] for row in frappe.db.sql(f"show columns from `tab{table}`")]
	listed = ", ".join(f"`{column}`" for column in columns)
	return columns, list(frappe.db.sql(f"select {listed} from `tab{table}` where creation = %(at)s", since))


def insert(rows: dict) -> None:
	for table, (columns, found) in rows.items():
		batched.write(table, columns, found)


MARKED_AT = "2026-01-01 12:00:00"
"""The moment of all rows, by which they are found again."""


@contextmanager
def asked(number: int):
	"""So many customers with a contact each, and a planned campaign of them."""
	frappe.db.rollback()
	frappe.flags.service_now = None
	at = clock.now()
	customers = [(*batched.standard(at, f"{MARK}-{n}"), f"Fictional {n}", 1, 0, "en", MARK) for n in range(number)]
	contacts = [
		(
			*batched.standard(at),
			f"{MARK}-{n}",
			"Service Customer",
			"contacts",
			1,
			"Li Example",
			f"c{n}@customer.example.com",
			0,
		)
		for n in range(number)
	]
	columns = ("customer_name", "is_active", "no_surveys", "language", "region")
	batched.write("Service Customer", (*batched.STANDARD, *columns), customers)
	columns = ("parent", "parenttype", "parentfield", "idx", "contact_name", "email", "no_surveys")
	batched.write("Service Customer Contact", (*batched.STANDARD, *columns), contacts)
	survey = campaigns.used_survey()
	campaign = campaigns.make_campaign(survey, region=MARK)
	frappe.db.commit()
	frappe.flags.service_now = frappe.utils.get_datetime(MARKED_AT)
	try:
		yield campaign
	finally:
		frappe.flags.service_now = None
		frappe.db.rollback()
		frappe.db.delete("Service Customer", {"region": MARK})
		frappe.db.delete("Service Customer Contact", {"parent": ("like", f"{MARK}-%")})
		frappe.db.delete("Survey Campaign", {"name": campaign.name})
		frappe.db.commit()
