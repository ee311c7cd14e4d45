from customer_service.organisation.child_rows import Row


class ServiceDepartmentRole(Row):
	"""Row of a parent record."""
