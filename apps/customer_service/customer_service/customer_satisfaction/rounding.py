"""Rounding as people do it: half a unit of the last place goes up (E-4)."""

from fractions import Fraction
from math import floor


def half_up(value: Fraction, decimals: int) -> float:
	"""A number of so many decimals, nought or more; half a unit of the last place is rounded up."""
	unit = 10 ** max(int(decimals or 0), 0)
	return float(Fraction(floor(value * unit + Fraction(1, 2)), unit))


def plainly(value) -> str:
	"""A number as it is written: 92, 76.8, never 92.0."""
	return f"{float(value):.10g}"
