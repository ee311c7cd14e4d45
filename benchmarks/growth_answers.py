"""How a guest's answer grows with the answers before it: 10,000, 100,000 and 1,000,000 rows in each table that an answer reads or writes.

Every tenth response holds ten answers to questions, so that these are as many as the responses. Between measurements the tables change,
so that there is no side to alternate with; see `growth`.
"""

from __future__ import annotations

import frappe

from benchmarks import b6_survey, tables
from benchmarks.b4_sweep import rows_read
from customer_service.customer_satisfaction import personal_links
from customer_service.organisation import guest

TABLES = ("Survey Response", "Survey Answer", "Survey Invitation", "Guest Link")
CAMPAIGNS = 50
EACH = 10


class Answers:
	"""Tables of so many rows beside which a guest answers."""

	def __init__(self, rows: int):
		self.rows = rows

	def __enter__(self) -> list[str]:
		"""The tokens that can be answered."""
		tables.put_aside(TABLES)
		fill(self.rows)
		self._invited = b6_survey.invited(b6_survey.BLOCK)
		return self._invited.__enter__()

	def __exit__(self, *error: object) -> None:
		self._invited.__exit__(*error)
		tables.give_back(TABLES)


def rows_of_look_up(token: str) -> int:
	"""Rows and index entries that the server reads to learn what a token opens."""
	guest.resolve_link(token, personal_links.PURPOSE)
	before = rows_read()
	counting = rows_read() - before
	before = rows_read()
	guest.resolve_link(token, personal_links.PURPOSE)
	return rows_read() - before - counting


def fill(rows: int) -> None:
	"""One invitation with a link and a response for each row."""
	at = "timestampadd(minute, -seq, '2026-01-01 12:00:00')"
	standard = f"{at}, {at}, 'Administrator', 'Administrator'"
	name = f"concat('BIG-', seq % {CAMPAIGNS}, '-', lpad(seq, 8, '0'))"
	campaign, customer = f"concat('BIG-', seq % {CAMPAIGNS})", "concat('Customer ', seq % 3000)"
	response = f"concat('BIG-', (((seq - 1) div {EACH}) * {EACH} + 1) % {CAMPAIGNS}, '-', lpad(((seq - 1) div {EACH}) * {EACH} + 1, 8, '0'))"
	sources = {
		"Survey Invitation": (
			("campaign", "customer", "department", "status", "channel", "language", "email", "sent_at", "answered_at"),
			(
				name,
				standard,
				campaign,
				customer,
				"'Marketing'",
				"'Answered'",
				"'E-mail'",
				"'en'",
				"concat('c', seq, '@customer.example.com')",
				at,
				at,
			),
		),
		"Guest Link": (
			("token_hash", "purpose", "reference_doctype", "reference_name", "expires_at", "is_revoked"),
			(
				"concat('BIG-', seq)",
				standard,
				"sha2(seq, 256)",
				"'Survey'",
				"'Survey Invitation'",
				name,
				"'2030-01-01'",
				"0",
			),
		),
		"Survey Response": (
			(
				"campaign",
				"invitation",
				"survey",
				"customer",
				"customer_name",
				"department",
				"validity",
				"is_scored",
				"score",
				"answered_at",
				"state_category",
			),
			(
				name,
				standard,
				campaign,
				name,
				"'BIG V1'",
				customer,
				customer,
				"'Marketing'",
				"'Valid'",
				"1",
				"50 + seq % 50",
				at,
				"'Open'",
			),
		),
		"Survey Answer": (
			("parent", "parenttype", "parentfield", "idx", "campaign", "code", "kind", "question", "level", "points"),
			(
				"concat('BIG-', lpad(seq, 10, '0'))",
				standard,
				response,
				"'Survey Response'",
				"'answers'",
				f"(seq - 1) % {EACH} + 1",
				campaign,
				f"concat('Q', (seq - 1) % {EACH} + 1)",
				"'Level'",
				"'How satisfied are you?'",
				"seq % 5 + 1",
				"20 * (seq % 5)",
			),
		),
	}
	for table, (columns, source) in sources.items():
		names = ", ".join(("name", "creation", "modified", "owner", "modified_by", *columns))
		with tables.without_indexes(table):
			frappe.db.sql(f"insert into `tab{table}` ({names}) select {', '.join(source)} from seq_1_to_{rows}")
			frappe.db.commit()
	tables.analyze(TABLES)
