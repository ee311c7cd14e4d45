"""Whether an answer is valid is judged by people, one by one or many at once, until the campaign is reported (E-3)."""

import frappe
from frappe import _
from frappe.utils import cstr, escape_html
from pypika.functions import Count, Max

from customer_service import compat
from customer_service.customer_satisfaction import recovery
from customer_service.exceptions import SurveyError
from customer_service.organisation import clock, events, people, text

DOCTYPE = "Survey Response"

VERDICTS = (recovery.VALID, recovery.NOT_VALID)

MANAGING = ("System Manager", "Customer Service Manager")
"""Roles that judge the answers of every campaign."""

CLERK = "Customer Service Clerk"
"""Role that judges the answers of campaigns of the own department."""

MOST_AT_ONCE, LONGEST_REASON = 1000, 500


def judge(names: list[str], verdict: str, reason: str | None = None) -> int:
	"""Judge answers, all or none; returns how many were judged.

	:param verdict: Valid or Not Valid, which needs a reason. Judged again, the last verdict counts.
	:raises SurveyError: for another verdict, no reason, too many, an answer of a reported campaign. :raises frappe.PermissionError: for
	who is neither the campaign's clerk nor a manager, or an answer that does not exist.
	"""
	reason = text.plain(cstr(reason)).strip()[:LONGEST_REASON]
	_check_words(verdict, reason)
	rows = _held(names)
	moment = clock.now()
	table = frappe.qb.DocType(DOCTYPE)
	(
		frappe.qb.update(table)
		.set(table.validity, verdict)
		.set(table.validity_reason, reason)
		.set(table.judged_by, frappe.session.user)
		.set(table.judged_at, moment)
		.set(table.modified, moment)
		.set(table.modified_by, frappe.session.user)
		.where(table.name.isin([row.name for row in rows]))
	).run()
	compat.forget_documents(DOCTYPE, [row.name for row in rows])
	events.record_many([(DOCTYPE, row.name, "Judged", row.validity, verdict, reason or None) for row in rows])
	for campaign in sorted({row.campaign for row in rows}):
		recovery.refresh(campaign)
	return len(rows)


def mark_adverse(response: str, row: str, is_adverse: bool = True) -> None:
	"""Mark the words of an answer as calling for an improvement, or take the mark back.

	:param row: name of the row of the answer. :raises SurveyError: for what is no text, or of a reported campaign.
	:raises frappe.PermissionError: as for `judge`.
	"""
	_held([response])
	found = frappe.db.get_value(
		"Survey Answer", {"name": row, "parent": response}, ["code", "kind", "is_missing"], as_dict=True
	)
	if not found or found.kind != "Text" or found.is_missing:
		frappe.throw(_("Only words of a customer can be marked as adverse."), SurveyError)
	frappe.db.set_value("Survey Answer", row, "is_adverse", int(is_adverse), update_modified=False)
	events.record_many([(DOCTYPE, response, "Judged", None, found.code, "Adverse" if is_adverse else None)])


def may_judge(department: str | None) -> bool:
	"""Whether the user judges answers of campaigns of a department."""
	user, roles = frappe.session.user, frappe.get_roles()
	if user == "Administrator" or set(MANAGING) & set(roles):
		return True
	return CLERK in roles and people.belongs(user, department)


def pending(campaign: str) -> int:
	"""How many answers of a campaign nobody has judged, as committed now; until the transaction ends nobody judges one.

	:raises frappe.QueryDeadlockError: if somebody has judged since this transaction began: what it reckons would be of before.
	"""
	table = frappe.qb.DocType(DOCTYPE)
	query = (
		frappe.qb.from_(table)
		.select(table.validity, Count("*"), Max(table.judged_at))
		.where(table.campaign == campaign)
		.groupby(table.validity)
		.orderby(table.validity)
	)
	seen, now = query.run(), query.for_update().run()
	if seen != now:
		raise frappe.QueryDeadlockError
	return sum(count for verdict, count, _at in now if verdict == recovery.PENDING)


def _check_words(verdict: str, reason: str) -> None:
	if verdict not in VERDICTS:
		frappe.throw(_("An answer is judged Valid or Not Valid."), SurveyError)
	if verdict == recovery.NOT_VALID and not reason:
		frappe.throw(_("Say why the answer is not valid."), SurveyError)


def _held(names: list[str]) -> list[frappe._dict]:
	"""The answers, held until the transaction ends, if all may be judged by the user now."""
	names = sorted({cstr(name) for name in names})
	if not names or len(names) > MOST_AT_ONCE:
		frappe.throw(_("Choose at least one answer and at most {0}.").format(MOST_AT_ONCE), SurveyError)
	response, campaign = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType("Survey Campaign")
	of_these = frappe.qb.from_(response).select(response.campaign).distinct().where(response.name.isin(names)).run()
	campaigns = (  # first the campaign, then its answers: as the report holds them
		frappe.qb.from_(campaign)
		.select(campaign.name, campaign.department, campaign.reported_at)
		.where(campaign.name.isin([name for (name,) in of_these] or [""]))
		.orderby(campaign.name)
		.for_update()
		.run(as_dict=True)
	)
	rows = (
		frappe.qb.from_(response)
		.select(response.name, response.campaign, response.validity, response.ended_at)
		.where(response.name.isin(names))
		.orderby(response.name)
		.for_update()
		.run(as_dict=True)
	)
	if len(rows) < len(names) or not all(may_judge(each.department) for each in campaigns):
		frappe.throw(_("You may not judge these answers."), frappe.PermissionError)
	closed = {row.campaign for row in rows if row.ended_at}
	if reported := next((each for each in campaigns if each.reported_at or each.name in closed), None):
		frappe.throw(
			_("Campaign {0} is reported; its answers stay as they were judged.").format(
				frappe.bold(escape_html(reported.name))
			),
			SurveyError,
		)
	return rows
