from frappe.model.document import Document


class PropertyType(Document):
	"""What customers provide: material, part, sample, label, drawing, mould, tool, packaging, document, data (rule D-1)."""
