"""The distribution list: numbered copies of a version, their receipt, recall and return (J-3)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.controlled_forms import procedure_rights
from customer_service.exceptions import CopyError
from customer_service.organisation import clock, events, states

VERSION, COPY = "Procedure Document Version", "Document Copy"

ISSUED, RECEIVED, RECALLED = "Issued", "Received", "Recall Requested"
RETURNED, DESTROYED, LOST = "Returned", "Destroyed", "Lost"

IN_HANDS = (ISSUED, RECEIVED)
OUT = (*IN_HANDS, RECALLED)
ENDS = (RETURNED, DESTROYED, LOST)

DISTRIBUTED = (states.WAITING, states.RESOLVED)
"""Categories of versions that copies are made of: approved ones, so that holders have them on the day they take force."""


def number(copy) -> None:
	"""Give a new copy the next number of its version. The version's row is locked, so that two approvers never get the same;
	the copy's name, made of the number, is unique besides (L1).

	:raises CopyError: if the version is not approved or no longer valid.
	"""
	version = frappe.db.get_value(
		VERSION, copy.procedure_version, ["document", "state_category"], as_dict=True, for_update=True
	)
	if not version or version.state_category not in DISTRIBUTED:
		frappe.throw(_("Copies are made of approved versions that are still valid."), CopyError)
	table = frappe.qb.DocType(COPY)
	last = (
		frappe.qb.from_(table)
		.select(table.copy_number)
		.where(table.procedure_version == copy.procedure_version)
		.orderby(table.copy_number, order=frappe.qb.desc)
		.limit(1)
		.for_update()  # what is committed, not what this transaction saw when it began
	).run()
	copy.copy_number = last[0][0] + 1 if last else 1
	copy.document = version.document


def refuse_unclear_holder(copy) -> None:
	"""A copy is in the hands of one holder: a user, a department, or somebody outside.

	:raises CopyError: for none or several.
	"""
	if sum(bool(copy.get(field)) for field in ("holder", "holder_department", "outside_holder")) != 1:
		frappe.throw(_("Name exactly one holder: a user, a department, or somebody outside the company."), CopyError)


def is_keeper(copy) -> bool:
	"""Whether the session's user keeps the distribution list: one of the roles that may write copies."""
	return frappe.has_permission(COPY, "write", copy)


def actions(copy) -> list[str]:
	"""What the session's user may do with a copy now: ``receive``, ``return``."""
	found = []
	if copy.state == ISSUED and _may_receive(copy):
		found.append("receive")
	if copy.state in OUT and is_keeper(copy):
		found.append("return")
	return found


def _may_receive(copy) -> bool:
	if copy.outside_holder:
		return is_keeper(copy)
	return procedure_rights.is_holder(copy, frappe.session.user)


@frappe.whitelist(methods=["POST"])
def confirm_receipt(copy_name: str, note: str | None = None) -> None:
	"""The holder confirms that he has the copy; for a holder outside, staff does, with a note on how it is known.

	:raises frappe.PermissionError: for anybody else. :raises CopyError: if there is nothing to confirm.
	"""
	copy = _stored(copy_name)
	if not _may_receive(copy):
		frappe.throw(_("Only the holder confirms the receipt."), frappe.PermissionError)
	if copy.state != ISSUED:
		frappe.throw(_("Copy {0} is {1}; there is no receipt to confirm.").format(*_shown(copy)), CopyError)
	if copy.outside_holder and not (note or "").strip():
		frappe.throw(_("Note how the receipt by a holder outside the company is known."), CopyError)
	_move(copy, RECEIVED, received_at=clock.now(), received_by=frappe.session.user, receipt_note=note)


@frappe.whitelist(methods=["POST"])
def confirm_return(copy_name: str, end: str, note: str | None = None) -> None:
	"""Staff confirms that a copy came back, was destroyed or is lost; its to-do is done.

	:param end: ``Returned``, ``Destroyed`` or ``Lost``; a lost copy needs a note.
	:raises frappe.PermissionError: for who does not keep the list. :raises CopyError: if it cannot end so.
	"""
	copy = _stored(copy_name)
	if not is_keeper(copy):
		frappe.throw(_("Only who keeps the distribution list confirms the return."), frappe.PermissionError)
	if copy.state not in OUT or end not in ENDS:
		frappe.throw(_("Copy {0} is {1}; there is no return to confirm.").format(*_shown(copy)), CopyError)
	if end == LOST and not (note or "").strip():
		frappe.throw(_("Note how the copy was lost."), CopyError)
	_move(copy, end, returned_at=clock.now(), returned_by=frappe.session.user, return_note=note)
	_close_todo(copy)


def _stored(copy_name: str):
	copy = frappe.get_doc(COPY, copy_name, for_update=True)
	copy.check_permission("read")
	return copy


def _shown(copy) -> tuple[str, str]:
	return frappe.bold(escape_html(copy.name)), _(copy.state)


def _move(copy, state: str, **values) -> None:
	before = copy.state
	copy.update({"state": state, **values})
	copy.flags.moved_by_the_app = True
	copy.save(ignore_permissions=True)  # the verb has checked who may take this step; a holder may not write otherwise
	events.record(copy, "State Changed", before, state)


def recall_all(version) -> None:
	"""Ask for every copy that is still out, with one to-do and one notice for each holder (J-3)."""
	rows = frappe.get_all(
		COPY,
		filters={"procedure_version": version.name, "state": ("in", IN_HANDS)},
		fields=["name", "copy_number", "state", "holder", "holder_department"],
		order_by="copy_number asc",
	)
	if not rows:
		return
	table = frappe.qb.DocType(COPY)
	moment = clock.now()
	(
		frappe.qb.update(table)
		.set(table.state, RECALLED)
		.set(table.recall_requested_at, moment)
		.set(table.modified, moment)
		.where(table.name.isin([row.name for row in rows]))
	).run()
	events.record_many([(COPY, row.name, "State Changed", row.state, RECALLED, None) for row in rows])
	for row in rows:
		frappe.clear_document_cache(COPY, row.name)
	for person, copies in _by_person(rows).items():
		_notify(person, version, copies)


def _by_person(rows: list) -> dict[str, list]:
	"""Copies by the person who is asked: the holder, or for a department its head, else its deputy, else its members."""
	found: dict[str, list] = {}
	people: dict[str, list[str]] = {}
	for row in rows:
		if row.holder_department and row.holder_department not in people:
			people[row.holder_department] = _speakers(row.holder_department)
		for person in [row.holder] if row.holder else people.get(row.holder_department, []):
			found.setdefault(person, []).append(row)
	return found


def _speakers(department: str) -> list[str]:
	doc = frappe.get_cached_doc("Service Department", department)
	return [doc.head or doc.deputy] if doc.head or doc.deputy else sorted(doc.people())


def _notify(person: str, version, copies: list) -> None:
	language = frappe.db.get_value("User", person, "language")
	text = _("Please return copy no. {0} of {1}: it is no longer valid.", language).format(
		", ".join(str(row.copy_number) for row in copies), escape_html(version.name)
	)
	frappe.get_doc(
		{
			"doctype": "ToDo",
			"allocated_to": person,
			"assigned_by": frappe.session.user,
			"reference_type": COPY,
			"reference_name": copies[0].name,
			"description": text,
			"date": clock.now().date(),
		}
	).insert(ignore_permissions=True)
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"for_user": person,
			"from_user": frappe.session.user,
			"type": "Alert",
			"document_type": COPY,
			"document_name": copies[0].name,
			"subject": text,
		}
	).insert(ignore_permissions=True)


def _close_todo(copy) -> None:
	"""Close the holder's to-do when the last of his recalled copies of this version is accounted for."""
	same = {"procedure_version": copy.procedure_version}
	same.update({field: copy.get(field) for field in ("holder", "holder_department") if copy.get(field)})
	if len(same) == 1 or frappe.db.exists(COPY, {**same, "state": RECALLED}):
		return
	names = frappe.get_all(COPY, filters=same, pluck="name")
	todos = frappe.get_all(
		"ToDo", filters={"reference_type": COPY, "reference_name": ("in", names), "status": "Open"}, pluck="name"
	)
	for name in todos:
		todo = frappe.get_doc("ToDo", name)
		todo.status = "Closed"
		todo.save(ignore_permissions=True)
