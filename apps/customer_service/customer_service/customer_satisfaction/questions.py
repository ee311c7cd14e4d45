"""The questions of a survey: what each must say, what may be answered to it, and when it is asked (E-1, E-4)."""

import re

import frappe
from frappe import _
from frappe.utils import cstr, escape_html, flt

from customer_service.exceptions import SurveyError

SECTION, LEVEL, YES_NO, CHOICE, NUMBER, NPS, TEXT = (
	"Section",
	"Level",
	"Yes or No",
	"Choice",
	"Number",
	"NPS",
	"Text",
)
CHOSEN = (LEVEL, YES_NO, CHOICE, NPS)
"""Kinds that are answered by choosing one of several."""

CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,19}")
POINTED_CHOICE = re.compile(r"(.+?)\s*=\s*(-?\d+(?:\.\d+)?)\s*")
HIGHEST_NPS = 10
MOST_ITEMS = 100
"""More nobody answers, and no page of a phone shows."""


def number(survey) -> None:
	"""Give every item that has no code one of its own: Q1, Q2 …, sections S1, S2 …"""
	taken = {cstr(item.code).strip().upper() for item in survey.items}
	for item in survey.items:
		item.code = cstr(item.code).strip()
		if item.code:
			continue
		letter = "S" if item.kind == SECTION else "Q"
		item.code = next(f"{letter}{n}" for n in range(1, 1000) if f"{letter}{n}" not in taken)
		taken.add(item.code)


def check(survey) -> None:
	"""What is wrong with the questions as such, whatever scheme scores them.

	:raises SurveyError: names the row and what to do.
	"""
	if len(survey.items) > MOST_ITEMS:
		frappe.throw(_("A survey has at most {0} questions.").format(MOST_ITEMS), SurveyError)
	earlier: dict[str, object] = {}
	for item in survey.items:
		_check_code(item, earlier)
		if item.kind == CHOICE and len(choices(item)) < 2:
			refuse(item, _("write at least two choices, one a line."))
		if item.kind == NUMBER and (item.number_from or item.number_to) and flt(item.number_to) < flt(item.number_from):
			refuse(item, _("the largest number must not be below the smallest."))
		_check_condition(item, earlier)
		earlier[item.code] = item


def refuse(item, why: str) -> None:
	"""
	:raises SurveyError: names the row.
	"""
	frappe.throw(
		_("Questions, row {0} ({1}): {2}").format(item.idx, frappe.bold(escape_html(cstr(item.code))), why), SurveyError
	)


def _check_code(item, earlier: dict) -> None:
	if not CODE.fullmatch(item.code):
		refuse(item, _("a code begins with a letter and has letters, digits, - and _ only, 20 at most."))
	if item.code.upper() in (code.upper() for code in earlier):
		refuse(item, _("this code stands here twice."))


def _check_condition(item, earlier: dict) -> None:
	if not item.shown_if:
		item.shown_if_answers = None
		return
	asked = earlier.get(item.shown_if)
	if not asked or asked.kind == SECTION:
		refuse(item, _("it can be asked only after the code of an earlier question."))
	wanted = lines(item.shown_if_answers)
	if not wanted:
		refuse(item, _("write after which answers it is asked, one a line."))


def lines(value: str | None) -> list[str]:
	"""The lines of a field that are not empty."""
	return [line.strip() for line in cstr(value).splitlines() if line.strip()]


def choices(item) -> list[str]:
	"""What can be chosen, without the points."""
	return [(POINTED_CHOICE.fullmatch(line) or [line, line])[1].strip() for line in lines(item.choices)]


def options(item, levels: list[str]) -> list[tuple[str, str]]:
	"""Value and label of everything that can be chosen, in the survey's own language; empty for what is typed.

	:param levels: the labels of the scheme's levels, the best first.
	"""
	if item.kind == LEVEL:
		labels = levels
	elif item.kind == YES_NO:
		labels = ["Yes", "No"]
	elif item.kind == CHOICE:
		labels = choices(item)
	elif item.kind == NPS:
		return [(str(value), str(value)) for value in range(HIGHEST_NPS + 1)]
	else:
		return []
	return [(str(place), label) for place, label in enumerate(labels, 1)]


def is_asked(survey, code: str, given: dict[str, str], levels: list[str]) -> bool:
	"""Whether a question is asked of somebody who has answered so: its condition holds, and what that asks for was asked itself.

	:param given: code -> value as posted. :param levels: labels of the scheme's levels.
	"""
	items = {item.code: item for item in survey.items}
	item = items[code]
	while item.shown_if:
		asked = items.get(item.shown_if)
		if asked is None or cstr(given.get(asked.code)).strip() not in wanted(item, asked, levels):
			return False
		item = asked
	return True


def wanted(item, asked, levels: list[str]) -> set[str]:
	"""The values of an earlier question after which this one is asked; the editor may have written labels or values."""
	values = {label.casefold(): value for value, label in options(asked, levels)}
	return {values.get(line.casefold(), line) for line in lines(item.shown_if_answers)}
