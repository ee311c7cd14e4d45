from customer_service.organisation.child_rows import Row


class VisitCompanion(Row):
	"""Row of a parent record."""
