"""Internal slips (信息传递单, 内部联络单): sent to departments or persons, each acknowledges or answers by its due date (A-4)."""

import frappe
from frappe import _
from frappe.utils import escape_html, flt, get_datetime

from customer_service.exceptions import RecordClosedError, SlipError
from customer_service.organisation import access, clock, events, notices, people, states, text
from customer_service.organisation.dated_clocks import Dated

DRAFT, SENT, ACKNOWLEDGED, ANSWERED, CLOSED, CANCELLED = (
	"Draft",
	"Sent",
	"Acknowledged",
	"Answered",
	"Closed",
	"Cancelled",
)
RUNNING = (SENT, ACKNOWLEDGED, ANSWERED)

WAITING = "Waiting"
"""Status of a row that nobody has replied to; afterwards Acknowledged or Answered."""

REPLY = ("status", "acknowledged_by", "acknowledged_at", "answered_by", "answered_at", "answer")
SENT_FIELDS = ("subject", "content", "from_department", "sender", "reference_doctype", "reference_name")
SENT_ROW_FIELDS = ("name", "department", "user", "required", "due_at")


# --- what a slip may be ----------------------------------------------------------------------------------------------


def refuse_strangers(slip) -> None:
	"""A slip is written by the department that sends it; recipients reply, each to its own row.

	:raises frappe.PermissionError:
	"""
	if not slip.is_new() and not slip.flags.is_step and not is_senders(slip, frappe.session.user):
		frappe.throw(_("Only {0} may change this slip.").format(_(slip.from_department)), frappe.PermissionError)


def is_senders(slip, user: str) -> bool:
	"""Whether the user belongs to the side that sends the slip: who made it, the sender, or his department."""
	stored = frappe.db.get_value("Internal Slip", slip.name, ["owner", "sender", "from_department"], as_dict=True)
	if user == "Administrator" or user in (stored.owner, stored.sender):
		return True
	return stored.from_department in access.departments_of(user)


def refuse_change_after_sending(slip) -> None:
	"""What was sent stays as it was sent: the text, the recipients and their due dates.

	:raises RecordClosedError: for an ended slip; SlipError: for a running one.
	"""
	before = slip.get_doc_before_save()
	if not before or before.status == DRAFT:
		return
	if before.status in (CLOSED, CANCELLED):
		frappe.throw(
			_("{0} {1} is {2} and cannot be changed.").format(
				_(slip.doctype), frappe.bold(escape_html(slip.name)), _(before.status)
			),
			RecordClosedError,
		)
	if _content(slip, SENT_FIELDS) != _content(before, SENT_FIELDS) or _rows(slip) != _rows(before):
		frappe.throw(_("The slip has been sent. Write another one for what is new."), SlipError)


def _content(doc, fields: tuple[str, ...]) -> list[str]:
	return [str(doc.get(field) or "") for field in fields]


def _rows(slip) -> list[list[str]]:
	return [_content(row, SENT_ROW_FIELDS) for row in slip.recipients]


def keep_replies(slip) -> None:
	"""Only the endpoints reply: whatever a request says of status and replies is replaced by what is stored."""
	if slip.flags.is_step:
		return
	before = slip.get_doc_before_save()
	stored = {row.name: row for row in before.recipients} if before else {}
	for field in ("status", "sent_at", "closed_at"):
		slip.set(field, before.get(field) if before else None)
	slip.status = slip.status or DRAFT
	for row in slip.recipients:
		known = stored.get(row.name)
		for field in REPLY:
			row.set(field, known.get(field) if known else None)
		row.status = row.status or WAITING


def refuse_bad_rows(slip) -> None:
	"""Every row names a department in use or a person of the desk, one of them, and each only once.

	:raises SlipError: names the row.
	"""
	seen: dict[tuple, int] = {}
	departments = [row.department for row in slip.recipients if row.department]
	active = set(frappe.get_all("Service Department", {"name": ("in", departments), "is_active": 1}, pluck="name"))
	for row in slip.recipients:
		if bool(row.department) == bool(row.user):
			frappe.throw(_("Row {0}: name a department or a person.").format(row.idx), SlipError)
		recipient = (row.department or "", row.user or "")
		if recipient in seen:
			frappe.throw(_("Row {0}: the same recipient is in row {1}.").format(row.idx, seen[recipient]), SlipError)
		seen[recipient] = row.idx
		if row.department and row.department not in active and slip.status == DRAFT:
			frappe.throw(
				_("Row {0}: {1} is not an active department.").format(
					row.idx, frappe.bold(escape_html(_(row.department)))
				),
				SlipError,
			)


# --- steps -----------------------------------------------------------------------------------------------------------


def send(slip) -> None:
	"""Send a draft: due dates are set, recipients are told, the content is fixed. The caller has checked the permission.

	:raises SlipError: if it is sent already, or a due date has passed.
	"""
	if slip.status != DRAFT:
		frappe.throw(_("This slip has been sent already."), SlipError)
	slip.sent_at = clock.now()
	slip.sender = frappe.session.user
	settings = frappe.get_cached_doc("Customer Service Settings")
	for row in slip.recipients:
		if not row.due_at:
			row.due_at = _due(slip.sent_at, row.required, settings)
		elif get_datetime(row.due_at) <= slip.sent_at:
			frappe.throw(_("Row {0}: {1} has passed already.").format(row.idx, _("Due At")), SlipError)
	slip.status = SENT
	_save(slip)
	events.record(slip, "Sent", detail=", ".join(row.department or row.user for row in slip.recipients))
	notices.tell(recipients_of(slip), slip, _sent_words)


def _due(sent_at, required: str, settings):
	hours = settings.slip_answer_hours if required == "Answer" else settings.slip_acknowledge_hours
	if not flt(hours) or not settings.slip_calendar:
		return None
	return clock.deadline(sent_at, flt(hours) * 60, settings.slip_calendar)


def recipients_of(slip) -> list[str]:
	"""The people to tell: of a department its head and its members who are present, of an absent person his stand-in as well."""
	found: list[str | None] = []
	for row in slip.recipients:
		if row.department:
			found += [people.head_of(row.department), *people.members_of(row.department)]
		else:
			found += [row.user, *(people.stand_in(row.user, each) for each in access.departments_of(row.user))]
	return [user for user in dict.fromkeys(found) if user]


def rows_of(slip, user: str) -> list:
	"""The rows that a user may reply to: those of his departments, his own, and those of whom he stands in for today."""
	departments = set(access.departments_of(user))
	return [row for row in slip.recipients if row.department in departments or _acts_for(user, row.user)]


def _acts_for(user: str, person: str | None) -> bool:
	if not person:
		return False
	return user == person or any(people.stand_in(person, each) == user for each in access.departments_of(person))


def acknowledge(slip, rows: list) -> None:
	"""Acknowledge rows of the present user. The caller has asked `rows_of`; what is acknowledged already stays as it was."""
	refuse_not_running(slip)
	waiting = [row for row in rows if row.status == WAITING]
	for row in waiting:
		_stamp(row, "acknowledged")
		row.status = ACKNOWLEDGED
	_finish(slip, waiting, "Acknowledged")


def answer(slip, rows: list, words: str) -> None:
	"""Answer rows of the present user, which acknowledges them as well. The caller has asked `rows_of`.

	:raises SlipError: without words, or if the rows are answered already.
	"""
	refuse_not_running(slip)
	words = text.plain(words or "").strip()
	if not words:
		frappe.throw(_("Write the answer."), SlipError)
	waiting = [row for row in rows if row.status != ANSWERED]
	if not waiting:
		frappe.throw(_("This row is answered already."), SlipError)
	for row in waiting:
		if row.status == WAITING:
			_stamp(row, "acknowledged")
		_stamp(row, "answered")
		row.update({"status": ANSWERED, "answer": words})
	_finish(slip, waiting, "Answered")


def refuse_not_running(slip) -> None:
	"""
	:raises SlipError: for a draft, and for a slip that is closed or cancelled.
	"""
	if slip.status not in RUNNING:
		frappe.throw(_("This slip is {0}; nobody replies to it.").format(_(slip.status)), SlipError)


def _stamp(row, step: str) -> None:
	row.set(f"{step}_by", frappe.session.user)
	row.set(f"{step}_at", clock.now())


def _finish(slip, rows: list, event: str) -> None:
	if not rows:
		return
	slip.status = standing(slip)
	_save(slip)
	for row in rows:
		events.record(slip, event, after=row.department or row.user, detail=row.answer)
	if is_settled(slip):
		notices.tell([slip.sender], slip, _settled_words)


def standing(slip) -> str:
	"""The status that follows from the rows: Sent, Acknowledged by all, or Answered by all who were to answer."""
	if any(row.status == WAITING for row in slip.recipients):
		return SENT
	return ANSWERED if is_settled(slip) and _asked(slip) else ACKNOWLEDGED


def is_settled(slip) -> bool:
	"""Whether nobody's reply is missing."""
	return all(
		row.status == ANSWERED or (row.status == ACKNOWLEDGED and row.required != "Answer") for row in slip.recipients
	)


def _asked(slip) -> bool:
	return any(row.required == "Answer" for row in slip.recipients)


def close(slip) -> None:
	"""Close a slip to which all have replied. The caller has checked the permission.

	:raises SlipError: names who has not replied.
	"""
	refuse_not_running(slip)
	if not is_settled(slip):
		frappe.throw(_("These have not replied yet: {0}").format(escape_html(", ".join(_missing(slip)))), SlipError)
	slip.status = CLOSED
	slip.closed_at = clock.now()
	_save(slip)


def _missing(slip) -> list[str]:
	return [
		_(row.department) if row.department else row.user
		for row in slip.recipients
		if row.status == WAITING or (row.required == "Answer" and row.status != ANSWERED)
	]


def cancel(slip, reason: str) -> None:
	"""Cancel a slip, which keeps its number. The caller has checked the permission.

	:raises SlipError: without a reason, or if it has ended.
	"""
	reason = text.plain(reason or "").strip()
	if not reason:
		frappe.throw(_("Say why the slip is cancelled."), SlipError)
	if slip.status in (CLOSED, CANCELLED):
		refuse_not_running(slip)
	was_sent = slip.status != DRAFT
	slip.flags.cancel_reason = reason
	slip.status = CANCELLED
	slip.closed_at = clock.now()
	_save(slip)
	if was_sent:
		notices.tell(recipients_of(slip), slip, _cancelled_words)


def _save(slip) -> None:
	slip.flags.is_step = True
	slip.flags.ignore_permissions = (
		True  # the step's own rule was asked; a recipient need not have the right to write slips
	)
	slip.save()


def set_category(slip) -> None:
	"""What the status means for clocks and lists: all have replied is Resolved."""
	if slip.status in (CLOSED, CANCELLED):
		slip.state_category = states.CLOSED if slip.status == CLOSED else states.CANCELLED
	else:
		slip.state_category = states.RESOLVED if slip.status != DRAFT and is_settled(slip) else states.OPEN


def limits_of(slip) -> list[Dated]:
	"""The due dates of the recipients, as clocks that the sweep marks and escalates; none before the slip is sent."""
	if not slip.sent_at:
		return []
	return [
		Dated(
			clock="Reply" if row.required == "Answer" else "Acknowledgement",
			part=row.name,
			department=row.department,
			assigned_to=row.user,
			started_at=slip.sent_at,
			due_at=row.due_at,
			stopped_at=row.answered_at or (row.acknowledged_at if row.required != "Answer" else None),
			is_cancelled=slip.status == CANCELLED,
		)
		for row in slip.recipients
	]


def _sent_words(slip, language: str) -> str:
	return _("Internal slip {0} from {1}: {2}", language).format(
		slip.name, _(slip.from_department, language), slip.subject
	)


def _settled_words(slip, language: str) -> str:
	return _("All have replied to internal slip {0}: {1}", language).format(slip.name, slip.subject)


def _cancelled_words(slip, language: str) -> str:
	return _("Internal slip {0} is cancelled: {1}", language).format(slip.name, slip.subject)


def offers(slip, user: str) -> dict:
	"""What the form may offer the user: ``send``, ``acknowledge``, ``answer``, ``close``, ``cancel``, each True or False."""
	mine = rows_of(slip, user) if slip.status in RUNNING else []
	ours = not slip.is_new() and is_senders(slip, user)
	return {
		"send": ours and slip.status == DRAFT,
		"acknowledge": any(row.status == WAITING for row in mine),
		"answer": any(row.status != ANSWERED for row in mine),
		"close": ours and slip.status in RUNNING and is_settled(slip),
		"cancel": ours and slip.status not in (CLOSED, CANCELLED),
	}
