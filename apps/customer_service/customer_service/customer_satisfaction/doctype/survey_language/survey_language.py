from customer_service.organisation.child_rows import Row


class SurveyLanguage(Row):
	"""Row of a parent record."""
