"""How answers become a score (E-4). Every figure in the tables below was worked out by hand; the sums stand beside them."""

import json

import frappe
import pytest

from customer_service.customer_satisfaction import schemes, scoring
from customer_service.exceptions import ScoringError
from customer_service.organisation import presets

FIVE = (
	("Very satisfied", 100),
	("Satisfied", 80),
	("Fairly satisfied", 60),
	("Dissatisfied", 30),
	("Very dissatisfied", 0),
)


def scheme_of(calculation: str, levels=FIVE, **values):
	return frappe.get_doc(
		{
			"doctype": "Scoring Scheme",
			"scheme_name": f"Scheme {frappe.generate_hash(length=6)}",
			"calculation": calculation,
			"decimals": 1,
			"missing_rule": "Left Out",
			"levels": [{"level_label": label, "points": points} for label, points in levels],
			**values,
		}
	)


def survey_of(*items: dict):
	rows = [{"kind": "Level", "question": f"Question {row['code']}", **row} for row in items]
	return frappe.get_doc({"doctype": "Satisfaction Survey", "survey_code": "T", "title": "T", "items": rows})


def answers(**levels) -> list:
	"""Rows as they are stored: level 0 is an item that was asked and not answered."""
	return [
		frappe._dict(code=code, kind="Level", level=level, is_missing=int(not level), answer="", number=0)
		for code, level in levels.items()
	]


def twenties():
	return survey_of(*({"code": code, "max_points": 20} for code in "abcde"))


P1 = [
	# levels a–e              points at 100/80/60/30/0 % of 20            base
	((1, 1, 2, 1, 2), "20 + 20 + 16 + 20 + 16", 92),
	((1, 1, 1, 1, 1), "5 × 20", 100),
	((3, 3, 3, 3, 3), "5 × 12", 60),
	((4, 5, 1, 2, 3), "6 + 0 + 20 + 16 + 12", 54),
	((5, 5, 5, 5, 5), "5 × 0", 0),
]


@pytest.mark.parametrize("levels,_sum,base", P1)
def test_points_of_the_items_are_added(levels, _sum, base):
	reckoned = scoring.reckon(twenties(), scheme_of("Points"), answers(**dict(zip("abcde", levels, strict=True))))
	assert reckoned.is_scored and reckoned.base == base


MISSING = [
	# a, b, c of five items of 20 are answered 100, 80, 60 %; d and e are not
	("Left Out", 0, "(20 + 16 + 12) of 60 points, of 100: 80", 80.0),
	("Fixed Points", 50, "20 + 16 + 12 + 10 + 10", 68.0),
	("Fixed Points", 0, "20 + 16 + 12 + 0 + 0", 48.0),
	("No Score", 0, "none", None),
]


@pytest.mark.parametrize("rule,points,_sum,base", MISSING)
@pytest.mark.parametrize("calculation", ["Points", "Mean"])
def test_an_item_that_was_not_answered_follows_the_rule_of_the_scheme(rule, points, _sum, base, calculation):
	scheme = scheme_of(calculation, missing_rule=rule, missing_points=points)
	reckoned = scoring.reckon(twenties(), scheme, answers(a=1, b=2, c=3, d=0, e=0))
	assert (reckoned.base if reckoned.is_scored else None) == base


def test_not_answered_is_not_the_lowest_level():
	"""E-2: the item has no points and is not low; the worst level has 0 points and is."""
	scheme = scheme_of("Points", item_limit=12)
	rows = scoring.reckon(twenties(), scheme, answers(a=0, b=5, c=1, d=1, e=1)).rows
	assert (rows["a"].points, rows["a"].is_low, rows["b"].points, rows["b"].is_low) == (None, False, 0, True)


def test_an_item_that_was_not_asked_is_left_out_whatever_the_rule():
	scheme = scheme_of("Points", missing_rule="No Score")
	assert scoring.reckon(twenties(), scheme, answers(a=1, b=2, c=3)).base == 80  # 48 of 60


def test_nothing_answered_has_no_score():
	assert not scoring.reckon(twenties(), scheme_of("Points"), answers(a=0, b=0, c=0, d=0, e=0)).is_scored


HALVES = [
	# decimals, levels, mean, half up (half to even would give 82 and 91.2)
	(0, (1, 1, 1, 4), "330 ÷ 4 = 82.5", 83),
	(1, (1, 1, 1, 1, 1, 1, 1, 4), "730 ÷ 8 = 91.25", 91.3),
	(2, (1, 2, 2), "260 ÷ 3 = 86.666…", 86.67),
	(0, (1, 2, 2), "260 ÷ 3 = 86.666…", 87),
]


@pytest.mark.parametrize("decimals,levels,_mean,score", HALVES)
def test_half_a_unit_of_the_last_place_is_rounded_up(decimals, levels, _mean, score):
	given = {f"i{number}": level for number, level in enumerate(levels)}
	survey = survey_of(*({"code": code} for code in given))
	assert scoring.reckon(survey, scheme_of("Mean", decimals=decimals), answers(**given)).base == score


def test_points_by_item_and_level():
	"""P0 §5.3: price 10/9/8/6/4, quality 50/45/40/24/15: level 2 and level 4, 9 + 24; the rest 40 at level 1: 73."""
	survey = survey_of(
		{"code": "price", "level_points": "10, 9, 8, 6, 4"},
		{"code": "quality", "level_points": "50, 45, 40, 24, 15"},
		{"code": "rest", "max_points": 40},
	)
	reckoned = scoring.reckon(survey, scheme_of("Points"), answers(price=2, quality=4, rest=1))
	assert reckoned.base == 73
	assert (reckoned.rows["price"].points, reckoned.rows["price"].most) == (9, 10)
	assert (reckoned.rows["quality"].points, reckoned.rows["quality"].most) == (24, 50)


def weighted():
	return survey_of(
		{"code": "P", "kind": "Section", "weight": 40},
		{"code": "p1", "weight": 75},
		{"code": "p2", "weight": 25},
		{"code": "S", "kind": "Section", "weight": 35},
		{"code": "s1", "weight": 60},
		{"code": "s2", "weight": 40},
		{"code": "V", "kind": "Section", "weight": 25},
		{"code": "v1", "weight": 100},
	)


WEIGHTED = [
	({"p1": 1, "p2": 2, "s1": 3, "s2": 4, "v1": 2}, "P 95, S 48, V 80: 38 + 16.8 + 20", 74.8),
	({"p1": 1, "p2": 0, "s1": 3, "s2": 4, "v1": 2}, "P 100, S 48, V 80: 40 + 16.8 + 20", 76.8),
	({"p1": 1, "p2": 2, "s1": 0, "s2": 0, "v1": 2}, "P 95, V 80 of weights 65: (38 + 20) ÷ 65 = 89.230…", 89.2),
]


@pytest.mark.parametrize("levels,_sum,base", WEIGHTED)
def test_sections_and_their_items_count_by_their_weights(levels, _sum, base):
	assert scoring.reckon(weighted(), scheme_of("Weighted"), answers(**levels)).base == base


def test_yes_or_no_and_choices_have_points_of_their_own():
	"""10 of 10, 5 of 20 and 70 of 70."""
	survey = survey_of(
		{"code": "y", "kind": "Yes or No", "level_points": "10, 0"},
		{"code": "c", "kind": "Choice", "choices": "In a day = 20\nIn a week = 5\nLater = 0"},
		{"code": "l", "max_points": 70},
		{"code": "n", "kind": "NPS"},
		{"code": "t", "kind": "Text"},
	)
	rows = answers(y=1, c=2, l=1)
	rows[0].kind, rows[1].kind = "Yes or No", "Choice"
	rows.append(frappe._dict(code="n", kind="NPS", level=0, number=0, is_missing=0, answer="0"))
	assert scoring.reckon(survey, scheme_of("Points"), rows).base == 85


DEDUCTED = [
	# base, (count, points, cap) of each rule, explanation, deduction, score
	(92, [(2, 1, 5), (1, 2, 10)], "92 − 2×1 − 1×2 = 88", 4, 88),
	(92, [(7, 1, 5), (6, 2, 10)], "92 − min(7×1, 5) − min(6×2, 10) = 77", 15, 77),
	(92, [(0, 1, 5), (0, 2, 10)], "92", 0, 92),
	(3, [(4, 1, 5), (0, 2, 10)], "max(0, 3 − 4×1) = 0", 4, 0),
	(76.8, [(1, 0.5, 0)], "76.8 − 1×0.5 = 76.3", 0.5, 76.3),
]


@pytest.mark.parametrize("base,counts,explanation,deduction,score", DEDUCTED)
def test_deductions_have_their_limits_and_the_score_never_falls_below_nothing(
	base, counts, explanation, deduction, score
):
	rules = [{"rule_label": f"R{at}", "points": each[1], "cap": each[2]} for at, each in enumerate(counts)]
	scheme = scheme_of("Points", deduction_rules=rules)
	result = scoring.deducted(base, scheme, [each[0] for each in counts])
	named = "".join(f"R{at}, " for at, each in enumerate(counts) if each[0])[:-2]
	assert result.explanation == explanation + (f" ({named})" if named else "")
	assert (result.deduction, result.score) == (deduction, score)


WRONG_SCHEMES = [
	({"levels": []}, "at least two"),
	({"levels": FIVE[:1]}, "at least two"),
	({"levels": (("Good", 50), ("Bad", 60))}, "Row 2"),
	({"levels": (("Good", 101), ("Bad", 60))}, "Row 1"),
	({"levels": (("Good", 100), ("Bad", -1))}, "Row 2"),
	({"register": "User"}, "User"),
	({"date_field": "nothing"}, "nothing"),
	({"date_field": "subject"}, "subject"),
	({"customer_field": "topic"}, "topic"),
	({"conditions": "is_justified"}, "is_justified"),
	({"conditions": "nothing = 1"}, "nothing"),
	({"points": 0}, "Row 1"),
]


@pytest.mark.parametrize("change,said", WRONG_SCHEMES)
def test_a_scheme_that_cannot_work_is_refused_with_its_row(change, said):
	levels = change.pop("levels", FIVE) if "levels" in change else FIVE
	rule = {
		"rule_label": "Complaints",
		"register": "Complaint",
		"date_field": "received_at",
		"customer_field": "customer",
		"points": 1,
		**change,
	}
	with pytest.raises(ScoringError, match=said):
		schemes.validate(scheme_of("Points", levels=levels, deduction_rules=[rule]))


def test_points_must_come_to_a_hundred():
	with pytest.raises(ScoringError, match="80"):
		schemes.check(survey_of(*({"code": code, "max_points": 20} for code in "abcd")), scheme_of("Points"))
	schemes.check(twenties(), scheme_of("Points"))


def test_weights_must_come_to_a_hundred_in_all_and_in_each_section():
	survey = weighted()
	schemes.check(survey, scheme_of("Weighted"))
	survey.items[2].weight = 20
	with pytest.raises(ScoringError, match="95"):
		schemes.check(survey, scheme_of("Weighted"))
	survey = weighted()
	survey.items[0].weight = 50
	with pytest.raises(ScoringError, match="110"):
		schemes.check(survey, scheme_of("Weighted"))


def test_an_item_without_points_or_a_survey_without_scored_items_is_refused():
	with pytest.raises(ScoringError, match="Row 1"):
		schemes.check(survey_of({"code": "a"}), scheme_of("Points"))
	with pytest.raises(ScoringError, match="scored"):
		schemes.check(survey_of({"code": "a", "kind": "Text"}), scheme_of("Mean"))
	with pytest.raises(ScoringError, match="Row 1"):
		schemes.check(survey_of({"code": "a", "level_points": "50, 40"}), scheme_of("Points"))


def shipped(doctype: str) -> list[dict]:
	found = []
	for profile in presets.available():
		content = json.loads((presets.FOLDER / f"{profile}.json").read_text(encoding="utf-8"))
		found += [record for record in content["records"] if record["doctype"] == doctype]
	return found


@pytest.mark.parametrize("record", shipped("Satisfaction Survey"), ids=lambda record: record["name"])
def test_a_shipped_survey_adds_up_and_speaks_chinese(record):
	survey = frappe.get_doc(record)
	scheme = next(each for each in shipped("Scoring Scheme") if each["name"] == survey.scoring_scheme)
	schemes.check(survey, frappe.get_doc(scheme))
	wanted = {"Title", "Introduction", "Thanks", *(row.code for row in survey.items)}
	wanted |= {f"Level {number}" for number in range(1, len(scheme["levels"]) + 1)}
	assert wanted <= {row.part for row in survey.translations if row.translated_text}


def test_a_shipped_scheme_is_sound():
	for record in shipped("Scoring Scheme"):
		schemes.validate(frappe.get_doc(record))
