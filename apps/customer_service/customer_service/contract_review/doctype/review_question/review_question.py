from customer_service.organisation.child_rows import Row


class ReviewQuestion(Row):
	"""Row of a parent record."""
