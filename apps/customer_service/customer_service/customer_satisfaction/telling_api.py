"""Endpoints: customers hear what was done about their answers (E-6)."""

import frappe

from customer_service.customer_satisfaction import telling
from customer_service.organisation import processes, retry


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def tell(campaign: str) -> int:
	"""Mail the campaign's measures to all who answered and have not heard of them; returns to how many.

	:raises SurveyError: without measures, or nobody to tell; frappe.PermissionError.
	"""
	_check(campaign)
	return telling.tell(campaign)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def tell_one(response: str) -> int:
	"""The same to the customer who gave one answer.

	:raises SurveyError: as above; frappe.PermissionError.
	"""
	doc = frappe.get_doc(telling.RESPONSE, response)
	doc.check_permission("email")
	_check(doc.campaign)
	return telling.tell(doc.campaign, [response])


def _check(campaign: str) -> None:
	processes.require(telling.CAMPAIGN)
	doc = frappe.get_doc(telling.CAMPAIGN, campaign)
	doc.check_permission("write")
	doc.check_permission("email")
