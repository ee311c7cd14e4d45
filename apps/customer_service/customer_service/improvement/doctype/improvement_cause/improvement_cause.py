from customer_service.organisation.child_rows import Row


class ImprovementCause(Row):
	"""Row of a parent record."""
