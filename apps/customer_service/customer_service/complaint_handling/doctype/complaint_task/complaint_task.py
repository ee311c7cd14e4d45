import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.complaint_handling import tasks
from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.exceptions import CustomerServiceError, RecordClosedError
from customer_service.organisation import attachments, cases, clock, clocks, events, people, states, text

COMPUTED = (
	"state_category",
	"opened_at",
	"requested_by",
	"response_due",
	"taken_up_at",
	"taken_up_late",
	"due_at",
	"done_at",
	"is_late",
	"done_by",
	"clock_policy",
	"waiting_since",
	"waited_minutes",
	"held_since",
	"held_reason",
	"reopen_count",
	*tasks.COPIED,
)


class ComplaintTask(clocks.UnderClocks, KeepsDisposedLinks, Document):
	"""What one department does in a complaint, with clocks of its own (rule F-7)."""

	CLOCK_START = "opened_at"
	CLOCK_FIELDS = {
		"First Step": ("response_due", "taken_up_at", "taken_up_late"),
		"Resolved": ("due_at", "done_at", "is_late"),
	}

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		cases.keep_computed(self, COMPUTED)
		text.make_plain(self)
		self.complete()
		self.refuse_change_after_end()
		self.refuse_stranger()
		attachments.check_fields(self)
		self.follow_workflow()

	def after_insert(self):
		self.store_clocks()
		events.record(self, "Created", after=self.workflow_state, detail=self.department)
		tasks.tell_complaint(self, None, self.workflow_state)

	def on_update(self):
		attachments.adopt(self)
		self.store_clocks()
		self.record_changes()

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("clocks", clocks.summary(self))

	def complete(self):
		"""A new task tells what it belongs to: a running complaint, whose grading decides the limits."""
		if not self.is_new():
			return
		self.opened_at, self.requested_by = clock.now(), frappe.session.user
		tasks.copy_grading(self)

	def refuse_change_after_end(self):
		before = self.get_doc_before_save()
		if before and before.state_category in states.ENDED and before.workflow_state == self.workflow_state:
			frappe.throw(
				_("Task {0} is {1} and cannot be changed.").format(
					frappe.bold(escape_html(self.name)), _(before.workflow_state)
				),
				RecordClosedError,
			)

	def refuse_stranger(self):
		"""The person belongs to the department that has the task."""
		before = self.get_doc_before_save()
		changed = not before or (before.assigned_to, before.department) != (self.assigned_to, self.department)
		if self.assigned_to and changed and not people.belongs(self.assigned_to, self.department):
			frappe.throw(
				_("{0} does not belong to {1}. Choose one of its people.").format(
					frappe.bold(escape_html(self.assigned_to)), frappe.bold(escape_html(_(self.department)))
				),
				CustomerServiceError,
			)

	def follow_workflow(self):
		before = self.get_doc_before_save()
		if not before or before.workflow_state != self.workflow_state:
			self.state_category = states.category_of(self.doctype, self.workflow_state)
			if before:
				self.check_step(before)
		self.plan_clocks()

	def check_step(self, before):
		"""Done needs a report where the kind asks for one; whoever did it does not accept or return it himself."""
		if self.state_category == states.RESOLVED:
			if not self.report and frappe.get_cached_value("Complaint Task Kind", self.task_kind, "needs_report"):
				frappe.throw(
					_("Write the {0} before the task is done.").format(frappe.bold(_("Report"))), CustomerServiceError
				)
			self.done_by, self.return_reason = frappe.session.user, None
		elif before.state_category == states.RESOLVED and before.done_by == frappe.session.user:
			frappe.throw(_("Somebody else accepts or returns what you have reported done."), CustomerServiceError)
		is_returned = before.state_category == states.RESOLVED and self.state_category == states.OPEN
		if is_returned and not self.return_reason:
			frappe.throw(
				_("Write in {0} what is missing.").format(frappe.bold(_("Returned Because"))), CustomerServiceError
			)

	def record_changes(self):
		before = self.get_doc_before_save()
		if not before:
			return
		if before.workflow_state != self.workflow_state:
			returned = self.reopen_count > (before.reopen_count or 0)
			detail = self.return_reason if returned else None
			event = "Returned" if returned else "State Changed"
			events.record(self, event, before.workflow_state, self.workflow_state, detail=detail)
			tasks.tell_complaint(self, before.workflow_state, self.workflow_state)
		if before.department != self.department:
			events.record(self, "Routed", before.department, self.department)


def on_doctype_update():
	"""Indexes of a complaint's tasks and of the queues of a department and of a person."""
	frappe.db.add_index("Complaint Task", ["complaint", "state_category"], "complaint_tasks")
	frappe.db.add_index("Complaint Task", ["department", "state_category", "due_at"], "department_queue")
	frappe.db.add_index("Complaint Task", ["assigned_to", "state_category"], "my_queue")
