"""What the hot-line screen and the mail intake note on a record. Nobody else sets it, whatever a request sends (A-7)."""

from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.utils import get_datetime

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import clock

CASES = {"Contact Record": "contacted_at", "Complaint": "received_at"}
"""What a call or a mail becomes -> the field that says when it came."""

STEPS = (
	"rung_at",
	"call_answered_at",
	"company_named_at",
	"record_found_at",
	"caller_checked_at",
	"handed_over_at",
)
"""Times of a call's steps, in the order in which they are taken."""

MARKS = (*STEPS, "answered_in_time", "customer_answered_at", "mail_note")

LONGEST_CALL = timedelta(hours=12)


def keep_marks(doc) -> None:
	"""Let only the app set the marks of a record; called in `validate`."""
	if doc.flags.marks_by_the_app:
		return
	before = doc.get_doc_before_save()
	for fieldname in MARKS:
		doc.set(fieldname, before.get(fieldname) if before else None)


def stamp_steps(doc, ages: dict) -> None:
	"""Set the times of a call's steps from how long ago the screen saw them, and judge whether it was answered in time.

	The server's clock is the only one: a step lies as far back as the client measured, never in the future, and never
	before the step that came before it.

	:param ages: step -> milliseconds between the step and this request; steps that were not taken are missing.
	:raises CustomerServiceError: for an age that is no number or no call's; names the step.
	"""
	now = clock.now()
	earliest = now - LONGEST_CALL
	for step in STEPS[:-1]:
		if ages.get(step) is None:
			continue
		at = max(now - _age(doc, step, ages[step]), earliest)
		doc.set(step, at.replace(microsecond=0))
		earliest = at
	doc.handed_over_at = now.replace(microsecond=0)
	doc.answered_in_time = int(was_answered_in_time(doc.rung_at, doc.call_answered_at))
	doc.flags.marks_by_the_app = True


def _age(doc, step: str, age) -> timedelta:
	sound = isinstance(age, int | float) and not isinstance(age, bool)
	if not sound or not 0 <= age <= LONGEST_CALL.total_seconds() * 1000:
		frappe.throw(
			_("{0}: the time of this step cannot be read. Start the call again.").format(
				frappe.bold(_(doc.meta.get_label(step)))
			),
			CustomerServiceError,
		)
	return timedelta(milliseconds=age)


def answer_limit() -> float:
	"""Seconds within which a call is to be answered: rings allowed × seconds a ring; 0 for no limit."""
	settings = frappe.get_cached_doc("Customer Service Settings")
	return (settings.hot_line_rings or 0) * (settings.seconds_per_ring or 0)


def was_answered_in_time(rung_at: datetime | str | None, answered_at: datetime | str | None) -> bool:
	"""A-7: whether the call was answered within the limit. Not where nobody noted when it rang."""
	if not rung_at or not answered_at:
		return False
	limit = answer_limit()
	return not limit or (get_datetime(answered_at) - get_datetime(rung_at)).total_seconds() <= limit


def add_note(doc, note: str) -> None:
	"""Add a line to the record's note of the mail intake, once."""
	lines = (doc.mail_note or "").split("\n") if doc.mail_note else []
	if note not in lines:
		lines.append(note)
	doc.mail_note = "\n".join(lines)
