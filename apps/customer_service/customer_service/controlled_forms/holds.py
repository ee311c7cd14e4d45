"""Legal holds: while one is in force, its records are neither disposed of nor made anonymous (J-4)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.controlled_forms import retention
from customer_service.exceptions import CustomerServiceError, LegalHoldError
from customer_service.organisation import clock, events

ONE_RECORD = "One Record"


def in_force() -> dict[tuple[str, str], str]:
	"""What is held: (DocType, name) -> Legal Hold. A customer that is held stands for all his records."""
	held = {}
	for row in frappe.get_all(
		"Legal Hold",
		filters={"is_active": 1},
		fields=["name", "scope", "document_type", "document_name", "customer"],
		order_by="creation",
	):
		held.setdefault(target_of(row), row.name)
	return held


def target_of(hold) -> tuple[str, str]:
	"""DocType and name of the record or the customer that a hold is placed on."""
	if hold.scope == ONE_RECORD:
		return hold.document_type, hold.document_name
	return "Service Customer", hold.customer


def hold_on(doctype: str, name: str, customer: str | None, lock: bool = False) -> str | None:
	"""The hold in force on a record, its own or its customer's; None if there is none.

	:param lock: read what is committed now and let no hold be placed until this transaction ends.
	"""
	hold = frappe.qb.DocType("Legal Hold")
	matches = (hold.document_type == doctype) & (hold.document_name == name)
	customer = name if doctype == "Service Customer" else customer
	if customer:
		matches |= hold.customer == customer
	query = frappe.qb.from_(hold).select(hold.name).where(hold.is_active == 1).where(matches).orderby(hold.name)
	found = (query.for_update() if lock else query).run()
	return found[0][0] if found else None


def refuse(doc) -> None:
	"""Refuse to go on with a record that is held.

	:raises LegalHoldError: names the hold.
	"""
	name = hold_on(doc.doctype, doc.name, doc.get("customer"), lock=True)
	if name:
		frappe.throw(
			_("{0} {1} is under Legal Hold {2}. Release the hold first.").format(
				_(doc.doctype), frappe.bold(escape_html(doc.name)), frappe.bold(escape_html(name))
			),
			LegalHoldError,
		)


@frappe.whitelist(methods=["POST"])
def release(legal_hold: str, reason: str) -> None:
	"""Release a hold; it stays in the register.

	:raises CustomerServiceError: without a reason, or if it was released before; PermissionError: without the right to write.
	"""
	doc = frappe.get_doc("Legal Hold", legal_hold, for_update=True)
	doc.check_permission("write")
	if not doc.is_active:
		frappe.throw(_("{0} was released before.").format(frappe.bold(escape_html(doc.name))), CustomerServiceError)
	if not (reason or "").strip():
		frappe.throw(_("Give the reason for the release."), CustomerServiceError)
	doc.flags.release = {
		"is_active": 0,
		"released_by": frappe.session.user,
		"released_at": clock.now(),
		"release_reason": reason.strip(),
	}
	doc.save()
	events.record_many([(*target_of(doc), "Hold Released", doc.name, None, None)])


def show(doc, _method=None) -> None:
	"""Hook onload of every DocType: give the form of a held record its headline, for those who may read holds."""
	if doc.doctype not in retention.registered() and doc.doctype != "Service Customer":
		return
	if doc.is_new() or not frappe.has_permission("Legal Hold", "read"):
		return
	name = hold_on(doc.doctype, doc.name, doc.get("customer"))
	if name:
		doc.set_onload("legal_hold", name)
