"""What the registers say of the period that a survey asks about, beside what customers say: delivery quality, the state of service and
business lost (E-5). Of all customers, whatever their answers; kept with the result, so that a report does not move."""

from datetime import datetime

import frappe
from pypika.functions import Count

from customer_service.complaint_handling import figures
from customer_service.contract_review import punctuality, quantities
from customer_service.organisation import processes, states


def of_period(first, last) -> list[dict]:
	"""``what`` (a key, which the layout has words for), ``n`` (how many) and ``share`` (percent of the row before that it is a part of, or None).

	Registers of processes that are switched off say nothing.

	:param first, last: days, both inclusive.
	"""
	start, end = figures.period(frappe._dict(from_date=first, to_date=last))
	found = []
	for doctype, ask in REGISTERS.items():
		if processes.is_doctype_on(doctype):
			found += [{"what": what, "n": int(n or 0), "share": share} for what, n, share in ask(start, end)]
	return found


def _complaints(start: datetime, end: datetime) -> list[tuple]:
	table = frappe.qb.DocType("Complaint")
	is_late = (table.response_breached == 1) | (table.resolution_breached == 1)
	query = (
		frappe.qb.from_(table)
		.select(Count("*"), figures.count_if(table.is_justified == "Justified"), figures.count_if(is_late))
		.where((table.received_at >= start) & (table.received_at < end) & (table.state_category != states.CANCELLED))
	)
	received, justified, late = (int(value or 0) for value in query.run()[0])
	return [
		("complaints", received, None),
		("justified", justified, figures.share(justified, received)),
		("late", late, figures.share(late, received)),
	]


def _returns(start: datetime, end: datetime) -> list[tuple]:
	table = frappe.qb.DocType("Complaint Disposition")
	query = frappe.qb.from_(table).select(Count("*")).where(table.nature == "Return")
	query = query.where((table.carried_out_at >= start) & (table.carried_out_at < end))
	return [("returns", query.where(table.state_category != states.CANCELLED).run()[0][0], None)]


def _deliveries(start: datetime, end: datetime) -> list[tuple]:
	query, _head, line, day = punctuality.delivered(start, end)
	query = query.select(Count("*"), figures.count_if(day <= line.promised_date))
	lines, on_time = (int(value or 0) for value in query.run()[0])
	return [("lines", lines, None), ("in_time", on_time, figures.share(on_time, lines))]


def _lost(start: datetime, end: datetime) -> list[tuple]:
	"""Orders that were cancelled; one that a later version took the place of is not lost."""
	table = frappe.qb.DocType("Contract Review")
	query = frappe.qb.from_(table).select(Count("*")).where(table.state_category == states.CANCELLED)
	query = query.where((table.ended_at >= start) & (table.ended_at < end))
	query = query.where(table.superseded_by.isnull() | (table.superseded_by == ""))
	return [("lost", query.run()[0][0], None)]


REGISTERS = {
	"Complaint": _complaints,
	"Complaint Disposition": _returns,
	quantities.SHIPPING: _deliveries,
	"Contract Review": _lost,
}
