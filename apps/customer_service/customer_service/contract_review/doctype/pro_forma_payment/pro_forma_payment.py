from customer_service.contract_review.rows import RowOfRecord


class ProFormaPayment(RowOfRecord):
	"""A payment that arrived for a pro forma invoice (C-7)."""
