"""Endpoints of pro forma invoices: for staff, and the three doors of a buyer without login (C-7, S9)."""

import frappe
from frappe import _
from frappe.utils import cint

from customer_service.contract_review import proforma, proforma_buyer, proforma_print, proforma_steps
from customer_service.controlled_forms import printing
from customer_service.organisation import guest, processes


@frappe.whitelist(methods=["POST"])
def send(name: str, recipient: str | None = None, message: str | None = None) -> str:
	"""Mail an issued invoice as PDF to the buyer, with a personal link by which he can accept it.

	:param recipient: the buyer's e-mail if not given. :param message: a paragraph of our own.
	:returns: the address. :raises ProFormaError: for an invoice that is not issued; frappe.PermissionError.
	"""
	doc = _own(name)
	doc.check_permission("email")
	return proforma_buyer.send(doc, recipient, message)


@frappe.whitelist(methods=["POST"])
def make_from_review(review: str) -> str:
	"""Make a draft with the lines of an order.

	:param review: number of a Contract Review. :returns: number of the Pro Forma Invoice.
	:raises ProFormaError: for one that was cancelled or superseded; frappe.PermissionError.
	"""
	order = frappe.get_doc("Contract Review", review)
	order.check_permission("read")
	frappe.has_permission(proforma.DOCTYPE, "create", throw=True)
	return proforma.from_review(order).name


@frappe.whitelist(methods=["POST"])
def revise(name: str) -> str:
	"""Make a new version of an issued invoice, as a draft; the old one is superseded at once and its link ends.

	:returns: number of the new Pro Forma Invoice. :raises ProFormaError: if it cannot be revised; frappe.PermissionError.
	"""
	_own(name)
	frappe.has_permission(proforma.DOCTYPE, "create", throw=True)
	return proforma_steps.revise(name)


@frappe.whitelist(methods=["POST"])
def record_payment(name: str, amount: float | str, paid_on: str, reference: str, part: str | None = None) -> dict:
	"""Record a payment that arrived, by hand or from the bank's program; the state follows.

	:param amount: in the invoice's currency, negative to take a wrong one back. :param paid_on: ``YYYY-MM-DD``.
	:param reference: the bank's number of the payment: the same is recorded once. :param part: label of a payment part.
	:returns: ``state``, ``paid``, ``balance``, ``overpaid``.
	:raises ProFormaError, MoneyError: says what is wrong; frappe.PermissionError.
	"""
	_own(name)
	doc = proforma_steps.record_payment(name, amount, paid_on, reference, part)
	more = proforma_steps.overpaid(doc)
	if more:
		frappe.msgprint(
			_("{0} {1} more than the total were paid.").format(doc.currency, proforma_print.amount(more, doc.currency)),
			title=_("Overpaid"),
			indicator="orange",
		)
	return {"state": doc.workflow_state, "paid": doc.paid_total, "balance": doc.balance, "overpaid": more}


def _own(name: str):
	doc = frappe.get_doc(proforma.DOCTYPE, name)
	doc.check_permission("write")
	return doc


@frappe.whitelist(allow_guest=True, methods=["POST"])
def show(token: str) -> dict:
	"""What the buyer may see of his invoice, by his personal link.

	:returns: see `proforma_buyer.shown`; only ``is_superseded`` and ``message`` if there is a newer version.
	:raises LinkInvalidError: HTTP 404 for a wrong, expired or revoked token; frappe.TooManyRequestsError: HTTP 429.
	"""
	guest.limit_posts("show_pro_forma")
	processes.require(proforma.DOCTYPE)
	return _shown(proforma_buyer.invoice_of(token))


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
def accept(token: str, person: str, agreed: bool | int | str, seen: str) -> dict:
	"""The buyer accepts the invoice that he saw, by his personal link; once.

	:param person: his name. :param agreed: the tick, 1. :param seen: the fingerprint that `show` gave.
	:returns: as `show`. :raises LinkInvalidError: HTTP 404; frappe.TooManyRequestsError: HTTP 429.
	:raises GuestInputError: HTTP 417 without name or tick, for a second acceptance, an expired or a changed invoice.
	"""
	guest.limit_posts("accept_pro_forma")
	processes.require(proforma.DOCTYPE)
	doc = proforma_buyer.invoice_of(token)
	if not doc:
		guest.refuse(proforma_buyer.superseded())
	if not cint(agreed) or not isinstance(seen, str):
		guest.refuse(_("Please tick that you accept the invoice."))
	proforma_buyer.accept(doc.name, person, seen)
	return _shown(frappe.get_doc(proforma.DOCTYPE, doc.name))


@frappe.whitelist(allow_guest=True, methods=["POST"])
def download(token: str) -> None:
	"""The invoice as PDF, by the buyer's personal link.

	:raises LinkInvalidError: HTTP 404 for a wrong, expired, revoked or superseded token; frappe.TooManyRequestsError: HTTP 429.
	"""
	guest.limit_posts("download_pro_forma")
	processes.require(proforma.DOCTYPE)
	doc = proforma_buyer.invoice_of(token)
	if not doc:
		guest.refuse(proforma_buyer.superseded())
	printing.respond(doc.name, printing.for_holder_of_link(doc, printing.known_language(frappe.local.lang)))


def _shown(doc) -> dict:
	return proforma_buyer.shown(doc) if doc else {"is_superseded": True, "message": proforma_buyer.superseded()}
