from customer_service.organisation.child_rows import Row


class PropertyStatementLine(Row):
	"""Row of a parent record."""
