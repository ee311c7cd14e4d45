from frappe.model.document import Document


class ControlledForm(Document):
	"""A controlled form: its number, titles and version, and the layout that prints it (rule J-1)."""
