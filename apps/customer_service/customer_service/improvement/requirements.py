"""What each step of an improvement needs to have been done (I-1). Asked by the model, whatever the states are called."""

from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import escape_html, format_date, getdate

from customer_service.exceptions import ImprovementStepError
from customer_service.improvement import actions, step_names
from customer_service.organisation import clock

MEASURES = ("Corrective", "Preventive")


def refuse_missing(doc, steps: tuple[str, ...]) -> None:
	"""Refuse a step as long as something is missing that it or a step before it needs.

	:raises ImprovementStepError: lists everything that is missing.
	"""
	found = missing(doc, steps)
	if found:
		lines = "".join(f"<li>{reason}</li>" for reason in found)
		frappe.throw(
			_("{0} cannot become {1} yet:").format(frappe.bold(escape_html(doc.name)), _(doc.workflow_state))
			+ f"<ul>{lines}</ul>",
			ImprovementStepError,
		)


def missing(doc, steps: tuple[str, ...]) -> list[str]:
	"""What the steps still need, as sentences that are safe to show."""
	planned = actions.rows_of(doc.name)
	return [reason for step in steps if step in NEEDS for reason in NEEDS[step](doc, planned)]


def _containment(doc, planned: list) -> list[str]:
	"""D3: the customer is safe from the problem, or it is said why he need not be made so."""
	if doc.containment_not_needed:
		return [] if (doc.containment_reason or "").strip() else [_("Say why containment is not needed.")]
	containing = [row for row in planned if row.action_type == "Containment"]
	if not containing:
		return [_("Record a containment action, or that none is needed and why.")]
	return _not_done(containing)


def _causes(doc, planned: list) -> list[str]:
	"""D4: why it came about, and of what has happened also why it got out; each with a root cause that was verified."""
	tracks = ["Occurrence"] if doc.kind == "Preventive" else ["Occurrence", "Escape"]
	fields = {"Occurrence": "occurrence_cause", "Escape": "escape_cause"}
	found = []
	for track in tracks:
		label = frappe.bold(_(doc.meta.get_label(fields[track])))
		if not (doc.get(fields[track]) or "").strip():
			found.append(_("{0} is not filled in.").format(label))
		roots = [row for row in doc.causes if row.track == track and row.is_root and row.round == doc.round]
		if not any((row.verified_how or "").strip() for row in roots):
			found.append(_("{0}: no possible cause is marked as root cause with how it was verified.").format(label))
	return found


def _plan(doc, planned: list) -> list[str]:
	"""D5: at least one measure against the causes of this round, each with its owner and date."""
	measures = [row for row in planned if row.action_type in MEASURES and row.round == doc.round]
	wanted = ("Corrective",) if doc.kind == "Corrective" else MEASURES
	if not any(row.action_type in wanted for row in measures):
		return [_("Add at least one action of the type {0}.").format(frappe.bold(_(doc.kind)))]
	return [
		_("{0} needs an owner and a due date.").format(frappe.bold(escape_html(row.name)))
		for row in measures
		if not (row.responsible and row.due_date)
	]


def _implementation(doc, planned: list) -> list[str]:
	"""D6: everything but the deployment elsewhere is done, with evidence."""
	return _not_done([row for row in planned if row.action_type != "Deployment"])


def _verification(doc, planned: list) -> list[str]:
	return [] if (doc.verification_note or "").strip() else [_empty(doc, "verification_note")]


def _effectiveness_date(doc, planned: list) -> list[str]:
	"""The effect shows only after a time: a check before its day says nothing."""
	if not doc.effectiveness_due_on:
		return [_("It has not been verified.")]
	if getdate(doc.effectiveness_due_on) > clock.now().date():
		return [_("The effectiveness check is due on {0}.").format(format_date(doc.effectiveness_due_on))]
	return []


def _effect(doc, planned: list) -> list[str]:
	"""The check says what it saw; D7: what applies elsewhere has been done there."""
	found = [] if (doc.effectiveness_note or "").strip() else [_empty(doc, "effectiveness_note")]
	found += _not_done([row for row in planned if row.action_type == "Deployment"])
	for row in doc.deployments:
		if row.applies == "Yes" and not row.done_on:
			found.append(_("Deployment to {0} is not done.").format(frappe.bold(escape_html(row.where_else))))
	return found


def _not_done(rows: list) -> list[str]:
	return [
		_("Action {0} is not done.").format(frappe.bold(escape_html(row.name)))
		for row in rows
		if row.status == actions.OPEN
	]


def _empty(doc, fieldname: str) -> str:
	return _("{0} is not filled in.").format(frappe.bold(_(doc.meta.get_label(fieldname))))


NEEDS: dict[str, Callable] = {
	step_names.CONTAINED: _containment,
	step_names.CAUSE_FOUND: _causes,
	step_names.PLANNED: _plan,
	step_names.IMPLEMENTED: _implementation,
	step_names.VERIFIED: _verification,
	step_names.EFFECTIVENESS_CHECK: _effectiveness_date,
	step_names.EFFECTIVE: _effect,
}
"""Step -> function(doc, actions) that returns the reasons why it cannot be reached."""
