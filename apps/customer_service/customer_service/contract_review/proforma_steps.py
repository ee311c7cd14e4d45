"""The way of a pro forma invoice: issued, accepted, paid; revised, expired (C-7). Steps are known by their meaning, not by their name."""

from datetime import date

import frappe
from frappe import _
from frappe.utils import escape_html, flt, getdate

from customer_service.contract_review import money, proforma
from customer_service.exceptions import ProFormaError
from customer_service.organisation import cases, clock, events, locking, retry, states, text

PURPOSE = "Pro Forma Acceptance"

ISSUED, ACCEPTED, DEPOSIT_PAID, PAID = "Issued", "Accepted", "Deposit Paid", "Paid"
SUPERSEDED, EXPIRED = "Superseded", "Expired"

BINDING = (ACCEPTED, DEPOSIT_PAID, PAID)
"""Steps at which the buyer has accepted."""

PAYABLE = (ISSUED, *BINDING)
REVISABLE = (ISSUED, EXPIRED, ACCEPTED, DEPOSIT_PAID)

BY_LINK, BY_US, BY_PAYMENT = "Personal Link", "Recorded by Us", "Payment"


def is_draft(doc) -> bool:
	"""Whether the content may still change: the state stored is the first one."""
	before = doc.get_doc_before_save()
	state = before.workflow_state if before else doc.workflow_state
	return not state or state == states.initial_state(doc.doctype)


def step_of(doc) -> str | None:
	"""Which step the invoice's state stands for."""
	return states.step_of(doc.doctype, doc.workflow_state)


def follow(doc) -> None:
	"""What the state reached asks for and leaves behind (hook validate)."""
	before = doc.get_doc_before_save()
	if before and before.workflow_state != doc.workflow_state:
		step = step_of(doc)
		if step == ISSUED:
			_issue(doc)
		elif step == ACCEPTED and not doc.accepted_at:
			_accept(doc, BY_US, doc.buyer_contact or doc.buyer_name)
	if step_of(doc) in BINDING:
		_settle(doc)
	doc.state_category = states.category_of(doc.doctype, doc.workflow_state)
	doc.ended_at = (doc.ended_at or clock.now()) if doc.state_category in states.ENDED else None


def _issue(doc) -> None:
	proforma.refuse_incomplete(doc)
	proforma.refuse_unreviewed(doc)
	refuse_expired(doc)
	doc.issued_hash = proforma.terms_of(doc)


def refuse_expired(doc) -> None:
	""":raises ProFormaError: if the last day of validity is over."""
	if getdate(doc.valid_until) < clock.now().date():
		frappe.throw(
			_("Invoice {0} was valid until {1}. Make a revision with a new date.").format(
				frappe.bold(escape_html(doc.name)), frappe.bold(str(getdate(doc.valid_until)))
			),
			ProFormaError,
		)


def _accept(doc, via: str, name: str | None) -> None:
	if via == BY_US:
		refuse_expired(doc)
	doc.update(
		{
			"accepted_at": clock.now(),
			"accepted_via": via,
			"accepted_by_name": name,
			"accepted_hash": doc.issued_hash,
		}
	)


def add_up(doc) -> None:
	"""What was paid and what is left, from the rows."""
	paid = sum((money.exact(row.amount) for row in doc.payments), money.exact(0))
	doc.paid_total = money.stored(paid)
	doc.balance = money.stored(money.exact(doc.total) - paid)


def _settle(doc) -> None:
	"""The state follows what was paid: everything, the first part, or nothing yet."""
	paid, total = money.exact(doc.paid_total), money.exact(doc.total)
	parts = doc.payment_parts
	if paid >= total:
		step = PAID
	elif len(parts) > 1 and paid and paid >= money.exact(parts[0].amount):
		step = DEPOSIT_PAID
	else:
		step = ACCEPTED
	state = states.state_for(doc.doctype, step)
	if state and step != step_of(doc):
		doc.workflow_state = state
		doc.flags.step_by_system = True
	doc.paid_at = (doc.paid_at or clock.now()) if step == PAID else None


def locked(name: str):
	"""The invoice as committed now, held until this transaction ends. See `locking.load`: the caller tries again after a conflict."""
	return locking.load(proforma.DOCTYPE, name)


def move(doc, step: str, **values) -> None:
	"""Let the app take a step. :raises ProFormaError: if the site's workflow has no state for it."""
	state = states.state_for(doc.doctype, step)
	if not state:
		frappe.throw(
			_("The workflow of {0} has no state for the step {1}.").format(_(doc.doctype), _(step)), ProFormaError
		)
	doc.workflow_state = state
	save(doc, **values)


def save(doc, **values) -> None:
	"""Store what follows from a step that was checked already, with values that no request can set."""
	doc.flags.update({"computed": values, "step_by_system": True})
	doc.save(ignore_permissions=True)


@retry.after_conflict
def record_payment(name: str, amount, paid_on: date | str, reference: str, part: str | None = None):
	"""Add a payment that arrived; a correction is a negative one. A payment for an invoice that was not accepted yet accepts it.

	:returns: the invoice. :raises ProFormaError, MoneyError: for a reference that is recorded already, among others.
	"""
	doc = locked(name)
	if step_of(doc) not in PAYABLE:
		frappe.throw(
			_("Invoice {0} is {1} and takes no payments.").format(
				frappe.bold(escape_html(doc.name)), _(doc.workflow_state)
			),
			ProFormaError,
		)
	row = _payment(doc, amount, paid_on, reference, part)
	doc.append("payments", row)
	add_up(doc)
	if doc.paid_total < 0:
		frappe.throw(_("More would be taken back than was paid."), ProFormaError)
	values = {"paid_total": doc.paid_total, "balance": doc.balance}
	if step_of(doc) == ISSUED:
		_accept(doc, BY_PAYMENT, doc.buyer_contact or doc.buyer_name)
		values |= {
			field: doc.get(field) for field in ("accepted_at", "accepted_via", "accepted_by_name", "accepted_hash")
		}
		doc.workflow_state = states.state_for(doc.doctype, ACCEPTED)
	save(doc, **values)
	shown = f"{money.exact(row['amount']):,f}"
	events.record(doc, "Payment Recorded", after=f"{doc.currency} {shown}", detail=row["payment_reference"])
	return doc


def _payment(doc, amount, paid_on, reference: str, part: str | None) -> dict:
	number = money.exact(amount)
	money.refuse_decimals(number, money.digits(doc.currency), _("Amount"))
	if not number:
		frappe.throw(_("The amount is 0."), ProFormaError)
	reference = text.plain(str(reference or "")).strip()[:140]
	if not reference:
		frappe.throw(_("Name the bank's reference of the payment."), ProFormaError)
	if any(row.payment_reference == reference for row in doc.payments):
		frappe.throw(_("Payment {0} is recorded already.").format(frappe.bold(escape_html(reference))), ProFormaError)
	labels = [row.part_label for row in doc.payment_parts]
	if part and part not in labels:
		frappe.throw(_("The invoice has no part {0}.").format(frappe.bold(escape_html(str(part)[:140]))), ProFormaError)
	row = {
		"amount": money.stored(number),
		"paid_on": getdate(paid_on),
		"payment_reference": reference,
		"part_label": part or _open_part(doc),
		"recorded_by": frappe.session.user,
		"recorded_at": clock.now(),
	}
	cases.refuse_future(frappe.get_doc({"doctype": "Pro Forma Payment", **row}), "paid_on")
	return row


def _open_part(doc) -> str | None:
	"""The first part that is not covered by what was paid before; the last one if all are."""
	left = money.exact(doc.paid_total)
	for row in doc.payment_parts:
		left -= money.exact(row.amount)
		if left < 0:
			return row.part_label
	return doc.payment_parts[-1].part_label if doc.payment_parts else None


def overpaid(doc) -> float:
	"""How much more than the total was paid; 0 if not more."""
	return max(0.0, -flt(doc.balance))


@retry.after_conflict
def revise(name: str) -> str:
	"""A new draft with the invoice's content, which supersedes it at once: its link shows nothing any more, nobody can accept it.

	Payments move on with the revision. :returns: the new number. :raises ProFormaError: if it cannot be revised.
	"""
	old = locked(name)
	if old.superseded_by or step_of(old) not in REVISABLE:
		frappe.throw(
			_("Invoice {0} is {1} and cannot be revised.").format(
				frappe.bold(escape_html(old.name)), _(old.workflow_state)
			),
			ProFormaError,
		)
	new = frappe.copy_doc(old, ignore_no_copy=False)
	new.update({field: old.get(field) for field in ("production_on", "shipment_on", "receipt_on")})
	new.flags.revision = {
		"invoice_no": old.invoice_no,
		"revision": (old.revision or 1) + 1,
		"revision_of": old.name,
		"paid_total": old.paid_total,
	}
	new.flags.payments = [row.as_dict(no_default_fields=True) for row in old.payments]
	new.insert()
	revoke_links(old.name)
	move(old, SUPERSEDED, superseded_by=new.name)
	events.record(old, "Revised", after=new.name)
	return new.name


def revoke_links(name: str) -> None:
	"""Links that were mailed before are worth nothing any more."""
	link = frappe.qb.DocType("Guest Link")
	(
		frappe.qb.update(link)
		.set(link.is_revoked, 1)
		.where((link.reference_doctype == proforma.DOCTYPE) & (link.reference_name == name) & (link.purpose == PURPOSE))
	).run()


def expire() -> None:
	"""Mark issued invoices whose last day is over (daily)."""
	state = states.state_for(proforma.DOCTYPE, ISSUED)
	if not state or not states.state_for(proforma.DOCTYPE, EXPIRED):
		return
	filters = {"workflow_state": state, "valid_until": ("<", clock.now().date())}
	for name in frappe.get_all(proforma.DOCTYPE, filters, pluck="name", order_by="name asc"):
		frappe.db.savepoint("expire_invoice")
		try:
			doc = locked(name)
			if step_of(doc) == ISSUED:
				move(doc, EXPIRED)
		except Exception as error:
			frappe.db.rollback(save_point="expire_invoice")
			if retry.is_conflict(error):
				continue  # somebody is at work on it; tomorrow
			frappe.log_error(f"Pro forma invoice {name} could not expire")
