"""Penalty points of persons (F-12): proposed with a reason, decided after the right of reply, seen by those concerned alone.

Those concerned are the person, the head or deputy of his department, and whoever the table of permissions gives all rows.
"""

from datetime import timedelta

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce
from frappe.utils import escape_html, get_datetime

from customer_service.compat import is_staff
from customer_service.exceptions import ReplyError
from customer_service.organisation import access, clock, events, processes, states

DOCTYPE = "Responsibility Record"


def headed_by(user: str) -> list[str]:
	"""Active departments that the user heads or is deputy of."""
	table = frappe.qb.DocType("Service Department")
	rows = (
		frappe.qb.from_(table)
		.select(table.name)
		.where((table.is_active == 1) & ((table.head == user) | (table.deputy == user)))
		.orderby(table.name)
	).run()
	return [row[0] for row in rows]


def department_of(person: str) -> str | None:
	"""The department whose head decides on a person: one that he is in and does not head; None leaves it to the manager."""
	table = frappe.qb.DocType("Service Department")
	member = frappe.qb.DocType("Service Department Member")
	rows = (
		frappe.qb.from_(table)
		.join(member)
		.on((member.parent == table.name) & (member.parenttype == "Service Department"))
		.select(table.name)
		.where((table.is_active == 1) & (member.user == person))
		.where(Coalesce(table.head, "") != person)
		.where(Coalesce(table.deputy, "") != person)
		.orderby(table.name)
		.limit(1)
	).run()
	return rows[0][0] if rows else None


def record_conditions(user: str | None = None) -> str:
	"""Rows of Responsibility Record that a user may list (hook permission_query_conditions)."""
	user = user or frappe.session.user
	processes.require(DOCTYPE)
	if access.sees_all_rows(DOCTYPE, user):
		return ""
	if not is_staff(user):
		return "1=0"
	# Frappe joins this text into its own statement, so values are escaped here; there is no parameter to pass.
	conditions = [f"`tab{DOCTYPE}`.person = {frappe.db.escape(user, percent=False)}"]
	if departments := headed_by(user):
		names = ", ".join(frappe.db.escape(name, percent=False) for name in departments)
		conditions.append(f"`tab{DOCTYPE}`.department in ({names})")
	return f"({' or '.join(conditions)})"


def may_touch_record(doc, ptype: str | None = None, user: str | None = None) -> bool | None:
	"""Whether the user may reach this very record (hook has_permission). What is stored decides, never what was sent."""
	user = user or frappe.session.user
	if not processes.is_doctype_on(DOCTYPE) or not is_staff(user):
		return False
	if access.sees_all_rows(DOCTYPE, user):
		return None
	stored = doc.name and frappe.db.get_value(DOCTYPE, doc.name, ["person", "department"], as_dict=True)
	if not stored:
		return (
			None if department_of(doc.get("person")) in headed_by(user) else ptype == "create" and not doc.get("person")
		)
	if stored.department and stored.department in headed_by(user) and stored.person != user:
		return None
	return None if stored.person == user and ptype in ("read", "print", "email", None) else False


def take_step(record, step: str | None) -> None:
	"""What a step of the workflow means; `record` is about to be saved.

	:raises ReplyError: if the person could not reply yet, or decides himself.
	"""
	if step == "Right of Reply":
		days = frappe.get_cached_doc("Customer Service Settings").reply_days or 0
		record.reply_until = clock.now() + timedelta(days=days)
		record.flags.tell_person = True
	elif step in ("Confirmed", "Withdrawn"):
		_decide(record, step)


def _decide(record, step: str) -> None:
	if frappe.session.user == record.person:
		frappe.throw(_("Nobody decides on his own points."), ReplyError)
	heard = record.replied_at or (record.reply_until and clock.now() > get_datetime(record.reply_until))
	if step == "Confirmed" and not heard:
		frappe.throw(
			_("The person can reply until {0}; decide after that, or after the reply.").format(record.reply_until),
			ReplyError,
		)
	if not record.decision_note:
		frappe.throw(
			_("Give the {0} first.").format(frappe.bold(_(record.meta.get_label("decision_note")))), ReplyError
		)
	record.update({"decided_by": frappe.session.user, "decided_at": clock.now()})


@frappe.whitelist(methods=["POST"])
def reply(name: str, text: str) -> str:
	"""The person's own reply to proposed points; once, until the date that the record names.

	:returns: when it was given, site time zone.
	:raises frappe.PermissionError: for anybody else; ReplyError: too early, too late, or given already.
	"""
	record = frappe.get_doc(DOCTYPE, name)
	record.check_permission("read")
	if frappe.session.user != record.person:
		raise frappe.PermissionError(_("Only the person concerned can reply."))
	if states.step_of(DOCTYPE, record.workflow_state) != "Right of Reply":
		frappe.throw(_("A reply is not awaited."), ReplyError)
	if record.replied_at:
		frappe.throw(_("You have replied already."), ReplyError)
	if clock.now() > get_datetime(record.reply_until):
		frappe.throw(_("The time to reply ended at {0}.").format(record.reply_until), ReplyError)
	if not (text or "").strip():
		frappe.throw(_("The reply is empty."), ReplyError)
	record.flags.reply = {"reply": text, "replied_at": clock.now()}
	record.save(ignore_permissions=True)  # his only right here is to reply
	events.record(record, "Reply Given")
	return str(record.replied_at)


def tell(record) -> None:
	"""Let the person know that he can reply: a notice in his desk, which only he sees."""
	note = frappe.new_doc("Notification Log")
	note.update(
		{
			"for_user": record.person,
			"from_user": frappe.session.user,
			"type": "Alert",
			"document_type": DOCTYPE,
			"document_name": record.name,
			"subject": _("You can reply to {0} until {1}.").format(
				escape_html(record.name), str(record.reply_until)[:16]
			),
		}
	)
	note.insert(ignore_permissions=True)
