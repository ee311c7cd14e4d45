from customer_service.organisation.child_rows import Row


class PropertyDepartment(Row):
	"""Row of a parent record."""
