"""How the answers of one customer become a score, by the Scoring Scheme of the campaign (E-4, E-2).

All arithmetic is in exact fractions; a score is rounded once, half up. What is not answered is never the lowest level.
"""

from dataclasses import dataclass, field
from fractions import Fraction

import frappe

from customer_service.customer_satisfaction import deductions, item_points
from customer_service.customer_satisfaction.rounding import half_up, plainly
from customer_service.organisation import clock

LEFT_OUT, FIXED, NO_SCORE = "Left Out", "Fixed Points", "No Score"

MOST_ROWS = 100
"""Of counted records that are kept with an answer for one rule; all are counted."""


@dataclass
class Row:
	"""One answer: its points, None if it has none."""

	points: float | None
	most: float
	weight: float
	is_low: bool


@dataclass
class Reckoned:
	"""What the answers come to before deductions. `base` is rounded; `answered` is the share of scored items in percent."""

	is_scored: bool = False
	base: float = 0.0
	answered: float = 100.0
	rows: dict[str, Row] = field(default_factory=dict)

	@property
	def low_items(self) -> int:
		return sum(row.is_low for row in self.rows.values())


@dataclass
class Deducted:
	"""What deductions leave of a score, with the sum as it is written."""

	deduction: float
	score: float
	explanation: str


def score(response) -> None:
	"""Score a Survey Response by its campaign's scheme: points of its answers, deductions by what the registers hold now, the score.

	Changes the document only. Called on arrival, by the Server Script "Survey Response Scoring" or else by the controller.
	"""
	campaign = frappe.get_cached_doc("Survey Campaign", response.campaign)
	scheme = frappe.get_cached_doc("Scoring Scheme", campaign.scoring_scheme)
	survey = frappe.get_cached_doc("Satisfaction Survey", response.survey)
	reckoned = reckon(survey, scheme, response.answers)
	_fill_answers(response, reckoned)
	counted = deductions.of_customer(scheme, campaign, response.customer) if reckoned.is_scored else []
	response.update(values_of(reckoned, scheme, [len(records) for records in counted]))
	response.set("deductions", deduction_rows(scheme, counted))
	response.proposed_validity = "Not Valid" if reckoned.answered < (scheme.least_answered or 0) else "Valid"
	response.score_version = (response.score_version or 0) + 1
	response.scored_at = clock.now()
	if campaign.is_anonymous and response.flags.arrives:
		response.scored_at = response.flags.arrives.at  # the same of all: the day of arrival would tell them apart
	elif campaign.is_anonymous:
		response.scored_at = response.scored_at.replace(hour=0, minute=0, second=0, microsecond=0)


def values_of(reckoned: Reckoned, scheme, counts: list[int]) -> dict:
	"""The fields of a response that its answers and deductions decide."""
	if not reckoned.is_scored:
		nothing = {"base_score": 0, "deduction": 0, "score": 0, "explanation": ""}
		return {"is_scored": 0, "low_items": reckoned.low_items, **nothing}
	left = deducted(reckoned.base, scheme, counts)
	return {
		"is_scored": 1,
		"low_items": reckoned.low_items,
		"base_score": reckoned.base,
		"deduction": left.deduction,
		"score": left.score,
		"explanation": left.explanation,
	}


def reckon(survey, scheme, answers) -> Reckoned:
	"""What answers come to before deductions.

	:param answers: rows with ``code``, ``level``, ``answer`` and ``is_missing`` of every item that was asked. What was not asked is left
	out whatever the scheme says of missing answers.
	:raises ScoringError: for a survey whose points cannot be read.
	"""
	return Scale(survey, scheme).reckon(answers)


class Scale:
	"""A survey and its scheme, ready to score many answers."""

	def __init__(self, survey, scheme):
		self.scheme = scheme
		self.worths = item_points.of_survey(survey, scheme)
		self.items = {row.code: row for row in survey.items}
		self.section_weights = {
			number: item_points.exact(row.weight)
			for number, row in enumerate(survey.items)
			if row.kind == item_points.SECTION
		}
		self.most = sum(worth.most or 0 for worth in self.worths.values() if worth.is_scored)
		self.known: dict[tuple[str, int], tuple[Fraction | None, Row]] = {}
		self.missing_share = item_points.exact(scheme.missing_points) / 100

	def reckon(self, answers) -> Reckoned:
		"""See `reckon`."""
		asked = [(answer, worth) for answer in answers if (worth := self.worths.get(answer.code)) and worth.is_scored]
		result, counted, missing = Reckoned(), [], 0
		for answer, worth in asked:
			place = item_points.place_of(self.items[worth.code], answer)
			points, result.rows[worth.code] = self.at(worth, place)
			if points is not None:
				counted.append((worth, points))
				continue
			missing += 1
			if self.scheme.missing_rule == FIXED:
				counted.append((worth, worth.most * self.missing_share))
		result.answered = 100 * (len(asked) - missing) / len(asked) if asked else 100.0
		if missing == len(asked) or (missing and self.scheme.missing_rule == NO_SCORE):
			return result
		base = self.base(counted)
		if base is not None:
			result.is_scored, result.base = True, half_up(base, self.scheme.decimals)
		return result

	def at(self, worth, place: int) -> tuple[Fraction | None, Row]:
		"""The points of a level, yes or no, or choice, and the row that says so; the same for all who answered so."""
		if (worth.code, place) not in self.known:
			points = worth.points[place - 1] if 0 < place <= len(worth.points) else None
			self.known[worth.code, place] = points, self.row(worth, points)
		return self.known[worth.code, place]

	def row(self, worth, points: Fraction | None) -> Row:
		"""An answer's own points, and whether they lie below the item's limit."""
		is_low = points is not None and worth.limit is not None and points < worth.limit
		shown = None if points is None else round(float(points), 6)
		return Row(shown, float(worth.most), round(float(self.weight(worth)), 6), is_low)

	def weight(self, worth) -> Fraction:
		"""What an item weighs in the score, in percent, where the scheme goes by weights; 0 otherwise."""
		if self.scheme.calculation != "Weighted":
			return Fraction(0)
		return worth.weight * self.section_weights.get(worth.section, Fraction(0)) / 100

	def base(self, counted: list[tuple]) -> Fraction | None:
		"""The score of 100 of what counts; None if nothing has any weight."""
		if self.scheme.calculation == "Points":
			most = sum(worth.most for worth, _points in counted)
			return sum(points for _worth, points in counted) / most * self.most if most else None
		shares = [(worth, points / worth.most * 100) for worth, points in counted if worth.most]
		if self.scheme.calculation == "Mean":
			return sum(share for _worth, share in shares) / len(shares) if shares else None
		sections = {}
		for worth, share in shares:
			sections.setdefault(worth.section, []).append((worth.weight, share))
		means = [(self.section_weights.get(at, Fraction(0)), _mean(rows)) for at, rows in sections.items()]
		return _mean([(weight, mean) for weight, mean in means if mean is not None])


def _mean(rows: list[tuple[Fraction, Fraction]]) -> Fraction | None:
	"""The mean by weights; None without any."""
	weights = sum(weight for weight, _value in rows)
	return sum(weight * value for weight, value in rows) / weights if weights else None


def deducted(base: float, scheme, counts: list[int]) -> Deducted:
	"""What the deductions leave of a score: each rule's points a record up to its limit, never below 0.

	:param counts: records of each rule, in the order of the scheme's rules.
	"""
	rules = [(rule, count) for rule, count in zip(scheme.deduction_rules, counts, strict=False) if count]
	total = sum((deductions.taken_off(rule, count) for rule, count in rules), Fraction(0))
	left = max(item_points.exact(base) - total, Fraction(0))
	score = half_up(left, scheme.decimals)
	sum_text = " − ".join([plainly(base), *(_term(rule, count) for rule, count in rules)])
	if total > item_points.exact(base):
		sum_text = f"max(0, {sum_text})"
	if not rules:
		return Deducted(0.0, score, sum_text)
	named = ", ".join(rule.rule_label for rule, _count in rules)
	return Deducted(float(total), score, f"{sum_text} = {plainly(score)} ({named})")


def _term(rule, count: int) -> str:
	term = f"{count}×{plainly(rule.points)}"
	is_capped = rule.cap and count * item_points.exact(rule.points) > item_points.exact(rule.cap)
	return f"min({term}, {plainly(rule.cap)})" if is_capped else term


def deduction_rows(scheme, counted: list[list]) -> list[dict]:
	"""One row for each counted record: what it took off, 0 beyond the rule's limit; at most `MOST_ROWS` of a rule."""
	rows = []
	for rule, records in zip(scheme.deduction_rules, counted, strict=False):
		for number, (name, day) in enumerate(records[:MOST_ROWS], start=1):
			points = deductions.taken_off(rule, number) - deductions.taken_off(rule, number - 1)
			rows.append(
				{
					"rule_label": rule.rule_label,
					"reference_doctype": rule.register,
					"reference_name": name,
					"happened_on": day,
					"points": float(points),
				}
			)
	return rows


def answer_values(row: Row | None) -> dict:
	"""The fields of a Survey Answer that scoring decides."""
	if row is None:
		return {"points": 0, "max_points": 0, "weight": 0, "is_low": 0}
	return {"points": row.points or 0, "max_points": row.most, "weight": row.weight, "is_low": int(row.is_low)}


def _fill_answers(response, reckoned: Reckoned) -> None:
	for answer in response.answers:
		answer.update(answer_values(reckoned.rows.get(answer.code)))
