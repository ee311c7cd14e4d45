"""Endpoint of a campaign's result (E-5)."""

import frappe
from frappe import _

from customer_service.customer_satisfaction import campaign_states, judging, results
from customer_service.exceptions import SurveyError
from customer_service.organisation import locking, processes, retry, steps


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def reckon(campaign: str) -> str:
	"""Reckon a closed campaign's result again; returns the name of the new Survey Result.

	:raises SurveyError: for a campaign that is not closed, or is reported; frappe.PermissionError: for who does not judge its answers.
	"""
	processes.require(campaign_states.DOCTYPE)
	doc = locking.load(campaign_states.DOCTYPE, campaign)
	doc.check_permission("write")
	if not judging.may_judge(doc.department):
		frappe.throw(_("You may not reckon this campaign."), frappe.PermissionError)
	if steps.step_of(doc) not in (campaign_states.CLOSED, campaign_states.ANALYSED):
		frappe.throw(_("Only a closed campaign is reckoned."), SurveyError)
	return results.reckon(doc).name
