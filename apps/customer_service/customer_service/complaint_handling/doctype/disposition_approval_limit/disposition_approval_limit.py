from customer_service.organisation.child_rows import Row


class DispositionApprovalLimit(Row):
	"""Row of a parent record."""
