"""Working time: deadlines and elapsed time over a **Working Calendar** (rules G-5, F-6).

Times are naive datetimes in the site's time zone, as Frappe stores them. `deadline` and `elapsed` are exact
inverses: ``elapsed(start, deadline(start, m, calendar), calendar) == m`` for every m ≥ 0.

Both are closed formulas. A timetable maps a moment to the working time that has passed since a fixed Monday: whole weeks by
multiplication, the day by a short table, holidays by a prefix sum. The inverse looks the holiday up by bisection,
so the cost does not grow with the length of the limit and only logarithmically with the number of holidays.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.utils import get_datetime, get_time, getdate, now_datetime

from customer_service.exceptions import CalendarError
from customer_service.organisation import batched

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

EPOCH = datetime(2001, 1, 1)  # a Monday; any would do
DAY = 86_400_000_000  # all arithmetic is in whole microseconds, so that nothing is lost by rounding
WEEK = 7 * DAY
MINUTE = 60_000_000

Interval = tuple[int, int, int]
"""(weekday 0–6, from, to), both in microseconds since midnight."""


class Timetable:
	"""The working time of one calendar, ready to measure with.

	:param intervals: working intervals of the week, at least one, none overlapping.
	:param holidays: dates on which nobody works.
	:raises CalendarError: for a week without working time, or intervals that overlap.
	"""

	def __init__(self, intervals: Iterable[Interval], holidays: Iterable[date] = ()):
		# Spans of the week as offsets from Monday 00:00, with the working time that lies before each.
		self.spans = sorted((day * DAY + start, day * DAY + end) for day, start, end in intervals)
		self._refuse_bad_week()
		self.before_span = [0]
		for start, end in self.spans:
			self.before_span.append(self.before_span[-1] + end - start)
		self.per_week = self.before_span[-1]
		self.working_days = len({start // DAY for start, _end in self.spans})
		# An empty span on Monday 00:00 comes first, so that every moment of the week lies in or after one.
		self.starts = [0, *(start for start, _end in self.spans)]
		self.ends = [0, *(end for _start, end in self.spans)]
		self.idle_before = [0, *(self.spans[i][0] - self.before_span[i] for i in range(len(self.spans)))]
		self._set_holidays(holidays)

	def _refuse_bad_week(self):
		if not self.spans:
			raise CalendarError(_("A working calendar needs at least one working interval."))
		for start, end in self.spans:
			if end <= start:
				raise CalendarError(_("A working interval must end after it starts."))
		for (_start, end), (next_start, _end) in zip(self.spans, self.spans[1:], strict=False):
			if next_start < end:
				raise CalendarError(_("Working intervals of a day must not overlap."))

	def _set_holidays(self, holidays: Iterable[date]):
		"""Keep the holidays that cost working time: where they start, in plain and in real working time."""
		self.holiday_starts: list[int] = []  # microseconds since EPOCH
		self.worked_before: list[int] = []  # real working time at the holiday's start
		self.lost_before: list[int] = [0]  # working time lost to earlier holidays; one more entry, for after the last
		starts, worked_before, lost_before = [], [], [0]
		for day in sorted(set(holidays)):
			start = (day - EPOCH.date()).days * DAY
			plain = self.worked(start)  # without holidays: the lists are set below
			cost = self.worked(start + DAY) - plain
			if not cost:
				continue
			starts.append(start)
			worked_before.append(plain - lost_before[-1])
			lost_before.append(lost_before[-1] + cost)
		self.holiday_starts, self.worked_before, self.lost_before = starts, worked_before, lost_before

	@property
	def minutes_per_day(self) -> float:
		"""Average working minutes of a weekday that has any."""
		return self.per_week / self.working_days / MINUTE

	def worked(self, moment: int) -> int:
		"""Working time from EPOCH to the moment (microseconds since EPOCH), holidays taken off."""
		holiday = bisect_right(self.holiday_starts, moment)
		if holiday and moment < self.holiday_starts[holiday - 1] + DAY:  # within a holiday: time stands still
			return self.worked_before[holiday - 1]
		weeks, offset = divmod(moment, WEEK)
		span = bisect_right(self.starts, offset) - 1
		end = self.ends[span]
		in_week = (offset if offset < end else end) - self.idle_before[span]
		return weeks * self.per_week + in_week - self.lost_before[holiday]

	def reach(self, worked: int) -> int:
		"""The earliest moment at which `worked` reaches the given working time."""
		plain = worked + self.lost_before[bisect_left(self.worked_before, worked)]
		weeks, rest = divmod(plain, self.per_week)
		if rest == 0:  # the end of the week's last span, not the start of the next week's first
			weeks, rest = weeks - 1, self.per_week
		return weeks * WEEK + rest + self.idle_before[bisect_left(self.before_span, rest)]

	def deadline(self, start: datetime, minutes: float) -> datetime:
		"""See :func:`deadline`."""
		duration = round(minutes * MINUTE)
		if duration < 0:
			raise CalendarError(_("A time limit must not be negative."))
		if duration == 0:
			return start
		return EPOCH + timedelta(0, 0, self.reach(self.worked(_offset(start)) + duration))

	def elapsed(self, start: datetime, end: datetime) -> float:
		"""See :func:`elapsed`."""
		return (self.worked(_offset(end)) - self.worked(_offset(start))) / MINUTE


def _offset(moment: datetime) -> int:
	delta = moment - EPOCH
	return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


ALWAYS = tuple((day, 0, DAY) for day in range(7))


def now() -> datetime:
	"""The present in the site's time zone; everything that measures a limit asks here.

	Tests and the demo set ``frappe.flags.service_now`` to move the clock. An import in bulk happens at one moment.
	"""
	return frappe.flags.get("service_now") or batched.remember(("now",), now_datetime)


def moment(value) -> datetime | None:
	"""A datetime from what Frappe or a request hands out; as `get_datetime`, which takes the usual text apart in ten times the time."""
	if isinstance(value, str) and len(value) == 19 and value[10] == " " and value[4] == value[7] == "-":
		try:
			return datetime.fromisoformat(value)
		except ValueError:
			pass  # Frappe says what is wrong with it
	return get_datetime(value)


def deadline(start: datetime, minutes: float, calendar: str) -> datetime:
	"""When `minutes` of working time have passed since `start` (G-5).

	:param start: naive, site time zone; outside working hours the time starts with the next interval.
	:param minutes: working minutes, ≥ 0. Zero gives `start` itself.
	:param calendar: name of a Working Calendar.
	:returns: the earliest such moment, to the microsecond, in the site's time zone.
	:raises frappe.DoesNotExistError: for an unknown calendar; CalendarError: for a negative limit.
	"""
	return timetable(calendar).deadline(start if isinstance(start, datetime) else get_datetime(start), minutes)


def elapsed(start: datetime, end: datetime, calendar: str) -> float:
	"""Working minutes between two moments; negative if `end` lies before `start` (G-5).

	:param calendar: name of a Working Calendar.
	:raises frappe.DoesNotExistError: for an unknown calendar.
	"""
	return timetable(calendar).elapsed(get_datetime(start), get_datetime(end))


# Building a timetable costs far more than asking it, and unpickling one from Redis more still: each process keeps
# those it has built, keyed by the calendar's modification time, which Frappe's own document cache delivers.
_timetables: dict[tuple[str, str], tuple[datetime | str, Timetable]] = {}


def timetable(calendar: str) -> Timetable:
	"""The timetable of a Working Calendar, built once a process and again after the calendar changed.

	Within a request even asking the document cache costs more than the deadline itself. What was found is therefore kept beside
	the document in the request's own cache, and holds for as long as that very document is there: whatever makes Frappe
	forget the document makes it forget the timetable.
	"""
	local = frappe.local.cache
	asked = local.get("customer_service_timetables")
	if asked and (kept := asked.get(calendar)) and local.get(kept[0]) is kept[1]:
		return kept[2]
	doc = frappe.get_cached_doc("Working Calendar", calendar)
	found = _build_once(doc)
	place = frappe.cache().make_key(frappe.get_document_cache_key("Working Calendar", calendar))
	if local.get(place) is doc:
		local.setdefault("customer_service_timetables", {})[calendar] = (place, doc, found)
	return found


def _build_once(doc) -> Timetable:
	key = (frappe.local.site, doc.name)
	known = _timetables.get(key)
	if known and known[0] == doc.modified:
		return known[1]
	built = build(doc)
	_timetables[key] = (doc.modified, built)
	return built


def build(doc) -> Timetable:
	"""A timetable from a Working Calendar document, saved or not.

	:raises CalendarError: if its intervals cannot measure time.
	"""
	if doc.is_around_the_clock:
		return Timetable(ALWAYS)
	return Timetable(
		[
			(WEEKDAYS.index(row.weekday), time_of_day(row.from_time), time_of_day(row.to_time) or DAY)
			for row in doc.intervals
		],
		[getdate(row.holiday_date) for row in doc.holidays],
	)


def time_of_day(value) -> int:
	"""Microseconds since midnight; Frappe hands times out as timedelta, time or text."""
	if isinstance(value, timedelta):
		return value // timedelta(microseconds=1)
	moment: time = value if isinstance(value, time) else get_time(value)
	return _offset(datetime.combine(EPOCH.date(), moment))
