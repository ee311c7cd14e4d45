"""Which lines of shipping notices count as delivered, and when (C-5): one rule for all figures of deliveries."""

from datetime import datetime

import frappe

from customer_service.contract_review import quantities
from customer_service.organisation import states


def delivered(start: datetime, end: datetime):
	"""The lines delivered in [start, end): query, notice, line, and the day that counts, shipment or arrival as the settings say; select is left.

	A line is in time if that day is not after its promised one. Lines without a quantity or a promised date do not count.
	"""
	head, line = frappe.qb.DocType(quantities.SHIPPING), frappe.qb.DocType("Shipping Notice Line")
	by_arrival = frappe.get_cached_doc("Customer Service Settings").on_time_by == "Arrival"
	day, marked = (head.delivered_on, head.delivered_at) if by_arrival else (head.shipped_on, head.shipped_at)
	query = (
		frappe.qb.from_(head)
		.inner_join(line)
		.on((line.parent == head.name) & (line.parenttype == quantities.SHIPPING))
		.where(marked.isnotnull() & (head.state_category != states.CANCELLED) & (day >= start) & (day < end))
		.where((line.qty > 0) & line.promised_date.isnotnull())
	)
	return query, head, line, day
