from customer_service.organisation.child_rows import Row


class EscalationLevel(Row):
	"""Row of a parent record."""
