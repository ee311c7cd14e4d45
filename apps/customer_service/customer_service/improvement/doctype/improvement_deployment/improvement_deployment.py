from customer_service.organisation.child_rows import Row


class ImprovementDeployment(Row):
	"""Row of a parent record."""
