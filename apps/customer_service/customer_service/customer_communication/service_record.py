"""The record that an incoming mail becomes (F-1)."""

import re
from datetime import timedelta

import frappe
from frappe import _

from customer_service.customer_communication import arrival, mail_guard, mail_text
from customer_service.organisation import clock, customers, text

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def make(mail, doctype: str, rule):
	"""A new Contact Record or Complaint of a mail; stored.

	Fields that only a person can fill in stay empty, also where the form demands them: no mail is lost for want of one.

	:param mail: a `ServiceMail`. :param rule: the rule that chose the DocType, see `mail_rules.choose`; None without one.
	"""
	case = frappe.new_doc(doctype)
	case.channel = "E-mail"
	case.set(arrival.CASES[doctype], mail.arrived_at())
	case.topic = (rule and rule.topic) or frappe.get_cached_doc("Customer Service Settings").mail_topic
	_name_sender(case, mail)
	if doctype == "Complaint":
		_fill_complaint(case, mail, rule)
	else:
		case.update({"subject": mail.subject, "content": mail.text, "direction": "Incoming", "handled_by": None})
	_suppress_answers(case, mail)
	case.mail_note = "\n".join(dict.fromkeys(mail.notes))
	case.flags.marks_by_the_app = True
	case.flags.ignore_mandatory = True
	case.insert(ignore_permissions=True)
	return case


def _name_sender(case, mail) -> None:
	address = mail.sender_address()
	if not address:
		mail.notes.append(_("The sender's address cannot be read: {0}").format(str(mail.mail.get("From"))[:140]))
	case.contact_email = address
	case.customer = customers.find_by_email(address) if address else None
	name = customers.contact_of(case.customer, address) or mail.from_real_name
	case.contact_person = text.plain(name or address or _("Unknown"))[:140]
	if case.customer:
		case.reported_company = frappe.get_cached_value("Service Customer", case.customer, "customer_name")


def _fill_complaint(case, mail, rule) -> None:
	case.description = f"{mail.subject}\n\n{mail.text}"
	case.complaint_class = rule and rule.complaint_class
	case.received_by = None
	own = case.customer and frappe.get_cached_value("Service Customer", case.customer, "language")
	case.language = own or ("zh" if CHINESE.search(case.description) else "en")


def _suppress_answers(case, mail) -> None:
	"""No acknowledgement where the sender's system wants none, or has had enough of them."""
	if mail_guard.wants_no_answer(mail.mail):
		case.flags.no_acknowledgement = True
		mail.notes.append(_("Not acknowledged: the sender's system wants no automatic answer."))
	elif mail_guard.too_many_acknowledgements(mail.from_email):
		case.flags.no_acknowledgement = True
		mail.notes.append(_("Not acknowledged: this address has had the acknowledgements of a day."))


def add_notes(case, notes: list[str]) -> None:
	"""Add notes to a record that is there already, past its hooks: it may be closed, or open in somebody's form."""
	for note in notes:
		arrival.add_note(case, note)
	case.db_set("mail_note", case.mail_note, update_modified=False)


def last_of(sender: str):
	"""The newest record that came by mail from this address today; None without one."""
	newest = None
	since = clock.now() - timedelta(days=1)
	for doctype in arrival.CASES:
		filters = {"contact_email": sender, "channel": "E-mail", "creation": (">", since)}
		row = frappe.db.get_value(doctype, filters, ["name", "creation"], order_by="creation desc", as_dict=True)
		if row and (not newest or row.creation > newest[0]):
			newest = (row.creation, doctype, row.name)
	return frappe.get_doc(*newest[1:]) if newest else None


def keep_unhandled(mail) -> None:
	"""Keep a mail that could not be stored, with the reason, where Frappe keeps those of IMAP."""
	reason = frappe.get_traceback()
	frappe.db.rollback()
	mail.email_account.log_error(title="A mail could not be stored")
	frappe.get_doc(
		{
			"doctype": "Unhandled Email",
			"email_account": mail.email_account.name,
			"uid": mail.uid,
			"message_id": mail.message_id,
			"raw": mail_text.decode(mail.raw_message, None)
			if isinstance(mail.raw_message, bytes)
			else mail.raw_message,
			"reason": reason,
		}
	).insert(ignore_permissions=True)
