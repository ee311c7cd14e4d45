"""The surveys: versions that are fixed once approved, and what the page, the paper and the caller read of them (E-1).

A version goes Draft → Reviewed → Approved → In Use → Retired. From its review on what it says cannot change: results of one version
can be compared, and what a customer was asked can be proved.
"""

import re

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from customer_service.customer_satisfaction import questions, schemes, wordings
from customer_service.exceptions import RecordClosedError, SurveyError
from customer_service.organisation import caching, clock, content, states, steps

DOCTYPE = "Satisfaction Survey"
CACHE = f"{caching.PREFIX}surveys"

REVIEWED, APPROVED, IN_USE, RETIRED = "Reviewed", "Approved", "In Use", "Retired"
FIXED = (APPROVED, IN_USE, RETIRED)

COMPUTED = (
	"version",
	"state_category",
	"supersedes",
	"reviewed_by",
	"reviewed_at",
	"approved_by",
	"approved_at",
	"in_use_at",
	"ended_at",
	"content_hash",
)

SAID = ("survey_code", "title", "language", "scoring_scheme", "introduction", "thanks", "phone_script")
TABLES = ("items", "languages", "translations")

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def number_version(survey) -> None:
	"""The next version of its code, whatever a request says.

	:raises SurveyError: for a code that is none.
	"""
	survey.survey_code = cstr(survey.survey_code).strip()
	if not CODE.fullmatch(survey.survey_code):
		frappe.throw(
			_("{0} has letters, digits and . _ - only, 40 at most.").format(
				frappe.bold(_(survey.meta.get_label("survey_code")))
			),
			SurveyError,
		)
	table = frappe.qb.DocType(DOCTYPE)
	known = (
		frappe.qb.from_(table)
		.select(table.name, table.version)
		.where(table.survey_code == survey.survey_code)
		.orderby(table.version, order=frappe.qb.desc)
		.limit(1)
		.run()
	)
	survey.flags.computed = {"version": known[0][1] + 1 if known else 1, "supersedes": known[0][0] if known else None}
	survey.version = survey.flags.computed["version"]  # the name is made of it


def complete(survey) -> None:
	"""Codes of the questions, lines for their translations; while the survey is a draft."""
	if not steps.is_first_state(survey):
		return
	questions.number(survey)
	questions.check(survey)
	wordings.check(survey)
	wordings.complete(survey, levels_of(survey))


def levels_of(survey) -> list[str]:
	"""Labels of the levels of the survey's scheme, the best first."""
	if not survey.scoring_scheme:
		return []
	return [level.level_label for level in frappe.get_cached_doc("Scoring Scheme", survey.scoring_scheme).levels]


def follow_step(survey) -> None:
	"""What a step asks for and stamps.

	:raises SurveyError: if the questions, their points or their translations are not ready for it; says why.
	"""
	step = steps.step_reached(survey)
	if step == REVIEWED:
		refuse_unready(survey)
		survey.update({"reviewed_by": frappe.session.user, "reviewed_at": clock.now(), "content_hash": hash_of(survey)})
	elif step == APPROVED:
		refuse_unready(survey)
		_refuse_own_approval(survey)
		survey.update({"approved_by": frappe.session.user, "approved_at": clock.now()})
	elif step == IN_USE:
		survey.in_use_at = clock.now()
	steps.settle(survey)


def refuse_unready(survey) -> None:
	"""
	:raises SurveyError: for a survey that nobody could answer, or that could not be scored.
	"""
	if not [item for item in survey.items if item.kind != questions.SECTION]:
		frappe.throw(_("A survey needs at least one question."), SurveyError)
	wordings.refuse_gaps(survey)
	schemes.check(survey, frappe.get_cached_doc("Scoring Scheme", survey.scoring_scheme))


def _refuse_own_approval(survey) -> None:
	"""Whoever reviewed a survey does not approve it, too: four eyes.

	:raises SurveyError: says so.
	"""
	if survey.reviewed_by == frappe.session.user and frappe.session.user != "Administrator":
		frappe.throw(_("You have reviewed this survey; somebody else approves it."), SurveyError)


def hash_of(survey) -> str:
	"""The fingerprint of what the survey says."""
	said = {field: cstr(survey.get(field)) for field in SAID}
	said |= {table: [content.content_of(row) for row in survey.get(table)] for table in TABLES}
	return content.fingerprint(said)


def refuse_change_after_review(survey) -> None:
	"""What was reviewed is what is approved and asked.

	:raises RecordClosedError: if what it says is changed when it is no draft any more; tells what to do instead.
	"""
	before = survey.get_doc_before_save()
	if not before or steps.is_first_state(survey) or hash_of(survey) == before.content_hash:
		return
	name = frappe.bold(escape_html(survey.name))
	if steps.step_of(before) == REVIEWED:
		message = _("{0} has been reviewed. Send it back to change what it says.").format(name)
	else:
		message = _("{0} has been approved; what it says cannot be changed. Make a new version.").format(name)
	frappe.throw(message, RecordClosedError)


def retire_others(survey) -> None:
	"""Only one version of a survey is in use: the others retire when it takes their place."""
	if steps.step_reached(survey) != IN_USE:
		return
	known = {"survey_code": survey.survey_code, "name": ("!=", survey.name)}
	known["workflow_state"] = states.state_for(DOCTYPE, IN_USE)
	for name in frappe.get_all(DOCTYPE, known, pluck="name"):
		steps.go_to(frappe.get_doc(DOCTYPE, name), RETIRED)


def new_version(name: str):
	"""A draft with what this version says, to be changed.

	:returns: the new Satisfaction Survey. :raises SurveyError: if a draft of it is open already; names it.
	"""
	survey = frappe.get_doc(DOCTYPE, name)
	open_states = [row.state for row in states.states_of(DOCTYPE) if row.get(states.STEP_FIELD) not in FIXED]
	known = {"survey_code": survey.survey_code, "workflow_state": ("in", open_states)}
	if draft := frappe.db.get_value(DOCTYPE, known):
		frappe.throw(_("{0} is being prepared already.").format(frappe.bold(escape_html(draft))), SurveyError)
	copied = frappe.copy_doc(survey, ignore_no_copy=False)
	copied.insert()
	return copied


def view(survey) -> dict:
	"""For the form: ``is_fixed``, whether what the version says is changed by a new version only."""
	return {"is_fixed": steps.step_of(survey) in FIXED}


def is_in_use(survey) -> bool:
	"""Whether customers may be asked by this version."""
	return steps.step_of(survey) == IN_USE


# --- what is read of it ------------------------------------------------------------------------------------------------


def shown(name: str, language: str, scheme: str | None = None) -> dict:
	"""The survey as a page shows it, cached.

	:param scheme: the Scoring Scheme of the campaign, whose levels are the choices; the survey's own if not given.
	:returns: ``title``, ``introduction``, ``thanks``, ``language`` (the survey's own if it does not speak the one asked for),
		``languages`` (``code``, ``label``), ``items`` (``code``, ``kind``, ``question``, ``help``, ``mandatory``, ``options`` of
		``value`` and ``label``, ``number_from``, ``number_to``, ``shown_if``, ``shown_if_answers`` as values).
	"""
	language = spoken_language(name, language)
	return frappe.cache().hget(CACHE, f"{name}:{language}:{scheme or ''}", lambda: _shown(name, language, scheme))


def spoken_language(name: str, language: str | None) -> str:
	"""The language of a survey nearest to the one asked for: that itself, one of its family (zh for zh-TW), or the survey's own.

	Anybody may ask for anything: nothing that is asked for becomes a key of what is cached.
	"""
	spoken = frappe.cache().hget(CACHE, f"{name}::", lambda: wordings.languages_of(frappe.get_doc(DOCTYPE, name)))
	if language in spoken:
		return language
	return next((code for code in spoken if code[:2] == cstr(language)[:2]), spoken[0])


def _shown(name: str, language: str, scheme: str | None) -> dict:
	survey = frappe.get_doc(DOCTYPE, name)
	levels = [
		row.level_label for row in frappe.get_cached_doc("Scoring Scheme", scheme or survey.scoring_scheme).levels
	]
	spoken = wordings.languages_of(survey)
	texts = wordings.of(survey, language, levels)
	items = {item.code: item for item in survey.items}
	return {
		"title": texts[wordings.TITLE],
		"introduction": texts.get(wordings.INTRODUCTION, ""),
		"thanks": texts.get(wordings.THANKS, ""),
		"language": language,
		"languages": [{"code": code, "label": wordings.label_of(code)} for code in spoken],
		"items": [_item(item, items, texts, levels) for item in survey.items],
	}


def _item(item, items: dict, texts: dict[str, str], levels: list[str]) -> dict:
	asked = items.get(item.shown_if)
	return {
		"code": item.code,
		"kind": item.kind,
		"question": texts.get(item.code, ""),
		"help": texts.get(f"{item.code} Help", ""),
		"mandatory": bool(item.is_mandatory),
		"options": [{"value": value, "label": label} for value, label in _options(item, texts, levels)],
		"number_from": item.number_from if item.number_from or item.number_to else None,
		"number_to": item.number_to if item.number_from or item.number_to else None,
		"shown_if": item.shown_if or None,
		"shown_if_answers": sorted(questions.wanted(item, asked, levels)) if asked else [],
	}


def _options(item, texts: dict[str, str], levels: list[str]) -> list[tuple[str, str]]:
	options = questions.options(item, levels)
	if item.kind == questions.LEVEL:
		return [(value, texts.get(f"Level {value}", label)) for value, label in options]
	if item.kind == questions.YES_NO:
		return [(value, texts.get(label, label)) for value, label in options]
	if item.kind == questions.CHOICE:
		labels = questions.lines(texts.get(f"{item.code} Choices"))
		if len(labels) == len(options):
			return [(value, labels[place]) for place, (value, _label) in enumerate(options)]
	return options


def is_asked(survey, code: str, given: dict[str, str], scheme: str | None = None) -> bool:
	"""Whether a question is asked of somebody who has answered so.

	:param given: code -> value as posted.
	"""
	levels = frappe.get_cached_doc("Scoring Scheme", scheme or survey.scoring_scheme).levels
	return questions.is_asked(survey, code, given, [level.level_label for level in levels])


def forget(*_args) -> None:
	"""Drop what is cached; called when a survey or a scheme changes."""
	caching.forget(CACHE)
