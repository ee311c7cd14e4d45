"""Dates that an improvement and its actions are to keep, as clocks that the sweep marks and the rules escalate (I-2)."""

from datetime import datetime, time, timedelta

from frappe.utils import get_datetime, getdate

from customer_service.improvement import actions
from customer_service.organisation import dated_clocks, states


def follow_action(action) -> None:
	"""The clock of an action until its due date; an action that was sent back gets a new one."""
	limit = dated_clocks.Dated(
		clock="Action",
		part="",
		department=action.department,
		assigned_to=action.responsible,
		started_at=get_datetime(action.creation),
		due_at=end_of(action.due_date),
		stopped_at=action.done_at,
		is_cancelled=action.status == actions.CANCELLED,
	)
	dated_clocks.follow(action, [limit])


def follow_improvement(doc) -> None:
	"""The clocks of an improvement: until its target date, and from the verification until the effectiveness check."""
	is_cancelled = doc.state_category == states.CANCELLED
	limits = [
		dated_clocks.Dated(
			clock="Implementation",
			part="",
			department=doc.lead_department,
			assigned_to=doc.leader,
			started_at=get_datetime(doc.creation),
			due_at=end_of(doc.due_on),
			stopped_at=doc.implemented_at,
			is_cancelled=is_cancelled,
		),
		dated_clocks.Dated(
			clock="Effectiveness Check",
			part="",
			department=doc.checking_department or doc.lead_department,
			assigned_to=doc.supervisor,
			started_at=get_datetime(doc.verified_at or doc.creation),
			due_at=end_of(doc.effectiveness_due_on),
			stopped_at=doc.effectiveness_checked_at or last_check_of(doc),
			is_cancelled=is_cancelled,
		),
	]
	dated_clocks.follow(doc, limits)


def last_check_of(doc) -> datetime | None:
	"""When the round was checked that this very save has ended."""
	before = doc.get_doc_before_save()
	return doc.rounds[-1].effectiveness_checked_at if before and before.round < doc.round and doc.rounds else None


def end_of(day) -> datetime | None:
	"""The end of a day: what is due on it is not late while it lasts."""
	return datetime.combine(getdate(day) + timedelta(days=1), time()) if day else None
