"""Early warning: the same problem again within a month, a quarter or a year (F-11). How often is too often is data.

A **Repeat Rule** says what makes two complaints the same problem (the same part or product or customer, and the same class or
cause), how long to look back, and the number from which on it is a warning.
"""

from datetime import datetime, time, timedelta

import frappe
from frappe.utils import add_months, getdate
from pypika.functions import Count, Max

from customer_service.complaint_handling import control_chart, figures
from customer_service.organisation import clock, states

MONTHS = {"Month": 1, "Quarter": 3, "Year": 12}

SUBJECTS = {"Part No.": "part_no", "Product": "product", "Customer": "customer"}
TOGETHER = {"Complaint Class": "complaint_class", "Cause Category": "cause_category"}

MOST = 1000
"""Warnings of one kind that are looked at; with more, the rules are too strict to warn of anything."""


def rules() -> list[frappe._dict]:
	"""The enabled rules, shortest period first."""
	found = frappe.get_all(
		"Repeat Rule",
		{"enabled": 1},
		["name", "subject", "together_with", "period", "minimum_count"],
		order_by="name asc",
	)
	return sorted(found, key=lambda rule: MONTHS[rule.period])


def look_back(last: datetime, period: str) -> datetime:
	"""The start of a rule's period that ends before `last`: as many whole months back, so that no month's end cuts a series."""
	return datetime.combine(getdate(add_months(last, -MONTHS[period])), time())


def warnings(filters: frappe._dict) -> list[frappe._dict]:
	"""Every group of complaints that a rule warns of, the most frequent first.

	Two statements for each kind of sameness that the rules name, whatever their number.

	:param filters: ``to_date`` (last day, today if not given) and any of `figures.MATCHED`.
	"""
	last = datetime.combine(getdate(filters.get("to_date") or clock.now()), time()) + timedelta(days=1)
	kinds: dict[tuple, list] = {}
	for rule in rules():
		kinds.setdefault((rule.subject, rule.together_with or None), []).append(rule)
	found = []
	for (subject, together), asked in kinds.items():
		groups = _groups(filters, last, subject, together, asked)
		if groups:
			charts = _charts(filters, last, subject, together, groups)
			found += [_warning(rule, group, charts, last) for group in groups for rule in _met(asked, group)]
	return sorted(found, key=lambda row: (-row.complaints, row.rule, str(row.subject_value)))


def _groups(filters, last: datetime, subject: str, together: str | None, asked: list) -> list[frappe._dict]:
	"""The groups that at least one rule of this kind warns of, with the number of each rule's period."""
	query, table, keys = _of_kind(filters, min(look_back(last, rule.period) for rule in asked), last, subject, together)
	met = None
	for number, rule in enumerate(asked):
		counted = figures.count_if(table.received_at >= look_back(last, rule.period))
		query = query.select(counted.as_(f"count_{number}"))
		enough = counted >= rule.minimum_count
		met = enough if met is None else met | enough
	query = query.select(Max(table.received_at).as_("last_received")).having(met).orderby(keys[0]).limit(MOST)
	return query.run(as_dict=True)


def _of_kind(filters, start: datetime, last: datetime, subject: str, together: str | None):
	query, table = figures.complaints(filters, start, last)
	column = table[SUBJECTS[subject]]
	query = query.where((figures.scanned(table.state_category) != states.CANCELLED) & (figures.scanned(column) != ""))
	keys = [figures.grouped(column).as_("subject_value")]
	if together:
		second = table[TOGETHER[together]]
		query = query.where(figures.scanned(second).isnotnull())
		keys.append(figures.grouped(second).as_("together_value"))
	for key in keys:
		query = query.select(key).groupby(key)
	return query, table, keys


def _met(asked: list, group: frappe._dict) -> list:
	return [
		frappe._dict(rule, count=int(group[f"count_{number}"]))
		for number, rule in enumerate(asked)
		if int(group[f"count_{number}"]) >= rule.minimum_count
	]


def _charts(filters, last: datetime, subject: str, together: str | None, groups: list) -> dict[tuple, object]:
	"""Group -> the last month's point of its control chart over the 13 months up to the last day."""
	end = last - timedelta(days=1)
	start = datetime.combine(getdate(add_months(end, -12)).replace(day=1), time())
	query, table, keys = _of_kind(filters, start, last, subject, together)
	month = figures.month_of(table.received_at).as_("month")
	query = query.where(table[SUBJECTS[subject]].isin([group.subject_value for group in groups]))
	counted: dict[tuple, dict[int, int]] = {}
	for row in query.select(month, Count("*").as_("complaints")).groupby(month).run(as_dict=True):
		counted.setdefault(_key(row), {})[row.month] = row.complaints
	months = figures.months_between(start, last)
	return {
		key: control_chart.points([counts.get(month, 0) for month in months])[-1] for key, counts in counted.items()
	}


def _key(row: frappe._dict) -> tuple:
	# MariaDB compares without case and trailing blanks, and names a group by any of its spellings.
	return tuple(str(row.get(key) or "").rstrip().casefold() for key in ("subject_value", "together_value"))


def _warning(rule, group: frappe._dict, charts: dict, last: datetime) -> frappe._dict:
	point = charts.get(_key(group)) or control_chart.Point(0)
	return frappe._dict(
		rule=rule.name,
		subject=rule.subject,
		subject_value=group.subject_value,
		together_with=rule.together_with,
		together_value=group.get("together_value"),
		period=rule.period,
		complaints=rule.count,
		minimum_count=rule.minimum_count,
		since=look_back(last, rule.period).date(),
		last_received=group.last_received,
		month_count=point.count,
		month_mean=None if point.mean is None else round(point.mean, 2),
		month_limit=None if point.upper is None else round(point.upper, 2),
		signal=point.signal,
	)
