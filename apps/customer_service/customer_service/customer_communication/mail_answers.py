"""The thread of mails of a record: which record a mail belongs to, and that the customer has answered (F-1)."""

import re

import frappe
from frappe import _

from customer_service.customer_communication import notices
from customer_service.customer_communication.arrival import CASES
from customer_service.organisation import clock, customers, events, people, processes, states

# A record's number somewhere in a subject.
NUMBER = re.compile(r"[A-Za-z][\w./-]{3,60}\d")
MOST_NUMBERS = 10


def find_by_message_ids(message_ids: list[str]):
	"""The record that one of these mails was about, sent or received; None if we know none of them."""
	for doctype in ("Communication", "Email Queue") if message_ids else ():
		rows = frappe.get_all(
			doctype,
			filters={"message_id": ("in", message_ids), "reference_name": ("is", "set")},
			fields=["reference_doctype", "reference_name"],
			order_by="creation desc",
			limit_page_length=1,
		)
		for row in rows:
			if frappe.db.exists(row.reference_doctype, row.reference_name):
				return frappe.get_doc(row.reference_doctype, row.reference_name)
	return None


def find_by_subject(subject: str, sender: str | None) -> tuple:
	"""The record whose number stands in the subject, if its sender has to do with it.

	A number is no authority (S3): whoever is neither the record's contact nor one of its customer's, nor has written in the
	thread, nor works here, starts a record of his own.

	:returns: (record or None, a number that was named without being the sender's or None).
	"""
	numbers = NUMBER.findall(subject)[:MOST_NUMBERS]
	refused = None
	for doctype in CASES if numbers and sender else ():
		if not processes.is_doctype_on(doctype):
			continue
		fields = ["name", "contact_email", "customer"]
		for row in frappe.get_all(doctype, filters={"name": ("in", numbers)}, fields=fields):
			if _has_to_do_with(doctype, row, sender):
				return frappe.get_doc(doctype, row.name), None
			refused = row.name
	return None, refused


def _has_to_do_with(doctype: str, row, sender: str) -> bool:
	if (row.contact_email or "").lower() == sender or is_staff(sender):
		return True
	if row.customer and customers.find_by_email(sender) == row.customer:
		return True
	thread = {"reference_doctype": doctype, "reference_name": row.name, "sender": sender}
	return bool(frappe.db.exists("Communication", thread))


def is_staff(sender: str | None) -> bool:
	"""Whether the address is that of somebody who works in the desk."""
	return bool(sender) and bool(frappe.db.exists("User", {"email": sender, "user_type": "System User", "enabled": 1}))


def note_answer(case) -> None:
	"""The customer has written again: show it on the record, keep it in the audit trail, tell whoever handles it.

	Nothing is reopened and no state changes: that is a person's decision. Who handles the record is told of the first
	mail only, until somebody has answered or read it (L7).
	"""
	state = case.get("workflow_state") or case.get("status")
	events.record(case, "Customer Answered", state, state)
	if case.customer_answered_at:
		return
	# Past the document's hooks: a closed record takes no change, and nobody's open form shall be refused for a mail.
	case.db_set("customer_answered_at", clock.now(), update_modified=False)
	subject = _("The customer has answered: {0}.").format(case.name)
	if case.get("state_category") == states.WAITING:
		subject = _("The customer has answered: {0} waits for him.").format(case.name)
	notices.tell(_handlers(case), case, subject)


def _handlers(case) -> list[str]:
	"""Who is told: the person assigned or who stands in for him, else who took it in, else the department's leaders."""
	if case.assigned_to:
		return [people.stand_in(case.assigned_to, case.lead_department) or case.assigned_to]
	taken_by = case.get("handled_by") or case.get("received_by")
	if taken_by and taken_by not in ("Administrator", "Guest"):
		return [taken_by]
	return people.group_leaders_of(case.lead_department)


def follow_sent_mail(communication, _method=None) -> None:
	"""Hook after_insert of Communication: a mail that a person sends from the record answers the customer."""
	is_mail = (communication.communication_type, communication.communication_medium) == ("Communication", "Email")
	if not is_mail or communication.sent_or_received != "Sent" or communication.reference_doctype not in CASES:
		return
	name = communication.reference_name
	if name and frappe.db.get_value(communication.reference_doctype, name, "customer_answered_at"):
		_forget_answer(frappe.get_doc(communication.reference_doctype, name))


@frappe.whitelist(methods=["POST"])
def mark_read(doctype: str, name: str) -> None:
	"""Take the note "the customer has answered" off a record: somebody has read the mail.

	:raises frappe.PermissionError: for whoever may not change the record.
	"""
	if doctype not in CASES:
		frappe.throw(
			_("{0} has no mails of customers.").format(frappe.utils.escape_html(doctype)), frappe.PermissionError
		)
	case = frappe.get_doc(doctype, name)
	case.check_permission("write")
	_forget_answer(case)


def _forget_answer(case) -> None:
	case.db_set("customer_answered_at", None, update_modified=False)
