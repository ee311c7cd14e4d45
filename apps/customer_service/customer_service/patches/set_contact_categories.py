"""Contact records got a status category: what stands in their status already is what they mean (A-1)."""

import frappe

from customer_service.customer_communication.contacts import CATEGORIES


def execute():
	table = frappe.qb.DocType("Contact Record")
	for status, category in CATEGORIES.items():
		(
			frappe.qb.update(table)
			.set(table.state_category, category)
			.where((table.status == status) & (table.state_category != category))
		).run()
