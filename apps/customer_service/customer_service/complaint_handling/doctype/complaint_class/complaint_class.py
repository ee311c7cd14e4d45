from frappe.model.document import Document


class ComplaintClass(Document):
	"""A class of complaints, such as quality, delivery or service (rule F-3)."""
