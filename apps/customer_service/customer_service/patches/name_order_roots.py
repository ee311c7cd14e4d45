"""Orders entered before they had versions are the first of their own; and calendars and boards call them by their customer's name."""

import frappe


def execute():
	order = frappe.qb.DocType("Contract Review")
	frappe.qb.update(order).set(order.order_root, order.name).where(order.order_root.isnull()).run()
	frappe.db.sql(
		"""update `tabContract Review` orders join `tabService Customer` customers on customers.name = orders.customer
		set orders.customer_name = customers.customer_name where orders.customer_name is null"""
	)
