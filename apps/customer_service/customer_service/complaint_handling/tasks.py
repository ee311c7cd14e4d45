"""Tasks of a complaint: several departments work side by side, each by its own clocks (F-7)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.exceptions import RecordClosedError
from customer_service.organisation import events, states

SETTINGS = "Customer Service Settings"

COPIED = ("customer", "complaint_class", "severity", "priority", "is_major")
"""Grading of the complaint that clock policies and escalation rules of the task may ask for."""

BY_HAND, ON_RECEIPT, WHEN_ASSESSED = "By Hand", "On Receipt", "When Assessed"


def copy_grading(task) -> None:
	"""Take the grading over from the complaint; only a running one gets new tasks.

	:raises RecordClosedError: names the complaint.
	"""
	complaint = frappe.db.get_value(
		"Complaint", task.complaint, ["state_category", "workflow_state", *COPIED], as_dict=True
	)
	if not complaint:
		return  # Frappe's own check of links says so
	if complaint.state_category in states.ENDED:
		frappe.throw(
			_("Complaint {0} is {1} and gets no more tasks.").format(
				frappe.bold(escape_html(task.complaint)), _(complaint.workflow_state)
			),
			RecordClosedError,
		)
	for field in COPIED:
		task.set(field, complaint[field])


def make_on_receipt(complaint) -> None:
	"""Give each assisting department its task when the complaint arrives, if the site wants that."""
	_make_if(complaint, ON_RECEIPT)


def make_when_assessed(complaint) -> None:
	"""The same when the complaint was assessed."""
	before = complaint.get_doc_before_save()
	if complaint.get("assessed_at") and not (before and before.get("assessed_at")):
		_make_if(complaint, WHEN_ASSESSED)


def _make_if(complaint, moment: str) -> None:
	if not complaint.assisting_departments:
		return
	settings = frappe.get_cached_doc(SETTINGS)
	if settings.tasks_made != moment or not settings.default_task_kind:
		return
	departments = [row.department for row in complaint.assisting_departments]
	add(complaint, departments, settings.default_task_kind, complaint.description)


def add(complaint, departments: list[str], task_kind: str, instruction: str) -> list[str]:
	"""One task for each department that has none of this kind under way; returns the new names.

	:raises RecordClosedError: if the complaint has ended.
	"""
	running = {"complaint": complaint.name, "task_kind": task_kind, "state_category": ("in", states.RUNNING)}
	busy = set(frappe.get_all("Complaint Task", running, pluck="department"))
	made = []
	for department in dict.fromkeys(departments):
		if department in busy:
			continue
		task = frappe.new_doc("Complaint Task")
		task.update(
			{
				"complaint": complaint.name,
				"department": department,
				"task_kind": task_kind,
				"instruction": instruction,
			}
		)
		# What follows from the complaint's routing, or was asked for by somebody who may write the complaint.
		made.append(task.insert(ignore_permissions=True).name)
	return made


def tell_complaint(task, before: str | None, after: str) -> None:
	"""Put a task's step into the complaint's own trail, where the case is read as a whole."""
	complaint = frappe._dict(doctype="Complaint", name=task.complaint)
	events.record(complaint, "Task", before, after, detail=f"{task.name} {task.department}")


def open_tasks(complaint) -> list[str]:
	"""Why a complaint cannot be closed: tasks that are not done (closing gate)."""
	rows = frappe.get_all(
		"Complaint Task",
		{"complaint": complaint.name, "state_category": ("in", states.RUNNING)},
		["name", "department", "workflow_state"],
		order_by="name asc",
	)
	return [
		_("Task {0} of {1} is {2}.").format(
			escape_html(row.name), escape_html(_(row.department)), _(row.workflow_state)
		)
		for row in rows
	]


def shown(complaint: str) -> list[dict]:
	"""The tasks of a complaint that the user may read, for its form, in the order of their numbers."""
	if not complaint or not frappe.has_permission("Complaint Task", "read"):
		return []
	fields = ["name", "department", "task_kind", "due_at", "workflow_state", "is_late", "report"]
	return frappe.get_list(
		"Complaint Task", filters={"complaint": complaint}, fields=fields, order_by="name asc", limit_page_length=100
	)


def follow_waiting(complaint) -> None:
	"""While the customer's answer is awaited, the clocks of our steps stand still, those of the tasks too (F-6)."""
	before = complaint.get_doc_before_save()
	if not before or states.WAITING not in (before.state_category, complaint.state_category):
		return
	if before.state_category == complaint.state_category:
		return
	reason = _("The complaint waits for the customer.")
	waits = complaint.state_category == states.WAITING
	running = {"complaint": complaint.name, "state_category": ("in", states.RUNNING)}
	for name in frappe.get_all("Complaint Task", running, pluck="name"):
		task = frappe.get_doc("Complaint Task", name)
		if waits and not task.held_since:
			task.hold_clocks(reason)
		elif not waits and task.held_since and task.held_reason == reason:
			task.release_clocks()
		else:
			continue
		task.save(ignore_permissions=True)  # follows from the complaint's step
