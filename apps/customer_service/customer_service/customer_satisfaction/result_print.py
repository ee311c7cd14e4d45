"""What the prints of a Survey Result show, ready and safe: tables, drawings, words of people (E-5).

Figures are the result's own and never change; improvements, comments and the people's texts are read when it is printed.
"""

import frappe
from frappe.utils import cint, cstr, flt, getdate
from markupsafe import Markup

from customer_service.controlled_forms import charts, layout
from customer_service.customer_satisfaction import campaign_figures, questions, results, survey_drawings, surveys
from customer_service.customer_satisfaction.rounding import plainly

WRITTEN = ("findings", "delivery_quality", "business_lost", "conclusions", "measures")
"""Fields of the campaign that people fill in for the report."""

NOTHING = "–"
"""For a figure that nobody's answers make."""


def of(result, form) -> frappe._dict:
	"""Everything a layout shows of a result, in the leading language of the form; an empty dict on an empty form."""
	return frappe._dict() if form.get("is_blank") else _Shown(result, form).all()


class _Shown:
	def __init__(self, result, form):
		self.result, self.form = result, form
		self.language = form.languages[0]
		self.details = results.details_of(result)
		self.campaign = frappe.get_doc("Survey Campaign", result.campaign)
		shown = surveys.shown(self.campaign.survey, self.language, self.campaign.scoring_scheme)
		self.title = shown["title"]
		self.asked = {item["code"]: item for item in shown["items"]}
		self.scheme = frappe.get_cached_doc("Scoring Scheme", self.campaign.scoring_scheme)
		self.levels = [row.level_label for row in self.scheme.levels]

	def all(self) -> frappe._dict:
		return frappe._dict(
			title=self.title,
			campaign=self.campaign,
			period=f"{getdate(self.campaign.period_from)} – {getdate(self.campaign.period_to)}",
			mean_score=self.figure(self.result.mean_score) if self.result.scored else NOTHING,
			deduction_mean=self.figure(self.result.deduction_mean) if self.result.scored else NOTHING,
			nps=plainly(round(flt(self.result.nps), 1)) if self.result.nps_answers else NOTHING,
			rows=[self.item(row) for row in self.result.items],
			distributions=self.distributions(),
			distribution_chart=self.distribution_chart(),
			means=Markup(survey_drawings.means([self.bar(row) for row in self.result.items])),
			importance=Markup(
				survey_drawings.importance(
					[{**self.bar(row), "importance": flt(row.importance)} for row in self.result.items],
					self.word("Mean"),
					self.word("Importance"),
				)
			),
			trend=self.details.get("trend") or [],
			trend_chart=self.trend_chart(),
			classes=self.groups("classes"),
			regions=self.groups("regions"),
			deductions=self.details.get("deductions") or [],
			refused=self.details.get("refused") or [],
			performance=self.details.get("performance") or [],
			improvements=self.improvements(),
			comments=(comments := campaign_figures.comments(self.campaign.name)),
			comment_groups=self.by_question(comments),
			most_comments=campaign_figures.MOST_COMMENTS,
			written=[(field, self.campaign.meta.get_label(field)) for field in WRITTEN if self.campaign.get(field)],
		)

	def by_question(self, comments: list[frappe._dict]) -> list[frappe._dict]:
		"""What customers wrote, by the question: ``question``, ``rows`` (the adverse first), ``adverse`` (how many)."""
		groups: dict[str, frappe._dict] = {}
		order = {code: place for place, code in enumerate(self.asked)}
		for row in comments:
			group = groups.setdefault(row.code, frappe._dict(question=self.question(row.code, row.question), rows=[]))
			group["rows"].append(row)
		for group in groups.values():
			group.adverse = sum(row.is_adverse for row in group["rows"])
		return [groups[code] for code in sorted(groups, key=lambda code: order.get(code, len(order)))]

	def word(self, text: str) -> str:
		return layout.in_language(self.language, text)

	def figure(self, mean: float) -> str:
		"""A mean of scores: one place more than a score of the scheme has."""
		return f"{flt(mean):.{cint(self.scheme.decimals) + 1}f}"

	def question(self, code: str, otherwise: str = "") -> str:
		return cstr((self.asked.get(code) or {}).get("question") or otherwise or code)

	def item(self, row) -> frappe._dict:
		interval = f"{plainly(round(row.mean_from, 2))} – {plainly(round(row.mean_to, 2))}" if row.mean_to else ""
		return frappe._dict(
			row.as_dict(),
			question=self.question(row.code, row.question),
			mean=plainly(round(row.mean, 2)),
			interval=interval,
			most=plainly(row.max_points),
			limit=plainly(row.item_limit) if row.item_limit else "",
			importance=f"{row.importance:.2f}",
			before=plainly(round(row.previous_mean, 2)) if row.previous_mean else "",
			change=f"{row.difference:+.2f}" if row.previous_mean else "",
		)

	def bar(self, row) -> dict:
		share = 100 / row.max_points if row.max_points else 0
		has_interval = bool(row.mean_to)
		return {
			"label": self.question(row.code, row.question),
			"mean": row.mean * share,
			"low": row.mean_from * share if has_interval else None,
			"high": row.mean_to * share if has_interval else None,
			"limit": row.item_limit * share if row.item_limit else None,
			"is_low": bool(row.is_low),
		}

	def distributions(self) -> list[frappe._dict]:
		"""Each item that is answered by choosing: its choices with how many and how much of the answers."""
		found = []
		for code, counts in (self.details.get("distribution") or {}).items():
			item = self.asked.get(code)
			if not item:
				continue
			whole = sum(counts.values())
			options = [(self.label(item, option), counts.get(option["value"], 0)) for option in item["options"]]
			found.append(
				frappe._dict(
					code=code,
					kind=item["kind"],
					question=item["question"],
					answers=whole,
					options=[(label, n, f"{100 * n / whole:.1f} %") for label, n in options] if whole else [],
				)
			)
		order = list(self.asked)
		return sorted(found, key=lambda each: order.index(each.code))

	def label(self, item: dict, option: dict) -> str:
		"""The words of a choice; of a level those that the result was made with, translated while the scheme has the same."""
		place = int(option["value"]) - 1 if item["kind"] == questions.LEVEL else -1
		kept = self.details.get("levels") or []
		if not 0 <= place < len(kept) or self.levels[place : place + 1] == [kept[place]]:
			return option["label"]
		return kept[place]

	def distribution_chart(self) -> Markup:
		levelled = [each for each in self.distributions() if each.kind == "Level" and each.options]
		if not levelled:
			return Markup("")
		labels = [label for label, _n, _share in levelled[0].options]
		datasets = [
			{"name": label, "values": [100 * each.options[at][1] / each.answers for each in levelled]}
			for at, label in enumerate(labels)
		]
		data = {"labels": [each.question for each in levelled], "datasets": datasets}
		return Markup(charts.svg({"type": "bar", "barOptions": {"stacked": 1}, "data": data}))

	def trend_chart(self) -> Markup:
		trend = self.details.get("trend") or []
		if len(trend) < 2:
			return Markup("")
		lines = [
			(self.word("Mean Score"), "mean"),
			(self.word("Interval From"), "from"),
			(self.word("Interval To"), "to"),
		]
		data = {
			"labels": [point["period_to"] for point in trend],
			"datasets": [{"name": name, "values": [point[key] for point in trend]} for name, key in lines],
		}
		return Markup(charts.svg({"type": "line", "data": data}))

	def groups(self, key: str) -> list[frappe._dict]:
		return [
			frappe._dict(value=self.word(row["value"] or "Not Stated"), n=row["n"], mean=plainly(round(row["mean"], 2)))
			for row in self.details.get(key) or []
		]

	def improvements(self) -> list[frappe._dict]:
		"""The improvements of weak items, each with its item's change; those of comments after them."""
		by_name = {row.improvement: row for row in self.result.items if row.improvement}
		commented = campaign_figures.comments(self.campaign.name, only_adverse=True)
		named = list(dict.fromkeys([*by_name, *(each.improvement for each in commented if each.improvement)]))
		found = frappe.get_all(
			"Improvement",
			{"name": ("in", named or [""])},
			["name", "title", "lead_department", "workflow_state", "due_on", "implemented_at"],
		)
		for row in found:
			item = by_name.get(row.name)
			row.change = f"{item.difference:+.2f}" if item and item.previous_mean else ""
			row.lead_department = self.word(row.lead_department or "")
			row.workflow_state = self.word(row.workflow_state or "")
		return sorted(found, key=lambda row: named.index(row.name))
