"""B5: one deadline over a calendar, against a day-by-day loop over the same calendar.

Theirs is the plain way that service-level code of Frappe apps usually takes: from the calendar document, which is already
loaded, read which hours each weekday has and which days are holidays, then go through the days one by one with Frappe's date
functions, taking off each day's working time until the limit is used up. Ours is the public
`customer_service.organisation.clock.deadline`, look-up of the calendar included.

The rows "loaded" leave that look-up out, as the loop does. So that nobody wins by a slow other side, the notes also give the time of
a lean loop whose hours and holidays are prepared beforehand and which uses bare datetime arithmetic.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

import frappe
from frappe.utils import add_days, get_datetime, get_time, getdate

from benchmarks.protocol import CPU, Result, Side, compare, measure, micro, require_equal
from customer_service.organisation import clock
from customer_service.tests import factories

CALENDAR, LARGE_CALENDAR = "Benchmark Hours", "Benchmark Hours Many Holidays"
DAY_SHIFT = ("09:00", "12:00"), ("13:00", "18:00")
GOALS = ((4, 8), (80, 60), (400, 250))
"""Hours of the limit, and how many times faster ours must be."""

# A week of arrivals: mornings, lunch, evenings, the weekend and a holiday are all among them.
STARTS = [datetime(2026, 3, 2, 7, 30) + timedelta(hours=11, minutes=17) * number for number in range(15)]


def run(verbose: bool = False) -> list[Result]:
	"""Measure at the three limits, and how the time grows with the limit and with the holidays."""
	with calendars() as (doc, large):
		lean = prepare(doc)
		for hours in (0.5, *(hours for hours, _factor in GOALS)):
			for start in STARTS:
				expected = clock.deadline(start, hours * 60, CALENDAR)
				require_equal(expected, by_days(doc, start, hours), f"B5 {hours} h from {start}")
				require_equal(expected, by_prepared_days(*lean, start, hours), f"B5 lean {hours} h from {start}")
		results = [result for hours, factor in GOALS for result in _compare(doc, lean, hours, factor)]
		results.append(_growth(doc, large))
	return results


def _compare(doc, lean, hours: int, factor: int) -> list[Result]:
	"""The public function and the timetable alone against the loop; the lean loop for the note."""
	table = clock.timetable(CALENDAR)
	public = Side("deadline()", lambda: [clock.deadline(start, hours * 60, CALENDAR) for start in STARTS], repeat=60)
	pure = Side("Timetable", lambda: [table.deadline(start, hours * 60) for start in STARTS], repeat=60)
	loop = Side("loop", lambda: [by_days(doc, start, hours) for start in STARTS], repeat=max(1, 60 // (hours // 4)))
	lean_loop = Side("lean loop", lambda: [by_prepared_days(*lean, start, hours) for start in STARTS], repeat=10)
	of_lean = compare(public, lean_loop, CPU, rounds=20)
	remark = (
		f"A lean loop with everything prepared takes {micro(of_lean.theirs / len(STARTS))}: 1/{1 / of_lean.ratio:.1f}."
	)
	what = f"Deadline of {hours} working hours, {{}} / day-by-day loop"
	return [
		_timed(f"B5 {hours} h", what.format("look-up of the calendar included"), public, loop, factor, remark),
		_timed(f"B5 {hours} h loaded", what.format("calendar at hand on both sides"), pure, loop, factor),
	]


def _timed(key: str, what: str, ours: Side, loop: Side, factor: int, remark: str = "") -> Result:
	timed, control, about_control = measure(ours, loop, CPU)
	each = len(STARTS)
	note = f"{micro(timed.ours / each)} against {micro(timed.theirs / each)}. {remark} {about_control}"
	print(f"  {key}: 1/{1 / timed.ratio:.1f}, control {control:.3f}; {note}", flush=True)
	return Result(
		id=key,
		what=what,
		ratio=timed.ratio,
		low=timed.low,
		high=timed.high,
		control=control,
		goal=f"≤ 1/{factor}",
		met=timed.ratio <= 1 / factor and not about_control.startswith("VOID"),
		note=" ".join(note.split()),
	)


def _growth(doc, large) -> Result:
	"""A deadline of 400 h over 20 years of holidays (240) against 12 holidays; and against a deadline of 4 h."""
	many = Side("240 holidays", lambda: [clock.deadline(s, 24_000, LARGE_CALENDAR) for s in STARTS], repeat=60)
	few = Side("12 holidays", lambda: [clock.deadline(s, 24_000, CALENDAR) for s in STARTS], repeat=60)
	short = Side("4 h", lambda: [clock.deadline(s, 240, CALENDAR) for s in STARTS], repeat=60)
	comparison, control, remark = measure(many, few, CPU)
	length = compare(few, short, CPU, rounds=20)
	loops = (
		Side("loop", lambda: [by_days(large, s, 400) for s in STARTS]),
		Side("loop", lambda: [by_days(doc, s, 400) for s in STARTS]),
	)
	loop = compare(*loops, CPU, rounds=10)
	print(
		f"  growth: holidays x 20 = {comparison.ratio:.2f}, limit x 100 = {length.ratio:.2f}, loop with holidays x 20 = {loop.ratio:.2f}"
	)
	return Result(
		id="B5 growth",
		what=f"Deadline with {len(large.holidays)} holidays / with {len(doc.holidays)}",
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control,
		goal="≤ 1.20 (flat)",
		met=comparison.ratio <= 1.2 and length.ratio <= 1.2 and not remark.startswith("VOID"),
		note=f"Limit of 400 h against 4 h: {length.ratio:.2f}. The loop with the same holidays: {loop.ratio:.2f}. {remark}".strip(),
	)


def by_days(calendar, start, hours: float) -> datetime:
	"""The deadline by going through the days, reading the calendar document as it is."""
	weekdays = {}
	for row in calendar.intervals:
		weekdays.setdefault(row.weekday, []).append((get_time(row.from_time), get_time(row.to_time)))
	holidays = {getdate(row.holiday_date) for row in calendar.holidays}
	start = get_datetime(start)
	left = hours * 3600
	day = getdate(start)
	while True:
		if day not in holidays:
			for opens, closes in weekdays.get(day.strftime("%A"), ()):
				begin = max(datetime.combine(day, opens), start)
				seconds = (datetime.combine(day, closes) - begin).total_seconds()
				if seconds <= 0:
					continue
				if seconds >= left:
					return begin + timedelta(seconds=left)
				left -= seconds
		day = add_days(day, 1)


def prepare(calendar) -> tuple[dict[int, list[tuple[time, time]]], set[date]]:
	"""Hours by weekday number and holidays, for the lean loop."""
	weekdays: dict[int, list[tuple[time, time]]] = {}
	for row in calendar.intervals:
		hours = get_time(row.from_time), get_time(row.to_time)
		weekdays.setdefault(clock.WEEKDAYS.index(row.weekday), []).append(hours)
	return weekdays, {getdate(row.holiday_date) for row in calendar.holidays}


def by_prepared_days(weekdays, holidays, start: datetime, hours: float) -> datetime:
	"""The deadline by going through the days, as lean as such a loop can be."""
	left = timedelta(hours=hours)
	day, one_day, combine = start.date(), timedelta(days=1), datetime.combine
	while True:
		if day not in holidays:
			for opens, closes in weekdays.get(day.weekday(), ()):
				begin = combine(day, opens)
				if begin < start:
					begin = start
				available = combine(day, closes) - begin
				if available >= left:
					return begin + left
				if available > timedelta(0):
					left -= available
		day += one_day


@contextmanager
def calendars():
	"""Two calendars of office hours with a lunch break: 12 holidays a year for one year, and for 20 years. Rolled back."""
	week = [(day, *shift) for day in range(5) for shift in DAY_SHIFT]
	try:
		factories.make_working_calendar(CALENDAR, week, holidays_of(2026, 1))
		factories.make_working_calendar(LARGE_CALENDAR, week, holidays_of(2016, 20))
		yield (
			frappe.get_cached_doc("Working Calendar", CALENDAR),
			frappe.get_cached_doc("Working Calendar", LARGE_CALENDAR),
		)
	finally:
		frappe.db.rollback()
		for name in (CALENDAR, LARGE_CALENDAR):
			frappe.clear_document_cache("Working Calendar", name)


def holidays_of(year: int, years: int) -> list[date]:
	"""The fifth of each month."""
	return [date(each, month, 5) for each in range(year, year + years) for month in range(1, 13)]
