"""The result of a campaign: all answers scored again, then counted and compared, stored as one Survey Result a time (E-5).

Until the campaign is reported it may be reckoned as often as one likes; then its last result stays what it is.
"""

import json
from fractions import Fraction

import frappe
from frappe import _
from frappe.utils import cstr, escape_html
from pypika import Order

from customer_service.customer_satisfaction import (
	campaign_figures,
	item_points,
	performance,
	questions,
	recovery,
	rescoring,
	schemes,
	statistics,
	weak_items,
)
from customer_service.customer_satisfaction.rounding import half_up
from customer_service.customer_satisfaction.statistics import Sample
from customer_service.exceptions import SurveyError
from customer_service.organisation import clock, events, states

DOCTYPE, CAMPAIGN = "Survey Result", "Survey Campaign"

CONFIDENCE = 95
"""Percent, where the scheme names none."""

MEAN_DECIMALS, TREND_LENGTH, MOST_SCORE = 4, 12, 100.0


def reckon(campaign):
	"""Reckon a campaign's result from its valid answers; returns the new Survey Result, the current one from now on.

	:param campaign: a Survey Campaign or its name. A document that is given gets the figures too.
	:raises SurveyError: if the campaign is reported.
	"""
	name = campaign if isinstance(campaign, str) else campaign.name
	doc = frappe.get_doc(CAMPAIGN, name) if isinstance(campaign, str) else campaign
	if frappe.db.get_value(CAMPAIGN, name, "reported_at", for_update=True):
		frappe.throw(
			_("Campaign {0} is reported; its result stays as it is.").format(frappe.bold(escape_html(name))),
			SurveyError,
		)
	rescoring.rescore(doc)
	result = _Result(doc).make()
	weak_items.follow(result, doc)
	figures = {field: result.get(field) for field in recovery.FIELDS}
	figures |= {"mean_score": result.mean_score, "current_result": result.name}
	frappe.db.set_value(CAMPAIGN, name, figures, update_modified=False)
	doc.update(figures)
	events.record_many([(CAMPAIGN, name, "Reckoned", None, result.name, None)])
	return result


def close_answers(campaign) -> None:
	"""The answers of a reported campaign are closed: from now on their time of keeping runs, and nobody judges them any more."""
	table = frappe.qb.DocType("Survey Response")
	query = frappe.qb.update(table).set(table.state_category, states.CLOSED).set(table.ended_at, clock.now())
	query.where((table.campaign == campaign.name) & table.ended_at.isnull()).run()


def current(campaign: str) -> str | None:
	"""The name of a campaign's current result."""
	return frappe.db.get_value(DOCTYPE, {"campaign": campaign, "is_current": 1})


def details_of(result) -> dict:
	"""The figures of a result that its fields do not hold: samples, distributions, groups, trend."""
	return json.loads(result.details or "{}")


class _Result:
	def __init__(self, campaign):
		self.campaign = campaign
		self.scheme = frappe.get_cached_doc("Scoring Scheme", campaign.scoring_scheme)
		self.survey = frappe.get_cached_doc("Satisfaction Survey", campaign.survey)
		self.worths = item_points.of_survey(self.survey, self.scheme)
		self.fingerprints = schemes.fingerprints(self.survey, self.scheme)
		self.confidence = float(self.scheme.confidence or CONFIDENCE)
		self.before = _before(campaign, self.survey.survey_code)
		self.details_before = details_of(self.before[-1]) if self.before else {}
		self.distribution = campaign_figures.distribution(campaign.name)
		self.samples: dict[str, Sample] = {}

	def make(self):
		doc = frappe.new_doc(DOCTYPE)
		doc.update(
			{
				"campaign": self.campaign.name,
				"version": 1 + (frappe.db.count(DOCTYPE, {"campaign": self.campaign.name}) or 0),
				"is_current": 1,
				"computed_at": clock.now(),
				"computed_by": frappe.session.user,
				"department": self.campaign.department,
				**{
					field: value
					for field, value in recovery.count(self.campaign.name).items()
					if field in recovery.FIELDS
				},
				**self.score_fields(),
				**self.nps_fields(),
			}
		)
		doc.set("items", self.item_rows())
		doc.details = json.dumps(self.details(doc), ensure_ascii=False, sort_keys=True)
		earlier = frappe.qb.DocType(DOCTYPE)
		frappe.qb.update(earlier).set(earlier.is_current, 0).where(earlier.campaign == self.campaign.name).run()
		doc.flags.ignore_permissions = (
			True  # who takes the campaign's step may make its result, and nobody else makes one
		)
		return doc.insert()

	def score_fields(self) -> dict:
		self.score, deduction = campaign_figures.scores(self.campaign.name)
		known = self.details_before.get("score") if self.is_comparable("rules") else None
		last = self.before[-1] if self.before else None
		return {
			"scored": self.score.n,
			"mean_score": _rounded(self.score.mean),
			**self.interval("score_from", "score_to", self.score),
			"deduction_mean": _rounded(deduction),
			"previous_campaign": last and last.campaign,
			"previous_score": last and last.mean_score,
			"score_is_beyond_chance": int(
				bool(known) and statistics.differs(self.score, Sample(**known), self.confidence)
			),
		}

	def interval(self, first: str, last: str, sample: Sample, most: float = MOST_SCORE) -> dict:
		"""The confidence interval, cut at what is possible: no customer gives less than nothing or more than the most."""
		found = statistics.interval(sample, self.confidence)
		return {first: _rounded(max(found[0], 0)), last: _rounded(min(found[1], most))} if found else {}

	def nps_fields(self) -> dict:
		code = next((code for code, worth in self.worths.items() if worth.kind == questions.NPS), None)
		counts = self.distribution.get(code, {})
		answers = sum(counts.values())
		promoters = sum(n for figure, n in counts.items() if figure >= campaign_figures.PROMOTER)
		detractors = sum(n for figure, n in counts.items() if figure < campaign_figures.PASSIVE)
		return {"nps": _rounded(statistics.nps(promoters, detractors, answers) or 0), "nps_answers": answers}

	def item_rows(self) -> list[dict]:
		found = campaign_figures.items(self.campaign.name)
		return [self.item_row(row, found[row.code]) for row in self.survey.items if row.code in found]

	def item_row(self, item, figures) -> dict:
		worth = self.worths[item.code]
		mean = Fraction(cstr(figures.total)) / figures.n
		sample = self.samples[item.code] = campaign_figures.sample(figures.n, mean, figures.sd)
		sums = (float(figures[key] or 0) for key in ("x", "y", "xx", "yy", "xy"))
		importance = statistics.correlation(int(figures.pairs or 0), *sums)
		return {
			"code": item.code,
			"question": item.question,
			"answered": figures.n,
			"mean": half_up(mean, MEAN_DECIMALS),
			**self.interval("mean_from", "mean_to", sample, float(worth.most)),
			"max_points": float(worth.most),
			"item_limit": float(worth.limit or 0),
			"is_low": int(bool(worth.limit) and mean < worth.limit),
			"importance": _rounded(importance or 0),
			**self.change(item.code, sample, float(worth.most)),
		}

	def is_comparable(self, what: str) -> bool:
		"""Whether the campaign before was reckoned by the same ``scale`` (how a level becomes points), or ``rules`` (that, and what is deducted)."""
		before = self.details_before.get(what)
		return before is None or before == self.fingerprints[what]  # of results that do not say yet we believe it

	def change(self, code: str, sample: Sample, most: float) -> dict:
		"""Against the campaign before, if the item was worth as much there and levels gave the same points."""
		known = (self.details_before.get("items") or {}).get(code) if self.is_comparable("scale") else None
		if not known or known["most"] != most:
			return {}
		earlier = Sample(known["n"], known["mean"], known["sd"])
		return {
			"previous_mean": _rounded(earlier.mean),
			"difference": _rounded(sample.mean - earlier.mean),
			"is_beyond_chance": int(statistics.differs(sample, earlier, self.confidence)),
		}

	def details(self, doc) -> dict:
		name = self.campaign.name
		return {
			"confidence": self.confidence,
			**self.fingerprints,
			"levels": [level.level_label for level in self.scheme.levels],
			"score": self.score._asdict(),
			"items": {
				code: {**sample._asdict(), "most": float(self.worths[code].most)}
				for code, sample in self.samples.items()
			},
			"distribution": self.distribution,
			"classes": campaign_figures.scores_by(name, "customer_class"),
			"regions": campaign_figures.scores_by(name, "region"),
			"items_by_class": campaign_figures.items_by(name, "customer_class"),
			"items_by_region": campaign_figures.items_by(name, "region"),
			"deductions": campaign_figures.deducted(name),
			"refused": campaign_figures.refused(name),
			"performance": performance.of_period(self.campaign.period_from, self.campaign.period_to),
			"trend": [*(_point(result) for result in self.before), _point(doc, self.campaign)],
		}


def _before(campaign, survey_code: str) -> list:
	"""Results of the reported campaigns of the same survey, whatever its version, that ended earlier; the earliest first."""
	table, survey, result = (frappe.qb.DocType(each) for each in (CAMPAIGN, "Satisfaction Survey", DOCTYPE))
	rows = (
		frappe.qb.from_(table)
		.join(survey)
		.on(survey.name == table.survey)
		.join(result)
		.on((result.campaign == table.name) & (result.is_current == 1))
		.select(
			result.name,
			result.campaign,
			result.mean_score,
			result.score_from,
			result.score_to,
			result.scored,
			result.recovery,
			result.details,
			table.title,
			table.period_to,
		)
		.where((survey.survey_code == survey_code) & table.reported_at.isnotnull())
		.where((table.period_to < campaign.period_to) & (table.name != campaign.name))
		.orderby(table.period_to, order=Order.desc)
		.orderby(table.name, order=Order.desc)
		.limit(TREND_LENGTH - 1)
		.run(as_dict=True)
	)
	return rows[::-1]


def _point(result, campaign=None) -> dict:
	"""A campaign in the trend."""
	named = campaign or result
	return {
		"campaign": result.campaign,
		"title": named.title,
		"period_to": str(named.period_to),
		"mean": float(result.mean_score or 0),
		"from": float(result.score_from or 0),
		"to": float(result.score_to or 0),
		"scored": int(result.scored or 0),
		"recovery": float(result.recovery or 0),
	}


def _rounded(value: float) -> float:
	return round(float(value), MEAN_DECIMALS)
