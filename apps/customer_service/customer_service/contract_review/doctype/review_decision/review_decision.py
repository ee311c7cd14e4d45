from customer_service.organisation.child_rows import Row


class ReviewDecision(Row):
	"""Row of a parent record."""
