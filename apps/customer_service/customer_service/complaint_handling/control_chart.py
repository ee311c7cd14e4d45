"""Which month has more or fewer complaints than chance explains: a chart of counts (c-chart; F-11).

Each month is judged by the months before it. Counts that come independently at an even rate scatter around their mean with the root
of the mean; beyond three times that, or eight months in a row on one side of their means, it is hardly chance.
"""

from dataclasses import dataclass
from math import sqrt

from frappe import _

SIGMAS = 3
RUN = 8
"""Months in a row on one side of the mean that are no chance."""

ABOVE, BELOW, RUN_ABOVE, RUN_BELOW = "Above the Limit", "Below the Limit", "8 in a Row Above", "8 in a Row Below"


@dataclass(frozen=True)
class Point:
	"""One month of the chart; without enough months before it, it has no limits and gives no signal.

	:param side: 1 above the mean, -1 below, 0 on it or without one. :param signal: one of the four above, or None.
	"""

	count: int
	mean: float | None = None
	lower: float | None = None
	upper: float | None = None
	side: int = 0
	signal: str | None = None


def points(counts: list[int], base: int = 12, least: int = 6) -> list[Point]:
	"""The chart of a series of counts, oldest first.

	:param base: how many months before a month judge it, at most. :param least: with fewer there are no limits.
	"""
	found: list[Point] = []
	for place, count in enumerate(counts):
		earlier = counts[max(0, place - base) : place]
		if len(earlier) < max(least, 1):
			found.append(Point(count))
			continue
		mean = sum(earlier) / len(earlier)
		lower, upper = max(mean - SIGMAS * sqrt(mean), 0.0), mean + SIGMAS * sqrt(mean)
		side = (count > mean) - (count < mean)
		sides = [point.side for point in found[place - RUN + 1 :]] if place >= RUN - 1 else []
		in_a_row = bool(side) and len(sides) == RUN - 1 and set(sides) == {side}
		found.append(Point(count, mean, lower, upper, side, _signal(count, lower, upper, side, in_a_row)))
	return found


def in_words(signal: str | None) -> str:
	"""A signal in the user's language; empty for none."""
	words = {
		ABOVE: _("Above the Limit"),
		BELOW: _("Below the Limit"),
		RUN_ABOVE: _("8 in a Row Above"),
		RUN_BELOW: _("8 in a Row Below"),
	}
	return words.get(signal, "")


def _signal(count: int, lower: float, upper: float, side: int, in_a_row: bool) -> str | None:
	if count > upper:
		return ABOVE
	if count < lower:
		return BELOW
	if in_a_row:
		return RUN_ABOVE if side > 0 else RUN_BELOW
	return None
