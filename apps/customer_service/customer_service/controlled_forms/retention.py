"""How long records are kept, and which of them have been kept long enough (G-3, J-4).

A process puts its record types into the hook `records_with_retention`, one line each: the field whose category tells that the
record has ended, and the date that its retention counts from. A record without that date (a cancelled case) counts from its last
change of state.

Retention counts in calendar months from the day of the end. Where the last month has no such day, its last day takes the place:
31 January and one month is 28 or 29 February. On the day so found the record is due.
"""

from datetime import date, datetime, timedelta

import frappe
from frappe import _
from frappe.query_builder.functions import Max
from frappe.utils import add_months, cint, escape_html, format_date, get_datetime, getdate

from customer_service.exceptions import CaseRunningError, RetentionError
from customer_service.organisation import clock, processes, states

CHUNK = 1000

SHORTEST_MONTH_MARGIN = timedelta(days=3)
"""Days that the end-of-month rule may move a date by."""


def registered() -> dict[str, dict[str, str]]:
	"""Record types that take part: DocType -> ``state_field`` and ``ended_field`` (hook `records_with_retention`)."""
	hooks = frappe.get_hooks("records_with_retention") or {}
	return {
		doctype: {key: values[-1] if isinstance(values, list) else values for key, values in declared.items()}
		for doctype, declared in hooks.items()
	}


def months_of(doctype: str) -> int:
	"""Months that records of a DocType are kept: the longest of its controlled forms, else the site's default; 0 for ever."""
	months = [
		cint(row.retention_months)
		for row in frappe.get_all("Controlled Form", {"document_type": doctype}, ["retention_months"])
	]
	return max(months, default=0) or cint(
		frappe.get_cached_doc("Customer Service Settings").get("default_retention_months")
	)


def form_numbers_of(doctype: str) -> str | None:
	"""Numbers of the DocType's controlled forms, by comma."""
	numbers = frappe.get_all("Controlled Form", {"document_type": doctype}, pluck="form_number")
	return ", ".join(sorted(set(numbers)))[:140] or None


def due_since(ended_at: datetime | None, months: int) -> date | None:
	"""The day from which a record may be disposed of; None if it has not ended or is kept for ever."""
	return getdate(add_months(getdate(ended_at), months)) if ended_at and months else None


def ended_at(doc) -> datetime | None:
	"""When the record ended; None while it runs. `doc` is a document or a row with its fields."""
	return ends([doc], doc.doctype).get(doc.name)


def ends(rows: list, doctype: str) -> dict[str, datetime]:
	"""Name -> end, of those rows that have ended. Rows have ``name``, ``modified`` and the registered fields."""
	declared = registered()[doctype]
	ended = [row for row in rows if row.get(declared["state_field"]) in states.ENDED]
	found = {row.name: row.get(declared["ended_field"]) for row in ended}
	without = [row for row in ended if not found[row.name]]
	changed = _last_changes(doctype, [row.name for row in without])
	found.update({row.name: changed.get(row.name) or row.modified for row in without})
	return {name: get_datetime(moment) for name, moment in found.items()}


def _last_changes(doctype: str, names: list[str]) -> dict[str, datetime]:
	event = frappe.qb.DocType("Service Event")
	found = {}
	for start in range(0, len(names), CHUNK):
		found.update(
			frappe.qb.from_(event)
			.select(event.reference_name, Max(event.happened_at))
			.where(event.reference_doctype == doctype)
			.where(event.event == "State Changed")
			.where(event.reference_name.isin(names[start : start + CHUNK]))
			.groupby(event.reference_name)
			.run()
		)
	return found


def due(
	until: date | str | None = None, document_type: str | None = None, with_held: bool = False
) -> list[frappe._dict]:
	"""Records whose retention ends by a day, the longest due first.

	Numbers, dates and holds are what the list is for; title and customer are filled only where the user may read the record.

	:param until: last day, inclusive; today if not given.
	:param with_held: also those under a legal hold.
	"""
	from customer_service.controlled_forms import holds

	until = getdate(until or clock.now())
	held = holds.in_force()
	found = []
	for doctype in registered():
		if (document_type and doctype != document_type) or not processes.is_doctype_on(doctype):
			continue
		for row in _due_of(doctype, until):
			row.legal_hold = held.get((doctype, row.document_name)) or held.get(
				("Service Customer", row.pop("held_by"))
			)
			if with_held or not row.legal_hold:
				found.append(row)
	return sorted(found, key=lambda row: (row.due_since, row.document_type, row.document_name))


def _due_of(doctype: str, until: date) -> list[frappe._dict]:
	months = months_of(doctype)
	if not months:
		return []
	latest = getdate(add_months(until, -months)) + SHORTEST_MONTH_MARGIN
	declared = registered()[doctype]
	state, ended = declared["state_field"], declared["ended_field"]
	over = {state: ("in", states.ENDED)}
	filters = [{**over, ended: ("<=", f"{latest} 23:59:59.999999")}, {**over, ended: ("is", "not set")}]
	rows = [row for each in filters for row in frappe.get_all(doctype, filters=each, fields=_fields(doctype))]
	moments = ends(rows, doctype)
	rows = [row for row in rows if (since := due_since(moments[row.name], months)) and since <= until]
	readable = readable_names(doctype, [row.name for row in rows])
	return [
		frappe._dict(
			document_type=doctype,
			document_name=row.name,
			title=row.get(frappe.get_meta(doctype).title_field) if row.name in readable else None,
			customer=row.get("customer") if row.name in readable else None,
			held_by=row.get("customer"),
			ended_at=moments[row.name],
			retention_months=months,
			due_since=due_since(moments[row.name], months),
		)
		for row in rows
	]


def _fields(doctype: str) -> list[str]:
	meta, declared = frappe.get_meta(doctype), registered().get(doctype, {})
	fields = {"name", "modified", *declared.values()}
	fields |= {field for field in (meta.title_field, "customer") if field and meta.has_field(field)}
	return sorted(fields)


def readable_names(doctype: str, names: list[str]) -> set[str]:
	"""Those of the records that the user may list (S2)."""
	if not names or not frappe.has_permission(doctype, "read"):
		return set()
	readable = set()
	for start in range(0, len(names), CHUNK):
		chunk = names[start : start + CHUNK]
		readable |= set(frappe.get_list(doctype, {"name": ("in", chunk)}, pluck="name", limit_page_length=0))
	return readable


def describe(doctype: str, names: list[str]) -> dict[str, frappe._dict]:
	"""Name -> ``title`` (where the user may read it) and ``due_since``, of those records that exist."""
	meta, is_registered = frappe.get_meta(doctype), doctype in registered()
	rows = frappe.get_all(doctype, {"name": ("in", names)}, _fields(doctype))
	moments = ends(rows, doctype) if is_registered else {}
	months = months_of(doctype) if is_registered else 0
	readable = readable_names(doctype, names)
	return {
		row.name: frappe._dict(
			title=row.get(meta.title_field) if row.name in readable else None,
			due_since=due_since(moments.get(row.name), months),
		)
		for row in rows
	}


def refuse_running(doc) -> None:
	"""Refuse a case that has not ended.

	:raises CaseRunningError: names the record.
	"""
	if doc.doctype in registered() and not ended_at(doc):
		frappe.throw(
			_("{0} {1} is still open. Finish it first.").format(_(doc.doctype), frappe.bold(escape_html(doc.name))),
			CaseRunningError,
		)


def refuse_early(doc) -> None:
	"""Refuse a record whose retention has not ended (G-3).

	:raises CaseRunningError: while the case runs; RetentionError: names the day until which it is kept.
	"""
	refuse_running(doc)
	since = due_since(ended_at(doc), months_of(doc.doctype)) if doc.doctype in registered() else None
	if since and since <= clock.now().date():
		return
	shown = _(doc.doctype), frappe.bold(escape_html(doc.name))
	if not since:
		frappe.throw(_("{0} {1} is kept for ever: no retention is set.").format(*shown), RetentionError)
	frappe.throw(_("{0} {1} is kept until {2}.").format(*shown, format_date(since)), RetentionError)
