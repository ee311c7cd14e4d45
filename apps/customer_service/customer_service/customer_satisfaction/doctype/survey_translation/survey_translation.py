from customer_service.organisation.child_rows import Row


class SurveyTranslation(Row):
	"""Row of a parent record."""
