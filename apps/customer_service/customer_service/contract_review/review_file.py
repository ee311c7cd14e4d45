"""Everything that happened with an order, from the first question to the delivery, on one page (C-4).

Records of an order are found by what they have: a field ``order_root`` (the order, whichever version), or a link ``contract_review``
(one version). So a DocType that joins later appears without a line here. What the user cannot list he does not see here either.
"""

from collections.abc import Iterator
from datetime import datetime
from textwrap import shorten

import frappe
from frappe.utils import get_datetime

from customer_service.exceptions import ProcessSwitchedOffError
from customer_service.organisation import processes

DOCTYPE, OPINION = "Contract Review", "Review Opinion"

ROOT, VERSION = "order_root", "contract_review"

MOST, USUAL = 500, 200
"""Entries at most, and if nobody says how many. No source is asked for more than that, nor for more records."""

LONGEST = 500
"""Characters of a text on paper."""

MILESTONES = ("received_at", "confirmation_sent_at", "confirmed_at", "countersigned_sent_at")
"""Dates of the order that leave no event."""

SAID_ELSEWHERE = {DOCTYPE: ("Sent",), OPINION: ("State Changed",)}
"""Events that another entry tells better: a mail by its subject, an opinion by the order's own event."""


def entries(order, most: int = USUAL) -> dict:
	"""The order's file, the newest first; the caller has checked that the user may read the order.

	:param most: how many entries, at most 500.
	:returns: ``entries``, each with ``at`` (site time zone), ``doctype``, ``name``, ``event`` (English, to be translated), ``before``,
		``after``, ``person`` and ``detail``; ``more``: whether older ones are left out.
	"""
	most = max(1, min(int(most or USUAL), MOST))
	versions = _versions(order.order_root or order.name, most)
	records = _records(order.order_root or order.name, [row.name for row in versions], most)
	found = [
		*_milestones(versions),
		*_rows(records[DOCTYPE], most),
		*(entry for doctype, names in records.items() for entry in _events(doctype, names, most)),
		*_mails(records, most),
		*_origin(versions),
	]
	found.sort(key=lambda entry: (entry["at"], entry["name"]), reverse=True)
	shown = found[:most]
	_name_people(shown)
	return {"entries": shown, "more": len(found) > most}


def cs_review_file(order) -> list[dict]:
	"""The file's entries for a print layout, the newest first, long texts cut (hook jinja)."""
	rows = entries(order, MOST)["entries"] if order.name else []
	return [{**row, "detail": shorten(row["detail"] or "", LONGEST)} for row in rows]


def doctypes() -> dict[str, str]:
	"""DocType -> the field by which its records belong to an order, for those that the user may read."""
	fields = frappe.get_all(
		"DocField",
		{"fieldname": ("in", (ROOT, VERSION)), "parenttype": "DocType"},
		["parent", "fieldname"],
		order_by="fieldname asc",  # the root comes last and stays
	)
	known = {row.parent: row.fieldname for row in fields}
	return {doctype: field for doctype, field in sorted(known.items()) if _is_source(doctype)}


def _is_source(doctype: str) -> bool:
	return (
		not frappe.get_meta(doctype).istable
		and processes.is_ours(doctype)
		and processes.is_doctype_on(doctype)
		and frappe.has_permission(doctype, "read")
	)


def _versions(root: str, most: int) -> list[frappe._dict]:
	fields = ["name", "version", "confirmed_by", "reference_doctype", "reference_name", *MILESTONES]
	return frappe.get_list(DOCTYPE, {ROOT: root}, fields, order_by="version desc", limit_page_length=most)


def _records(root: str, versions: list[str], most: int) -> dict[str, list[str]]:
	"""DocType -> the names that the user may list: one query each."""
	names = {DOCTYPE: versions}
	for doctype, field in doctypes().items():
		if doctype == DOCTYPE:
			continue
		belongs = {ROOT: root} if field == ROOT else {VERSION: ("in", versions or [""])}
		names[doctype] = frappe.get_list(
			doctype, belongs, pluck="name", order_by="creation desc", limit_page_length=most
		)
	return names


def _events(doctype: str, names: list[str], most: int) -> Iterator[dict]:
	"""The audit trail of records that the user may list, and therefore read it of."""
	if not names:
		return
	rows = frappe.get_all(
		"Service Event",
		{"reference_doctype": doctype, "reference_name": ("in", names)},
		["reference_name", "event", "happened_at", "actor", "before_value", "after_value", "detail"],
		order_by="happened_at desc",
		limit_page_length=most,
	)
	for row in rows:
		if row.event in SAID_ELSEWHERE.get(doctype, ()):
			continue
		before, detail = row.before_value, row.detail
		if doctype == OPINION:
			before, detail = detail, None  # the department, which is translated
		elif doctype == DOCTYPE and row.event == "State Changed":
			detail = None  # the decision has it
		yield _entry(
			row.happened_at, doctype, row.reference_name, row.event, before, row.after_value, row.actor, detail
		)


def _milestones(versions: list[frappe._dict]) -> Iterator[dict]:
	"""The dates of each version; one that a version has from the one before is told once, with the earliest."""
	meta = frappe.get_meta(DOCTYPE)
	told = set()
	for row in reversed(versions):
		for field in MILESTONES:
			if row[field] and (field, row[field]) not in told:
				told.add((field, row[field]))
				after = row.confirmed_by if field == "confirmed_at" else None
				yield _entry(row[field], DOCTYPE, row.name, meta.get_label(field), after=after)


def _rows(names: list[str], most: int) -> Iterator[dict]:
	"""What was cleared with the customer, and what was decided."""
	of_orders = {"parent": ("in", names or [""]), "parenttype": DOCTYPE}
	asked = ["parent", "question", "asked_at", "asked_by", "asked_of", "answer", "answered_at"]
	for row in frappe.get_all(
		"Order Clarification", of_orders, asked, order_by="asked_at desc", limit_page_length=most
	):
		if row.asked_at:
			yield _entry(
				row.asked_at,
				DOCTYPE,
				row.parent,
				"Question",
				after=row.asked_of,
				person=row.asked_by,
				detail=row.question,
			)
		if row.answered_at:
			yield _entry(row.answered_at, DOCTYPE, row.parent, "Answer", before=row.asked_of, detail=row.answer)
	taken = ["parent", "decision", "decided_by", "decided_as", "decided_at", "measure"]
	for row in frappe.get_all("Review Decision", of_orders, taken, order_by="decided_at desc", limit_page_length=most):
		yield _entry(
			row.decided_at,
			DOCTYPE,
			row.parent,
			"Review Decision",
			row.decided_as,
			row.decision,
			row.decided_by,
			row.measure,
		)


def _mails(records: dict[str, list[str]], most: int) -> Iterator[dict]:
	"""Mails in the records' timelines: who to whom, and the subject; the text is read in the record."""
	rows = frappe.get_all(
		"Communication",
		{
			"reference_doctype": ("in", list(records)),
			"reference_name": ("in", [name for names in records.values() for name in names] or [""]),
			"communication_type": "Communication",
			"communication_medium": "Email",
		},
		[
			"reference_doctype",
			"reference_name",
			"communication_date",
			"sent_or_received",
			"sender",
			"recipients",
			"subject",
		],
		order_by="communication_date desc",
		limit_page_length=most,
	)
	for row in rows:
		if row.reference_name not in records[row.reference_doctype] or not row.communication_date:
			continue
		event = "Mail Received" if row.sent_or_received == "Received" else "Mail Sent"
		yield _entry(
			row.communication_date,
			row.reference_doctype,
			row.reference_name,
			event,
			row.sender,
			row.recipients,
			detail=row.subject,
		)


def _origin(versions: list[frappe._dict]) -> Iterator[dict]:
	"""Where the order arose from, if the user may read it."""
	for row in versions:
		if row.reference_name and _may_read(row.reference_doctype, row.reference_name):
			created = frappe.get_cached_value(row.reference_doctype, row.reference_name, ["creation", "owner"])
			yield _entry(created[0], row.reference_doctype, row.reference_name, "Created", person=created[1])
			return


def _may_read(doctype: str, name: str) -> bool:
	try:
		return frappe.has_permission(doctype, "read", name)
	except (frappe.DoesNotExistError, ProcessSwitchedOffError):
		return False


def _entry(
	at: datetime,
	doctype: str,
	name: str,
	event: str,
	before: str | None = None,
	after: str | None = None,
	person: str | None = None,
	detail: str | None = None,
) -> dict:
	return {
		"at": get_datetime(at),
		"doctype": doctype,
		"name": name,
		"event": event,
		"before": before or None,
		"after": after or None,
		"person": person,
		"detail": detail or None,
	}


def _name_people(shown: list[dict]) -> None:
	"""People by their names instead of their accounts."""
	users = {entry["person"] for entry in shown if entry["person"]}
	rows = frappe.get_all("User", {"name": ("in", list(users) or [""])}, ["name", "full_name"])
	names = {row.name: row.full_name for row in rows}
	for entry in shown:
		entry["person"] = names.get(entry["person"], entry["person"])
