from customer_service.organisation.child_rows import Row


class ShippingNoticeLine(Row):
	"""Row of a parent record."""
