from customer_service.organisation.child_rows import Row


class ContractReviewDepartment(Row):
	"""Row of a parent record."""
