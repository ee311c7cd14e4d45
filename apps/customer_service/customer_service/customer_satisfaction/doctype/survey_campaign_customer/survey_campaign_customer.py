from customer_service.organisation.child_rows import Row


class SurveyCampaignCustomer(Row):
	"""Row of a parent record."""
