"""What the statistics of complaints have in common: their period, their months, and the rows that a user may count (F-11).

Every report lets the database group and counts only what the user's list of the same records shows him.
"""

from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.desk.reportview import build_match_conditions
from frappe.utils import add_months, get_datetime, get_first_day, getdate
from pypika import Case, Criterion
from pypika.functions import Coalesce, Concat, Extract, Max, Min, Sum
from pypika.terms import LiteralValue

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import clock, processes

MATCHED = ("lead_department", "customer", "complaint_class", "product", "part_no")
"""Fields of Complaint that a statistic can be narrowed by."""


class RowCondition(LiteralValue, Criterion):
	"""SQL text of the row permissions as a condition of a query."""


def period(filters: frappe._dict, months: int = 12) -> tuple[datetime, datetime]:
	"""The start of the first day and the end of the last one, exclusive.

	:param filters: ``from_date`` and ``to_date``, both inclusive. :param months: how many calendar months, the present one
	included, where no first day is given.
	:raises CustomerServiceError: if the period ends before it starts.
	"""
	last = getdate(filters.get("to_date") or clock.now())
	first = getdate(filters.get("from_date") or add_months(get_first_day(last), 1 - months))
	if last < first:
		frappe.throw(_("{0} must not be before {1}.").format(_("To Date"), _("From Date")), CustomerServiceError)
	return datetime.combine(first, time()), datetime.combine(last, time()) + timedelta(days=1)


def month_of(column):
	"""The month of a date column as a number for grouping: 202603."""
	return Extract("YEAR_MONTH", column)


def month_number(moment: date) -> int:
	"""The month of a moment in the same form: 202603."""
	return moment.year * 100 + moment.month


def month_label(month: int) -> str:
	"""202603 → 2026-03."""
	return f"{month // 100}-{month % 100:02d}"


def months_between(start: date, end: date) -> list[int]:
	"""Every month that the period [start, end) touches, in order."""
	found, last = [], month_number(end - timedelta(microseconds=1) if isinstance(end, datetime) else end)
	month = month_number(start)
	while month <= last:
		found.append(month)
		month += 1 if month % 100 < 12 else 89
	return found


SMALL_SHARE = 0.1
"""Of a register: a longer period is read quicker row after row than by an index, which fetches each row by itself."""


def scanned(column):
	"""A column compared without its index: for conditions that most rows meet."""
	return Coalesce(column)


def grouped(column):
	"""A column to group by without its index: in its order the server would fetch every row of the register by itself."""
	return Concat(column, "")


def is_most(table, column, start: datetime, end: datetime) -> bool:
	"""Whether a period is more than a small share of what the register holds; asks for the ends of the column's index only."""
	first, last = frappe.qb.from_(table).select(Min(column), Max(column)).run()[0]
	if not first or last <= first:
		return False
	return (min(end, last) - max(start, first)) > SMALL_SHARE * (last - first)


def readable(query, doctype: str):
	"""The query, narrowed to the rows of a DocType that the user's list shows."""
	condition = build_match_conditions(doctype)
	return query.where(RowCondition(f"({condition})")) if condition else query


def complaints(filters: frappe._dict, start: datetime, end: datetime):
	"""Query of the complaints received in [start, end) that the user may count, narrowed by any of `MATCHED`; select is left.

	:raises ProcessSwitchedOffError: if complaint handling is off.
	"""
	processes.require("Complaint")
	table = frappe.qb.DocType("Complaint")
	received = table.received_at
	if is_most(table, received, start, end):
		received = scanned(received)
	query = frappe.qb.from_(table).where((received >= start) & (received < end))
	return readable(narrowed(query, table, filters), "Complaint"), table


def narrowed(query, table, filters: frappe._dict):
	"""The query with a condition for each of `MATCHED` that is set."""
	for field in MATCHED:
		if filters.get(field):
			query = query.where(table[field] == filters[field])
	return query


def working_minutes(start: datetime, end: datetime) -> float:
	"""Minutes between two moments in the calendar that the settings name for statistics; all minutes if they name none."""
	calendar = frappe.get_cached_doc("Customer Service Settings").statistics_calendar
	start, end = get_datetime(start), get_datetime(end)
	minutes = clock.elapsed(start, end, calendar) if calendar else (end - start).total_seconds() / 60
	return max(minutes, 0.0)


def count_if(criterion):
	"""How many rows of the group meet a condition."""
	return sum_if(criterion, 1)


def sum_if(criterion, value):
	"""The sum of a value over the rows of the group that meet a condition."""
	return Sum(Case().when(criterion, value).else_(0))


def share(part: float, whole: float) -> float | None:
	"""Percent to one decimal; None of nothing."""
	return round(100 * float(part) / float(whole), 1) if whole else None


def column(fieldname: str, label: str, fieldtype: str = "Int", width: int = 110, **more) -> dict:
	"""A column of a report; the label is translated already."""
	if fieldtype == "Data":
		more["align"] = "left"  # the desk goes by the first value, and an empty one is a number to it
	return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}
