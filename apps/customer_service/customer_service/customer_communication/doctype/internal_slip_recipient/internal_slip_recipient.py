from customer_service.organisation.child_rows import Row


class InternalSlipRecipient(Row):
	"""Row of a parent record."""
