"""What the valid answers of a campaign come to, grouped by the database: items, levels, classes, regions, deductions (E-5).

Every figure is of answers that were judged valid; those that are not valid are counted apart (recovery.py).
"""

import frappe
from frappe.query_builder import CustomFunction
from pypika import Order
from pypika.functions import Avg, Coalesce, Count, Sum

from customer_service.customer_satisfaction import recovery
from customer_service.customer_satisfaction.statistics import Sample

Deviation = CustomFunction("stddev_samp", ["column"])

PROMOTER, PASSIVE = 9, 7

MOST_COMMENTS = 200


def _valid(campaign: str):
	response = frappe.qb.DocType("Survey Response")
	return frappe.qb.from_(response).where(
		(response.campaign == campaign) & (response.validity == recovery.VALID)
	), response


def _answers(campaign: str):
	query, response = _valid(campaign)
	answer = frappe.qb.DocType("Survey Answer")
	return query.join(answer).on(answer.parent == response.name).where(answer.is_missing == 0), response, answer


def sample(n, mean, sd) -> Sample:
	return Sample(int(n or 0), float(mean or 0), float(sd or 0))


def scores(campaign: str) -> tuple[Sample, float]:
	"""The scores, and the mean deduction."""
	query, response = _valid(campaign)
	query = query.where(response.is_scored == 1)
	row = query.select(Count("*"), Avg(response.score), Deviation(response.score), Avg(response.deduction)).run()[0]
	return sample(*row[:3]), float(row[3] or 0)


def scores_by(campaign: str, fieldname: str) -> list[dict]:
	"""Scores by a field of the answers' customers, the largest group first; who has none stands under an empty name."""
	query, response = _valid(campaign)
	column = Coalesce(response[fieldname], "")
	rows = (
		query.where(response.is_scored == 1)
		.select(column, Count("*"), Avg(response.score), Deviation(response.score))
		.groupby(column)
		.orderby(Count("*"), order=Order.desc)
		.orderby(column)
		.run()
	)
	return [{"value": value, **sample(*figures)._asdict()} for value, *figures in rows]


def items(campaign: str) -> dict[str, dict]:
	"""Each scored item by its code: ``n``, ``total`` of points (exact), ``sd``, and the sums for its correlation with the score."""
	query, response, answer = _answers(campaign)
	x, y = answer.points, response.base_score  # complaints that are deducted say nothing of what matters to whom
	rows = (
		query.where(answer.max_points > 0)
		.select(
			answer.code,
			Count("*").as_("n"),
			Sum(x).as_("total"),
			Deviation(x).as_("sd"),
			Sum(response.is_scored).as_("pairs"),
			Sum(x * response.is_scored).as_("x"),
			Sum(y * response.is_scored).as_("y"),
			Sum(x * x * response.is_scored).as_("xx"),
			Sum(y * y * response.is_scored).as_("yy"),
			Sum(x * y * response.is_scored).as_("xy"),
		)
		.groupby(answer.code)
		.run(as_dict=True)
	)
	return {row.code: row for row in rows}


def items_by(campaign: str, fieldname: str) -> list[dict]:
	"""Mean points of each scored item by a field of the answers' customers."""
	query, response, answer = _answers(campaign)
	column = Coalesce(response[fieldname], "")
	rows = (
		query.where(answer.max_points > 0)
		.select(answer.code, column, Count("*"), Avg(answer.points))
		.groupby(answer.code, column)
		.run()
	)
	return [{"code": code, "value": value, "n": n, "mean": float(mean)} for code, value, n, mean in rows]


def distribution(campaign: str) -> dict[str, dict[int, int]]:
	"""How often each level, choice, or figure of NPS was answered: code -> place or figure -> answers."""
	query, _response, answer = _answers(campaign)
	found: dict[str, dict[int, int]] = {}
	placed = query.where(answer.kind.isin(("Level", "Yes or No", "Choice")))
	for code, level, n in placed.select(answer.code, answer.level, Count("*")).groupby(answer.code, answer.level).run():
		found.setdefault(code, {})[int(level or 0)] = n
	rated = query.where(answer.kind == "NPS")
	for code, number, n in (
		rated.select(answer.code, answer.number, Count("*")).groupby(answer.code, answer.number).run()
	):
		found.setdefault(code, {})[int(number or 0)] = n
	return found


def deducted(campaign: str) -> list[dict]:
	"""For each deduction of the valid answers: how many records and customers, how many points."""
	query, response = _valid(campaign)
	row = frappe.qb.DocType("Survey Deduction")
	found = (
		query.join(row)
		.on(row.parent == response.name)
		.select(row.rule_label, Count("*"), Count(row.parent).distinct(), Sum(row.points))
		.groupby(row.rule_label)
		.orderby(row.rule_label)
		.run()
	)
	return [
		{"label": label, "records": records, "answers": answers, "points": float(points)}
		for label, records, answers, points in found
	]


def refused(campaign: str) -> list[dict]:
	"""Why answers were judged not valid, and how many for each reason."""
	response = frappe.qb.DocType("Survey Response")
	reason = Coalesce(response.validity_reason, "")
	rows = (
		frappe.qb.from_(response)
		.select(reason, Count("*"))
		.where((response.campaign == campaign) & (response.validity == recovery.NOT_VALID))
		.groupby(reason)
		.orderby(Count("*"), order=Order.desc)
		.limit(20)
		.run()
	)
	return [{"reason": reason, "n": n} for reason, n in rows]


def comments(campaign: str, only_adverse: bool = False) -> list[frappe._dict]:
	"""What customers wrote in valid answers, adverse first, at most `MOST_COMMENTS`; of adverse ones alone all."""
	query, response, answer = _answers(campaign)
	query = query.where((answer.kind == "Text") & (Coalesce(answer.answer, "") != ""))
	if only_adverse:
		query = query.where(answer.is_adverse == 1)
	query = (
		query.select(
			answer.name,
			answer.parent,
			answer.code,
			answer.question,
			answer.answer,
			answer.is_adverse,
			answer.improvement,
			response.customer,
			response.customer_name,
		)
		.orderby(answer.is_adverse, order=Order.desc)
		.orderby(answer.parent)
		.orderby(answer.idx)
	)
	return (query if only_adverse else query.limit(MOST_COMMENTS)).run(as_dict=True)
