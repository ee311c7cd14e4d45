from customer_service.organisation.child_rows import Row


class FormSignatureLine(Row):
	"""Row of a parent record."""
