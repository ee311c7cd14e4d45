from customer_service.organisation.child_rows import Row


class SurveyReminder(Row):
	"""Row of a parent record."""
