from customer_service.organisation.child_rows import Row


class DispositionEvidence(Row):
	"""Row of a parent record."""
