from customer_service.organisation.child_rows import Row


class OrderChangeDifference(Row):
	"""Row of a parent record."""
