from customer_service.organisation.child_rows import Row


class SurveyResultItem(Row):
	"""Row of a parent record."""
