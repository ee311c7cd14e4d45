"""The way of an improvement through its steps (I-1, I-2).

The states are an administrator's Workflow records. What a state means for an improvement stands in the workflow's column
`service_step`: one of `step_names.ORDER`, or `INEFFECTIVE`. Entering a state asks for everything that its step and all steps before it need,
so that a workflow with fewer states asks for no less. A closed state without a step means `EFFECTIVE`.
"""

from datetime import timedelta

import frappe
from frappe import _

from customer_service.exceptions import ImprovementStepError
from customer_service.improvement import requirements, rounds, team, verification
from customer_service.improvement.step_names import (
	CAUSE_FOUND,
	CONTAINED,
	EFFECTIVE,
	EFFECTIVENESS_CHECK,
	IMPLEMENTED,
	IMPLEMENTING,
	INEFFECTIVE,
	ORDER,
	PLANNED,
	VERIFIED,
)
from customer_service.organisation import clock, states

STAMPS = {
	CONTAINED: "contained_at",
	CAUSE_FOUND: "causes_found_at",
	PLANNED: "planned_at",
	IMPLEMENTED: "implemented_at",
	VERIFIED: "verified_at",
}
"""When a step was reached in the present round. A step back takes the stamps after it away."""

RUN_BY_LEAD = (CONTAINED, CAUSE_FOUND, PLANNED, IMPLEMENTING, IMPLEMENTED)


def follow(doc) -> None:
	"""Keep the state's category and step, and let a step of the workflow be asked for, stamped or start a new round.

	:raises ImprovementStepError: lists what is missing. :raises VerificationError: for who must not verify.
	:raises frappe.PermissionError: for who does not run this improvement.
	"""
	before = doc.get_doc_before_save()
	if not before:
		doc.round = 1
		doc.workflow_state = states.initial_state(doc.doctype)
		_name_step(doc)
		return
	if before.workflow_state == doc.workflow_state:
		return
	_name_step(doc)
	if before.state_category in states.ENDED:
		_reopen(doc)
	elif doc.state_category == states.CANCELLED:
		_cancel(doc)
	elif doc.step == INEFFECTIVE:
		_find_ineffective(doc)
	elif doc.step in ORDER:
		_enter(doc)


def _name_step(doc) -> None:
	doc.state_category = states.category_of(doc.doctype, doc.workflow_state)
	doc.step = states.step_of(doc.doctype, doc.workflow_state)
	if doc.state_category == states.CLOSED and doc.step not in ORDER:
		doc.step = EFFECTIVE


def _enter(doc) -> None:
	"""Take a step of `ORDER`, forwards or back."""
	if not _gives_back(doc) and doc.step in RUN_BY_LEAD:
		team.refuse_outsider(doc)
	requirements.refuse_missing(doc, ORDER[: ORDER.index(doc.step) + 1])
	reached = ORDER.index(doc.step)
	now = clock.now()
	for step, field in STAMPS.items():
		if ORDER.index(step) > reached:
			doc.set(field, None)
		elif not doc.get(field):
			doc.set(field, now)
	if doc.step == VERIFIED:
		_verify(doc, now)
	elif reached < ORDER.index(VERIFIED):
		doc.update({"verified_by": None, "effectiveness_due_on": None})
	if doc.step == EFFECTIVE:
		_judge(doc, "Effective")
		doc.ended_at = now


def _gives_back(doc) -> bool:
	"""Whether who verifies sends the implementation back; he says why."""
	before = doc.get_doc_before_save()
	if not (before.step == IMPLEMENTED and doc.step == IMPLEMENTING):
		return False
	_need(doc, "verification_note")
	return verification.may_verify(doc)


def _need(doc, fieldname: str) -> None:
	if not (doc.get(fieldname) or "").strip():
		frappe.throw(
			_("Fill in {0} first.").format(frappe.bold(_(doc.meta.get_label(fieldname)))), ImprovementStepError
		)


def _verify(doc, now) -> None:
	"""I-1: verified by whom the site's data says, never by who did the work; the effect is checked so many days later."""
	verification.refuse_unfit(doc, verification.VERIFICATION)
	doc.verified_by = frappe.session.user
	doc.effectiveness_due_on = now.date() + timedelta(days=doc.effectiveness_days or 0)


def _judge(doc, result: str) -> None:
	"""The effectiveness check: its result follows from the step that the checker takes."""
	verification.refuse_unfit(doc, verification.EFFECTIVENESS)
	doc.effectiveness_result = result
	doc.effectiveness_checked_by = frappe.session.user
	doc.effectiveness_checked_at = clock.now()


def _find_ineffective(doc) -> None:
	"""I-1: the check reopens: what this round found is put away to be read, and the next begins with the causes."""
	requirements.refuse_missing(doc, (EFFECTIVENESS_CHECK,))
	_need(doc, "effectiveness_note")
	_judge(doc, "Not Effective")
	rounds.begin_next(doc)


def _reopen(doc) -> None:
	"""A site may let a closed improvement be opened again; that, too, is a new round. What was cancelled just goes on."""
	team.refuse_outsider(doc)
	doc.ended_at = None
	if doc.get_doc_before_save().state_category == states.CLOSED:
		rounds.begin_next(doc)


def _cancel(doc) -> None:
	_need(doc, "cancel_reason")
	doc.ended_at = clock.now()
