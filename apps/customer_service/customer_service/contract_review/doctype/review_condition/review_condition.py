from customer_service.organisation.child_rows import Row


class ReviewCondition(Row):
	"""Row of a parent record."""
