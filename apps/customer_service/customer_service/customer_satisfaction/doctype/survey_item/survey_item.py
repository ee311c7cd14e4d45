from customer_service.organisation.child_rows import Row


class SurveyItem(Row):
	"""Row of a parent record."""
