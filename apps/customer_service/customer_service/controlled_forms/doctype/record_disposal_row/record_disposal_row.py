from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks


class RecordDisposalRow(KeepsDisposedLinks, Document):
	"""One record of a request for disposal."""
