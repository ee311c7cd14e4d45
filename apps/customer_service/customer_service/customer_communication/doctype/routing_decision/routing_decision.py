from frappe.model.document import Document


class RoutingDecision(Document):
	"""Why a case came to a department and a person: the rules tried, the one that decided, or whose reason; written by the system only (rule A-2)."""
