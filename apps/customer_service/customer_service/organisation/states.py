"""What a workflow state means, whatever its name.

The states of a case are an administrator's Workflow records. What must hold in any workflow is checked by a state's category:
Open, Waiting (for the customer), Resolved, Closed or Cancelled. The category is a column of the workflow's own states table
(custom field `service_state_category`), so that adding a state means adding a row there.

A second column (`service_step`) says which dated step of its process a state stands for, such as Decided or Answered.
"""

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields
from frappe.model.workflow import get_workflow_name

OPEN, WAITING, RESOLVED, CLOSED, CANCELLED = "Open", "Waiting", "Resolved", "Closed", "Cancelled"
CATEGORIES = (OPEN, WAITING, RESOLVED, CLOSED, CANCELLED)
RUNNING = (OPEN, WAITING)
ENDED = (CLOSED, CANCELLED)

CATEGORY_FIELD = "service_state_category"

STEPS = (
	"Acknowledged",
	"Assessed",
	"Investigated",
	"Decided",
	"Decision Told",
	"Not Ours",
	"Answered",
	"Accepted",
	"Closed",
	"Duplicate",
	"In Approval",
	"Approved",
	"Carrying Out",
	"Carried Out",
	"Confirmed",
	"Refused",
	"Right of Reply",
	"Withdrawn",
	"Opened",
	"Contained",
	"Cause Found",
	"Planned",
	"Implementing",
	"Implemented",
	"Verified",
	"Effectiveness Check",
	"Effective",
	"Ineffective",
	"Clarified",
	"In Review",
	"Objection",
	"Coordinated",
	"Released",
	"Completed",
	"Superseded",
	"Cancelled",
	"Issued",
	"Deposit Paid",
	"Paid",
	"Expired",
	"In Production",
	"Shipped",
	"Delivered",
	"Received",
	"Expected",
	"In Inspection",
	"In Store",
	"Rejected",
	"Abnormal",
	"Returned",
	"Consumed",
	"Scrapped",
	"Lost",
	"Passed",
	"Failed",
	"Customer Told",
	"Customer Decided",
	"Posted",
	"Reversed",
	"Counting",
	"Counted",
	"Reported",
	"Reviewed",
	"In Use",
	"Retired",
	"Sending",
	"Open",
	"Analysed",
)
"""What a state can stand for, of all processes; each process says what its own steps ask and which date they stamp."""

STEP_FIELD = "service_step"


def add_category_column() -> None:
	"""Give Frappe's workflow states the columns of category and step (install and migrate)."""
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
				},
				{
					"fieldname": STEP_FIELD,
					"label": "Service Step",
					"fieldtype": "Select",
					"options": "\n".join(("", *STEPS)),
					"insert_after": CATEGORY_FIELD,
					"in_list_view": 1,
					"columns": 2,
					"description": "Which step of its process the state stands for: what it asks for and which date it sets.",
					"module": "Organisation",
				},
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


def step_of(doctype: str, state: str | None) -> str | None:
	"""The step that a state of the DocType's active workflow stands for; None for most."""
	return next((row.get(STEP_FIELD) or None for row in states_of(doctype) if row.state == state), None)


def state_for(doctype: str, step: str) -> str | None:
	"""The first state of the DocType's active workflow that stands for a step; None if there is none."""
	return next((row.state for row in states_of(doctype) if row.get(STEP_FIELD) == step), None)


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
