from customer_service.organisation.child_rows import Row


class PropertyInspectionPicture(Row):
	"""Row of a parent record."""
