"""A survey in the languages of its customers: which texts there are, and their translations (G-2, E-1)."""

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from customer_service.customer_satisfaction import questions
from customer_service.exceptions import SurveyError

TITLE, INTRODUCTION, THANKS = "Title", "Introduction", "Thanks"


def parts(survey, levels: list[str]) -> dict[str, str]:
	"""Every text that a customer reads: name of the part -> text in the survey's own language, in the order of the page."""
	found = {TITLE: survey.title, INTRODUCTION: survey.introduction, THANKS: survey.thanks}
	kinds = {item.kind for item in survey.items}
	if questions.LEVEL in kinds:
		found |= {f"Level {place}": label for place, label in enumerate(levels, 1)}
	if questions.YES_NO in kinds:
		found |= {"Yes": "Yes", "No": "No"}
	for item in survey.items:
		found[item.code] = item.question
		found[f"{item.code} Help"] = item.help
		if item.kind == questions.CHOICE:
			found[f"{item.code} Choices"] = "\n".join(questions.choices(item))
	return {part: cstr(text).strip() for part, text in found.items() if cstr(text).strip()}


def complete(survey, levels: list[str]) -> None:
	"""A line for every text in every further language, in the order of the page; what is translated already stays.

	Words that the site knows itself, such as its levels, come translated.
	"""
	wanted = [row.language for row in survey.languages if row.language and row.language != survey.language]
	known = {(row.language, row.part): row.translated_text for row in survey.translations}
	lines = [
		(language, part, text, known.get((language, part)) or _known(text, language))
		for language in dict.fromkeys(wanted)
		for part, text in parts(survey, levels).items()
	]
	columns = ("language", "part", "source_text", "translated_text")
	if lines != [tuple(row.get(column) or None for column in columns) for row in survey.translations]:
		survey.translations = []
		survey.extend("translations", [dict(zip(columns, line, strict=True)) for line in lines])


def _known(text: str, language: str) -> str | None:
	translated = _(text, language)
	return translated if translated != text else None


def check(survey) -> None:
	"""
	:raises SurveyError: for a language that stands twice, is the survey's own, or has texts without a translation; names the first.
	"""
	languages = [row.language for row in survey.languages]
	for row in survey.languages:
		if languages.count(row.language) > 1 or row.language == survey.language:
			frappe.throw(
				_("Further languages, row {0}: {1} stands here twice.").format(
					row.idx, frappe.bold(escape_html(row.language))
				),
				SurveyError,
			)


def refuse_gaps(survey) -> None:
	"""
	:raises SurveyError: if a text has no translation; names the language and how many.
	"""
	for language in languages_of(survey)[1:]:
		missing = [row for row in survey.translations if row.language == language and not row.translated_text]
		if missing:
			frappe.throw(
				_("{0} texts are not translated into {1}, the first in row {2} of the translations.").format(
					len(missing), frappe.bold(label_of(language)), missing[0].idx
				),
				SurveyError,
			)


def languages_of(survey) -> list[str]:
	"""The survey's own language first."""
	return list(dict.fromkeys([survey.language, *(row.language for row in survey.languages)]))


def label_of(language: str) -> str:
	"""The language by its own name."""
	return frappe.get_cached_value("Language", language, "language_name") or language


def of(survey, language: str, levels: list[str]) -> dict[str, str]:
	"""Every text in a language; in the survey's own where a translation is missing."""
	texts = parts(survey, levels)
	if language == survey.language:
		# The site's own words for yes and no; the levels' where the survey is in English, as the scheme's are.
		return {
			part: _(text, language) if part in ("Yes", "No") or part.startswith("Level ") else text
			for part, text in texts.items()
		}
	translated = {row.part: row.translated_text for row in survey.translations if row.language == language}
	return {part: translated.get(part) or text for part, text in texts.items()}
