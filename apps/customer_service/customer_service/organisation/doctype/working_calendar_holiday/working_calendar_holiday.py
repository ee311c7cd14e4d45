from customer_service.organisation.child_rows import Row


class WorkingCalendarHoliday(Row):
	"""Row of a parent record."""
