from customer_service.organisation.child_rows import Row


class ProductionChangeReceipt(Row):
	"""Row of a parent record."""
