from frappe.model.document import Document

from customer_service.contract_review import proforma, proforma_print, proforma_steps
from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.organisation import attachments, cases, events, text

COMPUTED = (
	"invoice_no",
	"revision",
	"revision_of",
	"superseded_by",
	"sent_at",
	"sent_to",
	"issued_hash",
	"accepted_at",
	"accepted_by_name",
	"accepted_via",
	"accepted_hash",
	"paid_at",
	"ended_at",
)


class ProFormaInvoice(KeepsDisposedLinks, Document):
	"""An offer on invoice form: drafted, issued, accepted by the buyer, paid in parts; changed by revisions only (C-7)."""

	def before_insert(self):
		cases.check_series(self)
		self.keep_what_is_ours()

	def autoname(self):
		if self.revision_of:
			self.name = f"{self.invoice_no}-R{self.revision}"

	def validate(self):
		self.keep_what_is_ours()
		if not self.flags.step_by_system:
			super().validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.refuse_odd_numbers(self)
		if proforma_steps.is_draft(self):
			proforma.fill(self)
			proforma.check(self)
			proforma.reckon(self)
		else:
			proforma.refuse_change(self)
		proforma_steps.add_up(self)
		proforma_steps.follow(self)

	def validate_workflow(self):
		"""A step that follows from the buyer's word or a payment is the app's; every other is checked by Frappe as the user's."""
		if not self.flags.step_by_system:
			super().validate_workflow()

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state, detail=self.revision_of)

	def on_update(self):
		attachments.adopt(self)
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			events.record(self, "State Changed", before.workflow_state, self.workflow_state)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("step", proforma_steps.step_of(self))

	def keep_what_is_ours(self):
		"""No request sets what follows from steps, nor a payment."""
		before = self.get_doc_before_save()
		cases.keep_computed(self, COMPUTED)
		self.update(self.flags.get("computed") or {})
		if before and not self.flags.step_by_system:
			self.set("payments", [row.as_dict() for row in before.payments])
		elif not before:
			self.update(self.flags.get("revision") or {})
			self.set("payments", self.flags.get("payments") or [])
			if self.name and not self.invoice_no:
				self.update({"invoice_no": self.name, "revision": 1})

	def money(self, fieldname: str, row=None) -> str:
		"""An amount as printed, with the digits of the currency."""
		return proforma_print.amount((row or self).get(fieldname), self.currency)

	def printed(self, row, fieldname: str) -> str:
		"""A price, quantity or percentage as printed."""
		return proforma_print.number(row, fieldname, self.currency)
