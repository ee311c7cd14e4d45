from customer_service.organisation.child_rows import Row


class ServiceClockLimit(Row):
	"""Row of a parent record."""
