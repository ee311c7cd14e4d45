"""Tasks of a communication plan (A-3): each is a Frappe **ToDo** of its person, and done in one place is done in the other."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.exceptions import ContactError
from customer_service.organisation import clock, events, states

PARENT, TABLE = "Contact Record", "Communication Task"


def refuse_open_tasks(contact) -> None:
	"""A contact is not closed while a task of its plan is open.

	:raises ContactError: names the first open task.
	"""
	before = contact.get_doc_before_save()
	if contact.status != "Closed" or (before and before.status == "Closed"):
		return
	for row in contact.plan_tasks:
		if not row.done_at:
			frappe.throw(
				_("Row {0}: the task is not done: {1}").format(row.idx, escape_html(row.task[:140])), ContactError
			)


def follow(contact) -> None:
	"""Let the to-dos follow the rows of the plan (on_update)."""
	before = contact.get_doc_before_save()
	_cancel_removed(contact, before)
	if not contact.plan_tasks:
		return
	known = _todos(contact)
	old = {row.name: row for row in before.plan_tasks} if before else {}
	for row in contact.plan_tasks:
		_follow_row(contact, row, known.get(row.todo))
		if row.done_at and not (row.name in old and old[row.name].done_at):
			events.record(contact, "Task Done", detail=row.task)


def _todos(contact) -> dict:
	names = [row.todo for row in contact.plan_tasks if row.todo]
	fields = ["name", "allocated_to", "date", "status"]
	filters = {"name": ("in", names), "reference_type": PARENT, "reference_name": contact.name}
	return {todo.name: todo for todo in frappe.get_all("ToDo", filters=filters, fields=fields)} if names else {}


def _follow_row(contact, row, todo) -> None:
	if not todo:
		if not row.done_at and contact.state_category not in states.ENDED:
			_make(contact, row)
		return
	status = "Closed" if row.done_at else ("Cancelled" if contact.state_category == states.CANCELLED else "Open")
	same_person = todo.allocated_to == row.responsible
	if same_person and str(todo.date or "") == str(row.due_on or "") and todo.status == status:
		return
	doc = frappe.get_doc("ToDo", todo.name)
	doc.update({"allocated_to": row.responsible, "date": row.due_on, "status": status})
	doc.flags.from_plan = True
	doc.save(ignore_permissions=True)  # the plan decides about the to-dos that it made
	if not same_person:
		_let_read(contact, row.responsible)


def _make(contact, row) -> None:
	todo = frappe.get_doc(
		{
			"doctype": "ToDo",
			"allocated_to": row.responsible,
			"assigned_by": frappe.session.user,
			"reference_type": PARENT,
			"reference_name": contact.name,
			"description": escape_html(row.task),
			"date": row.due_on,
		}
	)
	todo.flags.from_plan = True
	todo.insert(ignore_permissions=True)
	row.db_set("todo", todo.name, update_modified=False)  # within the save that made the row
	_let_read(contact, row.responsible)


def _let_read(contact, user: str) -> None:
	"""Share the record with whoever has a task in it and does not reach it otherwise, as Frappe's own assignment does."""
	if frappe.get_system_settings("disable_document_sharing") or frappe.has_permission(
		PARENT, "read", contact, user=user
	):
		return
	frappe.share.add_docshare(PARENT, contact.name, user, read=1, flags={"ignore_share_permission": True})


def _cancel_removed(contact, before) -> None:
	kept = {row.todo for row in contact.plan_tasks}
	for row in before.plan_tasks if before else ():
		if row.todo and row.todo not in kept and frappe.db.exists("ToDo", {"name": row.todo, "status": "Open"}):
			doc = frappe.get_doc("ToDo", row.todo)
			doc.status = "Cancelled"
			doc.flags.from_plan = True
			doc.save(ignore_permissions=True)


def follow_todo(todo, _method: str | None = None) -> None:
	"""A task whose to-do its person has closed is done; opened again, it is open again (doc_events of ToDo)."""
	if todo.reference_type != PARENT or todo.flags.from_plan:
		return
	row = frappe.db.get_value(TABLE, {"todo": todo.name, "parenttype": PARENT}, ["parent", "name"], as_dict=True)
	if not row:
		return
	contact = frappe.get_doc(PARENT, row.parent)
	task = next(each for each in contact.plan_tasks if each.name == row.name)
	if (todo.status == "Closed") == bool(task.done_at) or contact.state_category in states.ENDED:
		return
	task.done_at = clock.now() if todo.status == "Closed" else None
	contact.flags.ignore_permissions = (
		True  # whoever has the task says that it is done, also without a right to the record
	)
	contact.save()
