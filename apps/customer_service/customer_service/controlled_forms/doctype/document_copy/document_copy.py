import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.controlled_forms import document_copies, procedure_prints
from customer_service.organisation import cases, clock, events, text

COMPUTED = (
	"state",
	"issued_at",
	"issued_by",
	"recall_requested_at",
	"received_at",
	"received_by",
	"receipt_note",
	"returned_at",
	"returned_by",
	"return_note",
)


class DocumentCopy(Document):
	"""A numbered copy of a procedure in somebody's hands: issue, receipt, recall and return (rule J-3)."""

	def autoname(self):
		document_copies.number(self)
		self.name = f"{self.procedure_version}-{self.copy_number}"

	def validate(self):
		text.make_plain(self)
		document_copies.refuse_unclear_holder(self)
		self.keep_course()

	def after_insert(self):
		events.record(self, "Created", after=self.state)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("actions", document_copies.actions(self))

	def before_print(self, settings=None):
		procedure_prints.refuse_uncontrolled_copy(self, self.printed_version())
		procedure_prints.prepare(self, self.printed_version())

	def control_head(self) -> dict:
		"""Number, version, titles and copy number for the head and foot of a print."""
		return procedure_prints.head_of_copy(self, self.printed_version())

	def printed_version(self):
		"""The version that this is a copy of."""
		if not self.procedure_version:  # an empty form
			return frappe.new_doc("Procedure Document Version")
		return frappe.get_cached_doc("Procedure Document Version", self.procedure_version)

	def holder_name(self) -> str:
		"""Who has the copy, for people."""
		if self.holder:
			return frappe.get_cached_value("User", self.holder, "full_name") or self.holder
		return _(self.holder_department) if self.holder_department else self.outside_holder

	def keep_course(self):
		"""Only the verbs of `document_copies` move a copy, whatever a request sent."""
		if self.flags.moved_by_the_app:
			return
		cases.keep_computed(self, COMPUTED)
		cases.keep_on_update(self, "document", "copy_number")
		if self.is_new():
			self.update({"state": "Issued", "issued_at": clock.now(), "issued_by": frappe.session.user})


def on_doctype_update():
	"""A number is given once a version, and the list of a holder's copies reads an index."""
	frappe.db.add_unique("Document Copy", ["procedure_version", "copy_number"], "copy_of_version")
