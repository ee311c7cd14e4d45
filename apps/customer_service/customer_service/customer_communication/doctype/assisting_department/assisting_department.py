from customer_service.organisation.child_rows import Row


class AssistingDepartment(Row):
	"""Row of a parent record."""
