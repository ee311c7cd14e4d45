from customer_service.organisation.child_rows import Row


class OrderChangeLine(Row):
	"""Row of a parent record."""
