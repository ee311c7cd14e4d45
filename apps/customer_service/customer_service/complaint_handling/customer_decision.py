"""The customer's word on our answer, by his personal link: accepted, or not solved; and how he was treated (F-7, S9, S10)."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce

from customer_service.exceptions import ClosingRefusedError
from customer_service.organisation import clock, events, guest, retry, states, text

ACCEPT, NOT_SOLVED = "Accepted", "Not Solved"

FEWEST, MOST = 1, 5
"""Rating of the handling: 1 poor, 5 very good."""

COMPUTED = (
	"customer_decision",
	"customer_decided_at",
	"customer_decided_round",
	"customer_reason",
	"handling_rating",
	"handling_comment",
	"handling_rated_at",
)
"""Fields that only the customer sets."""


def is_awaited(case) -> bool:
	"""Whether the customer may decide now: it is answered, and he has not decided in this round."""
	return (
		case.state_category == states.RESOLVED
		and (case.customer_decided_round or 0) < _round_of(case)
		and bool(_next_state(case, ACCEPT))
	)


def _round_of(case) -> int:
	return (case.reopen_count or 0) + 1


@retry.after_conflict
def decide(name: str, decision: str, reason: str | None, rating: int | None, comment: str | None) -> str:
	"""Store the customer's decision and take the step of the workflow that it means.

	:param name: of the Complaint; the caller has checked the link. :param decision: ``Accepted`` or ``Not Solved``.
	:returns: the state reached.
	:raises GuestInputError: for a bad answer, a second decision in the round, or a complaint that is not answered.
	"""
	values = _read(decision, reason, rating, comment)
	if not _claim(name):
		guest.refuse(_("Your decision has been recorded already, or there is nothing to decide at present. Thank you."))
	case = frappe.get_doc("Complaint", name, for_update=True)
	state = _next_state(case, decision)
	if not state:
		guest.refuse(_("There is nothing to decide at present."))
	before = case.workflow_state
	case.workflow_state = state
	case.flags.update({"customer_values": values, "step_by_system": True, "ignore_permissions": True})
	case.save(ignore_permissions=True)
	events.record(case, "Customer Decided", before, state, detail=_told(values))
	return case.workflow_state


def _read(decision: str, reason: str | None, rating: int | None, comment: str | None) -> dict:
	"""The answers as plain text of limited length."""
	if decision not in (ACCEPT, NOT_SOLVED):
		guest.refuse(_("{0} cannot be read.").format(_("Decision")))
	reason, comment = _words(_("Reason"), reason), _words(_("Comment"), comment)
	if decision == NOT_SOLVED and not reason:
		guest.refuse(_("Please tell us what is not solved."))
	if rating in (None, "", 0, "0"):
		rating = None
	elif isinstance(rating, bool) or str(rating) not in [str(each) for each in range(FEWEST, MOST + 1)]:
		guest.refuse(_("The rating is a number from {0} to {1}.").format(FEWEST, MOST))
	now = clock.now()
	return {
		"customer_decision": decision,
		"customer_decided_at": now,
		"customer_reason": reason if decision == NOT_SOLVED else None,
		"handling_rating": int(rating) if rating else None,
		"handling_comment": comment,
		"handling_rated_at": now if rating else None,
	}


def _words(label: str, value: str | None) -> str | None:
	if value in (None, ""):
		return None
	if not isinstance(value, str):
		guest.refuse(_("{0} cannot be read.").format(frappe.bold(label)))
	longest = frappe.get_cached_doc("Customer Service Settings").guest_text_length or 0
	if len(value) > longest:
		guest.refuse(_("{0} is too long: at most {1} characters.").format(frappe.bold(label), longest))
	return text.plain(value).strip() or None


def _claim(name: str) -> bool:
	"""Whether this decision is the first of the round: one statement that must hit one row, whoever else decides now."""
	table = frappe.qb.DocType("Complaint")
	this_round = Coalesce(table.reopen_count, 0) + 1
	(
		frappe.qb.update(table)
		.set(table.customer_decided_round, this_round)
		.where(
			(table.name == name)
			& (table.state_category == states.RESOLVED)
			& (Coalesce(table.customer_decided_round, 0) < this_round)
		)
	).run()
	return frappe.db._cursor.rowcount == 1


def _next_state(case, decision: str) -> str | None:
	"""The state that the decision leads to from here, by its meaning: accepted, or open again."""
	workflow = states.workflow_of(case.doctype)
	for row in workflow.transitions if workflow else ():
		if row.state != case.workflow_state:
			continue
		if decision == ACCEPT and states.step_of(case.doctype, row.next_state) == "Accepted":
			return row.next_state
		if decision == NOT_SOLVED and states.category_of(case.doctype, row.next_state) == states.OPEN:
			return row.next_state
	return None


def _told(values: dict) -> str:
	told = [_("By the customer's personal link"), values["customer_reason"], values["handling_comment"]]
	if values["handling_rating"]:
		told.insert(1, _("Rating of the handling: {0}").format(values["handling_rating"]))
	return "\n".join(each for each in told if each)


def keep(case) -> None:
	"""Only the customer sets his answers, whatever a request sent for them (hook validate of Complaint)."""
	case.update(case.flags.pop("customer_values", None) or {})


def close_unanswered() -> None:
	"""Close complaints that the customer has not reacted to for the days that the site allows (daily); 0 days: never.

	One that its gates hold open stays as it is; every one that is closed says so in its trail.
	"""
	days = frappe.get_cached_doc("Customer Service Settings").close_unanswered_days or 0
	state = next(
		(row.state for row in states.states_of("Complaint") if row.get(states.CATEGORY_FIELD) == states.CLOSED), None
	)
	if days <= 0 or not state:
		return
	for name in unanswered(days):
		frappe.db.savepoint("close_unanswered")
		try:
			_close(name, state, days)
		except ClosingRefusedError:
			frappe.db.rollback(save_point="close_unanswered")
			frappe.clear_messages()
		except Exception:
			frappe.db.rollback(save_point="close_unanswered")
			frappe.log_error(f"Complaint {name} could not be closed")


def unanswered(days: int) -> list[str]:
	"""Numbers of complaints answered more than so many days ago on which the customer has not decided."""
	return frappe.get_all("Complaint", unanswered_filters(days), order_by="answered_at asc", pluck="name")


def unanswered_filters(days: int) -> dict:
	"""What `unanswered` finds, for lists."""
	return {
		"state_category": states.RESOLVED,
		"answered_at": ("<", clock.now() - timedelta(days=days)),
		"accepted_at": ("is", "not set"),
	}


def _close(name: str, state: str, days: int) -> None:
	case = frappe.get_doc("Complaint", name, for_update=True)
	before = case.workflow_state
	case.workflow_state = state
	case.flags.step_by_system = True
	case.save(ignore_permissions=True)
	events.record(
		case,
		"Closed Without Answer",
		before,
		state,
		detail=_("The customer has not reacted for {0} days.").format(days),
	)
