"""Entries of the register of customers' property: what a person may say of one, and what follows from elsewhere (D-1, D-6)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.contract_review import numbers
from customer_service.contract_review.money import exact
from customer_service.customer_property import entries, ledger, property_states
from customer_service.exceptions import PropertyError, RecordClosedError
from customer_service.organisation import clock, processes, states

DOCTYPE = ledger.ITEM

COMPUTED = (
	"on_hand",
	*entries.TOTALS,
	*entries.OF_CONDITION.values(),
	"state_category",
	"shot_count",
	"shots_at_maintenance",
	"property_receipt",
	"replaces",
	"first_entry_on",
	"last_entry_on",
	"last_kind",
	"open_events",
	"ended_at",
)

OF_TYPE = {"unit": "unit", "protection_class": "protection_class"}

FIXED = ("customer", "unit", "property_type")
"""What cannot change once the ledger has an entry: it would mean something else then."""


def take_defaults(doc) -> None:
	"""What the type, the class and the settings say, where the record says nothing; on arrival only."""
	doc.update(doc.flags.get("computed") or {})
	# Not by fetch_from: many are imported at once, and Frappe would ask for each.
	doc.customer_name = (
		frappe.get_cached_value("Service Customer", doc.customer, "customer_name") if doc.customer else None
	)
	known = doc.property_type and frappe.db.exists("Property Type", doc.property_type, cache=True)
	kind = frappe.get_cached_doc("Property Type", doc.property_type) if known else frappe._dict()
	doc.counts_shots = kind.get("counts_shots") or 0
	if not doc.is_new():
		return
	for field, source in OF_TYPE.items():
		doc.set(field, doc.get(field) or kind.get(source))
	settings = frappe.get_cached_doc("Customer Service Settings")
	doc.department = doc.department or settings.property_warehouse
	if not doc.departments:
		named = (settings.property_department, settings.property_inspection_department)
		for department in dict.fromkeys(filter(None, named)):
			doc.append("departments", {"department": department})


def refuse_change_of_owner(doc) -> None:
	"""
	:raises RecordClosedError: names the field. :raises MoneyError: for a quantity that is none.
	"""
	numbers.check(doc, "expected_qty")
	numbers.check(doc, "insurance_value")
	before = doc.get_doc_before_save()
	if not before or not before.first_entry_on:
		return
	for field in FIXED:
		if doc.get(field) != before.get(field):
			frappe.throw(
				_("{0} cannot be changed: the ledger has entries of this property.").format(
					frappe.bold(_(doc.meta.get_label(field)))
				),
				RecordClosedError,
			)


def follow_workflow(doc) -> None:
	"""A person's only step is to say that what was expected does not come; all others follow from the ledger.

	:raises PropertyError: for another step.
	"""
	before = doc.get_doc_before_save()
	if not before:
		doc.workflow_state = states.initial_state(doc.doctype)
	elif before.workflow_state != doc.workflow_state:
		if states.step_of(doc.doctype, doc.workflow_state) != property_states.CANCELLED:
			frappe.throw(_("The state of a property follows from the ledger."), PropertyError)
		if exact(doc.received_qty):
			frappe.throw(
				_("It was received and cannot be cancelled. Return it to the customer, or reverse its receipt."),
				PropertyError,
			)
	doc.state_category = states.category_of(doc.doctype, doc.workflow_state)
	doc.ended_at = (doc.ended_at or clock.now()) if doc.state_category in states.ENDED else None


def shown(doc) -> dict:
	"""What the form shows besides its fields: where it is, and what the user may do with it."""
	if doc.is_new():
		return {}
	allowed = {
		action: bool(frappe.has_permission(doctype, "create"))
		for action, doctype in (
			("move", "Property Movement"),
			("report", "Property Event"),
			("check", "Property Check"),
		)
	}
	return {"balances": ledger.balances(doc.name), **allowed}


def number_in(code: str) -> str:
	"""What is written in a code: our label holds the address of a page with the number behind it."""
	code = str(code or "").strip()[:400]
	return code.rsplit("/", 1)[-1] if "/property-scan/" in code else code


def find(code: str) -> str:
	"""The item that a label, a serial number or a lot number names, for a user who may read it.

	:param code: what was scanned or typed: the register's number, the address on our label, a serial or lot number, or the customer's
		identification.
	:returns: number of the Customer Property. :raises PropertyError: for a foreign code, or one that several items have.
	"""
	processes.require(DOCTYPE)
	number = number_in(code)
	if number and frappe.get_list(DOCTYPE, filters={"name": number}, pluck="name"):
		return number
	found = set()
	for field in ("serial_no", "lot_no", "identification"):
		if number and not found:
			found = set(frappe.get_list(DOCTYPE, filters={field: number}, pluck="name", limit=2))
	if len(found) == 1:
		return found.pop()
	if found:
		frappe.throw(
			_("Several properties have the code {0}. Scan our label, or type the number on it.").format(
				frappe.bold(escape_html(number[:60]))
			),
			PropertyError,
		)
	frappe.throw(
		_("{0} is no code of a customer's property here.").format(frappe.bold(escape_html(number[:60] or "–"))),
		PropertyError,
	)
