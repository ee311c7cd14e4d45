import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.complaint_handling import penalties
from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.exceptions import RecordClosedError, ReplyError
from customer_service.organisation import attachments, cases, clock, events, states, text

COMPUTED = (
	"state_category",
	"department",
	"points",
	"is_serious",
	"proposed_by",
	"proposed_at",
	"reply_until",
	"reply",
	"replied_at",
	"decided_by",
	"decided_at",
)

CHARGE = ("person", "reference_doctype", "reference_name", "happened_on", "kind", "reason")
"""What the person replies to; fixed once he was asked."""


class ResponsibilityRecord(KeepsDisposedLinks, Document):
	"""Penalty points of one person for one case, with his reply (F-12)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		cases.keep_computed(self, COMPUTED)
		self.update(self.flags.pop("reply", None) or {})
		text.make_plain(self)
		attachments.check_fields(self)
		cases.refuse_future(self, "happened_on")
		self.refuse_change_after_end()
		self.take_charge()
		self.follow_workflow()

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state)

	def on_update(self):
		attachments.adopt(self)
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			events.record(self, "State Changed", before.workflow_state, self.workflow_state)
		if self.flags.pop("tell_person", None):
			penalties.tell(self)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		awaited = self.state_category == states.WAITING and not self.replied_at
		self.set_onload("may_reply", awaited and self.person == frappe.session.user)

	def refuse_change_after_end(self):
		before = self.get_doc_before_save()
		if before and before.state_category in states.ENDED:
			frappe.throw(
				_("{0} is {1} and cannot be changed.").format(
					frappe.bold(escape_html(self.name)), _(before.workflow_state)
				),
				RecordClosedError,
			)

	def take_charge(self):
		"""Points are those of the kind when it is proposed; a charge that the person was asked about stays as it is."""
		before = self.get_doc_before_save()
		if before and before.state_category != states.OPEN:
			changed = [field for field in CHARGE if str(before.get(field) or "") != str(self.get(field) or "")]
			if changed:
				frappe.throw(
					_("{0} cannot be changed after the person was asked to reply.").format(
						frappe.bold(_(self.meta.get_label(changed[0])))
					),
					ReplyError,
				)
			return
		if self.reference_name and not frappe.has_permission(self.reference_doctype, "read", self.reference_name):
			raise frappe.PermissionError
		if not before:
			self.update({"proposed_by": frappe.session.user, "proposed_at": clock.now()})
		self.department = penalties.department_of(self.person)
		kind = frappe.get_cached_doc("Responsibility Kind", self.kind) if self.kind else None
		self.update({"points": kind and kind.points, "is_serious": kind and kind.is_serious})

	def follow_workflow(self):
		before = self.get_doc_before_save()
		self.state_category = states.category_of(self.doctype, self.workflow_state)
		if before and before.workflow_state != self.workflow_state:
			penalties.take_step(self, states.step_of(self.doctype, self.workflow_state))
