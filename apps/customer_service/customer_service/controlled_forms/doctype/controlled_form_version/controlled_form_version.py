import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.controlled_forms import approval
from customer_service.controlled_forms.register import DRAFT
from customer_service.exceptions import FormControlError
from customer_service.organisation import cases, content, states

COMPUTED = (
	"status",
	"prepared_by",
	"approved_by",
	"approved_at",
	"in_force_since",
	"in_force_until",
	"layout_hash",
	"frozen_layout",
)


class ControlledFormVersion(Document):
	"""One version of a controlled form, frozen by its approval (rule J-1)."""

	def before_insert(self):
		self.document_type = frappe.db.get_value("Controlled Form", self.controlled_form, "document_type")

	def validate(self):
		cases.keep_computed(self, COMPUTED)
		self.refuse_change_after_approval()
		if self.is_new():
			self.status, self.prepared_by = DRAFT, frappe.session.user
		self.refuse_foreign_layout()
		approval.follow_workflow(self)

	def after_insert(self):
		if self.flags.is_shipped:
			self.approve_as_shipped()

	def on_update(self):
		approval.describe_form(self.controlled_form)

	def on_trash(self):
		if self.status != DRAFT:
			frappe.throw(
				_("Version {0} has been in use and cannot be deleted. Withdraw it instead.").format(
					frappe.bold(escape_html(self.name))
				),
				FormControlError,
			)

	def after_delete(self):
		approval.describe_form(self.controlled_form)

	def refuse_change_after_approval(self):
		"""What was approved stays: records print by it."""
		before = self.get_doc_before_save()
		if not before or before.status == DRAFT:
			return
		for each in (before, self):
			each.workflow_state, kept = None, each.workflow_state
			each.flags.content = content.fingerprint(content.content_of(each))
			each.workflow_state = kept
		if before.flags.content != self.flags.content:
			frappe.throw(
				_("Version {0} is approved and cannot be changed. Make a new version instead.").format(
					frappe.bold(escape_html(self.name))
				),
				FormControlError,
			)

	def refuse_foreign_layout(self):
		prints = self.print_format and frappe.db.get_value("Print Format", self.print_format, "doc_type")
		if prints and prints != self.document_type:
			frappe.throw(
				_("Print Format {0} is for {1}, not {2}.").format(
					frappe.bold(escape_html(self.print_format)), _(prints), _(self.document_type)
				),
				FormControlError,
			)

	def approve_as_shipped(self):
		"""A form that a preset brings is in force at once; loading the preset is the administrator's decision."""
		approved = [
			row.state for row in states.states_of(self.doctype) if row.get(states.CATEGORY_FIELD) == states.CLOSED
		]
		approval.approve(self, is_shipped=True)
		values = {field: self.get(field) for field in COMPUTED}
		self.db_set({**values, "workflow_state": approved[0] if approved else None}, update_modified=False)
		approval.describe_form(self.controlled_form)


def on_doctype_update():
	"""Index of the look-up that every print makes."""
	frappe.db.add_index("Controlled Form Version", ["document_type", "in_force_since"], "versions_of_a_type")
	frappe.db.add_index("Controlled Form Version", ["controlled_form", "in_force_since"], "versions_of_a_form")
