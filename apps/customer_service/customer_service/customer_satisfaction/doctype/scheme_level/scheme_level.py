from customer_service.organisation.child_rows import Row


class SchemeLevel(Row):
	"""Row of a parent record."""
