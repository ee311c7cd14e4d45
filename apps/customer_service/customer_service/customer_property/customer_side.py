"""What inspections and abnormalities have in common towards the customer (D-2, D-5): mail with a personal link, being told otherwise, one
decision under any race (S9, S10)."""

import frappe
from frappe import _
from frappe.utils import escape_html, get_url

from customer_service.contract_review import mailing
from customer_service.controlled_forms import printing
from customer_service.customer_property import duties
from customer_service.exceptions import CustomerServiceError, GuestInputError, PropertyError
from customer_service.organisation import clock, events, guest, locking, states, text

PURPOSES = {
	"Property Inspection": "Property Decision",
	"Property Event": "Property Event",
	"Property Statement": "Property Statement",
}
"""DocType -> what a personal link to one of its records is for."""

PAGE = "customer-property"
MAIL = "customer_service/templates/emails/customer_property.html"

MAIL_VIA, OTHER_WAYS = "Mail", ("Phone", "Fax", "Visit")
BY_LINK, BY_STAFF = "Personal Link", "Staff"

TOLD = "Customer Told"

LONGEST_NAME, LONGEST_WORDS = 140, 2000


def url(doc, language: str) -> str:
	"""The customer's page with a new token behind the #, which browsers send to no server; of the configured host, never of one
	that a request named."""
	days = frappe.get_cached_doc(duties.SETTINGS).property_link_days or 0
	token = guest.issue_link(doc, PURPOSES[doc.doctype], days)
	return f"{(frappe.conf.host_name or get_url()).rstrip('/')}/{PAGE}?_lang={language}#{token}"


def revoke(doc) -> None:
	"""Links that were mailed before are worth nothing any more."""
	link = frappe.qb.DocType("Guest Link")
	(
		frappe.qb.update(link)
		.set(link.is_revoked, 1)
		.where((link.reference_doctype == doc.doctype) & (link.reference_name == doc.name))
		.where(link.purpose == PURPOSES[doc.doctype])
	).run()


def language_of(doc) -> str:
	"""The customer's language, if we write in it."""
	return mailing.language_of(frappe.get_cached_value("Service Customer", doc.customer, "language"))


def mail(doc, recipient: str | None, subject: str, lines: list[str], words: str | None) -> str:
	"""Mail a record as PDF with a new personal link; links that were sent before end.

	:param recipient: the record's contact if not given. :param lines: what has happened, plain text, in the customer's language.
	:param words: a paragraph of our own, plain text. :returns: the address. :raises PropertyError: for anything but one address.
	"""
	address = one_recipient(doc, recipient)
	language = language_of(doc)
	revoke(doc)
	shown = {
		"person": doc.contact_person,
		"lines": lines,
		"words": text.plain(words or "").strip(),
		"url": url(doc, language),
		"language": language,
	}
	mailing.send(doc, address, subject, frappe.render_template(MAIL, shown), [_attachment(doc, language)])
	events.record(doc, "Sent", after=address)
	return address


def print_of(doc, language: str | None = None) -> bytes:
	"""A record as PDF for its customer, who was let in by the caller: without what layouts keep for ourselves (``doc.flags.for_customer``)."""
	doc.flags.for_customer = True
	try:
		return printing.for_holder_of_link(doc, language)
	finally:
		doc.flags.for_customer = False


def _attachment(doc, language: str) -> dict:
	"""The customer's PDF as a file of the record. It is made here: what is printed when a mail is queued is our own print."""
	file = frappe.new_doc("File")
	content = print_of(frappe.get_doc(doc.doctype, doc.name), language)
	file.update({"file_name": f"{doc.name}.pdf", "content": content, "is_private": 1})
	file.update({"attached_to_doctype": doc.doctype, "attached_to_name": doc.name})
	file.flags.made_by_the_app = True  # the limits for attachments are for what people send
	file.insert(ignore_permissions=True)
	return {"fid": file.name}


def one_recipient(doc, recipient: str | None) -> str:
	"""The address to write to. :raises PropertyError: for none, several, or what is no address."""
	address = mailing.one_address(recipient or doc.contact_email)
	if not address:
		frappe.throw(_("Name one e-mail address of the customer."), PropertyError)
	return address


def way(via: str, to: str | None) -> tuple[str, str]:
	"""How and whom somebody was told, when it was not by our mail.

	:raises PropertyError: for an unknown way, or without a person.
	"""
	if via not in OTHER_WAYS:
		frappe.throw(
			_("The customer was told by one of {0}.").format(", ".join(_(each) for each in OTHER_WAYS)), PropertyError
		)
	person = text.plain(str(to or "")).strip()[:LONGEST_NAME]
	if not person:
		frappe.throw(_("Write whom you have told."), PropertyError)
	return via, person


def told(via: str, to: str) -> dict:
	"""The fields of a record whose customer has just been told."""
	return {"told_at": clock.now(), "told_to": to, "told_via": via}


# --- his decision ------------------------------------------------------------------------------------------------------


def decide(doctype: str, name: str, by: str, via: str, seen: str | None):
	"""Take the one decision that a record takes, whoever else decides at the same moment: one statement that must hit one row (S10).

	:param by: who decides, as typed. :param seen: the fingerprint that the page showed; None for staff, who see the record itself.
	:returns: the record as committed, held; it has `customer_decided_at`. The caller stores the rest.
	:raises GuestInputError, PropertyError: by link, by staff: for a second decision, or one on what is not so any more.
	"""
	error = GuestInputError if via == BY_LINK else PropertyError
	by = person(by, error)
	if not _claim(doctype, name, seen):
		_explain(doctype, name, seen, error)
	doc = locking.load(doctype, name)
	doc.flags.decision = {
		"customer_decided_at": doc.customer_decided_at,
		"customer_decided_by": by,
		"customer_decided_via": via,
	}
	return doc


def person(given: str, error: type[CustomerServiceError]) -> str:
	"""Who decides. :raises CustomerServiceError: of the given class, for a name that is none."""
	if not isinstance(given, str) or len(given) > LONGEST_NAME:
		frappe.throw(_("{0} cannot be read.").format(_("Your Name")), error)
	name = text.plain(given).strip()
	if len(name) < 2:
		frappe.throw(_("Please enter your name."), error)
	return name


def words(given: str | None, error: type[CustomerServiceError]) -> str | None:
	"""A remark. :raises CustomerServiceError: of the given class, for what is no text, or too long."""
	if given is not None and (not isinstance(given, str) or len(given) > LONGEST_WORDS):
		frappe.throw(_("The remark is too long: at most {0} characters.").format(LONGEST_WORDS), error)
	return text.plain(given or "").strip() or None


def one_of(given: str, known: tuple[str, ...], error: type[CustomerServiceError]) -> str:
	"""The decision. :raises CustomerServiceError: of the given class, for one that is not offered."""
	if not isinstance(given, str) or given not in known:
		frappe.throw(_("Please choose one of the decisions."), error)
	return given


def _claim(doctype: str, name: str, seen: str | None) -> bool:
	table = frappe.qb.DocType(doctype)
	query = (
		frappe.qb.update(table)
		.set(table.customer_decided_at, clock.now())
		.where((table.name == name) & table.customer_decided_at.isnull())
		.where(table.workflow_state == states.state_for(doctype, TOLD))
	)
	if seen is not None:
		query = query.where(table.seen_hash == str(seen))
	query.run()
	return frappe.db._cursor.rowcount == 1


def _explain(doctype: str, name: str, seen: str | None, error: type[CustomerServiceError]) -> None:
	""":raises CustomerServiceError: of the given class, saying why nothing can be decided."""
	doc = locking.load(doctype, name)
	if doc.customer_decided_at:
		frappe.throw(_("This has been decided already. Thank you."), error)
	if states.step_of(doctype, doc.workflow_state) != TOLD:
		if error is PropertyError:
			frappe.throw(
				_("{0} is {1}; record first that the customer was told.").format(
					frappe.bold(escape_html(doc.name)), _(doc.workflow_state)
				),
				error,
			)
		frappe.throw(_("This cannot be decided at present. Please call us."), error)
	frappe.throw(_("This is not what the page showed you. Please load the page again."), error)
