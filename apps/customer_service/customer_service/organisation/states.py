"""What a workflow state means, whatever its name.

The states of a case are an administrator's Workflow records. What must hold in any workflow is checked by a state's category:
Open, Waiting (for the customer), Resolved, Closed or Cancelled. The category is a column of the workflow's own states table
(custom field `service_state_category`), so that adding a state means adding a row there.
"""

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields
from frappe.model.workflow import get_workflow_name

OPEN, WAITING, RESOLVED, CLOSED, CANCELLED = "Open", "Waiting", "Resolved", "Closed", "Cancelled"
CATEGORIES = (OPEN, WAITING, RESOLVED, CLOSED, CANCELLED)
RUNNING = (OPEN, WAITING)
ENDED = (CLOSED, CANCELLED)

CATEGORY_FIELD = "service_state_category"


def add_category_column() -> None:
	"""Give Frappe's workflow states their category column (install and migrate)."""
	create_custom_fields(
		{
			"Workflow Document State": [
				{
					"fieldname": CATEGORY_FIELD,
					"label": "Service State Category",
					"fieldtype": "Select",
					"options": "\n".join(CATEGORIES),
					"default": OPEN,
					"insert_after": "state",
					"in_list_view": 1,
					"columns": 2,
					"description": "What the state means for clocks and closing in customer service records.",
					"module": "Organisation",
				}
			]
		},
		ignore_validate=True,
	)


def category_of(doctype: str, state: str | None) -> str:
	"""The category of a state in the DocType's active workflow; Open where none is set."""
	for row in states_of(doctype):
		if row.state == state:
			return row.get(CATEGORY_FIELD) or OPEN
	return OPEN


def states_of(doctype: str) -> list:
	"""Rows of the active workflow's states, in order; empty without a workflow."""
	workflow = workflow_of(doctype)
	return workflow.states if workflow else []


def workflow_of(doctype: str):
	"""The DocType's active Workflow; None without one."""
	name = get_workflow_name(doctype)
	return frappe.get_cached_doc("Workflow", name) if name else None


def initial_state(doctype: str) -> str | None:
	"""The state that a new record gets."""
	rows = states_of(doctype)
	return rows[0].state if rows else None
