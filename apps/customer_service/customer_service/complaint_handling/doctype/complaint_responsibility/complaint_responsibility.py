from customer_service.organisation.child_rows import Row


class ComplaintResponsibility(Row):
	"""Row of a parent record."""
