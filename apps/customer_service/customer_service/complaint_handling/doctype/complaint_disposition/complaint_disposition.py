import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, flt

from customer_service.complaint_handling import disposition_approval, disposition_natures, dispositions
from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.exceptions import DispositionError, RecordClosedError
from customer_service.organisation import attachments, cases, clock, currencies, events, states, text

COMPUTED = (
	"state_category",
	"nature",
	"customer",
	"proposed_by",
	"company_amount",
	"company_part",
	"approved_terms",
	"approved_at",
	"done_quantity",
	"done_amount",
	"carried_out_by",
	"carried_out_at",
	"confirmed_by",
	"confirmed_at",
	"ended_at",
)

FIXED = ("Carried Out", "Confirmed")
"""Steps from which on the terms cannot change."""


class ComplaintDisposition(KeepsDisposedLinks, Document):
	"""A measure for a complaint: proposed, approved by limits, carried out with evidence, confirmed (F-6, F-7)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		if not self.flags.deciding:
			self.keep_decisions()
			super().validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.refuse_odd_numbers(self)
		attachments.check_fields(self)
		self.follow_complaint()
		self.refuse_change_after_end()
		self.take_kind()
		self.add_up()
		self.follow_terms()
		self.follow_workflow()

	def validate_workflow(self):
		"""A step that follows from a decision is the app's; every other is checked by Frappe as the user's."""
		if not self.flags.step_by_system:
			super().validate_workflow()

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state, detail=self.complaint)

	def on_update(self):
		attachments.adopt(self)
		dispositions.add_up(self.complaint)
		self.record_changes()
		disposition_approval.tell_next(self)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		row = disposition_approval.next_step(self)
		waits = row and states.step_of(self.doctype, self.workflow_state) == "In Approval"
		may_decide = waits and not disposition_approval.why_not(self, row, frappe.session.user)
		self.set_onload("may_decide", bool(may_decide))
		self.set_onload("terms", disposition_approval.terms_of(self))

	def keep_decisions(self):
		"""Approvals are given by people through the endpoint, never written."""
		cases.keep_computed(self, COMPUTED)
		before = self.get_doc_before_save()
		self.set("approvals", [row.as_dict() for row in before.approvals] if before else [])

	def follow_complaint(self):
		complaint = dispositions.lock_complaint(self.complaint)
		if not complaint:
			return  # Frappe names the missing link
		if not self.get_doc_before_save():
			frappe.has_permission("Complaint", "read", self.complaint, throw=not self.flags.ignore_permissions)
			dispositions.refuse_ended(complaint)
		self.customer = complaint.customer
		self.flags.complaint_row = complaint

	def refuse_change_after_end(self):
		before = self.get_doc_before_save()
		if before and before.state_category in states.ENDED and before.workflow_state == self.workflow_state:
			frappe.throw(
				_("Disposition {0} is {1} and cannot be changed.").format(
					frappe.bold(escape_html(self.name)), _(before.workflow_state)
				),
				RecordClosedError,
			)

	def take_kind(self):
		"""What the kind asks for; each is refused by the field's name."""
		kind = frappe.get_cached_doc("Disposition Kind", self.kind) if self.kind else None
		if not kind:
			return
		self.nature = kind.nature
		needs = {"quantity": kind.needs_quantity, "amount": kind.needs_amount}
		for field, needed in needs.items():
			if needed and flt(self.get(field)) <= 0:
				frappe.throw(
					_("{0} needs {1}.").format(frappe.bold(_(kind.name)), frappe.bold(_(self.meta.get_label(field)))),
					DispositionError,
				)
		if self.is_new() and not self.evidence:
			self.extend("evidence", [{"evidence_kind": row.evidence_kind} for row in kind.evidence])

	def add_up(self):
		"""Amounts in the company's currency, and what we bear of them."""
		currencies.complete(self)
		if not 0 <= flt(self.company_share) <= 100:
			frappe.throw(_("Our share lies between 0 and 100 %."), DispositionError)
		self.company_amount = flt(flt(self.amount) * flt(self.exchange_rate), 2)
		self.company_part = flt(self.company_amount * flt(self.company_share) / 100, 2)

	def follow_terms(self):
		"""Whoever sets the terms is the proposer; changed terms end what was approved (L3)."""
		before = self.get_doc_before_save()
		if before and disposition_approval.terms_of(before) == disposition_approval.terms_of(self):
			return
		self.proposed_by = frappe.session.user
		step = before and states.step_of(self.doctype, before.workflow_state)
		if step in FIXED:
			frappe.throw(_("What was carried out cannot be changed. Send it back first."), DispositionError)
		if step:
			disposition_approval.lapse(self)

	def follow_workflow(self):
		before = self.get_doc_before_save()
		self.state_category = states.category_of(self.doctype, self.workflow_state)
		if before and before.workflow_state != self.workflow_state and not self.flags.step_by_system:
			self.take_step(
				states.step_of(self.doctype, before.workflow_state), states.step_of(self.doctype, self.workflow_state)
			)
			self.state_category = states.category_of(self.doctype, self.workflow_state)
		if self.flags.complaint_row:
			dispositions.check_quantity(self, self.flags.complaint_row)
		ended = self.state_category in states.ENDED
		self.ended_at = (self.ended_at or clock.now()) if ended else None

	def take_step(self, left: str | None, step: str | None):
		"""What a person's step asks for and leaves behind."""
		if step == "In Approval":
			disposition_approval.ask(self)
		elif self.workflow_state == states.initial_state(self.doctype):
			disposition_approval.lapse(self)
		elif step in ("Approved", "Refused"):
			frappe.throw(_("Approve or refuse with the button, so that it is known what you saw."), DispositionError)
		elif step == "Carrying Out":
			disposition_approval.demand(self)
			if left in FIXED:
				disposition_natures.undo(self)
				self.update({"carried_out_by": None, "carried_out_at": None})
		elif step == "Carried Out":
			self.carry_out()
		elif step == "Confirmed":
			self.update({"confirmed_by": frappe.session.user, "confirmed_at": clock.now()})

	def carry_out(self):
		disposition_approval.demand(self)
		self.demand_evidence()
		disposition_natures.carry_out(self)
		self.update({"carried_out_by": frappe.session.user, "carried_out_at": clock.now()})

	def demand_evidence(self):
		required = {row.evidence_kind for row in frappe.get_cached_doc("Disposition Kind", self.kind).evidence}
		missing = sorted(required - {row.evidence_kind for row in self.evidence if row.attachment})
		if missing:
			frappe.throw(
				_("Attach the evidence first: {0}.").format(", ".join(frappe.bold(_(each)) for each in missing)),
				DispositionError,
			)

	def record_changes(self):
		before = self.get_doc_before_save()
		if not before:
			return
		if self.flags.pop("has_lapsed", None):
			events.record(self, "Approval Lapsed", f"{flt(before.amount):,.2f}", f"{flt(self.amount):,.2f}")
		if before.workflow_state != self.workflow_state:
			events.record(self, "State Changed", before.workflow_state, self.workflow_state)
		if self.carried_out_at and not before.carried_out_at:
			complaint = frappe._dict(doctype="Complaint", name=self.complaint)
			events.record(complaint, "Measure Carried Out", after=self.name, detail=self.result)


def on_doctype_update():
	"""The measures of a complaint, as its gates and totals read them."""
	frappe.db.add_index("Complaint Disposition", ["complaint", "state_category"], "complaint_measures")
