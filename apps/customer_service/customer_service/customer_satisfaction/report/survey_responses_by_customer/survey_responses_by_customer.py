"""What each customer has answered over the campaigns, with his score and why it is what it is (E-5)."""

from bisect import bisect_left

import frappe
from frappe import _
from frappe.utils import flt

from customer_service.complaint_handling import figures
from customer_service.customer_satisfaction import recovery
from customer_service.organisation import processes

MATCHED = ("customer", "campaign", "customer_class", "region", "validity")

MOST_ROWS = 5000


def execute(filters: dict | None = None):
	"""Rows with chart and summary, the latest answers of each customer first.

	:param filters: ``from_date`` and ``to_date`` (days of the answers, inclusive), any of `MATCHED`, ``only_low`` (a score below the
	scheme's limit, or an item below its own).
	:raises CustomerServiceError: for a period that ends before it starts.
	"""
	processes.require("Survey Response")
	filters = frappe._dict(filters or {})
	data = get_data(filters)
	message = None
	if filters.is_cut:
		message = _("Only {0} answers are shown. Narrow the filters to see the others.").format(MOST_ROWS)
	return get_columns(), data, message, get_chart(data, filters), get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("customer", _("Customer"), "Link", 110, options="Service Customer"),
		figures.column("customer_name", _("Customer Name"), "Data", 200),
		figures.column("response", _("Survey Response"), "Link", 190, options="Survey Response"),
		figures.column("campaign_title", _("Campaign"), "Data", 180),
		figures.column("answered_at", _("Answered At"), "Datetime", 180),
		figures.column("channel", _("Answered By"), "Data", 120),
		figures.column("verdict", _("Validity"), "Data", 90),
		figures.column("score", _("Score"), "Float", 80, precision=1),
		figures.column("before", _("Score Before"), "Float", 110, precision=1),
		figures.column("deduction", _("Deducted"), "Float", 90, precision=1),
		figures.column("low_items", _("Items Below Their Limit"), width=160),
		figures.column("explanation", _("How It Was Reckoned"), "Data", 260),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	"""At most `MOST_ROWS`, else ``filters.is_cut`` is set. The score before is that of the same customer's earlier valid answer to a
	survey of the same code, whatever the filters show."""
	start, end = figures.period(filters)
	response, campaign, survey, scheme = (
		frappe.qb.DocType(each)
		for each in ("Survey Response", "Survey Campaign", "Satisfaction Survey", "Scoring Scheme")
	)
	query = (
		frappe.qb.from_(response)
		.join(campaign)
		.on(campaign.name == response.campaign)
		.join(survey)
		.on(survey.name == response.survey)
		.join(scheme)
		.on(scheme.name == campaign.scoring_scheme)
		.where((response.answered_at >= start) & (response.answered_at < end))
		.where(response.customer.isnotnull() & (response.customer != ""))
	)
	for field in MATCHED:
		if filters.get(field):
			query = query.where(response[field] == filters[field])
	rows = (
		figures.readable(query, "Survey Response")
		.select(
			response.customer,
			response.customer_name,
			response.name.as_("response"),
			campaign.title.as_("campaign_title"),
			response.answered_at,
			response.channel,
			response.validity,
			response.is_scored,
			response.score,
			response.deduction,
			response.low_items,
			response.explanation,
			survey.survey_code,
			scheme.score_limit,
		)
		.orderby(response.customer_name)
		.orderby(response.customer)
		.orderby(response.answered_at)
		.limit(MOST_ROWS + 1)
		.run(as_dict=True)
	)
	filters.is_cut = len(rows) > MOST_ROWS
	rows = rows[:MOST_ROWS]
	_add_before(rows)
	shown = [row for row in rows[::-1] if not filters.only_low or row.is_low]
	return sorted(shown, key=lambda row: (row.customer_name or "", row.customer))


def _add_before(rows: list[frappe._dict]) -> None:
	known = _valid_scores(rows)
	for row in rows:
		scores = known.get((row.customer, row.survey_code), [])
		place = bisect_left(scores, (row.answered_at, ""))
		row.before = flt(scores[place - 1][2]) if place else None
		row.score = flt(row.score) if row.is_scored else None
		row.is_low = bool(row.low_items) or bool(row.is_scored and row.score < flt(row.score_limit))
		row.channel, row.verdict = _(row.channel or ""), _(row.validity)


def _valid_scores(rows: list[frappe._dict]) -> dict[tuple[str, str], list[tuple]]:
	"""When the customers of these rows gave valid answers that the user may see, and their scores; by customer and survey code."""
	if not rows:
		return {}
	response, survey = frappe.qb.DocType("Survey Response"), frappe.qb.DocType("Satisfaction Survey")
	found = (
		frappe.qb.from_(response)
		.join(survey)
		.on(survey.name == response.survey)
		.where(response.customer.isin(sorted({row.customer for row in rows})))
		.where(survey.survey_code.isin(sorted({row.survey_code for row in rows})))
		.where(response.answered_at < max(row.answered_at for row in rows))
		.where((response.validity == recovery.VALID) & (response.is_scored == 1))
	)
	scores: dict[tuple[str, str], list[tuple]] = {}
	for customer, code, *values in (
		figures.readable(found, "Survey Response")
		.select(response.customer, survey.survey_code, response.answered_at, response.name, response.score)
		.orderby(response.answered_at)
		.orderby(response.name)
		.run()
	):
		scores.setdefault((customer, code), []).append(tuple(values))
	return scores


def get_chart(data: list[frappe._dict], filters: frappe._dict) -> dict | None:
	"""The course of one customer's scores; none where several customers are shown."""
	valid = [row for row in data[::-1] if row.validity == recovery.VALID and row.is_scored]
	if not filters.customer or not valid:
		return None
	return {
		"type": "line",
		"data": {
			"labels": [str(row.answered_at)[:10] for row in valid],
			"datasets": [{"name": _("Score"), "values": [row.score for row in valid]}],
		},
	}


def get_summary(data: list[frappe._dict]) -> list[dict]:
	valid = [row.score for row in data if row.validity == recovery.VALID and row.is_scored]
	low = sum(row.is_low for row in data)
	return [
		{"value": len(data), "label": _("Answers"), "datatype": "Int"},
		{"value": len({row.customer for row in data}), "label": _("Customers"), "datatype": "Int"},
		{
			"value": flt(sum(valid) / len(valid), 2) if valid else None,
			"label": _("Mean Score"),
			"datatype": "Float",
			"precision": 2,
		},
		{"value": low, "label": _("Low Answers"), "datatype": "Int", "indicator": "Red" if low else "Green"},
	]
