from customer_service.organisation.child_rows import Row


class ImprovementRound(Row):
	"""Row of a parent record."""
