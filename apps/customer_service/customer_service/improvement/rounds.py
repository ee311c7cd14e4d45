"""Rounds of an improvement: actions that were not effective are followed by a new round, and the old one stays readable (I-1)."""

import frappe
from frappe import _

TABLES = ("causes", "whys")
"""Rows that belong to the round in which they were written."""

PER_ROUND = (
	"occurrence_cause",
	"escape_cause",
	"implemented_at",
	"verified_by",
	"verified_at",
	"verification_note",
	"verification_evidence",
	"effectiveness_checked_by",
	"effectiveness_checked_at",
	"effectiveness_result",
	"effectiveness_note",
	"effectiveness_evidence",
)
"""What is put away with a round and begins anew."""

ALSO_CLEARED = ("causes_found_at", "planned_at", "due_on", "effectiveness_due_on")


def keep_ended(doc) -> None:
	"""Rows of earlier rounds stay as they were written, whatever a request sends for them; other rows are of this round."""
	before = doc.get_doc_before_save()
	for table in TABLES:
		old = [row for row in (before.get(table) if before else []) if (row.round or 1) < before.round]
		names = {row.name for row in old}
		rows = old + [row for row in doc.get(table) if row.name not in names]
		for number, row in enumerate(rows, start=1):
			row.idx = number
			if row.name not in names:
				row.round = doc.round or 1
		doc.set(table, rows)


def number_rows(doc) -> None:
	"""Give every why of a track its number where none was typed."""
	last: dict[tuple, int] = {}
	for row in doc.whys:
		key = row.track, row.round
		row.why_no = row.why_no or last.get(key, 0) + 1
		last[key] = row.why_no


def begin_next(doc) -> None:
	"""Put the present round away and begin the next one, with the causes."""
	doc.append("rounds", {"round": doc.round, **{field: doc.get(field) for field in PER_ROUND}})
	for field in (*PER_ROUND, *ALSO_CLEARED):
		doc.set(field, None)
	doc.round += 1


def told(doc) -> str:
	"""What the audit trail says about the round that has just ended."""
	last = doc.rounds[-1] if doc.rounds else frappe._dict(round=1, effectiveness_note="")
	return _("Round {0} was not effective: {1}").format(last.round, last.effectiveness_note or "")


def present(doc, table: str) -> list:
	"""The rows of the present round."""
	return [row for row in doc.get(table) if (row.round or 1) == (doc.round or 1)]
