import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.controlled_forms import procedure_documents, procedure_prints
from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import attachments, cases, events, states, text

COMPUTED = (
	"state_category",
	"is_handed_in",
	"issue_date",
	"ended_on",
	"superseded_by",
	"previous_version",
)


class ProcedureDocumentVersion(Document):
	"""One version of a procedure: its text, change record, approvals and the time in which it is in force (rule J-3)."""

	def before_insert(self):
		self.version = (self.version or "").strip()
		self.refuse_second_draft()

	def validate(self):
		cases.keep_computed(self, COMPUTED)
		text.make_plain(self)
		self.take_titles()
		procedure_documents.refuse_change_after_hand_in(self)
		attachments.check_fields(self)
		self.name_previous()
		procedure_documents.follow_workflow(self)

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state)
		procedure_documents.follow_versions(self.document)

	def on_update(self):
		attachments.adopt(self)
		procedure_documents.take_due_force(self)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		can_issue = self.state_category in (states.WAITING, states.RESOLVED)
		self.set_onload("can_issue", can_issue and frappe.has_permission("Document Copy", "create"))

	def before_print(self, settings=None):
		procedure_prints.prepare(self, self)

	def control_head(self) -> dict:
		"""Number, version, titles and mark for the head and foot of a print."""
		return procedure_prints.head_of_version(self)

	def printed_version(self):
		"""The version that a print shows; for layouts that also print copies."""
		return self

	def refuse_second_draft(self):
		"""One version at a time is in preparation, so that nobody signs what another draft has overtaken."""
		other = frappe.db.get_value(self.doctype, {"document": self.document, "state_category": states.OPEN})
		if other:
			frappe.throw(
				_("{0} is still in preparation. Finish or withdraw it first.").format(frappe.bold(escape_html(other))),
				CustomerServiceError,
			)

	def take_titles(self):
		"""Who leaves the titles empty means the document's."""
		if self.is_new() and not (self.title_en and self.title_zh):
			titles = frappe.db.get_value("Procedure Document", self.document, ["title_en", "title_zh"], as_dict=True)
			self.title_en = self.title_en or (titles and titles.title_en)
			self.title_zh = self.title_zh or (titles and titles.title_zh)

	def name_previous(self):
		if self.is_new() and self.document:
			last = procedure_documents.last_version(self.document)
			self.previous_version = last and last.name
