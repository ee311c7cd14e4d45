from customer_service.organisation.child_rows import Row


class OrderClarification(Row):
	"""Row of a parent record."""
