from customer_service.organisation.child_rows import Row


class ProFormaInvoiceLine(Row):
	"""A line of a pro forma invoice: what, how much, at which price (C-7)."""
