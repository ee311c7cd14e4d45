"""What receipts and movements have in common: they are drafts until a step enters them in the ledger, then they stay (D-4)."""

from typing import NoReturn

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.exceptions import PropertyError, RecordClosedError
from customer_service.organisation import attachments, cases, content, events, states, steps, text

CANCELLED = "Cancelled"


class LedgerDocument(KeepsDisposedLinks, Document):
	"""Base of both. Its class names `verbs`, a module with COMPUTED, OF_LINES, FREE, fill(doc) and take_step(doc, step)."""

	verbs = None

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		if not self.flags.by_ledger:
			keep(self, self.verbs.COMPUTED, self.verbs.OF_LINES)
			super().validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.read_numbers(self)
		attachments.check_fields(self)
		self.follow_lines()
		self.follow_workflow()

	def validate_workflow(self):
		"""A person's step was checked before what follows from it; the app's own steps are no person's."""

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state)

	def on_update(self):
		attachments.adopt(self)
		record_step(self)

	def on_trash(self):
		cases.refuse_deletion(self)

	def follow_lines(self):
		"""A draft follows the register; what is entered in the ledger stays as it is."""
		if not steps.is_first_state(self):
			if not self.flags.by_ledger:
				refuse_change(self, self.verbs.FREE)
			return
		refuse_change_with_step(self)
		if steps.step_reached(self) != CANCELLED:  # a draft can be given up whatever has become of its items
			self.verbs.fill(self)

	def follow_workflow(self):
		if not self.flags.by_ledger:
			self.verbs.take_step(self, steps.step_reached(self))
		steps.settle(self)


def keep(doc, computed: tuple[str, ...], of_lines: tuple[str, ...] = ()) -> None:
	"""No request sets what follows from steps: fields, and columns of the lines."""
	cases.keep_computed(doc, computed)
	before = doc.get_doc_before_save()
	known = {row.name: row for row in before.lines} if before else {}
	for row in doc.lines:
		old = known.get(row.name)
		row.update({column: old.get(column) if old else None for column in of_lines})


def refuse_change(doc, besides: tuple[str, ...] = ()) -> None:
	"""
	:raises RecordClosedError: for a change of what was entered in the ledger, whatever door it came by.
	"""
	before = doc.get_doc_before_save()
	if before and _said(doc, besides) != _said(before, besides):
		frappe.throw(
			_("{0} {1} is entered in the ledger as it stands. Reverse it and make a new one.").format(
				_(doc.doctype), frappe.bold(escape_html(doc.name))
			),
			RecordClosedError,
		)


def refuse_change_with_step(doc) -> None:
	"""A step is taken with what is stored: its condition was asked of that, and nobody enters what nobody has seen.

	:raises PropertyError: for a step and a change in one save.
	"""
	before = doc.get_doc_before_save()
	if steps.step_reached(doc) and _said(doc, ()) != _said(before, ()):
		frappe.throw(_("Save your changes first, then take the step."), PropertyError)


STEPS = ("workflow_state", "state_category", "ended_at", "reverse_reason", "remarks")


def _said(doc, besides: tuple[str, ...]) -> str:
	return content.fingerprint(
		{field: value for field, value in content.content_of(doc).items() if field not in (*STEPS, *besides)}
	)


def record_step(doc) -> None:
	"""The audit trail of a change of state."""
	before = doc.get_doc_before_save()
	if before and before.workflow_state != doc.workflow_state:
		detail = doc.get("reverse_reason") if doc.state_category == states.CANCELLED else None
		events.record(doc, "State Changed", before.workflow_state, doc.workflow_state, detail)


def store(doc) -> None:
	"""Save what the app itself has changed of a document."""
	doc.flags.by_ledger = True
	doc.flags.ignore_permissions = True
	doc.save()
	doc.flags.by_ledger = False


def demand_reason(doc) -> None:
	"""
	:raises PropertyError: for a reversal without a reason.
	"""
	if not (doc.reverse_reason or "").strip():
		frappe.throw(
			_("Fill in {0} and save, before it is reversed.").format(
				frappe.bold(_(doc.meta.get_label("reverse_reason")))
			),
			PropertyError,
		)


def refuse_row(row, reason: str) -> NoReturn:
	"""
	:param reason: translated and escaped, without a full stop. :raises PropertyError: names the row.
	"""
	frappe.throw(_("Row {0}: {1}.").format(row.idx, reason), PropertyError)
