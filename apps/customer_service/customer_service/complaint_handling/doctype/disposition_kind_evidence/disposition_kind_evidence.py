from customer_service.organisation.child_rows import Row


class DispositionKindEvidence(Row):
	"""Row of a parent record."""
