from customer_service.organisation.child_rows import Row


class ProtectionCheck(Row):
	"""Row of a parent record."""
