from customer_service.organisation.child_rows import Row


class StoragePlaceProtection(Row):
	"""Row of a parent record."""
