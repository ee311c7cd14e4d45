"""What makes a contact record sound: appointments, visits and their report, where a comment was found (A-1, A-6, A-9)."""

import frappe
from frappe import _
from frappe.utils import escape_html, get_datetime

from customer_service.exceptions import ContactError, RecordClosedError
from customer_service.organisation import cases, states

PLANNED = "Planned"

CATEGORIES = {
	PLANNED: states.OPEN,
	"Open": states.OPEN,
	"Answered": states.RESOLVED,
	"Closed": states.CLOSED,
	"Cancelled": states.CANCELLED,
}
"""Status -> what it means."""


def complete(contact) -> None:
	"""Fill in who began: an outgoing contact with an appointment is the company's (A-6)."""
	if contact.status == PLANNED and contact.direction == "Outgoing":
		contact.initiated_by = "Company"


def refuse_change_after_end(contact) -> None:
	"""A closed or cancelled contact record changes only by being opened again.

	:raises RecordClosedError:
	"""
	before = contact.get_doc_before_save()
	if before and before.status == contact.status and CATEGORIES[contact.status] in states.ENDED:
		frappe.throw(
			_("{0} {1} is closed and cannot be changed. Open it again first.").format(
				_(contact.doctype), frappe.bold(escape_html(contact.name))
			),
			RecordClosedError,
		)


def follow_appointment(contact) -> None:
	"""A planned contact takes place at its appointment (A-6); one that has taken place is not planned again.

	:raises ContactError: without an appointment, or for a contact that has taken place already.
	"""
	if contact.status != PLANNED:
		return
	before = contact.get_doc_before_save()
	if before and before.status != PLANNED:
		frappe.throw(_("This contact has taken place. Make a new record for the next appointment."), ContactError)
	if not contact.appointment_from:
		frappe.throw(_("A planned contact needs {0}.").format(frappe.bold(_("Appointment From"))), ContactError)
	contact.contacted_at = contact.appointment_from


def refuse_future(contact) -> None:
	"""What has taken place lies in the past; what is planned need not.

	:raises FutureDateError:
	"""
	if CATEGORIES[contact.status] != states.CANCELLED and contact.status != PLANNED:
		cases.refuse_future(contact, "contacted_at")


def refuse_reversed_appointment(contact) -> None:
	"""
	:raises ContactError: for an appointment that ends before it begins.
	"""
	start, end = contact.appointment_from, contact.appointment_until
	if start and end and get_datetime(end) < get_datetime(start):
		frappe.throw(
			_("{0} must not be before {1}.").format(_("Appointment Until"), _("Appointment From")), ContactError
		)


def refuse_end_without_report(contact) -> None:
	"""A visit by appointment ends with its report (顾客拜访记录), or is cancelled.

	:raises ContactError:
	"""
	ended = CATEGORIES[contact.status] in (states.RESOLVED, states.CLOSED)
	if ended and contact.channel == "Visit" and contact.appointment_from and not contact.visit_report:
		frappe.throw(_("Write the {0} before the visit ends.").format(frappe.bold(_("Visit Report"))), ContactError)


def name_source(contact) -> None:
	"""A contact found at a partner was reported by it (A-9)."""
	if contact.watched_channel:
		kind = frappe.get_cached_value("Watched Channel", contact.watched_channel, "kind")
		contact.is_reported_by_partner = int(kind == "Partner")


def refuse_script_address(contact) -> None:
	"""The address of a page is shown as a link, so it must be one of the web.

	:raises ContactError:
	"""
	address = (contact.page_address or "").strip()
	if address and not address.lower().startswith(("http://", "https://")):
		frappe.throw(
			_("{0} must begin with http:// or https://.").format(frappe.bold(_("Address of the Page"))), ContactError
		)
	contact.page_address = address
