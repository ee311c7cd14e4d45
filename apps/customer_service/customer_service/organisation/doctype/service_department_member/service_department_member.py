from customer_service.organisation.child_rows import Row


class ServiceDepartmentMember(Row):
	"""Row of a parent record."""
