from customer_service.organisation.child_rows import Row


class ServiceInstructionRound(Row):
	"""Row of a parent record."""
