"""Which registers take part in retention: the value of the hook `records_with_retention` (G-3)."""

RECORDS = {
	"Complaint": {"state_field": "state_category", "ended_field": "resolved_at"},
	"Complaint Task": {"state_field": "state_category", "ended_field": "done_at"},
	"Contact Record": {"state_field": "state_category", "ended_field": "contacted_at"},
	"Internal Slip": {"state_field": "state_category", "ended_field": "closed_at"},
	"Service Instruction": {"state_field": "state_category", "ended_field": "closed_at"},
	"Complaint Disposition": {"state_field": "state_category", "ended_field": "ended_at"},
	"Contract Review": {"state_field": "state_category", "ended_field": "ended_at"},
	"Order Change": {"state_field": "state_category", "ended_field": "ended_at"},
	"Order Copy": {"state_field": "state_category", "ended_field": "returned_at"},
	"Production Change Order": {"state_field": "state_category", "ended_field": "ended_at"},
	"Manufacturing Order": {"state_field": "state_category", "ended_field": "ended_at"},
	"Shipping Notice": {"state_field": "state_category", "ended_field": "ended_at"},
	"Pro Forma Invoice": {"state_field": "state_category", "ended_field": "ended_at"},
	"Review Opinion": {"state_field": "state_category", "ended_field": "given_at"},
	"Responsibility Record": {"state_field": "state_category", "ended_field": "decided_at"},
	"Improvement": {"state_field": "state_category", "ended_field": "ended_at"},
	"Improvement Action": {"state_field": "state_category", "ended_field": "ended_at"},
}
"""DocType -> the field whose category tells that the record has ended, and the field with the moment when it did."""
