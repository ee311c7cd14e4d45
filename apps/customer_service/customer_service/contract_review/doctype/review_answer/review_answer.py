from customer_service.organisation.child_rows import Row


class ReviewAnswer(Row):
	"""Row of a parent record."""
