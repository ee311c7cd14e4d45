from customer_service.contract_review.rows import RowOfRecord


class ProFormaPaymentPart(RowOfRecord):
	"""A part in which the total is paid: percentage, due date, amount (C-7)."""
