from customer_service.organisation.child_rows import Row


class PropertyStockTakeLine(Row):
	"""One item at one place of a stock take."""

	def get_invalid_links(self, *args, **kwargs):
		"""No request names an item or a place here: they are taken from the ledger, and may be thousands."""
		return [], []
