"""A lot that has failed its inspection is taken to the customer, who decides what becomes of it (D-2)."""

import frappe
from frappe import _

from customer_service.contract_review import quantities
from customer_service.customer_property import customer_side, duties, inspections, verdicts
from customer_service.customer_property.customer_side import BY_LINK, BY_STAFF
from customer_service.customer_property.inspections import DOCTYPE, TOLD, UNDECIDED
from customer_service.exceptions import GuestInputError, PropertyError
from customer_service.organisation import events, locking, notices, retry

RETURN, SORT, USE_AS_IS, SCRAP, REPLACE = "Return", "Sort", "Use As Is", "Scrap", "Replace"
DECISIONS = (RETURN, SORT, USE_AS_IS, SCRAP, REPLACE)


def meanings() -> dict[str, str]:
	"""What each decision means for the customer, in one line."""
	return {
		RETURN: _("You get the rejected pieces back."),
		SORT: _("We sort the rejected pieces and inspect them again."),
		USE_AS_IS: _("We use the rejected pieces as they are."),
		SCRAP: _("We scrap the rejected pieces."),
		REPLACE: _("You get the rejected pieces back and send new ones."),
	}


def tell(name: str, recipient: str | None = None, message: str | None = None) -> str:
	"""Mail the inspection report with a personal link, by which the customer can decide.

	:returns: the address. :raises PropertyError: if nothing waits for the customer, or there is no address; frappe.PermissionError.
	"""
	doc = _waiting(name)
	doc.check_permission("email")
	language = customer_side.language_of(doc)
	lines = [
		_("our incoming inspection has rejected {0} {1} of your {2} ({3}).", language).format(
			quantities.text(doc.rejected_qty), doc.unit or "", doc.property_name, doc.name
		),
		_("The report is attached. Please tell us what shall be done with what was rejected.", language),
	]
	subject = _("Inspection report {0}: please decide", language).format(doc.name)
	address = customer_side.mail(doc, recipient, subject, lines, message)
	_note(doc, customer_side.MAIL_VIA, address)
	return address


def record_told(name: str, via: str, to: str) -> None:
	"""The customer was told by phone, fax or visit.

	:param via: Phone, Fax or Visit. :param to: whom. :raises PropertyError: says what is wrong; frappe.PermissionError.
	"""
	doc = _waiting(name)
	_note(doc, *customer_side.way(via, to))


def _waiting(name: str):
	doc = locking.load(DOCTYPE, name)
	doc.check_permission("write")
	duties.demand_teller(doc.department, doc.property_department)
	if inspections.step_of(doc) not in UNDECIDED:
		frappe.throw(_("Nothing of this inspection waits for the customer's decision."), PropertyError)
	return doc


def _note(doc, via: str, to: str) -> None:
	inspections.move(doc, TOLD, **customer_side.told(via, to))
	events.record(doc, "Customer Told", after=via, detail=to)


@retry.after_conflict
def decide(name: str, decision: str, by: str, remark: str | None, via: str, seen: str | None = None) -> None:
	"""Store the customer's decision and carry out what follows from it at once; one decision, whoever decides at the same moment.

	:param by: his name. :param seen: the fingerprint that his page showed; not asked of staff.
	:raises GuestInputError, PropertyError: by link, by staff: see `customer_side.decide`.
	"""
	error = GuestInputError if via == BY_LINK else PropertyError
	customer_side.one_of(decision, DECISIONS, error)
	remark = customer_side.words(remark, error)
	doc = customer_side.decide(DOCTYPE, name, by, via, seen)
	values = {**doc.flags.decision, "customer_decision": decision, "customer_remark": remark}
	inspections.move(doc, inspections.DECIDED, **values)
	detail = None if via == BY_STAFF else _("By personal link; seen: {0}").format(seen)
	events.record(doc, "Customer Decided", after=decision, detail=detail)
	if decision in AT_ONCE:
		AT_ONCE[decision](doc)
	if decision in NOTHING_LEFT:
		inspections.move(doc, inspections.CLOSED, **values)
	people = [doc.decided_by, *duties.to_tell(doc.property_department), *verdicts.receivers(doc)]
	notices.tell([*people, *duties.to_tell(duties.department("property_warehouse"))], doc, _words)


def _use_as_is(doc) -> None:
	rejected = verdicts.places(doc.customer_property, "Rejected", doc.place)
	verdicts.post(doc, verdicts.take(doc, USE_AS_IS, doc.rejected_qty, rejected))


def _sort(doc) -> None:
	rejected = verdicts.places(doc.customer_property, "Rejected", doc.place)
	entries = verdicts.take(doc, SORT, doc.rejected_qty, rejected)
	verdicts.post(doc, entries)
	inspections.open_next(doc, doc.rejected_qty, entries[0].place)


OF_SAME = ("property_name", "property_type", "customer", "identification", "unit", "department", "storage_place")
OF_SAME += ("protection_class", "confidentiality", "contract_review")


def _expect_replacement(doc) -> None:
	"""What the customer will send instead is announced in the register."""
	old = frappe.get_doc(inspections.ITEM, doc.customer_property)
	new = frappe.new_doc(inspections.ITEM)
	new.update({field: old.get(field) for field in OF_SAME})
	new.update({"expected_qty": doc.rejected_qty})
	new.flags.computed = {"replaces": old.name}
	new.insert(ignore_permissions=True)


AT_ONCE = {USE_AS_IS: _use_as_is, SORT: _sort, REPLACE: _expect_replacement}
"""What a decision does by itself. What is returned or scrapped leaves by a movement of the warehouse."""

NOTHING_LEFT = (USE_AS_IS, SORT)
"""Decisions that close the inspection."""


def _words(doc, language: str) -> str:
	return _("{0} has decided on {1} {2} of {3} (inspection {4}): {5}. {6}", lang=language).format(
		doc.customer_decided_by,
		quantities.text(doc.rejected_qty),
		doc.unit or "",
		doc.property_name,
		doc.name,
		_(doc.customer_decision, lang=language),
		doc.customer_remark or "",
	)
