from customer_service.organisation.child_rows import Row


class SamplingPlanRow(Row):
	"""Row of a parent record."""
