"""Working time (G-5, L8): figures worked out by hand, and laws checked against an oracle that steps minute by minute."""

import random
from datetime import date, datetime, timedelta
from itertools import accumulate, compress

import frappe
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_service.exceptions import CalendarError
from customer_service.organisation import clock
from customer_service.tests.factories import at, make_working_calendar

MINUTE = 60_000_000

# Mon–Fri 9:00–12:00 and 13:00–18:00: 8 h a day, 40 h a week. 2026-03-02 is a Monday; Wednesday the 4th is a holiday.
OFFICE = [(day, start, end) for day in range(5) for start, end in (("09:00", "12:00"), ("13:00", "18:00"))]

DEADLINES = [
	# start, working minutes, deadline, arithmetic
	("2026-03-02 09:00", 0, "2026-03-02 09:00", "no time"),
	("2026-03-02 09:00", 180, "2026-03-02 12:00", "the morning exactly: ends with it, not after lunch"),
	("2026-03-02 09:00", 181, "2026-03-02 13:01", "one minute more falls after lunch"),
	("2026-03-02 11:30", 60, "2026-03-02 13:30", "30 min before and 30 min after lunch"),
	("2026-03-02 07:00", 30, "2026-03-02 09:30", "before opening: starts at nine"),
	("2026-03-02 20:00", 30, "2026-03-03 09:30", "after closing: starts next day"),
	("2026-03-03 17:00", 120, "2026-03-05 10:00", "60 min on Tuesday, Wednesday is a holiday, 60 min on Thursday"),
	("2026-03-06 17:30", 60, "2026-03-09 09:30", "30 min on Friday, 30 min on Monday"),
	("2026-03-04 10:00", 60, "2026-03-05 10:00", "a holiday counts nothing"),
	("2026-03-02 09:00", 2400, "2026-03-09 18:00", "40 h: Mon, Tue, Thu, Fri, Mon, each 8 h"),
]


@pytest.fixture
def office():
	return make_working_calendar("Test Office", OFFICE, [date(2026, 3, 4)]).name


@pytest.mark.parametrize("start, minutes, due, why", DEADLINES)
def test_deadline_by_hand(office, start, minutes, due, why):
	assert clock.deadline(at(start), minutes, office) == at(due), why


@pytest.mark.parametrize("start, minutes, due, why", DEADLINES)
def test_elapsed_is_the_inverse_by_hand(office, start, minutes, due, why):
	assert clock.elapsed(at(start), at(due), office) == minutes, why


def test_around_the_clock_counts_every_minute():
	name = make_working_calendar("Test Always", around_the_clock=True).name
	assert clock.deadline(at("2026-02-28 23:50"), 30, name) == at("2026-03-01 00:20")
	assert clock.elapsed(at("2025-12-31 00:00"), at("2026-01-01 00:00"), name) == 24 * 60


def test_a_changed_calendar_counts_at_once(office):
	assert clock.deadline(at("2026-03-02 17:30"), 60, office) == at("2026-03-03 09:30")
	doc = frappe.get_doc("Working Calendar", office)
	doc.append("holidays", {"holiday_date": date(2026, 3, 3)})
	doc.save()
	assert clock.deadline(at("2026-03-02 17:30"), 60, office) == at("2026-03-05 09:30")


def test_calendar_without_a_working_day_is_refused():
	with pytest.raises(CalendarError, match="at least one working interval"):
		make_working_calendar("Test Nobody Works", [])


def test_overlapping_intervals_are_refused_naming_both_rows():
	with pytest.raises(CalendarError, match="Row 2 overlaps row 1 on Monday"):
		make_working_calendar("Test Overlap", [(0, "09:00", "12:00"), (0, "11:00", "15:00")])


def test_interval_that_ends_before_it_starts_is_refused_naming_the_row():
	with pytest.raises(CalendarError, match="Row 1"):
		make_working_calendar("Test Reversed", [(0, "12:00", "09:00")])


def test_intervals_may_touch():
	name = make_working_calendar("Test Touching", [(0, "09:00", "12:00"), (0, "12:00", "15:00")]).name
	assert clock.deadline(at("2026-03-02 11:30"), 60, name) == at("2026-03-02 12:30")


def test_negative_limit_is_refused(office):
	with pytest.raises(CalendarError, match="negative"):
		clock.deadline(at("2026-03-02 09:00"), -1, office)


def test_unknown_calendar_is_named():
	with pytest.raises(frappe.DoesNotExistError, match="No Such Calendar"):
		clock.deadline(at("2026-03-02 09:00"), 1, "No Such Calendar")


# --- laws, on random calendars ------------------------------------------------------------------------------------

START_OF_WORLD = datetime(2026, 1, 5)  # a Monday
DAYS = 14


@st.composite
def calendars(draw):
	"""Up to three intervals on some weekdays in 15-minute steps, and some holidays within two weeks."""
	spans = []
	for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
		marks = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=6)))
		spans += [(weekday, start * 15, end * 15) for start, end in zip(marks[::2], marks[1::2], strict=False)]
	holidays = draw(st.sets(st.integers(0, DAYS - 1), max_size=5))
	return spans, [(START_OF_WORLD + timedelta(days=day)).date() for day in holidays]


def timetable(spans, holidays):
	return clock.Timetable([(day, start * MINUTE, end * MINUTE) for day, start, end in spans], holidays)


class Oracle:
	"""Steps through the minutes one by one; slow, and too simple to be wrong."""

	def __init__(self, spans, holidays):
		works = set()
		for day in range(DAYS):
			today = START_OF_WORLD + timedelta(days=day)
			if today.date() in holidays:
				continue
			for weekday, start, end in spans:
				if weekday == today.weekday():
					works.update(range(day * 1440 + start, day * 1440 + end))
		self.worked = [0]
		for minute in range(DAYS * 1440):
			self.worked.append(self.worked[-1] + (minute in works))

	def elapsed(self, start: int, end: int) -> int:
		return self.worked[end] - self.worked[start]

	def deadline(self, start: int, minutes: int) -> int | None:
		"""The first minute at which so much has been worked; None if it lies beyond the two weeks."""
		if minutes == 0:
			return start
		wanted = self.worked[start] + minutes
		for minute in range(start, len(self.worked)):
			if self.worked[minute] >= wanted:
				return minute
		return None


@settings(max_examples=200, deadline=None)
@given(calendars(), st.data())
def test_equals_the_minute_stepping_oracle(calendar, data):
	spans, holidays = calendar
	table, oracle = timetable(spans, holidays), Oracle(spans, set(holidays))
	for _ in range(5):
		start = data.draw(st.integers(0, DAYS * 24 * 60))
		end = data.draw(st.integers(start, DAYS * 24 * 60))
		assert table.elapsed(minute(start), minute(end)) == oracle.elapsed(start, end)
		limit = data.draw(st.integers(0, 3000))
		expected = oracle.deadline(start, limit)
		if expected is not None:
			assert table.deadline(minute(start), limit) == minute(expected)


@settings(max_examples=300, deadline=None)
@given(calendars(), st.integers(0, DAYS * 24 * 60), st.integers(0, 200_000), st.integers(0, 59))
def test_elapsed_undoes_deadline_exactly(calendar, start, minutes, seconds):
	"""Also far beyond the holidays, and for starts that are not on a whole minute."""
	table = timetable(*calendar)
	begin = minute(start) + timedelta(seconds=seconds)
	assert table.elapsed(begin, table.deadline(begin, minutes)) == minutes


@settings(max_examples=200, deadline=None)
@given(calendars(), st.integers(0, DAYS * 24 * 60), st.integers(0, 5000), st.integers(0, 5000))
def test_more_time_is_never_due_earlier(calendar, start, first, second):
	table = timetable(*calendar)
	low, high = sorted((first, second))
	assert table.deadline(minute(start), low) <= table.deadline(minute(start), high)


class Walk:
	"""The oracle of the promise: every minute of three weeks is counted one by one, once for each calendar."""

	DAYS = 21
	MINUTES = DAYS * 24 * 60

	def __init__(self, spans, holidays):
		week = [bytearray(24 * 60) for _day in range(7)]
		for day, start, end in spans:
			week[day][start:end] = b"\1" * (end - start)
		closed = bytes(24 * 60)
		days = (START_OF_WORLD.date() + timedelta(days=number) for number in range(self.DAYS))
		minutes = b"".join(closed if day in holidays else bytes(week[day.weekday()]) for day in days)
		self.passed = list(accumulate(minutes, initial=0))
		self.ends = list(compress(range(1, self.MINUTES + 1), minutes))


def random_calendar(rng):
	"""Up to four intervals a day on any days, and holidays; anything a calendar may be."""
	spans = []
	for day in range(7):
		if rng.random() < 0.3:
			continue
		edges = sorted(rng.sample(range(24 * 60 + 1), 2 * rng.randint(1, 4)))
		spans += [(day, start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
	if not spans:
		spans = [(rng.randrange(7), 540, 1080)]
	holidays = {START_OF_WORLD.date() + timedelta(days=rng.randrange(Walk.DAYS)) for _ in range(rng.randint(0, 6))}
	return spans, holidays


def test_five_thousand_random_calendars_equal_the_minute_stepping_oracle():
	"""L8: deadlines and elapsed times of 5,000 random calendars, and that each undoes the other."""
	rng = random.Random(20260302)
	for number in range(5000):
		spans, holidays = random_calendar(rng)
		table, walk = timetable(spans, holidays), Walk(spans, holidays)
		for _ in range(4):
			start = rng.randrange(Walk.MINUTES)
			end = rng.randrange(start, Walk.MINUTES)
			worked = walk.passed[end] - walk.passed[start]
			assert table.elapsed(minute(start), minute(end)) == worked, number
			limit = rng.randint(1, 3000)
			at_end = walk.passed[start] + limit
			due = table.deadline(minute(start), limit)
			if at_end <= len(walk.ends):
				assert due == minute(walk.ends[at_end - 1]), number
			assert table.elapsed(minute(start), due) == limit, number
			assert table.deadline(minute(start), limit + 1) > due, number


def minute(number: int) -> datetime:
	return START_OF_WORLD + timedelta(minutes=number)
