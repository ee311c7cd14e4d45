from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.organisation.child_rows import Row


class RecordDisposalRow(KeepsDisposedLinks, Row):
	"""One record of a request for disposal."""
