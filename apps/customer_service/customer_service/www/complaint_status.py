"""The page behind a complainant's personal link. It holds no data: its script posts the token and shows the answer."""

import frappe

from customer_service.organisation import processes

no_cache = 1
sitemap = 0


def get_context(context):
	if not processes.is_doctype_on("Complaint"):
		raise frappe.PageDoesNotExistError
	context.no_cache = 1
	context.no_header = 1
