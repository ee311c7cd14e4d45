"""Service instructions: a department carries out, reports, the issuing side checks the effect, as often as it takes (A-5).

The states are the site's Workflow. `STEPS` says what the step asks for that a state stands for; and whatever step it stands for, a state
that counts as resolved or closed needs an effect that somebody else than the reporter has confirmed.
"""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.exceptions import InstructionError, RecordClosedError
from customer_service.organisation import access, clock, notices, people, states
from customer_service.organisation.dated_clocks import Dated

EFFECTIVE, INEFFECTIVE = "Effective", "Ineffective"

COMPUTED = ("issued_by", "issued_at", "informed_by", "informed_at", "closed_at", "state_category")

ISSUERS = (
	"subject",
	"service_stage",
	"customer",
	"source_doctype",
	"source_name",
	"requested_by",
	"requester",
	"requester_phone",
	"requester_email",
	"implementing_department",
	"due_at",
	"instruction",
	"informed_person",
	"informed_channel",
	"informed_words",
)
"""Fields that only the issuing side fills in."""

DOERS_WORDS, CHECKERS_WORDS = ("plan", "report"), ("remark",)


def open_first_round(instruction) -> None:
	"""A new instruction starts with its first round, at the implementing department."""
	instruction.set("rounds", [])
	instruction.append("rounds", {"round_no": 1, "department": instruction.implementing_department})
	instruction.issued_by = frappe.session.user
	instruction.issued_at = clock.now()


def keep_rounds(instruction) -> None:
	"""Rounds that have ended stay as they are; of the present one people fill in plan, report and remark, nothing else."""
	before = instruction.get_doc_before_save()
	if not before:
		return
	sent = {row.name: row for row in instruction.rounds}
	rows = [row.as_dict(no_default_fields=False) for row in before.rounds]
	present, typed = rows[-1], sent.get(rows[-1]["name"])
	if typed and not present.get("effect"):
		own = set(DOERS_WORDS if is_doers(before, frappe.session.user) and not present.get("reported_by") else ())
		own |= set(CHECKERS_WORDS if is_issuers(before, frappe.session.user) else ())
		for field in (*DOERS_WORDS, *CHECKERS_WORDS):
			if (typed.get(field) or "") == (present.get(field) or ""):
				continue
			if field not in own:
				_refuse(_("{0} is not yours to fill in now.").format(_(typed.meta.get_label(field))))
			present[field] = typed.get(field)
	instruction.set("rounds", rows)


def refuse_foreign_changes(instruction) -> None:
	"""
	:raises InstructionError: if the implementing side changes what it was told to do.
	"""
	before = instruction.get_doc_before_save()
	if not before or is_issuers(before, frappe.session.user):
		return
	for field in ISSUERS:
		if str(instruction.get(field) or "") != str(before.get(field) or ""):
			_refuse(
				_("Only {0} may change {1}.").format(
					_(before.issuing_department), frappe.bold(_(instruction.meta.get_label(field)))
				)
			)


def follow_department(instruction) -> None:
	"""Before the work has begun the issuing side may name another department; then each round has its own."""
	before = instruction.get_doc_before_save()
	if not before or before.implementing_department == instruction.implementing_department:
		return
	present = instruction.rounds[-1]
	if present.report or present.plan or states.initial_state(instruction.doctype) != instruction.workflow_state:
		_refuse(_("The work has begun; the department can no longer be changed."))
	present.department = instruction.implementing_department


def refuse_change_after_end(instruction) -> None:
	"""
	:raises RecordClosedError: for a closed or cancelled instruction.
	"""
	before = instruction.get_doc_before_save()
	if before and before.state_category in states.ENDED and before.workflow_state == instruction.workflow_state:
		frappe.throw(
			_("{0} {1} is {2} and cannot be changed.").format(
				_(instruction.doctype), frappe.bold(escape_html(instruction.name)), _(before.workflow_state)
			),
			RecordClosedError,
		)


def is_doers(instruction, user: str) -> bool:
	"""Whether the user belongs to the department whose round it is."""
	return user == instruction.assigned_to or instruction.rounds[-1].department in access.departments_of(user)


def is_issuers(instruction, user: str) -> bool:
	"""Whether the user belongs to the side that issued the instruction."""
	return user in ("Administrator", instruction.issued_by) or instruction.issuing_department in access.departments_of(
		user
	)


# --- steps -----------------------------------------------------------------------------------------------------------


def follow_workflow(instruction) -> None:
	"""Do what belongs to the step that is being taken, and keep the state's category."""
	before = instruction.get_doc_before_save()
	instruction.state_category = states.category_of(instruction.doctype, instruction.workflow_state)
	if not before or before.workflow_state == instruction.workflow_state:
		return
	step = STEPS.get(states.step_of(instruction.doctype, instruction.workflow_state))
	if step:
		step(instruction)
	refuse_end_without_effect(instruction)
	if instruction.state_category in states.ENDED:
		instruction.closed_at = clock.now()


def _start(instruction) -> None:
	_require(is_doers(instruction, frappe.session.user), instruction.rounds[-1].department)
	present = instruction.rounds[-1]
	if present.round_no > 1:
		_require_words(present, "plan")


def _report(instruction) -> None:
	_require(is_doers(instruction, frappe.session.user), instruction.rounds[-1].department)
	present = instruction.rounds[-1]
	_require_words(present, "report")
	present.reported_by = frappe.session.user
	present.reported_at = clock.now()


def _find_effective(instruction) -> None:
	_judge(instruction, EFFECTIVE)


def _find_ineffective(instruction) -> None:
	"""The work was in vain: the next round begins, at the department that makes new plans (A-5)."""
	_require_words(instruction.rounds[-1], "remark")
	_judge(instruction, INEFFECTIVE)
	last = instruction.rounds[-1]
	planner = frappe.get_cached_doc("Customer Service Settings").new_plan_department or last.department
	instruction.append("rounds", {"round_no": last.round_no + 1, "department": planner})
	instruction.implementing_department = planner
	instruction.assigned_to = None


def _judge(instruction, effect: str) -> None:
	_require(is_issuers(instruction, frappe.session.user), instruction.issuing_department)
	present = instruction.rounds[-1]
	if not present.reported_by:
		_refuse(_("Round {0} has not been reported yet.").format(present.round_no))
	if present.reported_by == frappe.session.user:
		_refuse(_("Who reported the work does not check its effect. Ask a colleague."))
	present.update({"effect": effect, "checked_by": frappe.session.user, "checked_at": clock.now()})


def _tell_customer(instruction) -> None:
	_require(is_issuers(instruction, frappe.session.user), instruction.issuing_department)
	for field in ("informed_person", "informed_channel"):
		_require_words(instruction, field)
	instruction.informed_by = frappe.session.user
	instruction.informed_at = clock.now()


STEPS = {
	"Carrying Out": _start,
	"Carried Out": _report,
	"Effective": _find_effective,
	"Ineffective": _find_ineffective,
	"Answered": _tell_customer,
}
"""Step that the state entered stands for -> what it asks for and stamps."""


def refuse_end_without_effect(instruction) -> None:
	"""Nothing counts as done before its effect was confirmed, nor as closed before whoever raised it was told.

	:raises InstructionError:
	"""
	if instruction.state_category not in (states.RESOLVED, states.CLOSED):
		return
	if not instruction.rounds or instruction.rounds[-1].effect != EFFECTIVE:
		_refuse(_("The effect of the last round has not been confirmed."))
	if instruction.state_category == states.CLOSED and not instruction.informed_at:
		_refuse(_("Whoever raised the matter has not been told yet."))


def _require(allowed: bool, department: str) -> None:
	if not allowed:
		frappe.throw(
			_("This step is taken by {0}.").format(frappe.bold(escape_html(_(department)))), frappe.PermissionError
		)


def _require_words(part, field: str) -> None:
	if not part.get(field):
		_refuse(_("Fill in {0} first.").format(frappe.bold(_(part.meta.get_label(field)))))


def _refuse(message: str) -> None:
	frappe.throw(message, InstructionError)


def limits_of(instruction) -> list[Dated]:
	"""The agreed date as a clock that the sweep marks and escalates; it stops when the effect is confirmed."""
	present = instruction.rounds[-1]
	return [
		Dated(
			clock="Action",
			part="",
			department=instruction.implementing_department,
			assigned_to=instruction.assigned_to,
			started_at=instruction.issued_at,
			due_at=instruction.due_at,
			stopped_at=present.checked_at if present.effect == EFFECTIVE else None,
			is_cancelled=instruction.state_category == states.CANCELLED,
		)
	]


# --- who hears of it -------------------------------------------------------------------------------------------------


def tell(instruction) -> None:
	"""Tell whose turn it is, and at the end all inside who had a part in it (A-5)."""
	before = instruction.get_doc_before_save()
	if before and before.workflow_state == instruction.workflow_state:
		return
	present = instruction.rounds[-1]
	if present.effect == EFFECTIVE and not (before and before.rounds[-1].effect):
		concerned = [instruction.requester, instruction.issued_by, *(row.reported_by for row in instruction.rounds)]
		notices.tell(concerned, instruction, _effective_words)
	elif present.reported_by and not (before and before.rounds[-1].reported_by):
		notices.tell(
			[instruction.issued_by, people.head_of(instruction.issuing_department)], instruction, _reported_words
		)
	elif not before or len(before.rounds) < len(instruction.rounds):
		notices.tell(_doers(instruction), instruction, _new_words)


def _doers(instruction) -> list[str]:
	department = instruction.rounds[-1].department
	if instruction.assigned_to:
		return [instruction.assigned_to]
	return [people.head_of(department), *people.members_of(department)]


def _new_words(instruction, language: str) -> str:
	return _("Service instruction {0}, round {1}: {2}", language).format(
		instruction.name, instruction.rounds[-1].round_no, instruction.subject
	)


def _reported_words(instruction, language: str) -> str:
	return _("Please check the effect of service instruction {0}: {1}", language).format(
		instruction.name, instruction.subject
	)


def _effective_words(instruction, language: str) -> str:
	return _("Service instruction {0} was effective: {1}", language).format(instruction.name, instruction.subject)
