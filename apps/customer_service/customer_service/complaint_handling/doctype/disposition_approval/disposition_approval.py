from customer_service.organisation.child_rows import Row


class DispositionApproval(Row):
	"""Row of a parent record."""
