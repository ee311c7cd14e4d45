"""Steps that people or the app take with a record, and what is fixed after them: for records whose state is a Workflow's."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.exceptions import CustomerServiceError, RecordClosedError
from customer_service.organisation import cases, clock, states


def keep(doc, computed: tuple[str, ...]) -> None:
	"""No request sets what follows from steps; what the app has found out stands in ``doc.flags.computed``."""
	cases.keep_computed(doc, computed)
	doc.update(doc.flags.get("computed") or {})


def is_first_state(doc) -> bool:
	"""Whether the record is a draft as it is stored: its content may still change."""
	before = doc.get_doc_before_save()
	return not before or before.workflow_state == states.initial_state(doc.doctype)


def step_reached(doc) -> str | None:
	"""The step that this save takes; None if the state stays as it is, or stands for no step."""
	before = doc.get_doc_before_save()
	return step_of(doc) if before and before.workflow_state != doc.workflow_state else None


def step_of(doc) -> str | None:
	"""Which step the record's state stands for."""
	return states.step_of(doc.doctype, doc.workflow_state)


def settle(doc) -> None:
	"""What the state means, and when the record ended."""
	doc.state_category = states.category_of(doc.doctype, doc.workflow_state)
	doc.ended_at = (doc.ended_at or clock.now()) if doc.state_category in states.ENDED else None


def refuse_change_after_end(doc) -> None:
	"""
	:raises RecordClosedError: for a record that has ended.
	"""
	before = doc.get_doc_before_save()
	if before and before.state_category in states.ENDED:
		frappe.throw(
			_("{0} {1} is {2} and cannot be changed.").format(
				_(doc.doctype), frappe.bold(escape_html(doc.name)), _(before.workflow_state)
			),
			RecordClosedError,
		)


def refuse_change_of(doc, *fieldnames: str) -> None:
	"""
	:raises RecordClosedError: if one of these fields is not as it is stored; names it.
	"""
	before = doc.get_doc_before_save()
	for field in fieldnames if before else ():
		if str(doc.get(field) or "") != str(before.get(field) or ""):
			frappe.throw(
				_("{0} can no longer be changed.").format(frappe.bold(_(doc.meta.get_label(field)))), RecordClosedError
			)


def go_to(doc, step: str, **values) -> None:
	"""Let the app take a step, and store values that no request can set.

	:raises CustomerServiceError: if the site's workflow has no state for it.
	"""
	state = states.state_for(doc.doctype, step)
	if not state:
		frappe.throw(
			_("The workflow of {0} has no state for the step {1}.").format(_(doc.doctype), _(step)),
			CustomerServiceError,
		)
	doc.workflow_state = state
	store(doc, **values)


def store(doc, **values) -> None:
	"""Save what follows from a rule that was asked already."""
	doc.flags.update({"computed": values, "step_by_system": True})
	doc.save(ignore_permissions=True)


class TakesStepsItself:
	"""Mixin of records some of whose steps the app takes: those are no person's. Every other is checked by Frappe as the user's, at the start
	of `validate`, before anything follows from it, and again where Frappe does it always."""

	def validate_workflow(self):
		if not self.flags.step_by_system:
			super().validate_workflow()
