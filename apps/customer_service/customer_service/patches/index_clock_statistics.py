"""The statistics of clocks have an index of their own, which begins with the columns of the old one."""

import frappe

from customer_service.organisation.doctype.service_clock import service_clock


def execute():
	service_clock.on_doctype_update()  # migrate calls it for a DocType that has changed only
	if frappe.db.has_index("tabService Clock", "by_month"):
		frappe.db.sql_ddl("alter table `tabService Clock` drop index `by_month`")
