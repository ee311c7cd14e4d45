"""The customer's side of a property statement: the mail with his personal link, what his page shows, his answer (D-4, S9, S10)."""

import frappe
from frappe import _
from frappe.utils import format_date, get_url

from customer_service.contract_review import mailing
from customer_service.customer_property import records, statement_lines
from customer_service.customer_property.statement_lines import AGREED, CLOSED, DISAGREES, DOCTYPE, ISSUED
from customer_service.exceptions import PropertyError
from customer_service.organisation import clock, events, guest, locking, retry, states, steps, text

PURPOSE = "Property Statement"
PAGE = "customer-property"
MAIL = "customer_service/templates/emails/property_statement.html"

ANSWERS = (AGREED, DISAGREES)
LONGEST_NAME, LONGEST_REMARK = 140, 2000

SHOWN = (
	("Opening Balance", ("opening",)),
	("Received in the Period", ("received",)),
	("Issued or Lent Out", ("issued", "lent")),
	("Put Back or Lent Back", ("put_back", "lent_back")),
	("Returned or Scrapped", ("returned", "scrapped")),
	("Count Difference", ("count_difference",)),
	("Closing Balance", ("closing",)),
	("Issued or Lent Out at the End", ("out_qty",)),
)
"""Columns of the page, as on the print, and what each adds up."""


def send(doc, recipient: str | None = None, message: str | None = None) -> str:
	"""Mail the statement as PDF with a new personal link; links that were sent before end.

	:param recipient: the statement's e-mail if not given. :param message: a paragraph of our own, plain text.
	:returns: the address. :raises PropertyError: for a statement that is not issued or is answered, or without an address.
	"""
	if steps.step_of(doc) != ISSUED:
		frappe.throw(_("Only an issued statement that waits for an answer is sent."), PropertyError)
	address = mailing.one_address(recipient or doc.contact_email)
	if not address:
		frappe.throw(_("The customer has no e-mail address."), PropertyError)
	language = mailing.language_of(frappe.db.get_value("Service Customer", doc.customer, "language") or _default())
	revoke_links(doc.name)
	shown = {"doc": doc, "language": language, "url": url(doc, language), "words": text.plain(message or "").strip()}
	mailing.send(
		doc,
		address,
		_("Statement {0} of your property", language).format(doc.name),
		frappe.render_template(MAIL, shown),
		[mailing.print_of(doc, language)],
	)
	steps.store(doc, sent_at=clock.now(), sent_to=address)
	events.record(doc, "Sent", after=address)
	return address


def _default() -> str | None:
	return frappe.db.get_default("lang")


def url(doc, language: str) -> str:
	"""The customer's page with a new token behind the #, which browsers send to no server; of the configured host, never of one
	that a request named."""
	days = frappe.get_cached_doc(records.SETTINGS).property_link_days or 0
	token = guest.issue_link(doc, PURPOSE, days)
	return f"{(frappe.conf.host_name or get_url()).rstrip('/')}/{PAGE}?_lang={language}#{token}"


def revoke_links(name: str) -> None:
	"""Links that were mailed before are worth nothing any more."""
	link = frappe.qb.DocType("Guest Link")
	of_this = (link.reference_doctype == DOCTYPE) & (link.reference_name == name) & (link.purpose == PURPOSE)
	frappe.qb.update(link).set(link.is_revoked, 1).where(of_this).run()


def shown(doc) -> dict:
	"""What the customer's page shows: the figures as text, what he answers as a fingerprint, and what he answered."""
	can_answer = steps.step_of(doc) == ISSUED and not doc.answered_at
	meanings = {
		AGREED: _("The quantities are as in our own records."),
		DISAGREES: _("Something is not right. Please say in the remark what."),
	}
	return {
		"number": doc.name,
		"customer": doc.customer_name or doc.customer,
		"period": statement_lines.period_of(doc),
		"columns": [_("Property"), _("Unit"), *(_(label) for label, _fields in SHOWN)],
		"lines": [_line(row) for row in doc.lines],
		"seen": doc.issued_hash,
		"can_answer": can_answer,
		"choices": [
			{"value": answer, "label": _(answer), "meaning": meaning}
			for answer, meaning in meanings.items()
			if can_answer
		],
		"decided": _("Answered on {0} by {1}: {2}").format(
			format_date(doc.answered_at), doc.answered_by or "–", _(doc.answer)
		)
		if doc.answer
		else None,
	}


def _line(row) -> list[str]:
	name = " · ".join(filter(None, (row.property_name, row.identification, row.customer_property)))
	sums = (sum(row.get(field) or 0 for field in fields) for _label, fields in SHOWN)
	return [name, row.unit or "", *(f"{round(value, statement_lines.MOST_DIGITS):,.10g}" for value in sums)]


@retry.after_conflict
def answer(doc, values: dict) -> None:
	"""Store what the customer answers by his personal link; once, whoever else answers, closes or cancels now.

	:param values: ``answer`` (Agreed or Does Not Agree), ``person``, ``remark``, and ``seen``, the fingerprint that the page showed.
	:raises GuestInputError: for a bad name or answer, a disagreement without a word why, a second answer, or a statement that is not
	as he saw it.
	"""
	given, person, remark = _read(values)
	seen = str(values.get("seen") or "")
	if not _claim(doc.name, seen):
		_explain(doc.name, seen)
	_store(doc.name, given, person, remark, seen, _("By the customer's personal link; seen: {0}").format(seen))


def record(name: str, given: str, person: str, remark: str | None = None) -> None:
	"""Store what the customer answered on paper, by mail or by phone, as staff report it.

	:raises GuestInputError: for a bad answer, as on his page; PropertyError: for a statement that waits for none.
	"""
	given, person, remark = _read({"answer": given, "person": person, "remark": remark})
	doc = locking.load(DOCTYPE, name)
	if not _claim(name, doc.issued_hash or ""):
		frappe.throw(_("The statement waits for no answer."), PropertyError)
	_store(name, given, person, remark, doc.issued_hash, _("Recorded by us"))


def _store(name: str, given: str, person: str, remark: str, seen: str, detail: str) -> None:
	doc = locking.load(DOCTYPE, name)
	values = {"answered_at": doc.answered_at, "answered_by": person, "answer": given, "answer_remark": remark}
	steps.go_to(doc, CLOSED, **values, seen_hash=seen)
	events.record(doc, "Customer Answered", after=given, detail=f"{person}. {detail}")
	if given == DISAGREES:
		statement_lines.tell(doc)


def _read(values: dict) -> tuple[str, str, str]:
	given, person, remark = (values.get(key) or "" for key in ("answer", "person", "remark"))
	if given not in ANSWERS:
		guest.refuse(_("Please choose whether you agree."))
	if not isinstance(person, str) or len(person) > LONGEST_NAME:
		guest.refuse(_("{0} cannot be read.").format(_("Your Name")))
	person = text.plain(person).strip()
	if len(person) < 2:
		guest.refuse(_("Please enter your name."))
	if not isinstance(remark, str) or len(remark) > LONGEST_REMARK:
		guest.refuse(_("{0} cannot be read.").format(_("Remark")))
	remark = text.plain(remark).strip()
	if given == DISAGREES and not remark:
		guest.refuse(_("Please say what is not right."))
	return given, person, remark


def _claim(name: str, seen: str) -> bool:
	"""Whether this answer is the first and the statement is still what was seen: one statement that must hit one row (S10)."""
	table = frappe.qb.DocType(DOCTYPE)
	(
		frappe.qb.update(table)
		.set(table.answered_at, clock.now())
		.where(
			(table.name == name)
			& (table.workflow_state == states.state_for(DOCTYPE, ISSUED))
			& table.answered_at.isnull()
			& (table.issued_hash == seen)
		)
	).run()
	return frappe.db._cursor.rowcount == 1


def _explain(name: str, seen: str) -> None:
	""":raises GuestInputError: saying why the answer cannot be taken."""
	doc = locking.load(DOCTYPE, name)
	if doc.answered_at:
		guest.refuse(_("This statement has been answered already. Thank you."))
	if doc.issued_hash != seen:
		guest.refuse(_("The statement is not what the page showed you. Please load the page again."))
	guest.refuse(_("This statement cannot be answered at present. Please ask us."))
