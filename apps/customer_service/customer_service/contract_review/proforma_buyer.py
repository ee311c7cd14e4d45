"""The buyer's side of a pro forma invoice: the mail with his personal link, the page behind it, his acceptance (C-7, S9, S10)."""

import frappe
from frappe import _
from frappe.utils import format_date, get_url, getdate

from customer_service.contract_review import mailing, proforma, proforma_steps
from customer_service.exceptions import ProFormaError
from customer_service.organisation import clock, events, guest, retry, states, text

MAIL = "customer_service/templates/emails/pro_forma_invoice.html"


def send(doc, recipient: str | None = None, message: str | None = None) -> str:
	"""Mail the invoice as PDF with a new personal link; links that were sent before end.

	:param recipient: the buyer's e-mail if not given. :param message: a paragraph of our own, plain text.
	:returns: the address. :raises ProFormaError: for an invoice that is not issued, or no address.
	"""
	if proforma_steps.step_of(doc) not in proforma_steps.PAYABLE:
		frappe.throw(_("Issue the invoice before you send it."), ProFormaError)
	address = mailing.one_address(recipient or doc.buyer_email)
	if not address:
		frappe.throw(_("The buyer has no e-mail address."), ProFormaError)
	language = mailing.language_of(doc.language)
	proforma_steps.revoke_links(doc.name)
	shown = {"doc": doc, "language": language, "url": url(doc, language), "words": text.plain(message or "").strip()}
	mailing.send(
		doc,
		address,
		_("Pro forma invoice {0}", language).format(doc.name),
		frappe.render_template(MAIL, shown),
		[mailing.print_of(doc, language)],
	)
	proforma_steps.save(doc, sent_at=clock.now(), sent_to=address)
	events.record(doc, "Sent", after=address)
	return address


def url(doc, language: str) -> str:
	"""The buyer's page with a new token behind the #, which browsers send to no server; of the configured host, never of one
	that a request named."""
	days = frappe.get_cached_doc("Customer Service Settings").pro_forma_link_days or 0
	token = guest.issue_link(doc, proforma_steps.PURPOSE, days)
	return f"{(frappe.conf.host_name or get_url()).rstrip('/')}/pro-forma-invoice?_lang={language}#{token}"


def invoice_of(token: str):
	"""The invoice that a link opens; None for the link of an invoice that was superseded.

	:raises LinkInvalidError: HTTP 404 for every other link that is wrong, expired or revoked.
	"""
	link = guest.resolve_link(token, proforma_steps.PURPOSE, even_revoked=True)
	doc = frappe.get_doc(link.reference_doctype, link.reference_name)
	if doc.superseded_by:
		return None
	if (
		link.is_revoked
		or doc.state_category == states.CANCELLED
		and proforma_steps.step_of(doc) != proforma_steps.EXPIRED
	):
		guest.refuse_link()
	return doc


def is_expired(doc) -> bool:
	"""Whether nobody accepted it in time."""
	return not doc.accepted_at and getdate(doc.valid_until) < clock.now().date()


def shown(doc) -> dict:
	"""What the buyer's page shows: the essential figures, and what he accepts as a fingerprint."""
	return {
		"number": doc.name,
		"seller": doc.seller_name_zh if frappe.local.lang == "zh" and doc.seller_name_zh else doc.seller_name,
		"buyer": doc.buyer_name,
		"date": format_date(doc.invoice_date),
		"valid_until": format_date(doc.valid_until),
		"currency": doc.currency,
		"total": doc.money("total"),
		"words": doc.total_in_chinese if frappe.local.lang == "zh" else doc.total_in_english,
		"delivery": " ".join(part for part in (doc.incoterm, doc.named_place) if part),
		"lines": [_line(doc, row) for row in doc.lines],
		"parts": [_part(doc, row) for row in doc.payment_parts],
		"seen": doc.issued_hash,
		"can_accept": proforma_steps.step_of(doc) == proforma_steps.ISSUED and not is_expired(doc),
		"is_expired": is_expired(doc),
		"is_accepted": bool(doc.accepted_at),
		"accepted": _("Accepted on {0} by {1}.").format(format_date(doc.accepted_at), doc.accepted_by_name or "–")
		if doc.accepted_at
		else None,
	}


def _line(doc, row) -> dict:
	return {
		"item": " ".join(part for part in (row.item_code, row.description) if part),
		"quantity": f"{doc.printed(row, 'qty')} {row.unit or ''}",
		"price": doc.printed(row, "unit_price"),
		"amount": doc.money("amount", row),
	}


def _part(doc, row) -> dict:
	return {
		"label": _(row.part_label),
		"percentage": f"{doc.printed(row, 'percentage')} %",
		"due": format_date(row.due_date) if row.due_date else _(row.payment_trigger),
		"amount": doc.money("amount", row),
	}


@retry.after_conflict
def accept(name: str, person: str, seen: str) -> None:
	"""Store that the buyer accepts what he saw; once, whoever else accepts, revises or cancels now.

	:param person: his name, as typed. :param seen: the fingerprint that the page showed.
	:raises GuestInputError: for a bad name, a second acceptance, or an invoice that is not as he saw it.
	"""
	person = _name(person)
	if not _claim(name, seen):
		_explain(name, seen)
	doc = proforma_steps.locked(name)
	values = {
		"accepted_at": doc.accepted_at,
		"accepted_via": proforma_steps.BY_LINK,
		"accepted_by_name": person,
		"accepted_hash": seen,
	}
	proforma_steps.move(doc, proforma_steps.ACCEPTED, **values)
	events.record(
		doc, "Accepted by Buyer", after=person, detail=_("By the buyer's personal link; seen: {0}").format(seen)
	)


def _name(person: str) -> str:
	if not isinstance(person, str) or len(person) > 140:
		guest.refuse(_("{0} cannot be read.").format(_("Your Name")))
	person = text.plain(person).strip()
	if len(person) < 2:
		guest.refuse(_("Please enter your name."))
	return person


def _claim(name: str, seen: str) -> bool:
	"""Whether this acceptance is the first and the invoice is still what was seen: one statement that must hit one row (S10)."""
	table = frappe.qb.DocType(proforma.DOCTYPE)
	(
		frappe.qb.update(table)
		.set(table.accepted_at, clock.now())
		.where(
			(table.name == name)
			& (table.workflow_state == states.state_for(proforma.DOCTYPE, proforma_steps.ISSUED))
			& table.accepted_at.isnull()
			& table.superseded_by.isnull()
			& (table.issued_hash == str(seen))
			& (table.valid_until >= clock.now().date())
		)
	).run()
	return frappe.db._cursor.rowcount == 1


def _explain(name: str, seen: str) -> None:
	""":raises GuestInputError: saying why the invoice cannot be accepted."""
	doc = proforma_steps.locked(name)
	if doc.accepted_at:
		guest.refuse(_("This invoice has been accepted already. Thank you."))
	if doc.superseded_by:
		guest.refuse(superseded())
	if is_expired(doc):
		guest.refuse(
			_("This invoice was valid until {0}. Please ask us for a new one.").format(format_date(doc.valid_until))
		)
	if doc.issued_hash != seen:
		guest.refuse(_("The invoice is not what the page showed you. Please load the page again."))
	guest.refuse(_("This invoice cannot be accepted at present. Please ask us."))


def superseded() -> str:
	"""What the owner of an old link is told, without being shown the new invoice."""
	return _("There is a newer version of this invoice. Please use the link in our latest mail, or ask us for it.")
