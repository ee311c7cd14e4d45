from frappe.model.document import Document


class CauseBranch(Document):
	"""A branch of the fishbone diagram, under which causes are gathered: man, machine, material, method, measurement, environment (rule I-1)."""
