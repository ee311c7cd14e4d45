from customer_service.organisation.child_rows import Row


class ImprovementWhy(Row):
	"""Row of a parent record."""
