from customer_service.organisation.child_rows import Row


class SurveyAnswer(Row):
	"""Row of a parent record."""
