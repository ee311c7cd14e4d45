from frappe.model.document import Document


class PaymentTermsPart(Document):
	"""A part of a payment terms schedule: percentage, when it is due, how it is paid (C-7)."""
