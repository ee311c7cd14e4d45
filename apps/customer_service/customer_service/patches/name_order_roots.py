"""Orders entered before they had versions are the first of their own."""

import frappe


def execute():
	table = frappe.qb.DocType("Contract Review")
	frappe.qb.update(table).set(table.order_root, table.name).where(table.order_root.isnull()).run()
