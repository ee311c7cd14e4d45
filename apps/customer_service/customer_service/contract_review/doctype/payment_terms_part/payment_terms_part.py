from customer_service.organisation.child_rows import Row


class PaymentTermsPart(Row):
	"""A part of a payment terms schedule: percentage, when it is due, how it is paid (C-7)."""
