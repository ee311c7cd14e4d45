from frappe.model.document import Document


class SamplingPlan(Document):
	"""How many pieces of a lot are inspected, and how many defects accept or reject it (rule D-2)."""
