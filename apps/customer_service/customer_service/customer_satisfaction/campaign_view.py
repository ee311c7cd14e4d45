"""What the form of a campaign shows beside its fields: its step, the live recovery, what may be done (E-3)."""

import math

import frappe

from customer_service.customer_satisfaction import campaign_states, invitations, item_points, recovery
from customer_service.organisation import steps


def shown(campaign) -> dict:
	"""For the form: ``step``, ``counts`` as they are now while answers come in, ``missing`` valid answers,
	``statuses`` (status -> how many invitations),
	``channels`` (way -> how many who have not answered)."""
	step = steps.step_of(campaign)
	found = {"step": step, "statuses": {}, "channels": {}}
	if step in campaign_states.ANSWERED_IN:
		found["counts"] = recovery.count(campaign.name)
		found["missing"] = missing(campaign, found["counts"])
	table = frappe.qb.DocType(invitations.DOCTYPE)
	count = frappe.query_builder.functions.Count("*")
	query = frappe.qb.from_(table).select(table.status, table.channel, count).where(table.campaign == campaign.name)
	for status, channel, number in query.groupby(table.status, table.channel).run():
		found["statuses"][status] = found["statuses"].get(status, 0) + number
		if status in invitations.ANSWERABLE:
			found["channels"][channel] = found["channels"].get(channel, 0) + number
	return found


def missing(campaign, counts) -> int:
	"""How many more customers must give a valid answer until the survey is valid by its scheme."""
	scheme = frappe.get_cached_doc("Scoring Scheme", campaign.scoring_scheme)
	if counts.is_valid or not counts.customers:
		return 0
	wanted = item_points.exact(scheme.recovery_threshold) * counts.customers / 100
	enough = math.floor(wanted) + 1 if scheme.recovery_must_exceed else math.ceil(wanted)
	return max(enough - counts.counted, 0)
