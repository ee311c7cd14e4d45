"""What the answers to an item of a survey are worth: points by level, the most, the limit (E-4)."""

import re
from dataclasses import dataclass
from fractions import Fraction

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from customer_service.customer_satisfaction import questions
from customer_service.customer_satisfaction.questions import CHOICE, LEVEL, SECTION, YES_NO
from customer_service.exceptions import ScoringError

WHOLE = Fraction(100)
"""The most points of an item whose calculation is by shares and that says nothing of its own."""


@dataclass(frozen=True)
class Worth:
	"""What one item is worth.

	:param points: of each level from the best to the worst, of yes and no, or of each choice in its order; empty for an item that is
	not scored. :param most: the most points; None for an item that has none yet. :param limit: points below which it is weak; None
	for no limit. :param section: row of the section it stands in, -1 before the first.
	"""

	code: str
	kind: str
	points: tuple[Fraction, ...]
	most: Fraction | None
	limit: Fraction | None
	weight: Fraction
	section: int

	@property
	def is_scored(self) -> bool:
		return bool(self.points)


def exact(value) -> Fraction:
	"""A number of a record as what was typed: 0.1 is a tenth."""
	return Fraction(cstr(value or 0))


def of_survey(survey, scheme) -> dict[str, Worth]:
	"""What each item of a survey is worth by its code, sections left out, in the order of the survey.

	:raises ScoringError: for points that are no numbers; names the row.
	"""
	found, section = {}, -1
	for number, row in enumerate(survey.items):
		if row.kind == SECTION:
			section = number
		else:
			found[row.code] = of_item(row, scheme, section)
	return found


def of_item(row, scheme, section: int = -1) -> Worth:
	"""What one item is worth. See `of_survey`."""
	own = own_points(row)
	most = exact(row.max_points) or max(own, default=None)
	if most is None and scheme.calculation != "Points":
		most = WHOLE
	points = own
	if row.kind == LEVEL and not own and most:
		points = tuple(exact(level.points) * most / 100 for level in scheme.levels)
	limit = exact(row.item_limit) or exact(scheme.item_limit) or None
	return Worth(row.code, row.kind, points, most, limit, exact(row.weight), section)


def own_points(row) -> tuple[Fraction, ...]:
	"""The points that an item names itself; empty for one that names none."""
	if row.kind == CHOICE:
		return tuple(points or Fraction(0) for points in _of_choices(row)) if any_points(row) else ()
	if row.kind not in (LEVEL, YES_NO):
		return ()
	return tuple(_number(row, part) for part in re.split(r"[,;，、；\s]+", cstr(row.level_points).strip()) if part)


def any_points(row) -> bool:
	"""Whether any choice of an item has points."""
	return any(points is not None for points in _of_choices(row))


def _of_choices(row) -> list[Fraction | None]:
	return [points for _label, points in lines(row)]


def lines(row) -> list[tuple[str, Fraction | None]]:
	"""Words and points of an item's choices; None for a choice without points."""
	matches = [(line, questions.POINTED_CHOICE.fullmatch(line)) for line in questions.lines(row.choices)]
	return [(match[1].strip(), Fraction(match[2])) if match else (line, None) for line, match in matches]


def _number(row, text: str) -> Fraction:
	if not re.fullmatch(r"\d{1,6}(?:\.\d{1,6})?", text):
		frappe.throw(
			_(
				"Row {0}: {1} is not a number of points. Write figures from the best level to the worst, such as 10, 9, 8."
			).format(row.idx or "?", frappe.bold(escape_html(text[:40]))),
			ScoringError,
		)
	return Fraction(text)


def place_of(row, answer) -> int:
	"""Which level, yes (1) or no (2), or choice was answered, counted from 1; 0 for none."""
	if answer.is_missing:
		return 0
	if row.kind == CHOICE and not answer.level:
		words = questions.choices(row)
		return words.index(answer.answer) + 1 if answer.answer in words else 0
	return int(answer.level or 0)
