"""An abnormality is taken to the customer, whose answer closes it (D-5); what is missing or too much is booked with reference to it."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.contract_review import quantities
from customer_service.contract_review.money import exact
from customer_service.customer_property import customer_side, duties, ledger, property_events
from customer_service.customer_property.customer_side import BY_LINK, BY_STAFF
from customer_service.customer_property.property_events import DOCTYPE, REPORTED, TOLD
from customer_service.exceptions import GuestInputError, PropertyError
from customer_service.organisation import events, locking, notices, retry, states, text

ACCEPT, REPLACE, REPAIR, RETURN, SCRAP = "Accept", "Replace", "Repair", "Return", "Scrap"
COMPENSATE, OTHER = "Compensate", "Other"
DECISIONS = (ACCEPT, REPLACE, REPAIR, RETURN, SCRAP, COMPENSATE, OTHER)

CLOSES_AT_ONCE = (ACCEPT, COMPENSATE, OTHER)
"""Answers that leave nothing to be done to the property; after the others the department in charge closes the event itself."""


def meanings() -> dict[str, str]:
	"""What each answer means for the customer, in one line."""
	return {
		ACCEPT: _("You take note; we go on using it."),
		REPLACE: _("You send another one."),
		REPAIR: _("We repair it."),
		RETURN: _("You get it back."),
		SCRAP: _("We scrap it."),
		COMPENSATE: _("We compensate you for it; please say how much in the remark."),
		OTHER: _("Please tell us in the remark."),
	}


def tell(name: str, recipient: str | None = None, message: str | None = None) -> str:
	"""Mail the report with a personal link, by which the customer can answer.

	:param message: kept with the event as what the customer is told. :returns: the address.
	:raises PropertyError: if it has ended, or there is no address; frappe.PermissionError.
	"""
	doc = _running(name)
	doc.check_permission("email")
	if message:
		doc.message = text.plain(str(message)).strip()
	language = customer_side.language_of(doc)
	lines = [
		_("we have found an abnormality of your {0} ({1}): {2}.", language).format(
			doc.property_name, doc.name, _(doc.kind, lang=language)
		),
		_("The report is attached. Please tell us what shall be done.", language),
	]
	_note(doc, customer_side.MAIL_VIA, customer_side.one_recipient(doc, recipient))
	subject = _("Your property {0}: please answer", language).format(doc.property_name)
	return customer_side.mail(doc, recipient, subject, lines, doc.message)


def record_told(name: str, via: str, to: str) -> None:
	"""The customer was told by phone, fax or visit.

	:param via: Phone, Fax or Visit. :param to: whom. :raises PropertyError: says what is wrong; frappe.PermissionError.
	"""
	_note(_running(name), *customer_side.way(via, to))


def _running(name: str):
	doc = locking.load(DOCTYPE, name)
	doc.check_permission("write")
	duties.demand_teller(doc.department)
	if property_events.step_of(doc) not in (REPORTED, TOLD):
		frappe.throw(_("Nothing of this event waits for the customer's answer."), PropertyError)
	return doc


def _note(doc, via: str, to: str) -> None:
	first = {} if not doc.told_at else {"told_at": doc.told_at}  # the clock ran until he was told first
	property_events.move(doc, TOLD, **{**customer_side.told(via, to), **first})
	events.record(doc, "Customer Told", after=via, detail=to)


@retry.after_conflict
def answer(name: str, decision: str, by: str, remark: str | None, via: str, seen: str | None = None) -> None:
	"""Store the customer's answer; one, whoever answers at the same moment. It closes the event unless something is to be done first.

	:param by: his name. :param seen: the fingerprint that his page showed; not asked of staff.
	:raises GuestInputError, PropertyError: by link, by staff: see `customer_side.decide`; for *Other* without a remark.
	"""
	error = GuestInputError if via == BY_LINK else PropertyError
	customer_side.one_of(decision, DECISIONS, error)
	remark = customer_side.words(remark, error)
	if decision == OTHER and not remark:
		frappe.throw(_("Please write in the remark what shall be done."), error)
	doc = customer_side.decide(DOCTYPE, name, by, via, seen)
	values = {**doc.flags.decision, "customer_decision": decision, "customer_answer": remark}
	step = property_events.CLOSED if decision in CLOSES_AT_ONCE else property_events.DECIDED
	property_events.move(doc, step, **values)
	detail = None if via == BY_STAFF else _("By personal link; seen: {0}").format(seen)
	events.record(doc, "Customer Decided", after=decision, detail=detail)
	notices.tell([*duties.to_tell(doc.department), doc.reported_by], doc, _words)


def _words(doc, language: str) -> str:
	return _("{0} has answered to {1} ({2}): {3}. {4}", lang=language).format(
		doc.customer_decided_by,
		doc.name,
		doc.property_name,
		_(doc.customer_decision, lang=language),
		doc.customer_answer or "",
	)


def book_difference(name: str, qty: float | str, place: str | None, remark: str | None) -> list[str]:
	"""Book what was found missing (negative) or too much, once for an event.

	:param place: the event's place if not given. :returns: names of the ledger's entries.
	:raises PropertyError, LedgerError: says what is wrong; frappe.PermissionError: for others than warehouse and department in charge.
	"""
	doc = locking.load(DOCTYPE, name)
	doc.check_permission("read")
	if not property_events.may_book():
		duties.demand(duties.department("property_warehouse"), doc.department)
		frappe.throw(
			_("Only the people of {0} may do this.").format(_("Warehouse of Property")), frappe.PermissionError
		)
	if doc.state_category == states.CANCELLED:
		frappe.throw(_("{0} was withdrawn.").format(frappe.bold(escape_html(doc.name))), PropertyError)
	number = exact(qty)
	if not number:
		frappe.throw(_("Enter the difference: negative for what is missing."), PropertyError)
	if _is_booked(name):
		frappe.throw(
			_("The difference of {0} is booked already.").format(frappe.bold(escape_html(doc.name))), PropertyError
		)
	made = ledger.post(
		[
			ledger.Entry(
				doc.customer_property,
				"Count Difference",
				number,
				place=place or doc.place,
				reference=(DOCTYPE, doc.name),
				remark=text.plain(remark or "").strip() or None,
			)
		]
	)
	events.record(doc, "Difference Booked", after=quantities.text(number))
	return made


def _is_booked(name: str) -> bool:
	"""Whether the ledger has an entry of the event that was not reversed, as committed now: of two who book at once the second has waited
	for the event, but a plain read would still show him what he saw first (L2)."""
	return bool(
		frappe.db.sql(
			"""select entry.name from `tabProperty Ledger Entry` entry
			left join `tabProperty Ledger Entry` correction on correction.reversal_of = entry.name
			where entry.reference_doctype = %s and entry.reference_name = %s and entry.reversal_of is null
				and correction.name is null limit 1 for update""",
			(DOCTYPE, name),
		)
	)
