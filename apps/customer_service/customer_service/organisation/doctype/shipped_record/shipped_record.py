from frappe.model.document import Document


class ShippedRecord(Document):
	"""Which records came with the app or a preset, and whether the site has changed them since; a changed one is never overwritten."""
