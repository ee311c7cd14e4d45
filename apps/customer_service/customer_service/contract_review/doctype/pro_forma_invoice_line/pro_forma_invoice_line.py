from customer_service.contract_review.rows import RowOfRecord


class ProFormaInvoiceLine(RowOfRecord):
	"""A line of a pro forma invoice: what, how much, at which price (C-7)."""
