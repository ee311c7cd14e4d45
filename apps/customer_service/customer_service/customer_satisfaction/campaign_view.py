"""What the form of a campaign shows beside its fields: its step, the live recovery, what may be done (E-3)."""

import frappe

from customer_service.customer_satisfaction import campaign_states, invitations, recovery
from customer_service.organisation import steps


def shown(campaign) -> dict:
	"""For the form: ``step``, ``counts`` as they are now while answers come in, ``statuses`` (status -> how many invitations),
	``channels`` (way -> how many who have not answered)."""
	step = steps.step_of(campaign)
	found = {"step": step, "statuses": {}, "channels": {}}
	if step in campaign_states.ANSWERED_IN:
		found["counts"] = recovery.count(campaign.name)
	table = frappe.qb.DocType(invitations.DOCTYPE)
	count = frappe.query_builder.functions.Count("*")
	query = frappe.qb.from_(table).select(table.status, table.channel, count).where(table.campaign == campaign.name)
	for status, channel, number in query.groupby(table.status, table.channel).run():
		found["statuses"][status] = found["statuses"].get(status, 0) + number
		if status in invitations.ANSWERABLE:
			found["channels"][channel] = found["channels"].get(channel, 0) + number
	return found
