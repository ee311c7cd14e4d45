def get_data():
	"""Later records that name this contact as their source (shown on its form)."""
	return {
		"fieldname": "source_name",
		"dynamic_links": {
			"source_name": ["Contact Record", "source_doctype"],
			"reference_name": ["Contact Record", "reference_doctype"],
		},
		"non_standard_fieldnames": {"Internal Slip": "reference_name"},
		"transactions": [{"items": ["Complaint", "Service Instruction", "Internal Slip"]}],
	}
