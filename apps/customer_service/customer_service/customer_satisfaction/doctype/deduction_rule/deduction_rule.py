from customer_service.organisation.child_rows import Row


class DeductionRule(Row):
	"""Row of a parent record."""
