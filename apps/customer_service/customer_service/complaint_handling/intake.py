"""How a complaint arrives: the public web form, and what is completed whatever the channel (F-1)."""

import frappe
from frappe.utils import get_url

from customer_service.organisation import batched, clock, guest, processes, retry, web_forms
from customer_service.organisation.customers import find_by_email as find_customer

NEVER_FROM_GUESTS = frozenset(
	{
		"naming_series",
		"workflow_state",
		"state_category",
		"customer",
		"received_at",
		"received_by",
		"channel",
		"lead_department",
		"contact_window",
		"assigned_to",
		"assisting_departments",
		"is_major",
		"severity",
		"is_justified",
		"cause_category",
		"responsibilities",
		"cause",
		"decision",
		"measures",
		"answer",
	}
)
"""What the company decides, even if an administrator puts the field into the web form by mistake."""

TEXTS = ("{0} is too large: at most {1} MB.",)
"""What the script of the public form says."""


def take(form, data: str) -> dict:
	"""A complaint through the public web form (hook web_form_intakes).

	:param form: the published Web Form. :param data: what was posted, JSON.
	:returns: ``{"name", "doctype", "status_path"}`` of the new complaint.
	:raises GuestInputError, AttachmentError: HTTP 417; frappe.TooManyRequestsError: HTTP 429.
	"""
	guest.limit_posts("complaint_intake")
	processes.require("Complaint")
	values = web_forms.read(form, data)
	if isinstance(values.get("contact_email"), str) and values["contact_email"]:
		guest.limit_mails(values["contact_email"])
	return _store(form, values)


@retry.after_conflict
def _store(form, values: dict) -> dict:
	case = frappe.new_doc("Complaint")
	case.update({"channel": "Web Form", "received_at": clock.now(), "received_by": None, "language": frappe.local.lang})
	files = web_forms.fill(case, form, values, NEVER_FROM_GUESTS)
	case.insert(ignore_permissions=True)
	web_forms.attach(case, files)
	return {"name": case.name, "doctype": case.doctype, "status_path": status_path(case)}


def complete(case) -> None:
	"""Fill in what follows from the rest: the customer whose registered contact wrote, and the language."""
	if not case.received_at:
		case.received_at = clock.now()
	if case.received_by == "Guest":
		case.received_by = None
	if not case.customer and case.contact_email:
		case.customer = batched.remember(("customer", case.contact_email), lambda: find_customer(case.contact_email))
	if not case.language:
		case.language = _language_of(case.customer)


def find_customers(emails: set[str]) -> None:
	"""Look up the customers of many addresses at once for a bulk import; `complete` finds them remembered.

	Only for plain lower-case addresses, of which it is certain what the server takes for equal; others are looked up one by one.
	"""
	plain = {email for email in emails if isinstance(email, str) and email.isascii() and email == email.strip().lower()}
	found: dict[str, set[str]] = {}
	for doctype, column in (("Service Customer", "name"), ("Service Customer Contact", "parent")):
		filters = {"email": ("in", sorted(plain))}
		if column == "parent":
			filters["parenttype"] = "Service Customer"
		for row in frappe.get_all(doctype, filters, ["email", column]) if plain else ():
			if not row.email.isascii():
				return
			found.setdefault(row.email.strip().lower(), set()).add(row[column])
	known = set().union(*found.values())
	active = (
		set(frappe.get_all("Service Customer", {"name": ("in", known), "is_active": 1}, pluck="name"))
		if known
		else set()
	)
	for email in plain:
		customers = found.get(email, set()) & active
		batched.remember(("customer", email), lambda one=customers: next(iter(one)) if len(one) == 1 else None)


def _language_of(customer: str | None) -> str:
	own = frappe.get_cached_value("Service Customer", customer, "language") if customer else None
	return own or frappe.local.lang


def status_path(case) -> str:
	"""Path of the status page with a new personal token. It stands behind the #, which browsers send to no server,
	so that it is in no log and no Referer."""
	days = frappe.get_cached_doc("Customer Service Settings").status_link_days or 0
	return f"/complaint-status#{guest.issue_link(case, 'Complaint Status', days)}"


def status_url(case) -> str:
	"""The same with the configured host in front, for mails; never the host that a request named."""
	return (frappe.conf.host_name or get_url()).rstrip("/") + status_path(case)
