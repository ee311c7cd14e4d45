from customer_service.organisation.child_rows import Row


class ReviewDecider(Row):
	"""Row of a parent record."""
