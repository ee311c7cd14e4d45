from customer_service.organisation.child_rows import Row


class ManufacturingOrderLine(Row):
	"""Row of a parent record."""
