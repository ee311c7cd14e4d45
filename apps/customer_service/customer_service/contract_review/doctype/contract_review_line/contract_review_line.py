from customer_service.organisation.child_rows import Row


class ContractReviewLine(Row):
	"""Row of a parent record."""
