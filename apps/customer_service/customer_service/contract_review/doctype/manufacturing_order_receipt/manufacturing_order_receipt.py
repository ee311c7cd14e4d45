from customer_service.organisation.child_rows import Row


class ManufacturingOrderReceipt(Row):
	"""Row of a parent record."""
