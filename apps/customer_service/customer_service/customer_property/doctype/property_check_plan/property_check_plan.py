from customer_service.organisation.child_rows import Row


class PropertyCheckPlan(Row):
	"""Row of a parent record."""
