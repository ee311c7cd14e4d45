"""The dated steps of a complaint after ISO 10002: each stamped by the server, once a round (F-6, F-7).

Most steps are states of the workflow: which state stands for which step is data, the column *Service Step* of the workflow's
states. The others are buttons: customer contacted, reported to the head, the head's opinion, decision told. Reopening begins a
new round: its steps are open again, and the dates of the round before stay in the audit trail.
"""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import escape_html, get_datetime

from customer_service.complaint_handling import analysis, dispositions
from customer_service.exceptions import ClosingRefusedError, StepError
from customer_service.organisation import clock, closing, events, states


@dataclass(frozen=True)
class Step:
	"""One dated step.

	:param field: where its date is kept. :param includes: steps that are done with it, if they have no date yet.
	:param is_of_arrival: it is not repeated when the complaint is reopened. :param by_hand: it is a button, no state.
	:param after: the step that must have been taken before, for buttons.
	"""

	field: str | None
	includes: tuple[str, ...] = ()
	is_of_arrival: bool = False
	by_hand: bool = False
	after: str | None = None


STEPS = {
	"Acknowledged": Step("acknowledged_at", is_of_arrival=True),
	"Contacted": Step("contacted_at", is_of_arrival=True, by_hand=True),
	"Assessed": Step("assessed_at", is_of_arrival=True),
	"Investigated": Step("investigated_at"),
	"Reported to Head": Step("reported_to_head_at", by_hand=True),
	"Head's Opinion": Step("head_opinion_at", by_hand=True),
	"Decided": Step("decided_at", includes=("Investigated",)),
	"Decision Told": Step("decision_told_at", by_hand=True, after="Decided"),
	"Answered": Step("answered_at", includes=("Investigated", "Decided", "Decision Told")),
	"Not Ours": Step(None, includes=("Investigated", "Decided", "Decision Told", "Answered")),
	"Accepted": Step("accepted_at"),
	"Closed": Step("closed_at"),
	"Duplicate": Step(None),
}

OPINION = ("head_opinion", "head_opinion_by")

COMPUTED = (
	*(step.field for step in STEPS.values() if step.field),
	*OPINION,
	"reopened_at",
	"split_from",
	"duplicate_of",
	"is_beyond_authority",
)
"""Fields that only the app sets."""


def follow(case) -> None:
	"""Stamp what the complaint's new state stands for, after what the step asks for (hook validate of Complaint)."""
	before = case.get_doc_before_save()
	if not before or before.workflow_state == case.workflow_state:
		return
	if case.state_category == states.OPEN and before.state_category in (states.RESOLVED, *states.ENDED):
		begin_round(case)
	step = states.step_of(case.doctype, case.workflow_state)
	if step in STEPS:
		_demand(case, step)
		stamp(case, step)
	if case.state_category == states.CLOSED:
		closing.check(case)
		stamp(case, "Closed")
	elif case.state_category == states.CANCELLED:
		_refuse_cancelling(case)


def _demand(case, step: str) -> None:
	"""What must be known before a step: its meaning decides, never the state's name."""
	taken = {step, *STEPS[step].includes}
	if step == "Not Ours":
		analysis.demand_not_ours(case)
	if "Decided" in taken and not case.decided_at:
		analysis.demand(case)
	if "Answered" in taken:
		dispositions.refuse_answer(case)
	if step == "Duplicate" and not case.duplicate_of:
		frappe.throw(_("Say which complaint this is a duplicate of: button Mark as Duplicate."), StepError)


def stamp(case, step: str) -> None:
	"""Set the date of a step and of those that it includes, where they have none."""
	now = clock.now()
	for name in (*STEPS[step].includes, step):
		field = STEPS[name].field
		if field and not case.get(field):
			case.set(field, now)


def begin_round(case) -> None:
	"""Open the steps again; the dates of the round before are those of the audit trail's events."""
	for step in STEPS.values():
		if step.field and not step.is_of_arrival:
			case.set(step.field, None)
	for field in OPINION:
		case.set(field, None)
	case.reopened_at = clock.now()


def take(case, step: str, note: str | None = None, **values) -> None:
	"""Take a step that is a button, and save the complaint.

	:param note: for the audit trail. :param values: further computed fields that belong to the step.
	:raises StepError: if it was taken in this round already, or the step before it was not.
	"""
	known = STEPS[step]
	shown = frappe.bold(_(step))
	if case.get(known.field):
		frappe.throw(
			_("{0} was recorded already at {1}.").format(shown, get_datetime(case.get(known.field))), StepError
		)
	if known.after and not case.get(STEPS[known.after].field):
		frappe.throw(_("{0}: first comes {1}.").format(shown, frappe.bold(_(known.after))), StepError)
	if case.state_category in states.ENDED:
		frappe.throw(_("Complaint {0} has ended.").format(frappe.bold(escape_html(case.name))), StepError)
	case.flags.step_marked = (step, values)
	case.save()
	events.record(case, "Opinion Given" if step == "Head's Opinion" else "Step Taken", after=step, detail=note)


def keep(case) -> None:
	"""Take the step of a button that `take` marked: a request cannot set these fields, and that flag it cannot send."""
	if case.flags.pop("is_beyond_authority", None):
		case.is_beyond_authority = 1
	step, values = case.flags.pop("step_marked", None) or (None, {})
	case.update(values)
	if step:
		stamp(case, step)


def _refuse_cancelling(case) -> None:
	found = dispositions.open_dispositions(case)
	if found:
		frappe.throw("<br>".join(found), ClosingRefusedError)
