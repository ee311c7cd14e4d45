"""Registers that improvements are started from: values of hooks. Any other record can be named as a source by hand."""

SOURCES = {
	"Complaint": {
		"problem_what": "description",
		"problem_when": "received_at",
		"problem_how_many": "defective_qty",
		"problem_where": "part_no",
		"occurrence_cause": "cause",
	},
	"Contact Record": {"problem_what": "content", "problem_when": "contacted_at"},
	"Property Event": {
		"problem_what": "description",
		"problem_when": "found_at",
		"problem_how_many": "qty",
		"problem_where": "place",
		"occurrence_cause": "cause",
	},
	"Survey Campaign": {"problem_what": "findings", "problem_when": "title"},
	"Survey Response": {"problem_when": "answered_at"},
}
"""Hook `improvement_sources`: DocType -> field of the improvement -> field of the source that fills it. Customer and lead
department are taken from fields of these names. A form of such a DocType offers *Make Improvement*."""


def connections() -> dict[str, str]:
	"""Hook override_doctype_dashboards: the forms of these DocTypes show their improvements."""
	return {
		doctype: f"customer_service.improvement.connections.{doctype.lower().replace(' ', '_')}" for doctype in SOURCES
	}
