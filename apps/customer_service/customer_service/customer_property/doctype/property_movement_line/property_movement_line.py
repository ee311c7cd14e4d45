from customer_service.organisation.child_rows import Row


class PropertyMovementLine(Row):
	"""Row of a parent record."""
