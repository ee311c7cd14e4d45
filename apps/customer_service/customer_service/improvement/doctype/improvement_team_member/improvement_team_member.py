from customer_service.organisation.child_rows import Row


class ImprovementTeamMember(Row):
	"""Row of a parent record."""
