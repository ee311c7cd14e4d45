import frappe
from frappe.model.document import Document

from customer_service.contract_review import decisions, differences, order_changes, versions
from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.organisation import attachments, cases, clock, events, states, text

COMPUTED = (
	"state_category",
	"customer",
	"order_root",
	"from_version",
	"currency",
	"new_version",
	"approved_by",
	"approved_at",
	"effective_at",
	"ended_at",
)


class OrderChange(KeepsDisposedLinks, Document):
	"""A change of an approved order: applied for, approved, agreed with the customer, reviewed as the next version (C-6)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		if not self.flags.by_version:
			self.keep_course()
			self.validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.refuse_odd_numbers(self)
		cases.refuse_future(self, "requested_at", "agreed_at")
		attachments.check_fields(self)
		if self.is_new():
			order_changes.begin(self)
		order_changes.refuse_change_after_hand_in(self)
		if self.is_open_proposal():
			order_changes.complete(self)
		self.follow_workflow()

	def validate_workflow(self):
		"""A step that follows from the new version is the app's; every other is checked by Frappe as the user's."""
		if not self.flags.step_by_system:
			super().validate_workflow()

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state, detail=self.contract_review)

	def on_update(self):
		attachments.adopt(self)
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			events.record(self, "State Changed", before.workflow_state, self.workflow_state, self.end_reason)
			if self.step() == "In Review" and not self.new_version:
				self.db_set("new_version", versions.make(self), update_modified=False)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("differences", differences.shown(self.differences))
		self.set_onload("is_open", self.workflow_state == states.initial_state(self.doctype))

	def step(self) -> str | None:
		"""Which step of the change the state stands for."""
		return states.step_of(self.doctype, self.workflow_state)

	def is_open_proposal(self) -> bool:
		"""Whether it is still being written: new, or as it was before this save a draft."""
		before = self.get_doc_before_save()
		return not before or before.workflow_state == states.initial_state(self.doctype)

	def keep_course(self):
		"""Steps and what follows from them are never written."""
		cases.keep_computed(self, COMPUTED)
		before = self.get_doc_before_save()
		self.set("differences", [row.as_dict() for row in before.differences] if before else [])
		known = {row.name: row.order_line for row in before.lines} if before else {}
		for row in self.lines:
			row.order_line = known.get(row.name, row.order_line)

	def follow_workflow(self):
		before = self.get_doc_before_save()
		self.state_category = states.category_of(self.doctype, self.workflow_state)
		if before and before.workflow_state != self.workflow_state and not self.flags.step_by_system:
			order_changes.take_step(self, self.step())
		ended = self.state_category in states.ENDED
		self.ended_at = (self.ended_at or clock.now()) if ended else None

	def follow_version(self, step: str, **values):
		"""The new version was approved or cancelled, and the change with it; saves. It was loaded by `locking.load`."""
		self.update(values)
		decisions.go_to(self, step)
		self.flags.by_version = True
		self.save(ignore_permissions=True)  # follows from the decision on the version


def on_doctype_update():
	"""Indexes of the register's filters and of an order's open change."""
	frappe.db.add_index("Order Change", ["order_root", "state_category"], "changes_of_order")
	frappe.db.add_index("Order Change", ["contract_review"], "changes_of_version")
	frappe.db.add_index("Order Change", ["customer", "modified"], "changes_of_customer")
	frappe.db.add_index("Order Change", ["department", "modified"], "changes_of_department")
	frappe.db.add_index("Order Change", ["workflow_state", "modified"], "state_and_time")
