"""Formulas of survey statistics, without any library: Student's t, confidence intervals, Welch's test, NPS, correlation (E-5).

Student's distribution is reckoned by the regularised incomplete beta function (continued fraction after Lentz), its quantiles by
bisection; right to about ten digits. Intervals are t intervals of the mean of a sample of a large population: no correction is made for
a population of which many have answered, so that they are rather too wide than too narrow.
"""

from functools import lru_cache
from math import exp, lgamma, log, sqrt
from typing import NamedTuple


class Sample(NamedTuple):
	"""Size, mean and standard deviation (n − 1) of a sample."""

	n: int
	mean: float
	sd: float


def interval(sample: Sample, confidence: float) -> tuple[float, float] | None:
	"""The confidence interval of a mean; None for fewer than two values.

	:param confidence: percent, such as 95.
	"""
	if sample.n < 2:
		return None
	half = t_quantile(confidence, sample.n - 1) * sample.sd / sqrt(sample.n)
	return sample.mean - half, sample.mean + half


def differs(one: Sample, other: Sample, confidence: float) -> bool:
	"""Whether two means differ beyond chance by Welch's test, two-sided."""
	if one.n < 2 or other.n < 2:
		return False
	parts = one.sd**2 / one.n, other.sd**2 / other.n
	if not sum(parts):
		return one.mean != other.mean
	t = abs(one.mean - other.mean) / sqrt(sum(parts))
	degrees = sum(parts) ** 2 / (parts[0] ** 2 / (one.n - 1) + parts[1] ** 2 / (other.n - 1))
	return t_probability(t, degrees) < 1 - confidence / 100


def t_probability(t: float, degrees: float) -> float:
	"""How probable it is that Student's t lies at least so far from 0 on either side."""
	return _beta_share(degrees / (degrees + t * t), degrees / 2, 0.5)


@lru_cache(maxsize=1024)
def t_quantile(confidence: float, degrees: float) -> float:
	"""The t within which a value lies with this confidence in percent, either side of 0."""
	wanted, low, high = 1 - confidence / 100, 0.0, 1.0
	while t_probability(high, degrees) > wanted:
		high *= 2
	for _halving in range(80):
		middle = (low + high) / 2
		low, high = (middle, high) if t_probability(middle, degrees) > wanted else (low, middle)
	return (low + high) / 2


def _beta_share(x: float, a: float, b: float) -> float:
	"""The regularised incomplete beta function."""
	if x <= 0 or x >= 1:
		return float(x >= 1)
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
	if x < (a + 1) / (a + b + 2):
		return front * _fraction(x, a, b) / a
	return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
	tiny = 1e-300
	c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or tiny)
	value = d
	for m in range(1, 400):
		even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
		odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
		for step in (even, odd):
			d = 1 / ((1 + step * d) or tiny)
			c = (1 + step / c) or tiny
			value *= c * d
		if abs(c * d - 1) < 1e-14:
			break
	return value


def correlation(n: int, x: float, y: float, xx: float, yy: float, xy: float) -> float | None:
	"""Pearson's correlation from sums; None for fewer than three pairs, or where one of the two never varies."""
	spread = (n * xx - x * x) * (n * yy - y * y)
	if n < 3 or n * xx - x * x <= 1e-9 * max(xx, 1) or spread <= 0:
		return None
	return max(-1.0, min(1.0, (n * xy - x * y) / sqrt(spread)))


def nps(promoters: int, detractors: int, answers: int) -> float | None:
	"""Net Promoter Score: percent of 9 and 10 less percent of 0 to 6; None without answers."""
	return 100 * (promoters - detractors) / answers if answers else None
