"""顾客满意度调查统计表: what customers answered, by item, customer, class, region or campaign (E-5).

Counted are answers judged valid, those that are not judged yet or not valid are shown apart in the summary. Points of an item are of its most points;
a score is of 100, after deductions. Each user counts the answers that his list shows him.
"""

import frappe
from frappe import _
from frappe.utils import cint, flt
from pypika.functions import Count, Max, Sum

from customer_service.complaint_handling import figures
from customer_service.customer_satisfaction import recovery
from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import processes

ITEM = "Survey Item"
GROUPS = {
	"Customer": ("customer", "Link", "Service Customer"),
	"Customer Class": ("customer_class", "Link", "Customer Class"),
	"Region": ("region", "Data", None),
	"Campaign": ("campaign", "Link", "Survey Campaign"),
}
BY = (ITEM, *GROUPS)

MATCHED = ("campaign", "customer", "customer_class", "region", "department")

LEVELS = 5
"""Columns of levels; surveys with more show the rest in their results."""

COLOURS = ("#28a745", "#98d85b", "#ffa00a", "#f8814f", "#e24c4c")
"""Of the levels, from the best to the lowest."""

MOST_BARS = 20


def execute(filters: dict | None = None):
	"""Rows with chart and summary.

	:param filters: ``from_date`` and ``to_date`` (days of the answers, inclusive), ``by`` (one of `BY`), ``survey_code``, and any of
	`MATCHED`.
	:raises CustomerServiceError: for an unknown ``by``, or a period that ends before it starts.
	"""
	processes.require("Survey Response")
	filters = frappe._dict(filters or {})
	filters.by = filters.by or ITEM
	if filters.by not in BY:
		frappe.throw(_("{0} is not a valid choice for {1}.").format("by", _("By")), CustomerServiceError)
	if filters.by == ITEM:
		data, counted = get_items(filters), get_counts(filters)
	else:
		groups = get_groups(filters)
		data, counted = [row for row in groups if row.answers], groups
	return get_columns(filters.by), data, None, get_chart(data, filters.by), get_summary(counted)


def get_columns(by: str = ITEM) -> list[dict]:
	if by != ITEM:
		_column, fieldtype, options = GROUPS[by]
		return [
			figures.column("value", _(by), fieldtype, 200, options=options),
			*([figures.column("title", _("Title"), "Data", 220)] if by in ("Customer", "Campaign") else []),
			figures.column("answers", _("Valid Answers"), width=120),
			figures.column("scored", _("Scored"), width=90),
			figures.column("mean", _("Mean Score"), "Float", 110, precision=1),
			figures.column("base", _("Mean before Deductions"), "Float", 170, precision=1),
			figures.column("deduction", _("Mean Deduction"), "Float", 130, precision=2),
			figures.column("low_items", _("Items Below Their Limit"), width=160),
		]
	return [
		figures.column("survey_code", _("Survey"), "Data", 150),
		figures.column("code", _("Code"), "Data", 120),
		figures.column("question", _("Question"), "Data", 300),
		figures.column("answers", _("Answered"), width=90),
		*(figures.column(f"level_{at}", _("Level {0}").format(at), width=80) for at in range(1, LEVELS + 1)),
		figures.column("mean", _("Mean"), "Float", 80, precision=2),
		figures.column("most", _("Most Points"), "Float", 105, precision=0),
		figures.column("share", _("Percent of the Most"), "Percent", 140),
		figures.column("low", _("Answers Below the Limit"), width=160),
		figures.column("missing", _("Not Answered"), width=110),
	]


def get_items(filters: frappe._dict) -> list[frappe._dict]:
	"""A row for each item of each survey, whatever its version, in the order of the questionnaire.

	One statement counts by item and level, which asks for far less than a count of each level by itself; one finds the questions.
	"""
	query, response = _valid(filters)
	answer, survey = frappe.qb.DocType("Survey Answer"), frappe.qb.DocType("Satisfaction Survey")
	found = (
		query.join(answer)
		.on(answer.parent == response.name)
		.select(
			response.survey,
			answer.code,
			answer.level,
			answer.is_missing,
			answer.max_points,
			Count("*"),
			Sum(answer.points),
			Sum(answer.is_low),
		)
		.where(answer.max_points > 0)
		.groupby(response.survey, answer.code, answer.level, answer.is_missing, answer.max_points)
		.run()
	)
	named = sorted({row[0] for row in found})
	codes = dict(
		frappe.qb.from_(survey).select(survey.name, survey.survey_code).where(survey.name.isin(named or [""])).run()
	)
	rows: dict[tuple[str, str], frappe._dict] = {}
	for survey_name, code, level, is_missing, most, count, points, low in found:
		key = (codes.get(survey_name) or survey_name, code)
		row = rows.get(key) or rows.setdefault(key, _item(*key))
		row.most = max(row.most, float(most))
		if is_missing:
			row.missing += count
			continue
		row.answers += count
		row.total += float(points)
		row.whole += count * float(most)
		row.low += int(low)
		if 1 <= level <= LEVELS:
			row[f"level_{level}"] += count
	return _in_order(rows, named, codes)


def _item(survey_code: str, code: str) -> frappe._dict:
	nothing = dict.fromkeys(("answers", "low", "missing", *(f"level_{at}" for at in range(1, LEVELS + 1))), 0)
	return frappe._dict(survey_code=survey_code, code=code, total=0.0, whole=0.0, most=0.0, **nothing)


def _in_order(rows: dict, named: list[str], codes: dict[str, str]) -> list[frappe._dict]:
	"""The rows with their questions, in the order and the words of the latest version that was answered."""
	item, survey = frappe.qb.DocType("Survey Item"), frappe.qb.DocType("Satisfaction Survey")
	known = (
		frappe.qb.from_(item)
		.join(survey)
		.on(survey.name == item.parent)
		.select(item.parent, item.code, item.question, item.idx)
		.where(item.parent.isin(named or [""]))
		.orderby(survey.version)
		.run()
	)
	said = {(codes[parent], code): (question, idx) for parent, code, question, idx in known}
	for key, row in rows.items():
		row.question = said.get(key, ("", 0))[0]
		row.mean = flt(row.total / row.answers, 4) if row.answers else None
		row.share = figures.share(row.total, row.whole)
	return [rows[key] for key in sorted(rows, key=lambda key: (key[0], said.get(key, ("", 0))[1], key[1]))]


def get_groups(filters: frappe._dict) -> list[frappe._dict]:
	"""One statement: a row for each value, the lowest mean score first, campaigns in the order of their periods; ``answers`` are the
	valid ones."""
	query, response = _answers(filters)
	column = response[GROUPS[filters.by][0]]
	is_valid = response.validity == recovery.VALID
	is_scored = is_valid & (response.is_scored == 1)
	query = query.select(
		column.as_("value"),
		*_counts(response),
		figures.sum_if(is_scored, response.base_score).as_("base"),
		figures.sum_if(is_scored, response.deduction).as_("deduction"),
		figures.sum_if(is_valid, response.low_items).as_("low_items"),
	).groupby(column)
	if filters.by == "Customer":
		query = query.select(Max(response.customer_name).as_("title"))
	if filters.by == "Campaign":
		campaign = frappe.qb.DocType("Survey Campaign")
		query = (
			query.join(campaign)
			.on(campaign.name == response.campaign)
			.select(Max(campaign.title), Max(campaign.period_to))
		)
	rows = [_group(row) for row in query.run()]
	if filters.by == "Campaign":
		return sorted(rows, key=lambda row: (row.ends, row.value))
	return sorted(rows, key=lambda row: (row.mean is None, row.mean, row.value or ""))


def _group(row: tuple) -> frappe._dict:
	value, answers, refused, pending, scored, total, base, deduction, low_items, *more = row
	scored = int(scored)
	mean, base, deduction = (round(float(each) / scored, 4) if scored else None for each in (total, base, deduction))
	return frappe._dict(
		value=value,
		title=more[0] if more else None,
		ends=more[1] if len(more) > 1 else None,
		answers=int(answers),
		refused=int(refused),
		pending=int(pending),
		scored=scored,
		total=float(total),
		low_items=int(low_items),
		mean=mean,
		base=base,
		deduction=deduction,
	)


def get_counts(filters: frappe._dict) -> list[frappe._dict]:
	"""One statement: all answers by their validity, in one row."""
	query, response = _answers(filters)
	return query.select(*_counts(response)).run(as_dict=True)


def _counts(response) -> list:
	is_scored = (response.validity == recovery.VALID) & (response.is_scored == 1)
	return [
		figures.count_if(response.validity == recovery.VALID).as_("answers"),
		figures.count_if(response.validity == recovery.NOT_VALID).as_("refused"),
		figures.count_if(response.validity == recovery.PENDING).as_("pending"),
		figures.count_if(is_scored).as_("scored"),
		figures.sum_if(is_scored, response.score).as_("total"),
	]


def _answers(filters: frappe._dict):
	"""The answers of the period that the user may count, whatever their validity; select is left."""
	start, end = figures.period(filters)
	response = frappe.qb.DocType("Survey Response")
	query = frappe.qb.from_(response).where((response.answered_at >= start) & (response.answered_at < end))
	for field in MATCHED:
		if filters.get(field):
			query = query.where(response[field] == filters[field])
	if filters.survey_code:
		survey = frappe.qb.DocType("Satisfaction Survey")
		versions = frappe.qb.from_(survey).select(survey.name).where(survey.survey_code == filters.survey_code)
		query = query.where(response.survey.isin(versions))
	return figures.readable(query, "Survey Response"), response


def _valid(filters: frappe._dict):
	query, response = _answers(filters)
	return query.where(response.validity == recovery.VALID), response


def get_chart(data: list[frappe._dict], by: str) -> dict | None:
	"""Of items how the answers spread over the levels; of groups the mean scores."""
	if not data:
		return None
	shown = data[-MOST_BARS:] if by == "Campaign" else data[:MOST_BARS]
	if by == ITEM:
		datasets = [
			{"name": _("Level {0}").format(at), "values": [row[f"level_{at}"] for row in shown]}
			for at in range(1, LEVELS + 1)
		]
		several = len({row.survey_code for row in shown}) > 1
		labels = [f"{row.survey_code} {row.code}" if several else row.code for row in shown]
	else:
		datasets = [{"name": _("Mean Score"), "values": [round(row.mean or 0, 1) for row in shown]}]
		labels = [row.get("title") or (_(row.value) if row.value else _("Not Stated")) for row in shown]
	return {
		"type": "bar",
		"barOptions": {"stacked": int(by == ITEM)},
		"colors": COLOURS[: len(datasets)] if by == ITEM else COLOURS[:1],
		"data": {"labels": labels, "datasets": datasets},
		"axisOptions": {"shortenYAxisNumbers": 1},
	}


def get_summary(rows: list[frappe._dict]) -> list[dict]:
	"""Answers by validity, and the mean score of the valid ones, of all rows together."""
	sums = {key: sum(row[key] or 0 for row in rows) for key in ("answers", "refused", "pending", "scored", "total")}
	mean = flt(float(sums["total"]) / float(sums["scored"]), 2) if sums["scored"] else None
	return [
		{"value": cint(sums["answers"]), "label": _("Valid"), "datatype": "Int", "indicator": "Green"},
		{"value": cint(sums["refused"]), "label": _("Not Valid"), "datatype": "Int", "indicator": "Red"},
		{"value": cint(sums["pending"]), "label": _("Pending"), "datatype": "Int", "indicator": "Orange"},
		{"value": mean, "label": _("Mean Score"), "datatype": "Float", "precision": 2},
	]
