from customer_service.organisation.child_rows import Row


class SurveyDeduction(Row):
	"""Row of a parent record."""
