"""What a Scoring Scheme must be, and whether a survey goes with it (E-4)."""

import hashlib
import json

import frappe
from frappe import _
from frappe.utils import cint, cstr, escape_html, flt

from customer_service.customer_satisfaction import item_points, questions, rule_conditions
from customer_service.customer_satisfaction.rounding import plainly
from customer_service.exceptions import ScoringError
from customer_service.organisation import processes, states

LEAST_LEVELS, MOST_DECIMALS = 2, 3

DATE_TYPES = ("Date", "Datetime")


def validate(scheme) -> None:
	"""Refuse a scheme that cannot work: its levels, its figures, its deductions.

	:raises ScoringError: says what and in which row.
	"""
	_check_levels(scheme.levels)
	_keep_levels_in_use(scheme)
	_check_figures(scheme)
	for number, rule in enumerate(scheme.deduction_rules, start=1):
		rule.idx = number
		_check_rule(rule)


def _check_levels(levels: list) -> None:
	if len(levels) < LEAST_LEVELS:
		frappe.throw(_("A scoring scheme needs at least two levels, from the best to the worst."), ScoringError)
	before = 100.0
	for number, level in enumerate(levels, start=1):
		if not cstr(level.level_label).strip():
			frappe.throw(_("Levels, Row {0}: the level needs a name.").format(number), ScoringError)
		if not 0 <= flt(level.points) <= 100:
			frappe.throw(_("Levels, Row {0}: points must lie between 0 and 100.").format(number), ScoringError)
		if flt(level.points) > before:
			frappe.throw(
				_(
					"Levels, Row {0}: a level must not have more points than the one above it; the best comes first."
				).format(number),
				ScoringError,
			)
		before = flt(level.points)


def _keep_levels_in_use(scheme) -> None:
	"""Answers keep the place of the level that was chosen, and reviewed surveys its words: both stay what they meant (E-4).

	:raises ScoringError: for another number, order or other names of levels that a campaign or a survey beyond its draft uses.
	"""
	before = scheme.get_doc_before_save()
	if not before or [row.level_label for row in before.levels] == [row.level_label for row in scheme.levels]:
		return
	draft = states.initial_state("Satisfaction Survey")
	used = frappe.db.get_value("Survey Campaign", {"scoring_scheme": scheme.name}) or frappe.db.get_value(
		"Satisfaction Survey", {"scoring_scheme": scheme.name, "workflow_state": ("!=", draft)}
	)
	if used:
		frappe.throw(
			_(
				"{0} uses these levels: their number, order and names can no longer be changed. Make a new scheme; points may change here."
			).format(_bold(used)),
			ScoringError,
		)


def _check_figures(scheme) -> None:
	if not 0 <= cint(scheme.decimals) <= MOST_DECIMALS:
		frappe.throw(_("Decimals must lie between 0 and {0}.").format(MOST_DECIMALS), ScoringError)
	for field in ("missing_points", "least_answered", "recovery_threshold", "score_limit"):
		if not 0 <= flt(scheme.get(field)) <= 100:
			frappe.throw(
				_("{0} must lie between 0 and 100.").format(frappe.bold(_(scheme.meta.get_label(field)))), ScoringError
			)
	if scheme.confidence and not 50 <= flt(scheme.confidence) < 100:
		frappe.throw(_("The confidence of intervals must lie between 50 and 99.9 %."), ScoringError)
	if flt(scheme.item_limit) < 0:
		frappe.throw(_("The limit of an item must not be negative."), ScoringError)


def _check_rule(rule) -> None:
	if flt(rule.points) <= 0:
		_refuse_rule(rule, _("the points a record takes off must be more than 0."))
	if flt(rule.cap) < 0 or cint(rule.months) < 0:
		_refuse_rule(rule, _("limit and months must not be negative."))
	meta = _register(rule)
	date_field = meta.get_field(cstr(rule.date_field))
	if not date_field or date_field.fieldtype not in DATE_TYPES:
		_refuse_rule(rule, _("{0} is not a date of {1}.").format(_bold(rule.date_field), _(rule.register)))
	customer = meta.get_field(cstr(rule.customer_field))
	if not customer or (customer.fieldtype, customer.options) != ("Link", "Service Customer"):
		_refuse_rule(
			rule, _("{0} does not name the customer of {1}.").format(_bold(rule.customer_field), _(rule.register))
		)
	rule_conditions.read(rule)


def _register(rule):
	"""The register's DocType: one of this app's, whose records stand for themselves."""
	if rule.register and frappe.db.exists("DocType", rule.register) and processes.is_ours(rule.register):
		meta = frappe.get_meta(rule.register)
		if not meta.istable and not meta.issingle:
			return meta
	_refuse_rule(rule, _("{0} is not a register of customer service.").format(_bold(rule.register)))


def _refuse_rule(rule, why: str) -> None:
	frappe.throw(_("Deductions, Row {0}: {1}").format(rule.idx, why), ScoringError)


def _bold(value) -> str:
	return frappe.bold(escape_html(cstr(value)[:140]))


ITEM_RULES = ("code", "kind", "max_points", "weight", "level_points")
DEDUCTION_RULES = ("register", "date_field", "customer_field", "points", "cap", "months", "conditions")


def fingerprints(survey, scheme) -> dict[str, str]:
	"""``scale``: how a level becomes points; ``rules``: how answers become a score. Two results with the same can be compared (E-5)."""
	scale = [scheme.calculation, [flt(level.points) for level in scheme.levels]]
	rules = [
		scale,
		scheme.missing_rule,
		flt(scheme.missing_points),
		[[cstr(rule.get(field)) for field in DEDUCTION_RULES] for rule in scheme.deduction_rules],
		sorted([cstr(item.get(field)) for field in ITEM_RULES] for item in survey.items if item.kind != questions.TEXT),
	]
	return {"scale": _hash(scale), "rules": _hash(rules)}


def _hash(rules: list) -> str:
	return hashlib.sha256(json.dumps(rules).encode()).hexdigest()[:32]


def check(survey, scheme) -> None:
	"""Refuse a survey whose items do not add up by the scheme; called when it is reviewed.

	Points: the most points of all scored items are 100. Weighted: the weights of the sections are 100 % together, and so are those of
	the items of each section.

	:param scheme: a Scoring Scheme or its name. :raises ScoringError: names the row, or the sum.
	"""
	scheme = frappe.get_cached_doc("Scoring Scheme", scheme) if isinstance(scheme, str) else scheme
	scored = []
	for number, row in enumerate(survey.items, start=1):
		row.idx = number
		if row.kind != item_points.SECTION:
			worth = item_points.of_item(row, scheme)
			_check_item(row, worth, scheme)
			if worth.is_scored:
				scored.append(worth)
	if not scored:
		frappe.throw(_("The survey has no item that is scored."), ScoringError)
	if scheme.calculation == "Points":
		_want_hundred(sum(worth.most for worth in scored), _("The most points of all items"))
	elif scheme.calculation == "Weighted":
		_check_weights(survey, scheme)


def _check_item(row, worth, scheme) -> None:
	own = item_points.own_points(row)
	wanted = {item_points.LEVEL: len(scheme.levels), item_points.YES_NO: 2}.get(row.kind, len(own))
	if own and len(own) != wanted:
		_refuse_item(row, _("it needs {0} figures of points, and has {1}.").format(wanted, len(own)))
	if row.kind == item_points.LEVEL and not worth.is_scored:
		_refuse_item(row, _("it has no points. Fill in its most points, or points for each level."))
	if row.kind == item_points.CHOICE and own and not _all_choices_have_points(row):
		_refuse_item(row, _("some of its choices have points and others have none."))
	if not worth.is_scored:
		return
	if min(worth.points) < 0 or max(worth.points) > worth.most or not worth.most:
		_refuse_item(row, _("its points must lie between 0 and its most points."))
	if row.kind == item_points.LEVEL and list(worth.points) != sorted(worth.points, reverse=True):
		_refuse_item(row, _("a level must not have more points than the one before it; the best comes first."))
	if worth.limit and worth.limit > worth.most:
		_refuse_item(row, _("its limit is higher than its most points."))


def _all_choices_have_points(row) -> bool:
	return all(points is not None for _label, points in item_points.lines(row))


def _check_weights(survey, scheme) -> None:
	sections, items = {}, {}
	for number, row in enumerate(survey.items):
		if row.kind == item_points.SECTION:
			sections[number] = row
	for worth in item_points.of_survey(survey, scheme).values():
		if not worth.is_scored:
			continue
		if worth.section < 0:
			frappe.throw(
				_("Item {0} stands before the first section; by weights each item belongs to one.").format(
					_bold(worth.code)
				),
				ScoringError,
			)
		items.setdefault(worth.section, []).append(worth.weight)
	for number, row in sections.items():
		if number not in items and row.weight:
			_refuse_item(row, _("the section has a weight and no item that is scored."))
	_want_hundred(sum(item_points.exact(sections[number].weight) for number in items), _("The weights of the sections"))
	for number, weights in items.items():
		label = _("The weights in section {0}").format(_bold(sections[number].question))
		_want_hundred(sum(weights), label)


def _refuse_item(row, why: str) -> None:
	frappe.throw(_("Questions, Row {0} ({1}): {2}").format(row.idx, _bold(row.code or row.question), why), ScoringError)


def _want_hundred(total, what: str) -> None:
	if total != 100:
		frappe.throw(_("{0} must come to 100, and come to {1}.").format(what, plainly(total)), ScoringError)
