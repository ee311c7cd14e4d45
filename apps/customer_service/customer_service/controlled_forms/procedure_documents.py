"""Life of a procedure document's versions: signing, taking force, being superseded or withdrawn (J-3).

The states are an administrator's Workflow records; what holds in any workflow goes by their category:

- ``Open``: in preparation. The first state is the draft, the only one in which content changes; each later one is a signature.
- ``Waiting``: approved, waiting for the day from which it is effective.
- ``Resolved``: in force. ``Closed``: superseded by a later version. ``Cancelled``: withdrawn.

People take the steps up to the approval and the withdrawal; taking force and being superseded are steps of the system. A version
is in force on the days from *Effective From* up to, not including, *Valid Until Before*, so that for each document and day there is
at most one. Both dates follow from what was approved, never from when the scheduler came by.
"""

import hashlib
import json
import re
from datetime import date

import frappe
from frappe import _
from frappe.utils import escape_html, getdate

from customer_service.controlled_forms import document_copies
from customer_service.exceptions import ApprovalError, CustomerServiceError, RecordClosedError
from customer_service.organisation import clock, events, retry, states

DOCUMENT, VERSION = "Procedure Document", "Procedure Document Version"

CONTENT = ("document", "version", "effective_from", "title_en", "title_zh", "content_file", "content")
"""What cannot be changed once a version has been handed in for signing; so can the change record not."""

SIGNED = ("document", "version", "title_en", "title_zh", "content")

CHANGE = ("change_no", "page", "change_order_no", "changed_by", "effective_from", "summary")

CLAUSE = re.compile(r"\d+(\.\d+)*")


def today() -> date:
	"""The day in the site's time zone."""
	return clock.now().date()


def refuse_change_after_hand_in(doc) -> None:
	"""What was handed in stays as the signers see it; to change it, it is given back, or a new version is made (L3).

	:raises RecordClosedError: names the field.
	:raises frappe.PermissionError: for a draft changed by who may sign but not write.
	"""
	before = doc.get_doc_before_save()
	changed = _changed_label(doc, before) if before else None
	if not changed:
		return
	if before.is_handed_in:
		frappe.throw(
			_("{0} of {1} cannot be changed any more. Return it to the draft, or make a new version.").format(
				frappe.bold(_(changed)), frappe.bold(escape_html(doc.name))
			),
			RecordClosedError,
		)
	if not frappe.has_permission(VERSION, "create"):
		frappe.throw(
			_("Only editors of procedures may change {0}.").format(frappe.bold(_(changed))), frappe.PermissionError
		)


def _changed_label(doc, before) -> str | None:
	for fieldname in CONTENT:
		if _plain(doc, fieldname) != _plain(before, fieldname):
			return doc.meta.get_label(fieldname)
	return "Changes" if _change_rows(doc) != _change_rows(before) else None


def _change_rows(doc) -> list[list[str]]:
	return [[_plain(row, fieldname) for fieldname in CHANGE] for row in doc.changes]


def _plain(doc, fieldname: str) -> str:
	value = doc.get(fieldname)
	if value and doc.meta.get_field(fieldname).fieldtype == "Date":
		return str(getdate(value))
	return "" if value is None else str(value)


def content_hash(doc) -> str:
	"""Hash of what a signature stands for: titles, text, change record and the bytes of the attached file."""
	file = doc.content_file and frappe.db.get_value(
		"File",
		{"file_url": doc.content_file, "attached_to_doctype": VERSION, "attached_to_name": doc.name},
		"content_hash",
	)
	parts = [[_plain(doc, fieldname) for fieldname in SIGNED], _change_rows(doc), file or ""]
	return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def follow_workflow(doc) -> None:
	"""Keep the state's category and let a step of the workflow sign, clear or end the version (before it is stored)."""
	before = doc.get_doc_before_save()
	doc.set("approvals", before.approvals if before else [])
	if not before:
		doc.workflow_state = states.initial_state(VERSION)
		doc.state_category = states.OPEN
		return
	if before.workflow_state == doc.workflow_state:
		return
	doc.state_category = states.category_of(VERSION, doc.workflow_state)
	if doc.state_category == states.CANCELLED:
		doc.ended_on = today() if doc.issue_date else None
	elif doc.workflow_state == states.initial_state(VERSION):
		doc.is_handed_in = 0
		doc.set("approvals", [])
	elif doc.state_category in states.RUNNING:
		_sign(doc)


def _sign(doc) -> None:
	"""Add the signature of the step that the session's user takes now (J-3). Nobody types one."""
	if not doc.approvals:
		_refuse_empty(doc)
	if doc.state_category == states.WAITING:
		_approve(doc)
	row = {
		"step": doc.workflow_state,
		"person": frappe.session.user,
		"signed_at": clock.now(),
		"content_hash": content_hash(doc),
	}
	doc.append("approvals", row)
	doc.is_handed_in = 1


def _refuse_empty(doc) -> None:
	if not (doc.content_file or frappe.utils.strip_html(doc.content or "").strip()):
		frappe.throw(
			_("Attach the document file or write the text before you hand the version in."), CustomerServiceError
		)


def _approve(doc) -> None:
	"""The last signature: by somebody else than the first, of what all the others have signed; from then on it waits for its day.

	:raises ApprovalError: for who prepared it, or if the content is not what was signed.
	"""
	first = doc.approvals[0] if doc.approvals else None
	if not first or first.person == frappe.session.user:
		frappe.throw(_("Who prepared a version must not approve it."), ApprovalError)
	present = content_hash(doc)
	if any(row.content_hash != present for row in doc.approvals):
		frappe.throw(_("The content is not what was signed. Return the version to the draft."), ApprovalError)
	doc.issue_date = today()
	doc.effective_from = max(getdate(doc.effective_from or today()), today())


def take_due_force(doc) -> None:
	"""After a step is stored: what is approved and due takes force at once, what was withdrawn gives it up."""
	before = doc.get_doc_before_save()
	if not before or before.workflow_state == doc.workflow_state:
		return
	events.record(doc, "State Changed", before.workflow_state, doc.workflow_state)
	if doc.state_category == states.WAITING and getdate(doc.effective_from) <= today():
		take_force(doc)
	elif doc.state_category == states.CANCELLED:
		_lock(doc.document)
		document_copies.recall_all(doc)
		follow_versions(doc.document)


def take_force(doc) -> None:
	"""Put an approved version in force; the one that was is superseded in the same transaction, and its copies are recalled."""
	_lock(doc.document)
	for name in frappe.get_all(VERSION, {"document": doc.document, "state_category": states.RESOLVED}, pluck="name"):
		_supersede(frappe.get_doc(VERSION, name, for_update=True), doc)
	_step(doc, states.RESOLVED)
	follow_versions(doc.document)


def _supersede(older, newer) -> None:
	_step(older, states.CLOSED, ended_on=newer.effective_from, superseded_by=newer.name)
	document_copies.recall_all(older)


def _step(doc, category: str, **values) -> None:
	"""A step that nobody takes: it follows from an approval, so it passes the workflow's roles by."""
	before = doc.workflow_state
	state = next(
		(row.state for row in states.states_of(VERSION) if states.category_of(VERSION, row.state) == category), None
	)
	if not state:
		frappe.throw(
			_("The workflow of {0} has no state of the category {1}. Add one.").format(
				_(VERSION), frappe.bold(_(category))
			),
			CustomerServiceError,
		)
	doc.db_set({"workflow_state": state, "state_category": category, **values}, notify=True)
	events.record(doc, "State Changed", before, state)


def _lock(document: str) -> None:
	"""Of two steps that would change which version is in force, the second waits."""
	frappe.db.get_value(DOCUMENT, document, "name", for_update=True)


def follow_versions(document: str) -> None:
	"""Let the document show its version in force, and that version's titles. The caller has locked it."""
	rows = frappe.get_all(
		VERSION, {"document": document}, ["name", "title_en", "title_zh", "state_category"], order_by="creation desc"
	)
	current = next((row for row in rows if row.state_category == states.RESOLVED), None)
	values = {"current_version": current and current.name, "status": _status(current, rows)}
	if current:
		values.update(title_en=current.title_en, title_zh=current.title_zh)
	doc = frappe.get_doc(DOCUMENT, document)
	before = doc.status
	if any(doc.get(field) != value for field, value in values.items()):
		doc.db_set(values, notify=True)
	if before != doc.status:
		events.record(doc, "State Changed", before, doc.status)


def _status(current, rows: list) -> str:
	if current:
		return "In Force"
	is_over = bool(rows) and all(row.state_category in states.ENDED for row in rows)
	return "Withdrawn" if is_over else "In Preparation"


def version_in_force(document: str, day: date) -> str | None:
	"""Name of the version that was, is or (as far as approved by now) will be in force on a day; None without one."""
	table = frappe.qb.DocType(VERSION)
	rows = (
		frappe.qb.from_(table)
		.select(table.name)
		.where((table.document == document) & table.issue_date.isnotnull() & (table.effective_from <= day))
		.where(table.ended_on.isnull() | (table.ended_on > day))
		.orderby(table.effective_from, table.modified, order=frappe.qb.desc)
		.limit(1)
	).run()
	return rows[0][0] if rows else None


def run() -> None:
	"""What the scheduler calls every day: whatever is due takes force. Each version is a transaction of its own, in the order of
	their dates, so that a run that comes days late ends as punctual ones would have, and a failing one stops no other."""
	for name in due_versions():
		try:
			_take_force_if_waiting(name)
			frappe.db.commit()
		except Exception:
			frappe.db.rollback()
			frappe.log_error(
				title="Procedure document could not take force", reference_doctype=VERSION, reference_name=name
			)
			frappe.db.commit()


def due_versions() -> list[str]:
	"""Names of the versions whose day has come, in the order in which they take force."""
	return frappe.get_all(
		VERSION,
		filters={"state_category": states.WAITING, "effective_from": ("<=", today())},
		order_by="effective_from asc, modified asc",
		pluck="name",
	)


@retry.after_conflict
def _take_force_if_waiting(name: str) -> None:
	doc = frappe.get_doc(VERSION, name, for_update=True)
	if doc.state_category == states.WAITING:  # another run may have been here
		take_force(doc)


@frappe.whitelist(methods=["POST"])
def new_version(document: str, version: str | None = None) -> str:
	"""Draft the next version with the content of the last one; returns its name.

	:param version: such as ``A/1``; the last one's with its number raised if not given.
	:raises frappe.PermissionError: for who may not write versions of this document.
	"""
	doc = frappe.get_doc(DOCUMENT, document)
	doc.check_permission("read")
	last = last_version(document)
	made = frappe.new_doc(VERSION)
	made.update({"document": document, "version": version or next_version(last)})
	made.update({"title_en": doc.title_en, "title_zh": doc.title_zh})
	if last:
		made.update({"title_en": last.title_en, "title_zh": last.title_zh, "content": last.content})
		made.set("changes", [{fieldname: row.get(fieldname) for fieldname in CHANGE} for row in last.changes])
	made.insert()
	if last and last.content_file:
		_copy_file(last, made)
	return made.name


def last_version(document: str):
	"""The version made last that was not given up as a draft; None without one."""
	rows = frappe.get_all(VERSION, {"document": document}, ["name", "issue_date"], order_by="creation desc")
	name = next((row.name for row in rows if row.issue_date), rows[0].name if rows else None)
	return frappe.get_doc(VERSION, name) if name else None


def next_version(last) -> str:
	"""``A/0`` for the first; otherwise the last one's text with the number at its end raised by one."""
	if not last:
		return "A/0"
	number = re.search(r"\d+$", last.version)
	return f"{last.version[: number.start()]}{int(number[0]) + 1}" if number else f"{last.version}/1"


def _copy_file(source, target) -> None:
	name = frappe.db.get_value(
		"File", {"file_url": source.content_file, "attached_to_doctype": VERSION, "attached_to_name": source.name}
	)
	if not name:
		return
	file = frappe.copy_doc(frappe.get_doc("File", name))
	file.update({"attached_to_name": target.name, "attached_to_field": "content_file"})
	file.flags.made_by_the_app = True  # it was checked when it was attached to the older version
	file.insert(ignore_permissions=True)
	target.db_set("content_file", file.file_url)


def may_touch_file(doc, ptype: str | None = None, user: str | None = None) -> bool | None:
	"""Hook has_permission of File: nobody changes or deletes what was signed. Asked before Frappe deletes the file on disk."""
	return False if ptype in ("write", "delete") and _is_signed_file(doc) else None


def keep_signed_file(file, method: str | None = None) -> None:
	"""Hooks validate and on_trash of File: what is attached to a version that was handed in stays as it is, and nothing comes
	to it; also where no permission is asked (L3).

	:raises RecordClosedError: names the version.
	"""
	for row in (file, file.get_doc_before_save()):
		if row and not file.flags.made_by_the_app and _is_signed_file(row):
			frappe.throw(
				_("Files of {0} cannot be changed any more. Return it to the draft, or make a new version.").format(
					frappe.bold(escape_html(row.attached_to_name))
				),
				RecordClosedError,
			)


def _is_signed_file(file) -> bool:
	if file.attached_to_doctype != VERSION or not file.attached_to_name:
		return False
	return bool(frappe.db.get_value(VERSION, file.attached_to_name, "is_handed_in"))


def clean_clauses(doc) -> None:
	"""ISO clauses as numbers with a comma and a space between them.

	:raises CustomerServiceError: names what is no clause.
	"""
	clauses = [part.strip() for part in re.split(r"[,，、;；]", doc.iso_clauses or "") if part.strip()]
	for clause in clauses:
		if not CLAUSE.fullmatch(clause):
			frappe.throw(
				_("{0} is not a clause number. Write them like this: 8.2.1, 9.1.2").format(
					frappe.bold(escape_html(clause[:40]))
				),
				CustomerServiceError,
			)
	doc.iso_clauses = ", ".join(dict.fromkeys(clauses))
