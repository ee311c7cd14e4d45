from customer_service.organisation.child_rows import Row


class ProFormaPaymentPart(Row):
	"""A part in which the total is paid: percentage, due date, amount (C-7)."""
