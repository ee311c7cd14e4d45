from customer_service.organisation.child_rows import Row


class ReviewMatrixDepartment(Row):
	"""Row of a parent record."""
