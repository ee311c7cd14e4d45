"""The verdict of an incoming inspection (D-2): who gives it, what it asks for, what it posts to the ledger, who is told."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.contract_review.money import exact
from customer_service.contract_review.quantities import text as shown
from customer_service.customer_property import duties, inspections, ledger, sampling, signs
from customer_service.customer_property.inspections import CLOSED, FAILED, PASSED
from customer_service.customer_property.sampling import ACCEPTED, PARTLY, REJECTED
from customer_service.exceptions import PropertyError
from customer_service.organisation import cases, clock, events, notices, states


def take_step(doc, step: str | None) -> None:
	"""What a person's step asks for and leaves behind.

	:raises PropertyError: says what is missing; frappe.PermissionError: for others than the inspecting department.
	"""
	if step in (PASSED, FAILED):
		duties.demand(doc.department)
		_judge(doc, step)
	elif step == CLOSED:
		duties.demand_teller(doc.department, doc.property_department)
	elif doc.state_category != states.CANCELLED and step:
		_refuse(_("this step is not taken by hand"))


def hold_receipt(doc) -> None:
	"""Before a person's save of an inspection without verdict: its receipt first, then the inspection and the item.

	A receipt that is reversed holds receipt, items and inspections in this order, too, so that nobody waits in a circle.
	"""
	if doc.flags.by_system or doc.is_new():
		return
	stored = frappe.db.get_value(doc.doctype, doc.name, ["property_receipt", "decided_at"], as_dict=True)
	if stored and stored.property_receipt and not stored.decided_at:
		frappe.db.get_value("Property Receipt", stored.property_receipt, "name", for_update=True)


def _judge(doc, step: str) -> None:
	"""Verdict, quantities and date; only a whole lot passes, what is rejected in part waits for the customer."""
	doc.verdict = doc.verdict or (ACCEPTED if step == PASSED else REJECTED)
	if (step == PASSED) != (doc.verdict == ACCEPTED):
		_refuse(_("the verdict is {0}").format(_(doc.verdict)))
	_demand_engineering(doc)
	nameless = [str(row.idx) for row in doc.characteristics if not row.result]
	if nameless:
		_refuse(_("give the result of row {0}").format(", ".join(nameless)))
	_settle_quantities(doc)
	reason = (doc.verdict_reason or "").strip()
	if not reason and doc.verdict != ACCEPTED:
		_refuse(_("write the reason of the rejection"))
	if not reason and doc.proposed == REJECTED:
		_refuse(_("the sampling plan rejects the lot; write the reason of accepting it"))
	odd = any(row.result == sampling.NOT_CONFORMING for row in doc.characteristics)
	if not reason and odd and doc.verdict == ACCEPTED and doc.proposed != ACCEPTED:
		_refuse(_("a characteristic is not conforming; write the reason of accepting the lot"))
	doc.inspected_on = doc.inspected_on or clock.now().date()
	cases.refuse_future(doc, "inspected_on")
	doc.update({"decided_by": frappe.session.user, "decided_at": clock.now()})
	doc.started_at = doc.started_at or clock.now()
	doc.inspector = doc.inspector or frappe.session.user


def _demand_engineering(doc) -> None:
	if not doc.needs_engineering:
		return
	if not doc.engineering_result:
		_refuse(_("engineering has not confirmed the technical requirements"))
	if doc.engineering_result == inspections.NOT_MET and doc.verdict == ACCEPTED:
		_refuse(_("the technical requirements are not met"))


def _settle_quantities(doc) -> None:
	lot, accepted, rejected = exact(doc.lot_qty), exact(doc.accepted_qty), exact(doc.rejected_qty)
	if not accepted and not rejected and doc.verdict != PARTLY:
		accepted, rejected = (lot, exact(0)) if doc.verdict == ACCEPTED else (exact(0), lot)
	fits = {ACCEPTED: accepted == lot, REJECTED: rejected == lot, PARTLY: accepted > 0 and rejected > 0}[doc.verdict]
	if not fits or accepted < 0 or rejected < 0 or accepted + rejected != lot:
		_refuse(
			_("accepted {0} and rejected {1} do not fit the verdict {2} on a lot of {3}").format(
				shown(accepted), shown(rejected), _(doc.verdict), shown(lot)
			)
		)
	doc.update({"accepted_qty": float(accepted), "rejected_qty": float(rejected)})


def _refuse(reason: str) -> None:
	frappe.throw(_("This step cannot be taken: {0}.").format(reason), PropertyError)


# --- the ledger --------------------------------------------------------------------------------------------------------


def post_start(doc) -> None:
	"""The lot is being inspected: noted once, with the first values."""
	post(doc, [ledger.Entry(doc.customer_property, "Inspect", exact(doc.lot_qty), **_of(doc))])


def post_verdict(doc) -> None:
	"""What was accepted becomes usable, what was rejected waits for the customer; the receipt gets the verdict."""
	from customer_service.customer_property import receipts  # which opens inspections

	waiting = places(doc.customer_property, "To Be Inspected", doc.place)
	entries = take(doc, "Accept", doc.accepted_qty, waiting) + take(doc, "Reject", doc.rejected_qty, waiting)
	post(doc, entries)
	receipts.note_verdict(_with_earlier_rounds(doc))


def _with_earlier_rounds(doc):
	"""What the receipt is told: the whole lot, with what earlier rounds have accepted of it."""
	if not doc.previous:
		return doc
	same = {"property_receipt": doc.property_receipt, "receipt_row": doc.receipt_row, "name": ("!=", doc.name)}
	earlier = frappe.get_all(inspections.DOCTYPE, {**same, "decided_at": ("is", "set")}, pluck="accepted_qty")
	accepted = sum(map(exact, earlier), exact(doc.accepted_qty))
	rejected = exact(doc.rejected_qty)
	verdict = PARTLY if accepted and rejected else REJECTED if rejected else ACCEPTED
	said = {"verdict": verdict, "accepted_qty": float(accepted), "rejected_qty": float(rejected)}
	return frappe._dict(name=doc.name, property_receipt=doc.property_receipt, receipt_row=doc.receipt_row, **said)


def places(item: str, condition: str, first: str | None) -> list[dict]:
	"""What lies where in a condition, ``place`` and ``qty``; the record's own place first."""
	rows = [
		{"place": row["place"], "qty": exact(row[signs.CONDITIONS[condition]])}
		for row in ledger.balances(item)
		if row[signs.CONDITIONS[condition]]
	]
	return sorted(rows, key=lambda row: row["place"] != first)


def take(doc, kind: str, qty, rows: list[dict]) -> list:
	"""Entries of a kind for a quantity, from one place after the other; what is taken is taken off the rows.

	:raises PropertyError: if there is less.
	"""
	left, entries = exact(qty), []
	for row in rows:
		part = min(left, row["qty"])
		if part > 0:
			entries.append(ledger.Entry(doc.customer_property, kind, part, place=row["place"], **_of(doc)))
			row["qty"] -= part
			left -= part
	if left > 0:
		frappe.throw(
			_("{0} of the {1} {2} of {3} are not there any more; look into the ledger.").format(
				shown(left), shown(qty), escape_html(doc.unit or ""), frappe.bold(escape_html(doc.property_name))
			),
			PropertyError,
		)
	return entries


def _of(doc) -> dict:
	return {"reference": (doc.doctype, doc.name)}


def post(doc, entries: list) -> None:
	"""Post entries of a record, and note it in its trail."""
	if entries:
		ledger.post(entries)
		kinds = ", ".join(f"{each.kind} {shown(each.qty)}" for each in entries)
		events.record(doc, "Posted to the Ledger", after=kinds)


# --- who is told -------------------------------------------------------------------------------------------------------


def tell_of_failure(doc) -> None:
	"""The head of the department in charge and who received the lot."""
	notices.tell([*duties.to_tell(doc.property_department), *receivers(doc)], doc, _words_failed)


def receivers(doc) -> list[str]:
	"""Who received the lot."""
	if not doc.property_receipt:
		return []
	row = frappe.db.get_value("Property Receipt", doc.property_receipt, ["received_by", "owner"], as_dict=True)
	return [user for user in (row.received_by, row.owner) if user] if row else []


def _words_failed(doc, language: str) -> str:
	return _("Customer property {0} has failed its inspection {1}: {2} {3} rejected, {4}.", lang=language).format(
		doc.property_name, doc.name, shown(doc.rejected_qty), doc.unit or "", doc.verdict_reason or ""
	)
