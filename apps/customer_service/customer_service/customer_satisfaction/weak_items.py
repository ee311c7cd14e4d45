"""Items below their limit and adverse comments become improvements of the department that the routing rules name (E-6).

One improvement runs for an item of a survey, whatever campaign or version it was found in: what comes later joins it as a further
source. So reckoning again changes nothing, and the next campaign shows the item's change beside its improvement.
"""

import frappe
from frappe import _

from customer_service.customer_communication import routing
from customer_service.customer_satisfaction import campaign_figures
from customer_service.customer_satisfaction.rounding import plainly
from customer_service.exceptions import SurveyError
from customer_service.improvement import sources
from customer_service.organisation import languages, processes, states

IMPROVEMENT = "Improvement"

LONGEST_SHOWN = 300


def follow(result, campaign) -> None:
	"""Open or join improvements of a new result's weak items and adverse comments, if the settings want it; link those that exist.

	What they say is in the site's language, not in that of whoever reckons.
	"""
	with languages.speaking(languages.of_site()):
		_follow(result, campaign)


def _follow(result, campaign) -> None:
	survey = frappe.get_cached_doc("Satisfaction Survey", campaign.survey)
	known = _known(survey.survey_code)
	settings = frappe.get_cached_doc("Customer Service Settings")
	opens = settings.survey_improvements and processes.is_doctype_on(IMPROVEMENT)
	items = {row.code: row for row in survey.items}
	for row in result.items:
		if row.is_low and opens:
			words = _("Mean {0} of {1}, limit {2}, {3} answers.").format(
				plainly(row.mean), plainly(row.max_points), plainly(row.item_limit), row.answered
			)
			source = ("Survey Campaign", campaign.name)
			known[row.code] = _open_or_join(known.get(row.code), items[row.code], campaign, [source], words)
		if row.code in known:
			row.db_set("improvement", known[row.code], update_modified=False)
	if opens:
		_follow_comments(campaign, items, known)


def _follow_comments(campaign, items: dict, known: dict) -> None:
	"""Adverse comments, the items one by one: each customer's answer is a source of the item's improvement."""
	by_code: dict[str, list] = {}
	for comment in campaign_figures.comments(campaign.name, only_adverse=True):
		if not comment.improvement and comment.code in items:
			by_code.setdefault(comment.code, []).append(comment)
	for code, comments in by_code.items():
		words = "\n".join(comment.answer[:LONGEST_SHOWN] for comment in comments[:10])
		named = [("Survey Response", comment.parent) for comment in comments]
		made = _open_or_join(known.get(code), items[code], campaign, named, words, comments[0].customer)
		table = frappe.qb.DocType("Survey Answer")
		names = [comment.name for comment in comments]
		frappe.qb.update(table).set(table.improvement, made).where(table.name.isin(names)).run()


def _open_or_join(running: str | None, item, campaign, named: list[tuple], words: str, customer=None) -> str:
	"""The item's improvement: a running one gets what is new as its source, else a new one is opened."""
	if running:
		doc = frappe.get_doc(IMPROVEMENT, running)
		have = set(sources.pairs(doc))
		if doc.state_category in states.RUNNING and (new := [pair for pair in named if pair not in have]):
			doc.extend("sources", [_source(pair) for pair in new])
			doc.save(ignore_permissions=True)
		if doc.state_category in states.RUNNING or have & set(named):
			return doc.name
	department, assisting = department_for(item, campaign, customer)
	doc = frappe.new_doc(IMPROVEMENT)
	doc.update(
		{
			"kind": "Corrective",
			"title": _("Survey: {0}").format(item.question)[: sources.LONGEST_TITLE],
			"problem_what": "\n".join((item.question, words)),
			"problem_when": campaign.title,
			"reference_doctype": named[0][0],
			"reference_name": named[0][1],
			"lead_department": department,
		}
	)
	doc.extend("sources", [_source(pair) for pair in named[1:]])
	doc.extend("assisting_departments", [{"department": each} for each in assisting if each != department])
	return doc.insert(ignore_permissions=True).name


def _source(pair: tuple[str, str]) -> dict:
	return {"reference_doctype": pair[0], "reference_name": pair[1]}


def department_for(item, campaign, customer: str | None = None) -> tuple[str, list[str]]:
	"""Who leads and who assists in improving an item: by the routing rules for Survey Responses of its topic, else the department
	in charge of surveys, the campaign's, or the fallback.

	:raises SurveyError: if the site has none of them.
	"""
	case = frappe.new_doc("Survey Response")
	case.update({"campaign": campaign.name, "survey": campaign.survey, "customer": customer})
	case.topic = item.topic
	case.flags.is_trial = True
	rule = routing.find_rule(case)
	if rule:
		return rule.lead_department, list(rule.assisting)
	settings = frappe.get_cached_doc("Customer Service Settings")
	department = settings.survey_department or campaign.department or settings.fallback_department
	if not department:
		frappe.throw(
			_("Name a department in charge of surveys in the settings: it leads the improvements."), SurveyError
		)
	return department, []


def _known(survey_code: str) -> dict[str, str]:
	"""The last improvement, not cancelled, of each item of a survey in all its campaigns."""
	survey, campaign, improvement = (
		frappe.qb.DocType(each) for each in ("Satisfaction Survey", "Survey Campaign", IMPROVEMENT)
	)
	found: list[tuple] = []
	row, result, answer = (frappe.qb.DocType(each) for each in ("Survey Result Item", "Survey Result", "Survey Answer"))
	of_items = frappe.qb.from_(row).join(result).on(result.name == row.parent)
	for query, part, of_campaign in (
		(of_items, row, result.campaign),
		(frappe.qb.from_(answer), answer, answer.campaign),
	):
		found += (
			query.join(improvement)
			.on(improvement.name == part.improvement)
			.join(campaign)
			.on(campaign.name == of_campaign)
			.join(survey)
			.on(survey.name == campaign.survey)
			.select(part.code, improvement.creation, improvement.name)
			.distinct()
			.where((survey.survey_code == survey_code) & (improvement.state_category != states.CANCELLED))
			.run()
		)
	return {code: name for code, _moment, name in sorted(found)}
