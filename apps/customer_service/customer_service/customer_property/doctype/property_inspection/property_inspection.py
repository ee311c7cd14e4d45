from frappe.model.document import Document


class PropertyInspection(Document):
	"""Incoming inspection of a lot of customers' property: sample, characteristics, engineering's confirmation, verdict, the customer's decision on what failed (rule D-2, IQC检验报告)."""
