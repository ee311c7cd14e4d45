"""Abnormalities of customers' property (D-5): reported by anybody, the department in charge is told at once and takes them to the customer."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.customer_property import duties, property_states
from customer_service.customer_property.inspections import CONTACT, ITEM, contact_of, go_to, said
from customer_service.exceptions import PropertyError, RecordClosedError
from customer_service.organisation import cases, clock, content, notices, people, states, text

DOCTYPE = "Property Event"

REPORTED, TOLD, DECIDED, CLOSED, WITHDRAWN = "Reported", "Customer Told", "Customer Decided", "Closed", "Withdrawn"

COMPUTED = (
	"property_name",
	"customer",
	"department",
	"reported_by",
	"reported_at",
	"stock_take",
	"told_at",
	"told_to",
	"told_via",
	"told_due",
	"told_late",
	"customer_decision",
	"customer_answer",
	"customer_decided_by",
	"customer_decided_at",
	"customer_decided_via",
	"seen_hash",
	"ended_at",
	"clock_policy",
	"told_clock_stopped_at",
	"waiting_since",
	"waited_minutes",
	"reopen_count",
)

OURS = (*CONTACT, "cause", "containment", "message", "end_reason", "place")
"""What the department in charge writes while the event runs."""

OF_STEPS = ("workflow_state", "state_category", "ended_at", "seen_hash", "told_due", "told_late", "clock_policy")
OF_STEPS += (
	"told_clock_stopped_at",
	"waiting_since",
	"waited_minutes",
	"reopen_count",
	"told_at",
	"told_to",
	"told_via",
)

BY_CODE = ("name", "serial_no", "lot_no")
"""What is written on a piece, or on its label."""


def report(code: str, kind: str, description: str, qty: float | str | None = None, **values) -> str:
	"""Report an abnormality in three fields; the reporter need not be allowed to see the register's entry.

	:param code: the property's number, serial number or lot, exactly as written. :returns: number of the Property Event.
	:raises PropertyError: for a code that names nothing, or several; frappe.PermissionError.
	"""
	duties.demand_right(DOCTYPE, "create")
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{"customer_property": item_of(code), "kind": kind, "description": description, "qty": qty or 0, **values}
	)
	return doc.insert().name


def item_of(code: str) -> str:
	"""The one item that has this number, serial number or lot.

	:raises PropertyError: without one, or with several.
	"""
	code = text.plain(str(code or "")).strip()
	item = frappe.qb.DocType(ITEM)
	found: list[str] = []
	if code:
		same = (item.name == code) | (item.serial_no == code) | (item.lot_no == code)
		query = frappe.qb.from_(item).select(item.name).where(same & (item.state_category != states.CANCELLED))
		found = [row[0] for row in query.limit(2).run()]
	shown = frappe.bold(escape_html(code[:140]))
	if not found:
		frappe.throw(_("No customer property has the number, serial number or lot {0}.").format(shown), PropertyError)
	if len(found) > 1:
		frappe.throw(
			_("Several customer properties have the serial number or lot {0}; give the number of the register.").format(
				shown
			),
			PropertyError,
		)
	return found[0]


def keep_what_is_ours(doc) -> None:
	"""No request sets what follows from steps, clocks or the customer's word."""
	cases.keep_computed(doc, COMPUTED)
	doc.update(doc.flags.get("computed") or {})
	if not doc.is_new():
		cases.keep_on_update(doc, "customer_property")


def fill(doc) -> None:
	"""A new event knows whose property it is, who has reported it and who takes it to the customer."""
	if not doc.is_new():
		return
	columns = ["property_name", "customer", "storage_place"]
	item = frappe.db.get_value(ITEM, doc.customer_property, columns, as_dict=True)
	if not item:
		return  # Frappe names the missing link
	doc.update({"property_name": item.property_name, "customer": item.customer})
	doc.place = doc.place or item.storage_place
	doc.department = duties.department("property_department")
	doc.update({"reported_by": frappe.session.user, "reported_at": clock.now()})
	doc.found_at = doc.found_at or doc.reported_at
	doc.reporting_department = doc.reporting_department or _department_of(frappe.session.user)
	if not any(doc.get(field) for field in CONTACT):
		doc.update(contact_of(item.customer))


def _department_of(user: str) -> str | None:
	"""The first department that the user is a member or the head of."""
	filters = {"user": user, "parenttype": "Service Department"}
	found = frappe.get_all("Service Department Member", filters, pluck="parent", order_by="parent asc", limit=1)
	return found[0] if found else frappe.db.get_value("Service Department", {"head": user, "is_active": 1})


def check(doc) -> None:
	"""The report is its reporter's until the customer was told; cause, measures and words are those of the department in charge.

	:raises PropertyError, FutureDateError, RecordClosedError, frappe.PermissionError: says what is wrong.
	"""
	cases.refuse_future(doc, "found_at")
	if (doc.qty or 0) < 0:
		frappe.throw(_("{0} must not be negative.").format(frappe.bold(_(doc.meta.get_label("qty")))), PropertyError)
	before = doc.get_doc_before_save()
	if not before or doc.flags.by_system:
		return
	if before.state_category in states.ENDED and said(doc, OF_STEPS) != said(before, OF_STEPS):
		frappe.throw(
			_("{0} {1} is {2} and cannot be changed.").format(
				_(doc.doctype), frappe.bold(escape_html(doc.name)), _(before.workflow_state)
			),
			RecordClosedError,
		)
	free = (*OURS, *OF_STEPS)
	if said(doc, free) != said(before, free):
		_refuse_change_of_report(doc, before)
	if _ours(doc) != _ours(before) and not may_take_care(doc):
		duties.demand(doc.department)


def _ours(doc) -> dict:
	return {field: doc.get(field) or None for field in OURS}


def _refuse_change_of_report(doc, before) -> None:
	if before.told_at:
		frappe.throw(
			_("The customer was told of {0} as it stood; the report is not changed any more.").format(
				frappe.bold(escape_html(doc.name))
			),
			RecordClosedError,
		)
	if frappe.session.user not in (before.reported_by, before.owner) and not may_take_care(doc):
		duties.demand(doc.department)


def may_take_care(doc) -> bool:
	"""Whether the user is of the department in charge, or of those who oversee it."""
	return duties.may_tell(doc.department)


# --- steps -------------------------------------------------------------------------------------------------------------


def step_of(doc) -> str | None:
	"""Which step the event's state stands for."""
	return states.step_of(DOCTYPE, doc.workflow_state)


def follow(doc) -> None:
	"""What the state that a person has reached asks for, and what every state means (hook validate)."""
	before = doc.get_doc_before_save()
	if before and before.workflow_state != doc.workflow_state and not doc.flags.by_system:
		_take_step(doc, step_of(doc))
	if not doc.customer_decided_at:
		doc.seen_hash = seen_of(doc)
	doc.state_category = states.category_of(DOCTYPE, doc.workflow_state)
	doc.ended_at = (doc.ended_at or clock.now()) if doc.state_category in states.ENDED else None


def _take_step(doc, step: str | None) -> None:
	duties.demand(doc.department)
	if step in (WITHDRAWN, CLOSED):
		if not (doc.end_reason or "").strip():
			frappe.throw(
				_("Write in {0} what has become of it.").format(frappe.bold(_(doc.meta.get_label("end_reason")))),
				PropertyError,
			)
	elif step:
		frappe.throw(_("This step cannot be taken: {0}.").format(_("this step is not taken by hand")), PropertyError)


SEEN = ("customer_property", "kind", "description", "qty", "photo", "message")


def seen_of(doc) -> str:
	"""What the customer answers to, as a fingerprint (L3)."""
	return content.fingerprint({field: value for field, value in content.content_of(doc).items() if field in SEEN})


def move(doc, step: str, **values) -> None:
	"""Store what follows from a step that was checked already, with values that no request can set."""
	go_to(doc, step)
	doc.flags.update({"computed": values, "by_system": True})
	doc.save(ignore_permissions=True)


def follow_item(doc) -> None:
	"""The item is abnormal while an event of it runs."""
	before = doc.get_doc_before_save()
	if not before or (before.state_category in states.ENDED) != (doc.state_category in states.ENDED):
		property_states.follow([doc.customer_property])


# --- who is told -------------------------------------------------------------------------------------------------------


def tell_department(doc) -> None:
	"""Everybody of the department in charge, at once; of the differences of a count by one notice, which the count gives."""
	if doc.flags.of_count:
		return
	notices.tell(duties.everybody(doc.department), doc, _words)


def _words(doc, language: str) -> str:
	return _("Customer property {0} of {1}: {2}. {3}", lang=language).format(
		doc.property_name,
		frappe.get_cached_value("Service Customer", doc.customer, "customer_name"),
		_(doc.kind, lang=language),
		doc.description,
	)


def offers(doc) -> dict:
	"""What the form may offer the user: ``tell``, ``decide``, ``book``, ``complain``, each True or False."""
	step, may_write = step_of(doc), bool(frappe.has_permission(DOCTYPE, "write", doc=doc))
	return {
		"tell": step in (REPORTED, TOLD) and may_write and may_take_care(doc),
		"decide": step == TOLD and may_write and may_take_care(doc),
		"book": doc.state_category != states.CANCELLED and may_book(),
		"complain": doc.state_category != states.CANCELLED and bool(frappe.has_permission("Complaint", "create")),
	}


def may_book() -> bool:
	"""Whether the user may book what is missing or too much: warehouse, or the department in charge."""
	named = [duties.department("property_warehouse"), duties.department("property_department")]
	return frappe.session.user == "Administrator" or any(people.belongs(frappe.session.user, each) for each in named)
