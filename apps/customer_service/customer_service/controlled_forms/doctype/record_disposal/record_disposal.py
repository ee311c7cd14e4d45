import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, getdate

from customer_service.controlled_forms import disposal, holds, retention
from customer_service.exceptions import DisposalRefusedError, RecordClosedError
from customer_service.organisation import cases, clock, events, states, text

COMPUTED = ("state_category", "pending_rows", "requested_by", "requested_at", "approved_by", "approved_at")
COMPUTED += ("carried_out_at",)

PERSON = ("person_email", "person_phone", "person_name")
FROZEN = ("purpose", "reason", "remove_texts", *PERSON)
ROW_FROZEN = ("name", "document_type", "document_name", "method")
ROW_COMPUTED = ("title", "due_since", "status", "outcome", "handled_at")


class RecordDisposal(Document):
	"""A request to dispose of records: requested, approved by somebody else, carried out and logged (rule J-4)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		text.make_plain(self)
		cases.keep_computed(self, COMPUTED)
		self.keep_rows()
		self.follow_workflow()

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state)

	def on_update(self):
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			events.record(self, "State Changed", before.workflow_state, self.workflow_state)
			if self.state_category == states.RESOLVED:
				disposal.queue(self.name)

	def on_trash(self):
		cases.refuse_deletion(self)

	def keep_rows(self):
		"""A draft's rows are described anew; after the request nothing changes but by a step of the workflow."""
		before = self.get_doc_before_save()
		if not before or before.state_category == states.OPEN:
			self.refuse_odd_rows()
			self.describe_rows()
			return
		if before.workflow_state == self.workflow_state or _content(before) != _content(self):
			frappe.throw(
				_("{0} was requested and cannot be changed any more.").format(frappe.bold(escape_html(self.name))),
				RecordClosedError,
			)
		stored = {row.name: row for row in before.records}
		for row in self.records:
			row.update({field: stored[row.name].get(field) for field in ROW_COMPUTED})

	def refuse_odd_rows(self):
		seen = set()
		if len(self.records) > disposal.MOST_ROWS:
			frappe.throw(_("A request takes at most {0} records.").format(disposal.MOST_ROWS), DisposalRefusedError)
		for row in self.records:
			key = (row.document_type, row.document_name)
			if key in seen:
				self.refuse_row(row, _("the record is listed twice"))
			seen.add(key)
			is_case = row.document_type in retention.registered()
			if not is_case and (row.document_type != "Service Customer" or row.method != "Anonymise"):
				self.refuse_row(row, _("records of this type are not disposed of in this way"))
			if not is_case and self.purpose != disposal.PERSONAL:
				self.refuse_row(row, _("customers are made anonymous by a personal data request only"))

	def describe_rows(self):
		for doctype in {row.document_type for row in self.records}:
			rows = [row for row in self.records if row.document_type == doctype]
			known = retention.describe(doctype, [row.document_name for row in rows])
			for row in rows:
				about = known.get(row.document_name) or frappe._dict()
				row.update({"title": about.title, "due_since": about.due_since})
				row.update({"status": "Pending", "outcome": None, "handled_at": None})

	def refuse_row(self, row, why: str):
		frappe.throw(
			_("Row {0}, {1}: {2}.").format(row.idx, frappe.bold(escape_html(str(row.document_name))), why),
			DisposalRefusedError,
		)

	def follow_workflow(self):
		"""Keep the state's category and do what entering it asks for."""
		before = self.get_doc_before_save()
		self.state_category = states.category_of(self.doctype, self.workflow_state)
		self.pending_rows = sum(row.status == "Pending" for row in self.records)
		if not before or before.workflow_state == self.workflow_state:
			return
		if self.state_category == states.WAITING:
			self.request()
		elif self.state_category == states.RESOLVED:
			self.approve()
		elif self.state_category in states.ENDED:
			self.end(before)

	def request(self):
		if not self.records:
			frappe.throw(_("List the records first."), DisposalRefusedError)
		held = holds.in_force()
		for row in self.records:
			early = not row.due_since or getdate(row.due_since) > clock.now().date()
			if early and (row.method == "Delete" or self.purpose == disposal.END_OF_RETENTION):
				self.refuse_row(row, _("its retention has not ended"))
			hold = held.get((row.document_type, row.document_name))
			if hold:
				self.refuse_row(row, _("it is under Legal Hold {0}").format(hold))
		self.update({"requested_by": frappe.session.user, "requested_at": clock.now()})

	def approve(self):
		"""J-4: nobody approves his own request, whatever roles he holds."""
		if not disposal.may_approve(self, frappe.session.user):
			frappe.throw(
				_("A disposal is approved by somebody else than the person who requested it."), DisposalRefusedError
			)
		self.update({"approved_by": frappe.session.user, "approved_at": clock.now()})

	def end(self, before):
		if self.state_category == states.CLOSED:
			if before.state_category != states.RESOLVED or self.pending_rows:
				frappe.throw(_("Not all records have been handled yet."), DisposalRefusedError)
			self.carried_out_at = clock.now()
		self.forget()

	def forget(self):
		"""A request that is over does not itself keep what it was to erase."""
		self.update(dict.fromkeys(PERSON))
		for row in self.records:
			row.title = None


def _content(doc) -> tuple:
	rows = [tuple(str(row.get(field) or "") for field in ROW_FROZEN) for row in doc.records]
	return tuple(str(doc.get(field) or "") for field in FROZEN), rows
