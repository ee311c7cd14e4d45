from frappe.model.document import Document


class CommunicationTopic(Document):
	"""What a contact or complaint is about; the topic decides the lead department (rule A-2)."""
