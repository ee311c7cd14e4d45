from customer_service.organisation.child_rows import Row


class PropertyReceiptLine(Row):
	"""Row of a parent record."""
