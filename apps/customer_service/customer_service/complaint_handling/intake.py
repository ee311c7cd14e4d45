"""How a complaint arrives: the public web form, and what is completed whatever the channel (F-1)."""

import base64
import binascii
import json

import frappe
from frappe import _
from frappe.utils import get_url

from customer_service.exceptions import AttachmentError
from customer_service.organisation import attachments, batched, clock, guest, processes, retry, text
from customer_service.organisation.customers import find_by_email as find_customer

HONEYPOT = "website_url"
"""A field that people do not see. Programs that fill in every field give themselves away."""

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

NUMBERS = ("Int", "Float", "Currency", "Percent")

LAYOUT = ("Section Break", "Column Break", "Page Break", "HTML")


@frappe.whitelist(allow_guest=True, methods=["POST"])
def accept(web_form: str, data: str, **kwargs) -> dict:
	"""Take what a web form posted (stands in for Frappe's own `accept`, which inserts whatever a guest sends).

	Web forms of other DocTypes than Complaint go to Frappe's function unchanged. For ours: limited per address and site, only
	the form's visible fields are taken, as plain text of limited length; attachments are checked by content.

	:param web_form: name of the Web Form.
	:param data: JSON object of field values; an attachment is ``"name,data:…;base64,…"``.
	:returns: ``{"name", "doctype", "status_path"}`` of the new complaint.
	:raises GuestInputError, AttachmentError: HTTP 417; frappe.TooManyRequestsError: HTTP 429.
	"""
	doctype = frappe.db.get_value("Web Form", web_form, "doc_type")
	if doctype and doctype != "Complaint" and processes.is_ours(doctype):
		frappe.throw(_("{0} cannot be filled in through a web form.").format(_(doctype)), frappe.PermissionError)
	if doctype != "Complaint":
		from frappe.website.doctype.web_form.web_form import accept as frappe_accept

		return frappe_accept(web_form=web_form, data=data, **kwargs)
	guest.limit_posts("complaint_intake")
	processes.require("Complaint")
	form = frappe.get_doc("Web Form", web_form)
	if not form.published:
		raise frappe.PageDoesNotExistError
	values = _read(data)
	if values.get(HONEYPOT):
		guest.refuse(_("Your message could not be accepted."))
	if isinstance(values.get("contact_email"), str) and values["contact_email"]:
		guest.limit_mails(values["contact_email"])
	return _store(form, values)


@retry.after_conflict
def _store(form, values: dict) -> dict:
	case, files = _fill(form, values)
	case.insert(ignore_permissions=True)
	for fieldname, filename, content in files:
		_attach(case, fieldname, filename, content)
	return {"name": case.name, "doctype": case.doctype, "status_path": status_path(case)}


def _read(data: str) -> dict:
	try:
		values = json.loads(data)
	except (TypeError, ValueError):
		values = None
	if not isinstance(values, dict):
		guest.refuse(_("The form could not be read. Please reload the page and try again."))
	return values


def _fill(form, values: dict):
	"""A new complaint from the declared fields only, and its checked files."""
	case = frappe.new_doc("Complaint")
	case.update({"channel": "Web Form", "received_at": clock.now(), "received_by": None, "language": frappe.local.lang})
	files = []
	for field in form.web_form_fields:
		df = case.meta.get_field(field.fieldname)
		if not df or field.fieldtype in LAYOUT or field.hidden or field.read_only or df.read_only:
			continue
		if field.fieldname in NEVER_FROM_GUESTS:
			continue
		value = values.get(field.fieldname)
		if value in (None, ""):
			if field.reqd:
				guest.refuse(_("Please fill in {0}.").format(frappe.bold(_(field.label or df.label))))
			continue
		if df.fieldtype in ("Attach", "Attach Image"):
			files.append((field.fieldname, *_decode(value)))
		else:
			case.set(field.fieldname, _clean(field, df, value))
	return case, files


def _clean(field, df, value):
	"""One answer as plain text of limited length. Lists and objects are never answers."""
	label = frappe.bold(_(field.label or df.label))
	if isinstance(value, bool | int | float):
		return value
	if not isinstance(value, str):
		guest.refuse(_("{0} cannot be read.").format(label))
	longest = frappe.get_cached_doc("Customer Service Settings").guest_text_length or 0
	longest = min(longest, 140) if df.fieldtype == "Data" else longest
	if len(value) > longest:
		guest.refuse(_("{0} is too long: at most {1} characters.").format(label, longest))
	if df.fieldtype in NUMBERS and not _is_number(value):
		guest.refuse(_("{0} must be a number.").format(label))
	return text.plain(value)


def _is_number(value: str) -> bool:
	try:
		float(value)
	except ValueError:
		return False
	return True


def _decode(value) -> tuple[str, bytes]:
	"""File name and content of an attachment as the browser sends it; checked.

	:raises AttachmentError: if it is not one, or not an allowed one.
	"""
	try:
		head, encoded = value.rsplit(";base64,", 1)
		filename = head.split(",data:", 1)[0]
		content = base64.b64decode(encoded, validate=True)
	except (AttributeError, ValueError, binascii.Error):
		frappe.throw(_("The attachment could not be read. Please attach it again."), AttachmentError)
	filename = text.plain(filename).replace("/", "_").replace("\\", "_")[-100:]
	attachments.check(filename, content)
	return filename, content


def _attach(case, fieldname: str, filename: str, content: bytes) -> None:
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": filename,
			"attached_to_doctype": case.doctype,
			"attached_to_name": case.name,
			"attached_to_field": fieldname,
			"content": content,
			"is_private": 1,
		}
	)
	file.insert(ignore_permissions=True)
	# The record was made in this very request; a second save would only add statements and an empty version.
	case.db_set(fieldname, file.file_url, update_modified=False)


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
