"""The audit trail: one immutable **Service Event** for each thing that happened to a business record (G-3, L10)."""

from datetime import datetime

import frappe

from customer_service.organisation import batched, clock

COLUMNS = (
	*batched.STANDARD,
	"reference_doctype",
	"reference_name",
	"event",
	"happened_at",
	"actor",
	"before_value",
	"after_value",
	"detail",
)


def record(
	doc,
	event: str,
	before: str | None = None,
	after: str | None = None,
	detail: str | None = None,
	at: datetime | None = None,
) -> None:
	"""Add one event for a record, by the present user.

	:param event: one of the options of Service Event's *Event*.
	:param at: when it happened, site time zone; now if not given.
	"""
	record_many([(doc.doctype, doc.name, event, before, after, detail)], at)


def record_many(rows: list[tuple], at: datetime | None = None) -> None:
	"""Add events by one statement: tuples of (doctype, name, event, before, after, detail).

	Written past the document layer on purpose: these rows have no hooks, no permissions to check and no history of their
	own, and a case's insert may not cost more than one further statement.
	"""
	if not rows:
		return
	at = at or clock.now()
	actor = frappe.session.user
	batched.insert(
		"Service Event",
		COLUMNS,
		[
			(
				*batched.standard(at),
				doctype,
				name,
				event,
				at,
				actor,
				(before or "")[:140],
				(after or "")[:140],
				detail,
			)
			for doctype, name, event, before, after, detail in rows
		],
	)


def record_breaches(clock_names: list[str], at: datetime) -> None:
	"""Add an event for each of the clocks that has just been marked late, straight from their rows.

	Plain SQL with parameters: a sweep has thousands, and the server need not be told what it knows. The name is a hash of clock and
	moment: a clock is marked late once.
	"""
	if not clock_names:
		return
	frappe.db.sql(
		f"""insert into `tabService Event` ({", ".join(COLUMNS)})
		select left(sha1(concat(name, %(at)s)), 16), %(at)s, %(at)s, %(user)s, %(user)s, reference_doctype, reference_name,
			'Clock Breached', %(at)s, %(user)s, clock, trim(trailing '.000000' from cast(due_at as char)), null
		from `tabService Clock` where name in %(names)s""",
		{"at": at, "user": frappe.session.user, "names": tuple(clock_names)},
	)
