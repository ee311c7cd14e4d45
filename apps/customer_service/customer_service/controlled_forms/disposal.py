"""Carries out approved disposals, row by row, and fills requests (J-4).

Each row is a transaction of its own under a lock on it: a job that is killed leaves rows that are done or untouched, one that is
started again goes on with the others, and of two at once the second finds a row done. The job acts as the approver and checks his
right, the holds and the retention again at each row.
"""

import frappe
from frappe import _
from frappe.utils import escape_html, strip_html

from customer_service.controlled_forms import holds, links, personal_data, removal, retention
from customer_service.exceptions import CustomerServiceError, DisposalRefusedError
from customer_service.organisation import clock, content, events, processes, states
from customer_service.organisation.retry import after_conflict, is_conflict

CHUNK = 100
MOST_ROWS = 500
"""Rows of one request, so that a person can judge it; more take a second request."""

END_OF_RETENTION, PERSONAL = "End of Retention", "Personal Data Request"

LOG_COLUMNS = (
	"name",
	"creation",
	"modified",
	"owner",
	"modified_by",
	"document_type",
	"document_number",
	"form_number",
)
LOG_COLUMNS += ("method", "content_hash", "ended_at", "retention_months", "disposed_at", "disposed_by", "approved_by")
LOG_COLUMNS += ("record_disposal",)


@frappe.whitelist(methods=["POST"])
def collect_due(record_disposal: str, document_type: str | None = None, until: str | None = None) -> int:
	"""Add the records that are due and not held to a draft; returns how many, at most up to `MOST_ROWS` in all.

	:raises PermissionError: without the right to write the draft; DisposalRefusedError: for one of another purpose.
	"""
	doc = _draft(record_disposal, END_OF_RETENTION)
	due = [(row.document_type, row.document_name) for row in retention.due(until, document_type)]
	return _append(doc, due, "Delete")


@frappe.whitelist(methods=["POST"])
def collect_person(record_disposal: str) -> int:
	"""Add every record that names the person of a draft; returns how many.

	:raises PermissionError: without the right to write the draft; DisposalRefusedError: for one of another purpose or no person.
	"""
	doc = _draft(record_disposal, PERSONAL)
	if not any(person_of(doc).values()):
		frappe.throw(_("Enter the person's e-mail, phone or exact name first."), DisposalRefusedError)
	return _append(doc, personal_data.find_records(**person_of(doc)), "Anonymise")


@frappe.whitelist(methods=["POST"])
def resume(record_disposal: str) -> None:
	"""Queue an approved disposal again that was interrupted.

	:raises PermissionError: without the right to write it; DisposalRefusedError: if it is not approved.
	"""
	doc = frappe.get_doc("Record Disposal", record_disposal)
	doc.check_permission("write")
	if doc.state_category != states.RESOLVED:
		frappe.throw(_("{0} is not approved.").format(frappe.bold(escape_html(doc.name))), DisposalRefusedError)
	queue(doc.name)


def _draft(record_disposal: str, purpose: str):
	doc = frappe.get_doc("Record Disposal", record_disposal)
	doc.check_permission("write")
	if doc.state_category != states.OPEN or doc.purpose != purpose:
		frappe.throw(
			_("Records are collected into a draft whose purpose is {0}.").format(_(purpose)), DisposalRefusedError
		)
	return doc


def _append(doc, found: list[tuple[str, str]], method: str) -> int:
	there = {(row.document_type, row.document_name) for row in doc.records}
	added = [each for each in found if each not in there][: max(MOST_ROWS - len(doc.records), 0)]
	for doctype, name in added:
		doc.append("records", {"document_type": doctype, "document_name": name, "method": method})
	if added:
		doc.save()
	return len(added)


def person_of(doc) -> dict[str, str | None]:
	"""The person whose data a request is about."""
	return {"email": doc.person_email, "phone": doc.person_phone, "name": doc.person_name}


def may_approve(doc, user: str) -> bool:
	"""Whether a user may approve a request: by a role of the workflow, and never his own."""
	if user in (doc.requested_by, doc.owner) or not frappe.db.get_value("User", user, "enabled"):
		return False
	return bool(_approving_roles() & set(frappe.get_roles(user)))


def _approving_roles() -> set[str]:
	workflow = states.workflow_of("Record Disposal")
	return {
		step.allowed
		for step in (workflow.transitions if workflow else ())
		if states.category_of("Record Disposal", step.next_state) == states.RESOLVED
	}


def queue(name: str) -> None:
	"""Let a worker carry the disposal out once this transaction is committed."""
	frappe.enqueue(
		"customer_service.controlled_forms.disposal.carry_out",
		queue="long",
		timeout=3600,
		enqueue_after_commit=True,
		record_disposal=name,
	)


def carry_on() -> None:
	"""What the scheduler calls: go on with approved disposals whose job was killed; one that fails stops no other."""
	for name in frappe.get_all("Record Disposal", {"state_category": states.RESOLVED}, pluck="name"):
		try:
			carry_out(name)
		except Exception:
			frappe.db.rollback()
			frappe.log_error(title=f"Record Disposal {name}")
			frappe.db.commit()


def carry_out(record_disposal: str) -> None:
	"""Carry out what is left of an approved disposal, as its approver. Commits after every row (L5, L6).

	:raises DisposalRefusedError: if it is not approved, or the approver has lost the right to.
	"""
	doc = frappe.get_doc("Record Disposal", record_disposal)
	if doc.state_category == states.CLOSED:
		return
	if doc.state_category != states.RESOLVED or not may_approve(doc, doc.approved_by):
		frappe.throw(
			_("{0} is not approved by somebody who may approve it.").format(frappe.bold(escape_html(doc.name))),
			DisposalRefusedError,
		)
	before = frappe.session.user
	frappe.set_user(doc.approved_by)
	try:
		while rows := _pending(doc.name):
			for row in rows:
				handle_row(doc, row)
				frappe.db.commit()
		_finish(doc.name)
		frappe.db.commit()
	finally:
		frappe.set_user(before)


def _pending(record_disposal: str) -> list[str]:
	return frappe.get_all(
		"Record Disposal Row",
		{"parent": record_disposal, "status": "Pending"},
		pluck="name",
		order_by="idx",
		limit=CHUNK,
	)


@after_conflict
def handle_row(request, row_name: str) -> None:
	"""Dispose of one row's record and note the outcome at the row; does nothing if it is not pending. The caller commits."""
	table = frappe.qb.DocType("Record Disposal Row")
	fields = (table.name, table.document_type, table.document_name, table.method)
	locked = frappe.qb.from_(table).select(*fields).where(table.name == row_name).where(table.status == "Pending")
	found = locked.for_update().run(as_dict=True)
	if not found:
		return
	row = found[0]
	status, outcome = "Done", None
	frappe.db.savepoint("disposal_row")
	try:
		dispose(request, row)
	except (CustomerServiceError, frappe.DoesNotExistError, frappe.PermissionError) as refusal:
		status, outcome = "Refused", _outcome(refusal)
	except Exception as error:
		if is_conflict(error):
			raise
		# Never the error's text: it may hold the record's.
		status, outcome = "Failed", type(error).__name__
	if status != "Done":
		frappe.db.rollback(save_point="disposal_row")
		frappe.clear_messages()
	values = {"status": status, "outcome": outcome, "handled_at": clock.now()}
	frappe.db.set_value("Record Disposal Row", row.name, values, update_modified=False)


def _outcome(refusal: Exception) -> str:
	return strip_html(str(refusal))[:500] or type(refusal).__name__


def dispose(request, row) -> None:
	"""Delete or anonymise the record of a row, and log it.

	:raises LegalHoldError, CaseRunningError, RetentionError, DisposalRefusedError, ProcessSwitchedOffError: nothing was done.
	"""
	processes.require(row.document_type)
	if not frappe.db.exists(row.document_type, row.document_name):
		frappe.throw(_("The record does not exist any more."), DisposalRefusedError)
	doc = frappe.get_doc(row.document_type, row.document_name, for_update=True)
	holds.refuse(doc)
	if row.method == "Delete" or request.purpose == END_OF_RETENTION:
		retention.refuse_early(doc)
	entry = _log_entry(request, row, doc)
	if row.method == "Anonymise":
		person = person_of(request) if request.purpose == PERSONAL else None
		person = person if person and any(person.values()) else None
		personal_data.anonymise(doc.doctype, doc.name, bool(request.remove_texts), person, request.name)
		_write_log(entry)
		return
	links.refuse_linked(doc)
	_write_log(entry)
	files = removal.remove(doc)
	events.record_many([(doc.doctype, doc.name, "Disposed", None, None, request.name)])
	removal.wipe(files)


def _log_entry(request, row, doc) -> tuple:
	"""What is left of the record, in the order of the columns: made from it before it changes."""
	at, user = clock.now(), frappe.session.user
	is_registered = doc.doctype in retention.registered()
	return (
		frappe.generate_hash(length=16),
		at,
		at,
		user,
		user,
		doc.doctype,
		doc.name,
		retention.form_numbers_of(doc.doctype),
		row.method,
		content.fingerprint(content.content_of(doc)),
		retention.ended_at(doc) if is_registered else None,
		retention.months_of(doc.doctype) if is_registered else 0,
		at,
		user,
		request.approved_by,
		request.name,
	)


def _write_log(entry: tuple) -> None:
	"""Past the document layer, whose door to these rows is shut for everybody."""
	frappe.qb.into(frappe.qb.DocType("Disposal Log Entry")).columns(*LOG_COLUMNS).insert(*entry).run()


def _finish(name: str) -> None:
	"""Take the request to the end of its workflow; only the first of several jobs finds anything to do."""
	doc = frappe.get_doc("Record Disposal", name, for_update=True)
	if doc.state_category != states.RESOLVED or any(row.status == "Pending" for row in doc.records):
		return
	frappe.db.set_value("Record Disposal", name, "pending_rows", 0, update_modified=False)
	doc.reload()
	roles = set(frappe.get_roles())
	for step in states.workflow_of(doc.doctype).transitions:
		ends = states.category_of(doc.doctype, step.next_state) == states.CLOSED
		if step.state == doc.workflow_state and step.allowed in roles and ends:
			doc.workflow_state = step.next_state
			doc.save()
			return
	frappe.throw(
		_("The workflow has no step from {0} to an end that {1} may take.").format(
			frappe.bold(_(doc.workflow_state)), escape_html(frappe.session.user)
		),
		DisposalRefusedError,
	)
