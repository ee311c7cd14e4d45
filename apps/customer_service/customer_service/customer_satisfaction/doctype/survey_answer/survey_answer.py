from customer_service.organisation.child_rows import RowWrittenTogether


class SurveyAnswer(RowWrittenTogether):
	"""What was answered to one question of a survey, with its points."""
