"""Which fields are a person's: the value of Frappe's hook `user_data_fields`. Its further keys are ours, see `personal_data.py`."""

user_data_fields = [
	{
		"doctype": "Complaint",
		"filter_by": "contact_email",
		"redact_fields": ["contact_person", "contact_phone", "contact_email"],
		"person": "contact_person",
		"phone": "contact_phone",
		"copies": ["reported_company"],
		"texts": [
			"description",
			"customer_demand",
			"cause",
			"decision",
			"measures",
			"answer",
			"head_opinion",
			"customer_reason",
			"handling_comment",
			"attachment",
			"mail_note",
		],
	},
	{
		"doctype": "Contact Record",
		"filter_by": "contact_email",
		"redact_fields": ["contact_person", "contact_phone", "contact_email"],
		"person": "contact_person",
		"phone": "contact_phone",
		"copies": ["reported_company"],
		"texts": ["subject", "content", "answer", "mail_note"],
	},
	{
		"doctype": "Service Customer",
		"filter_by": "email",
		"redact_fields": ["phone", "email", "address"],
		"person": "customer_name",
		"phone": "phone",
		"only": {"customer_type": "Person"},
	},
	{
		"doctype": "Service Customer Contact",
		"filter_by": "email",
		"redact_fields": ["contact_name", "position", "phone", "email"],
		"person": "contact_name",
		"phone": "phone",
	},
]
