from customer_service.organisation.child_rows import Row


class WorkingCalendarInterval(Row):
	"""Row of a parent record."""
