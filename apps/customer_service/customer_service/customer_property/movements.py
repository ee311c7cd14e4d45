"""Movements by document: into store, issue, put back, consume, transfer, lend, return, scrap (D-4)."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import escape_html, getdate

from customer_service.contract_review import numbers, quantities
from customer_service.contract_review.money import exact
from customer_service.customer_property import documents, ledger, signs
from customer_service.exceptions import PropertyError
from customer_service.organisation import clock, states

DOCTYPE = "Property Movement"
INSPECTION, EVENT, PRODUCTION = "Property Inspection", "Property Event", "Manufacturing Order"

POSTED, REVERSED = "Posted", "Reversed"

COMPUTED = ("state_category", "posted_by", "posted_at", "ended_at")
OF_LINES = ()
FREE = ("received_by_name", "tracking_no")
"""What may still change after the step that enters it in the ledger, besides remarks."""

ISSUE, PUT_BACK, CONSUME, LEND_BACK = "Issue", "Put Back", "Consume", "Lend Back"
RETURN, SCRAP = "Return to Customer", "Scrap"

LEND_OUT = "Lend Out"
NAMED = (ISSUE, LEND_OUT)
"""Kinds for which somebody answers in person: what is lent, and what is confidential (D-6)."""

COMES_BACK = (PUT_BACK, LEND_BACK)
OF_ORDER = (ISSUE, PUT_BACK, CONSUME)
CHOOSES = tuple(kind for kind, sign in signs.SIGNS.items() if sign.takes == signs.CHOSEN)
"""Kinds that say from which condition they take."""

MOST_LINES = 1000


def fill(doc) -> None:
	"""A draft's lines follow their items.

	:raises PropertyError: names the row: property of another customer than the document's or the production order's, another unit.
	"""
	if len(doc.lines) > MOST_LINES:
		frappe.throw(_("A movement takes up to {0} lines. Make several of it.").format(MOST_LINES), PropertyError)
	doc.department = doc.department or frappe.get_cached_doc("Customer Service Settings").property_warehouse
	if doc.kind == RETURN and not doc.customer:
		frappe.throw(
			_("{0} is missing: say to whom it is returned.").format(frappe.bold(_(doc.meta.get_label("customer")))),
			PropertyError,
		)
	if doc.kind not in OF_ORDER:
		doc.manufacturing_order = None
	customer = _customer_of_order(doc)
	names = [row.customer_property for row in doc.lines]
	columns = ["name", "customer", "unit", "property_name", "storage_place", "confidentiality"]
	known = {row.name: row for row in frappe.get_all(ledger.ITEM, filters={"name": ("in", names)}, fields=columns)}
	for row in doc.lines:
		_take_item(doc, row, known.get(row.customer_property), customer)


def _customer_of_order(doc) -> str | None:
	if not doc.manufacturing_order:
		return None
	order = frappe.db.get_value(PRODUCTION, doc.manufacturing_order, ["customer", "state_category"], as_dict=True)
	if order and doc.kind == ISSUE and order.state_category in states.ENDED:
		frappe.throw(
			_("Manufacturing order {0} has ended; nothing is issued to it.").format(
				frappe.bold(escape_html(doc.manufacturing_order))
			),
			PropertyError,
		)
	return order and order.customer


def _take_item(doc, row, item: frappe._dict | None, customer: str | None) -> None:
	if not item:
		return  # Frappe names the missing link
	if doc.customer and item.customer != doc.customer:
		documents.refuse_row(row, _("{0} belongs to another customer").format(escape_html(item.name)))
	if customer and item.customer != customer:
		documents.refuse_row(
			row, _("{0} belongs to another customer than the production order").format(escape_html(item.name))
		)
	if row.unit and row.unit != item.unit:
		documents.refuse_row(row, _("the unit is {0}, not {1}").format(escape_html(item.unit), escape_html(row.unit)))
	row.update({"unit": item.unit, "property_name": item.property_name})
	row.taken_from = row.taken_from or "Usable"
	if doc.kind in NAMED and not doc.to_person and (doc.kind == LEND_OUT or item.confidentiality == "Confidential"):
		documents.refuse_row(
			row,
			_("{0} goes to a named person only: fill in {1}").format(
				escape_html(item.name), _(doc.meta.get_label("to_person"))
			),
		)
	if doc.kind in COMES_BACK:
		row.to_place = row.to_place or row.place or item.storage_place
	numbers.check(row, "qty", more_than=0)
	numbers.check(row, "shots", decimals=0)


def take_step(doc, step: str | None) -> None:
	"""What a person's step asks for and leaves behind."""
	if step == POSTED:
		enter(doc)
	elif step == REVERSED:
		documents.demand_reason(doc)
		if doc.manufacturing_order and doc.kind == ISSUE:
			ledger.hold([row.customer_property for row in doc.lines])
			_refuse_more_than_issued(doc)  # what it has consumed or put back cannot be taken from it
		ledger.reverse(ledger.entries_of(DOCTYPE, doc.name), doc.reverse_reason, (DOCTYPE, doc.name))


def enter(doc) -> None:
	"""Enter the lines in the ledger.

	:raises PropertyError: for scrapping without the customer's consent, or more put back than an order got. :raises LedgerError: see
		`ledger.post`.
	"""
	ledger.hold([row.customer_property for row in doc.lines])
	if doc.kind == SCRAP:
		for row in doc.lines:
			demand_consent(doc, row)
		_refuse_more_than_consented(doc)
	if doc.manufacturing_order and doc.kind in (PUT_BACK, CONSUME):
		_refuse_more_than_issued(doc)
	ledger.post(_entries(doc))
	doc.update({"posted_by": frappe.session.user, "posted_at": clock.now()})


def _entries(doc):
	for row in doc.lines:
		said = {
			"entry_date": getdate(doc.entry_date),
			"reference": (DOCTYPE, doc.name),
			"row": row.name,
			"idx": row.idx,
			"remark": row.remark,
		}
		yield ledger.Entry(
			row.customer_property,
			doc.kind,
			exact(row.qty),
			place=row.to_place if doc.kind in COMES_BACK else row.place,
			to_place=None if doc.kind in COMES_BACK else row.to_place,
			taken_from=row.taken_from if doc.kind in CHOOSES else None,
			unit=row.unit,
			**said,
		)
		if row.shots:
			yield ledger.Entry(row.customer_property, "Count Shots", exact(row.shots), **said)


def demand_consent(doc, row) -> None:
	"""Nothing of a customer's is scrapped without his word: a decision in an inspection or an abnormality, or who consented and when.

	:raises PropertyError: names the row.
	"""
	for field, doctype in (("inspection", INSPECTION), ("property_event", EVENT)):
		if doc.get(field):
			columns = ["customer_property", "customer_decision"]
			decided = frappe.db.get_value(doctype, doc.get(field), columns, as_dict=True)
			if decided and decided.customer_property == row.customer_property and decided.customer_decision == "Scrap":
				return
			documents.refuse_row(
				row, _("the customer has not decided in {0} that it is scrapped").format(escape_html(doc.get(field)))
			)
	if not (doc.consent_by and doc.consent_on):
		documents.refuse_row(row, _("the customer's consent is missing: say who gave it and when, or where he decided"))
	if getdate(doc.consent_on) > getdate(doc.entry_date):
		documents.refuse_row(row, _("the customer's consent must not be later than the scrapping"))


def _refuse_more_than_consented(doc) -> None:
	"""The customer decided on what was rejected, or on so many pieces of an abnormality, not on everything of his."""
	for field, column in (("inspection", "rejected_qty"), ("property_event", "qty")):
		if not doc.get(field):
			continue
		limit = exact(
			frappe.db.get_value({"inspection": INSPECTION, "property_event": EVENT}[field], doc.get(field), column)
		)
		wrong = next((row for row in doc.lines if field == "inspection" and row.taken_from != "Rejected"), None)
		if wrong:
			documents.refuse_row(wrong, _("the customer decided on what was rejected: take it from there"))
		before = sum(exact(qty) for qty in _scrapped(field, doc.get(field)))
		now = sum(exact(row.qty) for row in doc.lines)
		if limit and before + now > limit:
			documents.refuse_row(
				doc.lines[-1],
				_("the customer let {0} be scrapped, {1} were already").format(
					quantities.text(limit), quantities.text(before)
				),
			)


def _scrapped(field: str, name: str) -> list:
	"""Quantities scrapped with a decision, those that were taken back as negative."""
	return [
		row[0]
		for row in frappe.db.sql(
			f"""select entry.qty from `tabProperty Movement` movement
			inner join `tabProperty Ledger Entry` entry
				on entry.reference_name = movement.name and entry.reference_doctype = %s and entry.kind = %s
			where movement.{field} = %s for update""",
			(DOCTYPE, SCRAP, name),
		)
	]


def _refuse_more_than_issued(doc) -> None:
	"""An order puts back and consumes what it got. The items are held, so that two documents at once cannot both be right."""
	left = outstanding(doc.manufacturing_order)
	for row in doc.lines:
		rest = left.get(row.customer_property, Decimal(0)) - exact(row.qty)
		if rest < 0:
			documents.refuse_row(
				row,
				_("order {0} has {1} {2} of {3} left").format(
					escape_html(doc.manufacturing_order),
					quantities.text(left.get(row.customer_property, Decimal(0))),
					escape_html(row.unit),
					escape_html(row.customer_property),
				),
			)
		left[row.customer_property] = rest


def outstanding(order: str) -> dict[str, Decimal]:
	"""Item -> what was issued to a manufacturing order and neither put back nor consumed, as committed now.

	:param order: number of a Manufacturing Order.
	"""
	rows = frappe.db.sql(
		"""select entry.customer_property, entry.kind, entry.qty
		from `tabProperty Movement` movement
		inner join `tabProperty Ledger Entry` entry
			on entry.reference_name = movement.name and entry.reference_doctype = %s
		where movement.manufacturing_order = %s for update""",
		(DOCTYPE, order),
	)
	found: dict[str, Decimal] = {}
	for item, kind, qty in rows:
		change = {ISSUE: 1, PUT_BACK: -1, CONSUME: -1}.get(kind, 0) * exact(qty)
		found[item] = found.get(item, Decimal(0)) + change
	return found
