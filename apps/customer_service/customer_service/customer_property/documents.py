"""What receipts and movements have in common: they are drafts until a step enters them in the ledger, then they stay (D-4)."""

from typing import NoReturn

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.exceptions import PropertyError, RecordClosedError
from customer_service.organisation import cases, clock, content, events, states


def keep(doc, computed: tuple[str, ...], of_lines: tuple[str, ...] = ()) -> None:
	"""No request sets what follows from steps: fields, and columns of the lines."""
	cases.keep_computed(doc, computed)
	before = doc.get_doc_before_save()
	known = {row.name: row for row in before.lines} if before else {}
	for row in doc.lines:
		old = known.get(row.name)
		row.update({column: old.get(column) if old else None for column in of_lines})


def is_draft(doc) -> bool:
	"""Whether the ledger has no entries of the document, as it is stored."""
	before = doc.get_doc_before_save()
	return not before or before.workflow_state == states.initial_state(doc.doctype)


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
	if taken_step(doc) and _said(doc, ()) != _said(before, ()):
		frappe.throw(_("Save your changes first, then take the step."), PropertyError)


STEPS = ("workflow_state", "state_category", "ended_at", "reverse_reason", "remarks")


def _said(doc, besides: tuple[str, ...]) -> str:
	return content.fingerprint(
		{field: value for field, value in content.content_of(doc).items() if field not in (*STEPS, *besides)}
	)


def taken_step(doc) -> str | None:
	"""The step that a person takes with this save; None if he takes none."""
	before = doc.get_doc_before_save()
	if not before or before.workflow_state == doc.workflow_state:
		return None
	return states.step_of(doc.doctype, doc.workflow_state)


def settle(doc) -> None:
	"""Category and end follow from the state."""
	doc.workflow_state = doc.workflow_state or states.initial_state(doc.doctype)
	doc.state_category = states.category_of(doc.doctype, doc.workflow_state)
	doc.ended_at = (doc.ended_at or clock.now()) if doc.state_category in states.ENDED else None


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
