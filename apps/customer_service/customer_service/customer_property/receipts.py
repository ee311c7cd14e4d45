"""Receipts (收料单): what a customer delivered, against his delivery note (D-2, D-3)."""

import frappe
from frappe import _
from frappe.utils import escape_html, getdate

from customer_service.contract_review import numbers
from customer_service.contract_review.money import exact
from customer_service.customer_property import documents, inspections, ledger
from customer_service.exceptions import PropertyError
from customer_service.organisation import cases, clock, events, locking, states

DOCTYPE = "Property Receipt"

RECEIVED, COMPLETED, REVERSED = "Received", "Completed", "Reversed"

COMPUTED = ("state_category", "lines_to_inspect", "received_by", "received_at", "ended_at")
FREE = ()
"""What may still change after the step that enters it in the ledger, besides remarks."""

OF_LINES = ("direct_sign_in", "inspection", "verdict", "accepted_qty", "rejected_qty")

ACCEPTED = "Accepted"

SAME = ("property_type", "property_name", "identification", "serial_no", "lot_no", "unit", "protection_class")
"""What a line and its item both say."""

MOST_LINES = 1000
"""As many as a form prints; a larger delivery is several receipts."""


def fill(doc) -> None:
	"""A draft's lines follow their items and types.

	:raises PropertyError: names the row: another customer's property, another unit, no name. :raises MoneyError: for quantities.
	"""
	if len(doc.lines) > MOST_LINES:
		frappe.throw(
			_("A receipt takes up to {0} lines. Make several receipts of it.").format(MOST_LINES), PropertyError
		)
	settings = frappe.get_cached_doc("Customer Service Settings")
	doc.department = doc.department or settings.property_warehouse
	doc.place = doc.place or settings.property_receiving_place
	known = _items(doc)
	for row in doc.lines:
		item = known.get(row.customer_property)
		_take_item(doc, row, item) if row.customer_property else _take_type(row)
		numbers.check(row, "qty", more_than=0)
		numbers.check(row, "noted_qty")
		row.place = row.place or doc.place
		row.direct_sign_in = frappe.get_cached_value("Property Type", row.property_type, "direct_sign_in")
	doc.lines_to_inspect = sum(not row.direct_sign_in for row in doc.lines)


def _items(doc) -> dict[str, frappe._dict]:
	names = [row.customer_property for row in doc.lines if row.customer_property]
	columns = ["name", "customer", "state_category", *SAME]
	return {
		row.name: row for row in frappe.get_all(ledger.ITEM, filters={"name": ("in", names or [""])}, fields=columns)
	}


def _take_item(doc, row, item: frappe._dict | None) -> None:
	if not item:
		documents.refuse_row(row, _("there is no customer's property {0}").format(escape_html(row.customer_property)))
	if item.customer != doc.customer:
		documents.refuse_row(row, _("{0} belongs to another customer").format(escape_html(item.name)))
	if item.state_category == states.CANCELLED:
		documents.refuse_row(row, _("{0} was cancelled").format(escape_html(item.name)))
	if row.unit and row.unit != item.unit:
		documents.refuse_row(row, _("the unit is {0}, not {1}").format(escape_html(item.unit), escape_html(row.unit)))
	row.update({field: item[field] for field in SAME})


def _take_type(row) -> None:
	missing = [field for field in ("property_type", "property_name") if not row.get(field)]
	if missing:
		labels = ", ".join(_(row.meta.get_label(field)) for field in missing)
		documents.refuse_row(row, _("fill in {0}, or choose an entry of the register").format(labels))
	kind = frappe.get_cached_doc("Property Type", row.property_type)
	row.unit = row.unit or kind.unit
	row.protection_class = row.protection_class or kind.protection_class


def take_step(doc, step: str | None) -> None:
	"""What a person's step asks for and leaves behind."""
	if step == RECEIVED:
		receive(doc)
	elif step == REVERSED:
		take_back(doc)


def receive(doc) -> None:
	"""Enter the lines in the register and the ledger; what is not signed in directly goes to incoming inspection.

	:raises PropertyError: without a delivery note (D-2). :raises LedgerError: see `ledger.post`.
	"""
	if not (doc.delivery_note_no or "").strip():
		frappe.throw(
			_("{0} is missing: property is received against the customer's delivery note.").format(
				frappe.bold(_(doc.meta.get_label("delivery_note_no")))
			),
			PropertyError,
		)
	cases.refuse_future(doc, "received_on")
	doc.update({"received_by": frappe.session.user, "received_at": clock.now()})
	for row in doc.lines:
		row.customer_property = row.customer_property or _make_item(doc, row)
	ledger.post(_entry(doc, row, "Receive") for row in doc.lines)
	direct = [row for row in doc.lines if row.direct_sign_in]
	ledger.post(_entry(doc, row, "Accept") for row in direct)
	for row in direct:
		row.update({"verdict": ACCEPTED, "accepted_qty": row.qty, "rejected_qty": 0})
	for row in doc.lines:
		if not row.direct_sign_in:
			row.inspection = inspections.open_for(doc, row)
	_complete(doc)


def _entry(doc, row, kind: str) -> ledger.Entry:
	return ledger.Entry(
		row.customer_property,
		kind,
		exact(row.qty),
		place=row.place,
		unit=row.unit,
		entry_date=getdate(doc.received_on),
		reference=(DOCTYPE, doc.name),
		row=row.name,
		idx=row.idx,
		remark=row.remark,
	)


def _make_item(doc, row) -> str:
	"""A new entry of the register; made for whoever may receive."""
	item = frappe.new_doc(ledger.ITEM)
	item.update({field: row.get(field) for field in SAME})
	item.update({"customer": doc.customer, "contract_review": doc.contract_review})
	item.flags.computed = {"property_receipt": doc.name}
	item.insert(ignore_permissions=True)
	return item.name


def _complete(doc) -> None:
	"""Every lot has its verdict: nothing is left to do about the receipt."""
	if doc.lines and all(row.verdict for row in doc.lines):
		doc.workflow_state = states.state_for(DOCTYPE, COMPLETED) or doc.workflow_state


def note_verdict(inspection) -> None:
	"""Write the verdict of an incoming inspection on the receipt (D-2). Called by inspections.

	:param inspection: a Property Inspection with verdict, accepted_qty and rejected_qty of the lot.
	"""
	if not inspection.property_receipt:
		return
	doc = locking.load(DOCTYPE, inspection.property_receipt)
	for row in doc.lines:
		if row.name == inspection.receipt_row:
			row.inspection = inspection.name
			row.update({field: inspection.get(field) for field in ("verdict", "accepted_qty", "rejected_qty")})
	_complete(doc)
	documents.store(doc)
	events.record(doc, "Checked", after=inspection.verdict, detail=inspection.name)


def take_back(doc) -> None:
	"""A receipt entered by mistake: its entries are reversed, inspections without verdict end with it.

	:raises PropertyError: without a reason, or after a lot was inspected. :raises LedgerError: if something is no longer there.
	"""
	documents.demand_reason(doc)
	if any(row.verdict for row in doc.lines if not row.direct_sign_in):
		frappe.throw(
			_("A lot of this receipt was inspected. Return it to the customer, or book a count difference, instead."),
			PropertyError,
		)
	ledger.reverse(ledger.entries_of(DOCTYPE, doc.name), doc.reverse_reason, (DOCTYPE, doc.name))
	inspections.withdraw([row.inspection for row in doc.lines if row.inspection])
