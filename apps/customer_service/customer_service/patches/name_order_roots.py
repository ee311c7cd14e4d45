"""Orders entered before they had versions are the first of their own; and calendars and boards call them by their customer's name."""

import frappe


def execute():
	order, customer = frappe.qb.DocType("Contract Review"), frappe.qb.DocType("Service Customer")
	frappe.qb.update(order).set(order.order_root, order.name).where(order.order_root.isnull()).run()
	(
		frappe.qb.update(order)
		.join(customer)
		.on(customer.name == order.customer)
		.set(order.customer_name, customer.customer_name)
		.where(order.customer_name.isnull())
	).run()
