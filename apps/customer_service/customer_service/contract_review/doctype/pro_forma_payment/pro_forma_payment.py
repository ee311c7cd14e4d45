from customer_service.organisation.child_rows import Row


class ProFormaPayment(Row):
	"""A payment that arrived for a pro forma invoice (C-7)."""
