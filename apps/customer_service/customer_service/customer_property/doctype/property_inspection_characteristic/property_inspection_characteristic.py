from customer_service.organisation.child_rows import Row


class PropertyInspectionCharacteristic(Row):
	"""Row of a parent record."""
