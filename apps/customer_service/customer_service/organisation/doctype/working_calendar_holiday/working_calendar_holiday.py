from frappe.model.document import Document


class WorkingCalendarHoliday(Document):
	"""Row of a parent record."""
