from customer_service.organisation.child_rows import Row


class ProductionProgress(Row):
	"""Row of a parent record."""
