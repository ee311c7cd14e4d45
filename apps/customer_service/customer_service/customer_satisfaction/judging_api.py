"""Endpoints for those who judge answers of surveys (E-3)."""

import frappe
from frappe import _
from frappe.utils import sbool

from customer_service.customer_satisfaction import judging
from customer_service.organisation import processes, retry


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def judge(names: list | str, verdict: str, reason: str | None = None) -> int:
	"""Judge answers Valid or Not Valid, all or none; see `judging.judge`.

	:param names: Survey Responses, at most 1,000; a list or JSON.
	:raises SurveyError: says what is wrong; frappe.PermissionError: for who does not judge them.
	"""
	_may_write()
	return judging.judge(list(frappe.parse_json(names)), verdict, reason)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def mark_adverse(response: str, row: str, is_adverse: bool | int | str = True) -> None:
	"""Mark words of a customer as calling for an improvement, or take the mark back; see `judging.mark_adverse`.

	:raises SurveyError: says what is wrong; frappe.PermissionError: for who does not judge the answer.
	"""
	_may_write()
	judging.mark_adverse(response, row, sbool(is_adverse))


def _may_write() -> None:
	processes.require(judging.DOCTYPE)
	if not frappe.has_permission(judging.DOCTYPE, "write"):
		frappe.throw(_("You may not judge these answers."), frappe.PermissionError)
