from customer_service.organisation.child_rows import RowWrittenTogether


class SurveyDeduction(RowWrittenTogether):
	"""A record of the customer that took points off his score."""
