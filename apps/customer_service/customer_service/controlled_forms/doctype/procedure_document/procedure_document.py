import frappe
from frappe.model.document import Document

from customer_service.controlled_forms import procedure_documents
from customer_service.organisation import cases, events, text


class ProcedureDocument(Document):
	"""A procedure of the company under document control: number, titles, owner and the version in force (rule J-3)."""

	def validate(self):
		cases.keep_computed(self, ("current_version", "status"))
		text.make_plain(self)
		self.keep_titles_in_force()
		procedure_documents.clean_clauses(self)
		self.check_new_department()
		self.status = self.status or "In Preparation"

	def after_insert(self):
		events.record(self, "Created", after=self.status, detail=self.owner_department)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		last = procedure_documents.last_version(self.name)
		self.set_onload("next_version", procedure_documents.next_version(last))

	def keep_titles_in_force(self):
		"""A version in force decides what the document is called."""
		if self.current_version:
			cases.keep_on_update(self, "title_en", "title_zh")

	def check_new_department(self):
		"""Who reaches only his departments' documents gives none away, and makes none for others."""
		before = self.get_doc_before_save()
		if before and before.owner_department != self.owner_department:
			probe = frappe.new_doc(self.doctype)
			probe.owner_department = self.owner_department
			if not self.flags.ignore_permissions:
				probe.check_permission("create")
