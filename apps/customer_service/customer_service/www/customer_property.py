"""The page behind a customer's personal link to his property. It holds no data: its script posts the token and shows the answer."""

from customer_service.organisation import processes

no_cache = 1
sitemap = 0


def get_context(context):
	context.is_off = not processes.is_doctype_on("Customer Property")
	if context.is_off:
		context.http_status_code = 404  # raising PageDoesNotExistError here would show "not found" with status 200
	context.no_cache = 1
	context.no_header = 1
