"""The hot-line screen: who calls, what is known of him, and what he says, kept as a contact or a complaint (A-7, A-8)."""

import json

import frappe
from frappe import _
from frappe.utils import escape_html, get_datetime, getdate

from customer_service.compat import is_staff
from customer_service.customer_communication import arrival, notices
from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import access, clock, customers, people, processes
from customer_service.organisation.states import RUNNING

LAST_CONTACTS = 5
MOST_OPEN = 20

TEXTS = {
	"Contact Record": {"text": "content", "company": "reported_company"},
	"Complaint": {"text": "description", "company": "reported_company"},
}
CALLER = {"caller_name": "contact_person", "caller_phone": "contact_phone"}
CHOICES = ("topic", "complaint_class", "severity", "priority")


@frappe.whitelist()
def setting() -> dict:
	"""What the screen offers and shows: choices, the limit for answering, and whether customers' records may be seen.

	:raises frappe.PermissionError: for whoever does not work in the desk.
	"""
	_require_staff()
	settings = frappe.get_cached_doc("Customer Service Settings")
	return {
		"sees_customers": _sees_customers(),
		"hot_line_number": settings.hot_line_number,
		"rings": settings.hot_line_rings,
		"seconds_per_ring": settings.seconds_per_ring,
		"may_complain": processes.is_doctype_on("Complaint") and bool(frappe.has_permission("Complaint", "create")),
		"topics": _names("Communication Topic"),
		"classes": _names("Complaint Class") if processes.is_doctype_on("Complaint") else [],
		**{key: _options("Complaint", key) for key in ("severity", "priority")},
	}


@frappe.whitelist()
def search(text: str) -> list[dict]:
	"""Customers that match what was typed, at most 20; see `customers.search`.

	:raises frappe.PermissionError: for employees who see no customers (A-8).
	"""
	_require_customers()
	return customers.search(text)


@frappe.whitelist()
def overview(customer: str) -> dict:
	"""A customer's record at once: who he is, his warranty, registered contacts, open cases, last contacts (A-7).

	Cases are those that the user may read.

	:param customer: name of a Service Customer.
	:raises frappe.PermissionError: HTTP 403. Times are the site's.
	"""
	_require_customers()
	doc = frappe.get_doc("Service Customer", customer)
	doc.check_permission("read")
	shown = ("name", "customer_name", "customer_type", "customer_class", "is_strategic", "owner_department", "region")
	return {
		**{field: doc.get(field) for field in shown},
		"warranty_until": doc.warranty_until,
		"in_warranty": getdate(doc.warranty_until) >= getdate() if doc.warranty_until else None,
		"contacts": [
			{"name": row.name, "contact_name": row.contact_name, "position": row.position, "phone": row.phone}
			for row in doc.contacts
		],
		"complaints": _open_complaints(customer),
		"open_contacts": _contacts(customer, MOST_OPEN, {"status": ("!=", "Closed")}),
		"last_contacts": _contacts(customer, LAST_CONTACTS),
	}


@frappe.whitelist(methods=["POST"])
def save(call: str | dict) -> dict:
	"""Keep a call as a Contact Record or a Complaint, with the times of its steps.

	An employee outside of customer service takes the matter in without seeing a customer; it goes to the customer service
	group at once (A-8).

	:param call: ``is_complaint``, ``customer`` or ``company``, ``contact`` (row of a registered contact) or ``caller_name``
		and ``caller_phone``, ``topic``, ``text``, for a complaint ``complaint_class``, ``severity``, ``priority``; ``ages``: step ->
		milliseconds since it was taken, see `arrival.stamp_steps`.
	:returns: ``{"doctype", "name", "lead_department", "answered_in_time", "rung"}``.
	:raises CustomerServiceError: names the field that is missing or cannot be read; frappe.PermissionError: HTTP 403.
	"""
	_require_staff()
	call = _read(call)
	doctype = "Complaint" if call.get("is_complaint") else "Contact Record"
	processes.require(doctype)
	case = frappe.new_doc(doctype)
	_refuse_gaps(case, call)
	_fill(case, call)
	arrival.stamp_steps(case, call.get("ages") or {})
	came = case.call_answered_at or case.rung_at or clock.now()
	case.set(arrival.CASES[doctype], came)
	case.insert()
	if not is_in_service(frappe.session.user):
		_hand_to_group(case)
	return {
		"doctype": doctype,
		"name": case.name,
		"lead_department": case.lead_department,
		"answered_in_time": bool(case.answered_in_time),
		"rung": bool(case.rung_at),
	}


def _require_staff() -> None:
	if not is_staff(frappe.session.user):
		frappe.throw(_("The hot line is for employees."), frappe.PermissionError)
	processes.require("Contact Record")


def _require_customers() -> None:
	_require_staff()
	if not _sees_customers():
		frappe.throw(
			_("Only customer service sees the customers' records here. Write down the company's name."),
			frappe.PermissionError,
		)


def _sees_customers() -> bool:
	return is_in_service(frappe.session.user) and bool(frappe.has_permission("Service Customer", "read"))


def is_in_service(user: str) -> bool:
	"""Whether the user handles contacts of customers: one of his roles reaches more of them than his own (A-8)."""
	return access.sees_all_rows("Contact Record", user) or access.sees_departments("Contact Record", user)


def _names(doctype: str) -> list[dict]:
	"""Active names with their translation, sorted as they are shown."""
	names = frappe.get_list(doctype, filters={"is_active": 1}, pluck="name", limit_page_length=0)
	return sorted(({"value": name, "label": _(name)} for name in names), key=lambda each: each["label"])


def _options(doctype: str, fieldname: str) -> list[dict]:
	options = frappe.get_meta(doctype).get_field(fieldname).options or ""
	return [{"value": option, "label": _(option)} for option in options.split("\n")]


def _open_complaints(customer: str) -> list[dict]:
	if not processes.is_doctype_on("Complaint"):
		return []
	rows = frappe.get_list(
		"Complaint",
		filters={"customer": customer, "state_category": ("in", RUNNING)},
		fields=[
			"name",
			"workflow_state as state",
			"state_category",
			"description as text",
			"next_due",
		],
		order_by="next_due asc",
		limit_page_length=MOST_OPEN,
	)
	return [_shown(row) for row in rows]


def _shown(row) -> dict:
	return {
		"name": row.name,
		"state": _(row.state) if row.state else "",
		"waiting": row.state_category == "Waiting",
		"text": (row.text or "")[:120],
		"due": row.next_due,
		"late": bool(row.next_due) and get_datetime(row.next_due) < clock.now(),
	}


def _contacts(customer: str, most: int, filters: dict | None = None) -> list[dict]:
	rows = frappe.get_list(
		"Contact Record",
		filters={"customer": customer, **(filters or {})},
		fields=["name", "subject", "status", "contacted_at", "channel", "lead_department"],
		order_by="contacted_at desc",
		limit_page_length=most,
	)
	return [
		{
			"name": row.name,
			"text": row.subject,
			"state": _(row.status),
			"at": row.contacted_at,
			"channel": _(row.channel),
			"department": _(row.lead_department) if row.lead_department else "",
		}
		for row in rows
	]


def _read(call: str | dict) -> dict:
	try:
		call = json.loads(call) if isinstance(call, str) else call
	except ValueError:
		call = None
	if not isinstance(call, dict) or not isinstance(call.get("ages") or {}, dict):
		frappe.throw(_("The call could not be read. Reload the page."), CustomerServiceError)
	return call


def _refuse_gaps(case, call: dict) -> None:
	"""Refuse what is missing or no text, by the name that the screen gives the field."""
	labels = {
		"company": _("Company"),
		"customer": _("Company"),
		"contact": _("Caller"),
		"caller_name": _("Caller's Name"),
		"caller_phone": _("Caller's Number"),
		"topic": _("Topic"),
		"text": _("What the Customer Says"),
		**{key: _(case.meta.get_label(key)) for key in ("complaint_class", "severity", "priority")},
	}
	for key, label in labels.items():
		value = call.get(key)
		if value is not None and not isinstance(value, str):
			_refuse(_("{0} cannot be read.").format(frappe.bold(label)))
		if key.startswith(("company", "caller")) and len(value or "") > 140:
			_refuse(_("{0} is too long: at most {1} characters.").format(frappe.bold(label), 140))
	caller = ("contact", "caller_name") if call.get("customer") else ("caller_name",)
	needed = [("topic",), ("text",), ("customer", "company"), caller]
	for keys in needed:
		if not any((call.get(key) or "").strip() for key in keys):
			_refuse(_("Please fill in {0}.").format(frappe.bold(labels[keys[-1]])))


def _refuse(message: str) -> None:
	frappe.throw(message, CustomerServiceError)


def _fill(case, call: dict) -> None:
	in_service = is_in_service(frappe.session.user)
	case.channel = "Hot Line" if in_service else "Phone"
	text = call["text"].strip()
	case.set(TEXTS[case.doctype]["text"], text)
	case.reported_company = (call.get("company") or "").strip()
	for key, fieldname in CALLER.items():
		case.set(fieldname, (call.get(key) or "").strip())
	for key in CHOICES:
		if case.meta.has_field(key) and call.get(key):
			case.set(key, call[key])
	if case.doctype == "Contact Record":
		case.subject = text.splitlines()[0][:140]
	else:
		case.language = None  # Frappe proposes the clerk's; the customer's is found on saving
	if call.get("customer"):
		_link_customer(case, call)
	if not in_service:
		case.lead_department = frappe.get_cached_doc("Customer Service Settings").service_group


def _hand_to_group(case) -> None:
	"""A-8: the customer service group learns at once what somebody else took in."""
	notices.tell(
		people.group_leaders_of(case.lead_department),
		case,
		_("{0} took in {1} for your department.").format(frappe.utils.get_fullname(), case.name),
	)


def _link_customer(case, call: dict) -> None:
	"""Link the customer and the registered contact who calls."""
	_require_customers()
	customer = frappe.get_doc("Service Customer", call["customer"])
	customer.check_permission("read")
	case.customer = customer.name
	case.reported_company = customer.customer_name
	if not call.get("contact"):
		return
	contact = next((row for row in customer.contacts if row.name == call["contact"]), None)
	if not contact:
		_refuse(
			_("{0} is not a registered contact of {1}.").format(
				escape_html(call["contact"][:40]), frappe.bold(escape_html(customer.customer_name))
			)
		)
	case.contact_person = contact.contact_name
	case.contact_phone = contact.phone
	case.contact_email = contact.email
