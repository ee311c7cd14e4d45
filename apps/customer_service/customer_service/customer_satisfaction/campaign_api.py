"""Endpoints of surveys and campaigns for staff; the customers' doors are in `survey_api` (E-1 to E-3)."""

import frappe

from customer_service.customer_satisfaction import campaigns, population, recovery, sending, surveys
from customer_service.organisation import retry


@frappe.whitelist(methods=["POST"])
def preview(name: str) -> dict:
	"""What sending a planned campaign would do, without doing it; see `population.preview`.

	:raises frappe.PermissionError: for whoever may not change the campaign.
	"""
	return population.preview(_own(campaigns.DOCTYPE, name))


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def extend(name: str, reply_by: str, reason: str) -> None:
	"""Give customers until a later moment.

	:param reply_by: date and time in the site's time zone.
	:raises SurveyError: for a campaign that takes no answers, an earlier moment, or no reason; frappe.PermissionError.
	"""
	_own(campaigns.DOCTYPE, name)
	campaigns.extend(name, reply_by, reason)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def send_again(name: str, email: str | None = None) -> None:
	"""Mail an invitation once more that came back or failed.

	:param name: of the Survey Invitation. :param email: the corrected address, if it changed.
	:raises SurveyError: for one that was answered, or without a good address; frappe.PermissionError.
	"""
	invitation = _own("Survey Invitation", name)
	if email and email.strip() != invitation.email:
		invitation.email = email.strip()
		invitation.save()
	sending.again(name)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def send_failed_again(name: str) -> int:
	"""Mail all failed invitations of a campaign once more, in the parts that it allows; returns how many.

	:raises SurveyError: for a campaign that takes no answers; frappe.PermissionError.
	"""
	_own(campaigns.DOCTYPE, name)
	return sending.all_again(name)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def recount(name: str) -> dict:
	"""Count answers and recovery of a campaign now, and keep the figures; see `recovery.count`.

	:raises frappe.PermissionError: for whoever may not change the campaign.
	"""
	_own(campaigns.DOCTYPE, name)
	return recovery.refresh(name)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def new_version(name: str) -> str:
	"""A draft with what a survey says, to be changed.

	:returns: its name. :raises SurveyError: if there is a draft already; frappe.PermissionError.
	"""
	frappe.get_doc(surveys.DOCTYPE, name).check_permission("create")
	return surveys.new_version(name).name


def _own(doctype: str, name: str):
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("write")
	return doc
