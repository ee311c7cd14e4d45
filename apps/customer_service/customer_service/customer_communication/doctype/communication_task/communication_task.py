from customer_service.organisation.child_rows import Row


class CommunicationTask(Row):
	"""Row of a parent record."""
