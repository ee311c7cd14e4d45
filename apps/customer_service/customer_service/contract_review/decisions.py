"""What is decided on a reviewed order, by whom, and what must be done before it is released (C-3, L3)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.contract_review import content, matrix, opinions
from customer_service.exceptions import ReviewError, StaleContentError
from customer_service.organisation import clock, escalation, events, notices, states
from customer_service.organisation.text import plain

APPROVE, COORDINATE, CANCEL = "Approve", "Coordinate", "Cancel"

STEP_AFTER = {APPROVE: "Approved", COORDINATE: "Coordinated", CANCEL: "Cancelled"}

DECIDED_IN = {
	APPROVE: ("In Review", "Coordinated"),
	COORDINATE: ("Objection",),
	CANCEL: ("In Review", "Objection", "Coordinated", "Approved", "Released"),
}
"""In which steps of the workflow a decision can be taken. A released order can be cancelled until its production begins."""


def complete(order) -> None:
	"""All opinions are in: the order waits for the decision, or after an objection for a measure. Saves it."""
	order.reviewed_at = clock.now()
	objections = opinions.rejections(order.name)
	if objections:
		go_to(order, "Objection")
	order.flags.by_review = True
	order.save(ignore_permissions=True)  # follows from the last opinion, whoever gave it
	role = matrix.decider(frappe.get_cached_doc(matrix.MATRIX, order.review_matrix), order.company_total)
	notices.tell(
		[*escalation.users_with_role(role), order.owner], order, _words_objection if objections else _words_complete
	)


def _words_complete(order, language: str) -> str:
	return _("All departments accept order {0}; it waits for the decision.", lang=language).format(order.name)


def _words_objection(order, language: str) -> str:
	return _("A department objects to order {0}; it waits for a measure.", lang=language).format(order.name)


def why_not(order, user: str) -> str | None:
	"""Why a user cannot decide on the order; None if he can."""
	if user == order.owner:
		return _("nobody decides on what he entered himself")
	role = matrix.decider(frappe.get_cached_doc(matrix.MATRIX, order.review_matrix), order.company_total)
	return None if role in frappe.get_roles(user) else _("it needs the role {0}").format(_(role))


def possible(order, user: str) -> list[str]:
	"""The decisions that the user may take now."""
	step = states.step_of(order.doctype, order.workflow_state)
	if not order.review_matrix or why_not(order, user):
		return []
	decisions = [decision for decision, steps in DECIDED_IN.items() if step in steps]
	return [each for each in decisions if each != APPROVE or order.reviewed_at]


def decide(order, decision: str, seen: str, measure: str | None) -> None:
	"""Approve, coordinate an objection, or consent to the cancelling, as the present user; saves. The order was loaded by `locking.load`.

	:param seen: hash of the whole order as the form showed it. :param measure: what is to be done, or why; only an approval needs none.
	:raises ReviewError: if it is not his to decide, or not now. :raises StaleContentError: if it is not what he saw.
	"""
	if decision not in STEP_AFTER:
		_refuse(_("the decision is one of {0}").format(", ".join(_(each) for each in STEP_AFTER)))
	step = states.step_of(order.doctype, order.workflow_state)
	if step not in DECIDED_IN[decision]:
		_refuse(_("it is {0}").format(_(order.workflow_state)))
	reason = why_not(order, frappe.session.user)
	if reason:
		_refuse(reason)
	present = content.reviewed(order)
	if seen != content.seen_of(present):
		frappe.throw(_("The order has changed since you opened it. Read it again."), StaleContentError)
	measure = plain(measure or "").strip() or None
	if decision != APPROVE and not measure:
		_refuse(_("write the measure or the reason"))
	if decision == APPROVE:
		_demand_opinions(order, present)
		order.update({"approved_content": seen, "approved_at": clock.now()})
	order.append(
		"decisions",
		{
			"decision": decision,
			"decided_by": frappe.session.user,
			"decided_as": matrix.decider(
				frappe.get_cached_doc(matrix.MATRIX, order.review_matrix), order.company_total
			),
			"decided_at": clock.now(),
			"value_seen": order.company_total,
			"measure": measure,
			"content_seen": seen,
		},
	)
	go_to(order, STEP_AFTER[decision])
	order.flags.by_review = True
	order.save(ignore_permissions=True)  # his to decide, by the rule above
	if decision == CANCEL:
		opinions.withdraw(order)
	notices.tell([order.owner], order, _words_decided)


def _words_decided(order, language: str) -> str:
	return _("Order {0} is now: {1}.", lang=language).format(order.name, _(order.workflow_state, lang=language))


def _demand_opinions(order, present: dict) -> None:
	"""Every department has spoken on what the order says now.

	:raises ReviewError: names who is missing.
	"""
	known = opinions.current(order.name, lock=True)
	missing = [
		row.department for row in order.departments if not opinions.is_valid(known.get(row.department), order, present)
	]
	if missing:
		_refuse(_("still missing: {0}").format(", ".join(escape_html(_(each)) for each in missing)))


def go_to(order, step: str) -> None:
	"""Let the app take a step of the workflow that no person takes by himself.

	:raises ReviewError: if the site's workflow has no state for it.
	"""
	state = states.state_for(order.doctype, step)
	if not state:
		frappe.throw(_("The workflow has no state for the step {0}.").format(_(step)), ReviewError)
	order.workflow_state = state
	order.flags.step_by_system = True


def demand_release(order) -> None:
	"""Before release every such condition is met, and the customer has his countersigned order back where that is asked (C-3).

	:raises ReviewError: lists what is missing.
	"""
	left = [
		_("{0}: {1}").format(escape_html(_(row.department)), escape_html(row.condition_text))
		for row in opinions.open_conditions(order.name)
	]
	source = frappe.get_cached_doc("Order Source", order.order_source)
	if source.needs_countersigning:
		fields = ("countersigned_order", "countersigned_sent_at")
		left += [_(order.meta.get_label(field)) for field in fields if not order.get(field)]
	if left:
		lines = "".join(f"<li>{line}</li>" for line in left)
		frappe.throw(f"{_('Before the order is released:')}<ul>{lines}</ul>", ReviewError)


def meet_condition(order, condition: str, note: str | None) -> None:
	"""Record that a condition of an opinion is met, as the present user.

	:param condition: name of the row. :raises ReviewError: if it is none of this order's open ones.
	"""
	row = next((row for row in opinions.open_conditions(order.name) if row.name == condition), None)
	if not row:
		_refuse(_("this condition is not open"))
	opinion = frappe.get_doc(opinions.DOCTYPE, row.parent)
	met = next(each for each in opinion.conditions if each.name == condition)
	met.update({"met_at": clock.now(), "met_by": frappe.session.user, "note": plain(note or "").strip() or None})
	opinion.flags.by_review = True
	opinion.save(ignore_permissions=True)  # the caller has checked the right to write the order
	events.record(order, "Condition Met", row.department, None, row.condition_text)


def _refuse(reason: str) -> None:
	frappe.throw(_("This order cannot be decided: {0}.").format(reason), ReviewError)
