from frappe.model.document import Document


class ImprovementTeamMember(Document):
	"""Row of a parent record."""
