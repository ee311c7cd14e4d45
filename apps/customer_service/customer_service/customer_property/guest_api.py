"""The customer's doors without login (S9): what became of his property, what he decides, answers and agrees to (D-2, D-4, D-5)."""

import frappe
from frappe import _
from frappe.utils import format_date

from customer_service.contract_review import quantities
from customer_service.controlled_forms import printing
from customer_service.customer_property import (
	customer_side,
	event_answers,
	pictures,
	rejected_lots,
	sampling,
	statements,
)
from customer_service.exceptions import PropertyError
from customer_service.organisation import guest, processes, states

INSPECTION, EVENT, STATEMENT = customer_side.PURPOSES


@frappe.whitelist(allow_guest=True, methods=["POST"])
def show(token: str) -> dict:
	"""What the customer may see of the record that his personal link is for.

	:returns: ``kind`` (decision, event or statement) and what the page shows; ``seen`` is the fingerprint that an answer needs,
		``choices`` (value, label, meaning) what can be answered while ``can_answer``, ``decided`` what was. A statement has ``period``
		and ``lines``.
	:raises LinkInvalidError: HTTP 404 for a wrong, expired or revoked token; frappe.TooManyRequestsError: HTTP 429.
	"""
	guest.limit_posts("show_property")
	return _shown(_record(token))


@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
def answer(token: str, decision: str, person: str, seen: str, remark: str | None = None) -> dict:
	"""The customer decides, answers or agrees by his personal link; once.

	:param decision: one of those that `show` offers. :param person: his name. :param seen: the fingerprint that `show` gave.
	:returns: as `show`. :raises LinkInvalidError: HTTP 404; frappe.TooManyRequestsError: HTTP 429.
	:raises GuestInputError: HTTP 417 without name or decision, for a second answer, or to what has changed since.
	"""
	guest.limit_posts("answer_property")
	doc = _record(token)
	if not isinstance(seen, str) or not seen:
		guest.refuse(_("This is not what the page showed you. Please load the page again."))
	if doc.doctype == STATEMENT:
		statements.answer(doc, {"answer": decision, "person": person, "remark": remark, "seen": seen})
	else:
		take = rejected_lots.decide if doc.doctype == INSPECTION else event_answers.answer
		try:
			take(doc.name, decision, person, remark, customer_side.BY_LINK, seen)
		except PropertyError:  # what our ledger says of it is our business
			frappe.clear_last_message()
			guest.refuse(_("This cannot be decided at present. Please call us."))
	return _shown(frappe.get_doc(doc.doctype, doc.name))


@frappe.whitelist(allow_guest=True, methods=["POST"])
def download(token: str) -> None:
	"""The report or statement as PDF, by the customer's personal link.

	:raises LinkInvalidError: HTTP 404 for a wrong, expired or revoked token; frappe.TooManyRequestsError: HTTP 429.
	"""
	guest.limit_posts("download_property")
	doc = _record(token)
	printing.respond(doc.name, customer_side.print_of(doc, printing.known_language(frappe.local.lang)))


def _record(token: str):
	"""The record that a link opens; what was withdrawn looks like what never was."""
	processes.require("Customer Property")
	link = guest.resolve_link(token, tuple(customer_side.PURPOSES.values()))
	if customer_side.PURPOSES.get(link.reference_doctype) != link.purpose:
		guest.refuse_link()
	doc = frappe.get_doc(link.reference_doctype, link.reference_name)
	if doc.state_category == states.CANCELLED:
		guest.refuse_link()
	return doc


def _shown(doc) -> dict:
	if doc.doctype == STATEMENT:
		return _statement(doc)
	step = states.step_of(doc.doctype, doc.workflow_state)
	can_answer = step == customer_side.TOLD and not doc.customer_decided_at
	rest = _inspection(doc) if doc.doctype == INSPECTION else _event(doc)
	meanings = (rejected_lots if doc.doctype == INSPECTION else event_answers).meanings() if can_answer else {}
	return {
		"number": doc.name,
		"property": doc.property_name,
		"can_answer": can_answer,
		"seen": doc.seen_hash,
		"choices": [{"value": key, "label": _(key), "meaning": words} for key, words in meanings.items()],
		"decided": _decided(doc),
		**rest,
	}


def _statement(doc) -> dict:
	said = statements.shown(doc)
	labels = said.pop("columns")[2:]
	return {"kind": "statement", **said, "lines": [_line(row, labels) for row in said["lines"]]}


def _line(row: list[str], labels: list[str]) -> dict:
	"""A line with its figures, those of nothing left out but for the opening and the closing balance."""
	name, unit, *figures = row
	name, _dot, below = name.partition(" · ")
	balances = (labels[0], _("Closing Balance"))
	shown = [(label, value) for label, value in zip(labels, figures, strict=True) if label in balances or value != "0"]
	return {
		"name": name,
		"below": below,
		"figures": [{"label": label, "value": f"{value} {unit}".strip()} for label, value in shown],
	}


def _decided(doc) -> str | None:
	if not doc.customer_decision:
		return None
	return _("Decided on {0} by {1}: {2}.").format(
		format_date(doc.customer_decided_at), doc.customer_decided_by or "–", _(doc.customer_decision)
	)


def _inspection(doc) -> dict:
	return {
		"kind": "decision",
		"date": format_date(doc.inspected_on),
		"lot": _quantity(doc, doc.lot_qty),
		"sample": str(doc.sample_size or ""),
		"defects": str(doc.defects_found or 0),
		"rejected": _quantity(doc, doc.rejected_qty),
		"reason": doc.verdict_reason,
		"characteristics": [
			_characteristic(row) for row in doc.characteristics if row.result == sampling.NOT_CONFORMING
		],
		"pictures": pictures.of(doc),
	}


def _characteristic(row) -> dict:
	known = [qty for qty in (row.lower_limit, row.upper_limit) if qty]
	limits = f"{quantities.text(row.lower_limit)} – {quantities.text(row.upper_limit)}" if known else ""
	return {
		"characteristic": row.characteristic,
		"wanted": " ".join(part for part in (row.specification, limits, row.unit) if part),
		"measured": row.measured or "",
		"defects": str(row.defects or 0),
	}


def _event(doc) -> dict:
	photo = pictures.source(doc, doc.photo)
	unit = frappe.db.get_value("Customer Property", doc.customer_property, "unit")
	return {
		"kind": "event",
		"date": format_date(doc.found_at),
		"what": _(doc.kind),
		"description": doc.description,
		"quantity": f"{quantities.text(doc.qty)} {unit or ''}".strip() if doc.qty else "",
		"message": doc.message,
		"pictures": [{"src": photo, "caption": ""}] if photo else [],
	}


def _quantity(doc, qty) -> str:
	return f"{quantities.text(qty)} {doc.unit or ''}".strip()
