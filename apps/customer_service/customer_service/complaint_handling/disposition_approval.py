"""Who approves a measure, up to which amount, and what exactly he approved (F-6, L3).

The limits of a **Disposition Kind** are data. Asked for approval, a measure gets one row for everybody from the lowest limit on to the
first that covers its amount; they decide in that order. A decision names what was seen by its fingerprint. Whoever changes the
terms afterwards makes the approvals lapse.
"""

import frappe
from frappe import _
from frappe.utils import escape_html, flt

from customer_service.complaint_handling import dispositions
from customer_service.exceptions import ApprovalError, DispositionError
from customer_service.organisation import clock, escalation, events, notices, people, states
from customer_service.organisation.content import fingerprint

TERMS = ("kind", "quantity", "amount", "currency", "exchange_rate", "company_share", "description")
"""What is approved; a change of any of it asks for approval again."""

NUMBERS = ("quantity", "amount", "exchange_rate", "company_share")

HEAD = "Department Head"

OPEN, APPROVED, REFUSED, LAPSED = "Open", "Approved", "Refused", "Lapsed"


def terms_of(disposition) -> str:
	"""Fingerprint of what is to be approved."""
	return fingerprint(
		{
			"complaint": disposition.complaint,
			**{key: _plain(disposition, key) for key in TERMS},
		}
	)


def _plain(disposition, key: str) -> str:
	value = disposition.get(key)
	return f"{flt(value):.6f}" if key in NUMBERS else str(value or "")


def steps_needed(disposition, kind) -> list[frappe._dict]:
	"""Who has to approve, in order: ``approver`` (Department Head or a role) and ``up_to_amount`` (0: any).

	Empty if it is within authority: not a kind that is always beyond, and its amount at most the free one.

	:raises DispositionError: if no limit covers the amount.
	"""
	amount = flt(disposition.company_amount)
	if not kind.is_beyond_authority and amount <= flt(kind.free_amount):
		return []
	limits = sorted(kind.limits, key=lambda row: flt(row.up_to_amount) or float("inf"))
	if not limits:
		return [frappe._dict(approver=HEAD, up_to_amount=0)]
	steps = []
	for row in limits:
		limit = flt(row.up_to_amount)
		steps.append(frappe._dict(approver=HEAD if row.approver == HEAD else row.role, up_to_amount=limit))
		if not limit or amount <= limit:
			return steps
	frappe.throw(
		_("No approval limit of {0} covers the amount of {1}.").format(
			frappe.bold(escape_html(_(kind.name))), f"{amount:,.2f}"
		),
		DispositionError,
	)


def ask(disposition) -> None:
	"""Note who has to approve; a measure within authority is approved at once."""
	kind = frappe.get_cached_doc("Disposition Kind", disposition.kind)
	steps = steps_needed(disposition, kind)
	for step in steps:
		disposition.append("approvals", {**step, "decision": OPEN})
	if steps:
		dispositions.mark_beyond_authority(disposition.complaint)
	else:
		_complete(disposition)


def decide(disposition, decision: str, seen: str, note: str | None) -> None:
	"""Approve or refuse as the present user, and save.

	:param decision: ``Approve`` or ``Refuse``. :param seen: fingerprint of the terms as the form showed them.
	:raises ApprovalError: if it is not his to decide, not now, or not what he saw.
	"""
	if decision not in ("Approve", "Refuse"):
		_refuse(_("the decision is Approve or Refuse"))
	if states.step_of(disposition.doctype, disposition.workflow_state) != "In Approval":
		_refuse(_("it is not waiting for an approval"))
	if seen != terms_of(disposition):
		_refuse(_("it has changed since you opened it; read it again"))
	row = next_step(disposition)
	reason = row and why_not(disposition, row, frappe.session.user)
	if not row or reason:
		_refuse(reason or _("no approval is open"))
	if decision == "Refuse" and not note:
		_refuse(_("a refusal needs its reason"))
	row.update(
		{
			"decision": APPROVED if decision == "Approve" else REFUSED,
			"decided_by": frappe.session.user,
			"decided_at": clock.now(),
			"amount_seen": disposition.company_amount,
			"note": note,
		}
	)
	if decision == "Refuse":
		_go_to(disposition, "Refused")
	elif not next_step(disposition):
		_complete(disposition)
	disposition.flags.deciding = True
	disposition.save()
	events.record(
		disposition,
		"Approval Given" if decision == "Approve" else "Approval Refused",
		after=row.approver,
		detail=_("{0}; seen: {1}").format(note or "", f"{flt(row.amount_seen):,.2f}"),
	)


def next_step(disposition):
	"""The row whose turn it is; None if all have decided."""
	return next((row for row in disposition.approvals if row.decision == OPEN), None)


def why_not(disposition, row, user: str) -> str | None:
	"""Why a user cannot decide this row; None if he can."""
	if user in (disposition.owner, disposition.proposed_by):
		return _("nobody decides on what he proposed himself")
	if any(each.decided_by == user and each.decision == APPROVED for each in disposition.approvals):
		return _("you have approved it already; the next step is somebody else's")
	if flt(row.up_to_amount) and flt(disposition.company_amount) > flt(row.up_to_amount) and _is_last(disposition, row):
		return _("the amount is above your limit")
	if row.approver != HEAD:
		return None if row.approver in frappe.get_roles(user) else _("it needs the role {0}").format(_(row.approver))
	department = frappe.db.get_value("Complaint", disposition.complaint, "lead_department")
	if user != people.head_of(department):
		return _("it needs the head of {0}, or the deputy while the head is absent").format(
			escape_html(_(department or "?"))
		)
	return None


def awaiting(user: str) -> list[str]:
	"""Numbers of the measures whose next approval is this user's to decide, by role or as acting head.

	The decision itself is checked by `why_not`; those he proposed himself are not his to decide.
	"""
	waiting = [
		row.state for row in states.states_of(dispositions.DOCTYPE) if row.get(states.STEP_FIELD) == "In Approval"
	]
	if not waiting:
		return []
	table, complaint = frappe.qb.DocType(dispositions.DOCTYPE), frappe.qb.DocType("Complaint")
	step = frappe.qb.DocType("Disposition Approval")
	rows = (
		frappe.qb.from_(table)
		.inner_join(step)
		.on((step.parent == table.name) & (step.parenttype == dispositions.DOCTYPE) & (step.decision == OPEN))
		.inner_join(complaint)
		.on(complaint.name == table.complaint)
		.select(table.name, table.owner, table.proposed_by, step.approver, complaint.lead_department)
		.where(table.workflow_state.isin(waiting))
		.orderby(table.name)
		.orderby(step.idx)
	).run(as_dict=True)
	first = {row.name: row for row in reversed(rows)}
	roles = set(frappe.get_roles(user))
	return sorted(row.name for row in first.values() if _is_turn_of(user, roles, row))


def _is_turn_of(user: str, roles: set[str], row) -> bool:
	if user in (row.owner, row.proposed_by):
		return False
	return user == people.head_of(row.lead_department) if row.approver == HEAD else row.approver in roles


def _is_last(disposition, row) -> bool:
	return [each for each in disposition.approvals if each.decision == OPEN][-1] is row


def tell_next(disposition) -> None:
	"""Tell those whose approval comes next that it is asked for: after the save in which it became theirs, once each (L7).

	A role's approval is anybody's of that role; the head's is the acting head's alone.
	"""
	before = disposition.get_doc_before_save()
	row = next_step(disposition)
	if not row or states.step_of(disposition.doctype, disposition.workflow_state) != "In Approval":
		return
	previous = before and states.step_of(before.doctype, before.workflow_state) == "In Approval" and next_step(before)
	if previous and previous.name == row.name:
		return
	asked = [user for user in _approvers(disposition, row) if not why_not(disposition, row, user)]
	notices.tell(asked, disposition, _asked_words)


def _approvers(disposition, row) -> list[str]:
	if row.approver == HEAD:
		head = people.head_of(frappe.db.get_value("Complaint", disposition.complaint, "lead_department"))
		return [head] if head else []
	return escalation.users_with_role(row.approver)


def _asked_words(disposition, language: str) -> str:
	return _("Your approval is asked for: {0} {1} for complaint {2}", language).format(
		_(disposition.kind, language), disposition.name, disposition.complaint
	)


def _complete(disposition) -> None:
	disposition.update({"approved_terms": terms_of(disposition), "approved_at": clock.now()})
	_go_to(disposition, "Approved")


def _go_to(disposition, step: str) -> None:
	"""Let the app take a step of the workflow; a person could not."""
	state = states.state_for(disposition.doctype, step)
	if not state:
		frappe.throw(_("The workflow has no state for the step {0}.").format(_(step)), DispositionError)
	disposition.workflow_state = state
	disposition.flags.step_by_system = True


def lapse(disposition) -> None:
	"""The terms have changed: what was approved is approved no more, and it is a proposal again."""
	for row in disposition.approvals:
		if row.decision != REFUSED:
			row.decision = LAPSED
	disposition.update(
		{
			"approved_terms": None,
			"approved_at": None,
			"workflow_state": states.initial_state(disposition.doctype),
		}
	)
	disposition.flags.step_by_system = True
	disposition.flags.has_lapsed = True


def demand(disposition) -> None:
	"""Nothing is carried out but what was approved.

	:raises ApprovalError: if it was not, or not so.
	"""
	if not disposition.approved_terms or disposition.approved_terms != terms_of(disposition):
		_refuse(_("it is not approved as it stands"))


def _refuse(reason: str) -> None:
	frappe.throw(_("This measure cannot be decided: {0}.").format(reason), ApprovalError)
