import frappe
from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_communication import references, slips
from customer_service.organisation import cases, dated_clocks, events, text


class InternalSlip(KeepsDisposedLinks, Document):
	"""What was learnt from a customer, passed on to departments and management, who reply by a due date (rule A-4)."""

	def before_insert(self):
		cases.check_series(self)
		self.sender = frappe.session.user
		self.sent_at = self.closed_at = None

	def validate(self):
		slips.refuse_strangers(self)
		slips.keep_replies(self)
		slips.refuse_change_after_sending(self)
		text.make_plain(self)
		slips.refuse_bad_rows(self)
		references.refuse_unreadable(self, "reference_doctype", "reference_name")
		slips.set_category(self)

	def after_insert(self):
		events.record(self, "Created", after=self.status, detail=self.from_department)

	def on_update(self):
		before = self.get_doc_before_save()
		if before and before.status != self.status:
			events.record(self, "State Changed", before.status, self.status, detail=self.flags.cancel_reason)

		if self.flags.is_step:
			dated_clocks.follow(self, slips.limits_of(self))

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("slip", slips.offers(self, frappe.session.user))
