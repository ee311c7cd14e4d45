from frappe.model.document import Document


class WorkingCalendarInterval(Document):
	"""Row of a parent record."""
