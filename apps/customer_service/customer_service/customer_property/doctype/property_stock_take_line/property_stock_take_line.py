from customer_service.organisation.child_rows import Row


class PropertyStockTakeLine(Row):
	"""Row of a parent record."""
