from customer_service.organisation.child_rows import Row


class ContractAttachment(Row):
	"""Row of a parent record."""
