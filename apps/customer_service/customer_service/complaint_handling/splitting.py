"""One matter in several complaints, or several complaints of one matter: split, duplicate, possible duplicates."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.model.workflow import get_transitions
from frappe.utils import escape_html, flt, get_datetime

from customer_service.exceptions import CustomerServiceError, QuantityError
from customer_service.organisation import clock, events, states

KEPT = (
	"customer",
	"reported_company",
	"contact_person",
	"contact_phone",
	"contact_email",
	"language",
	"channel",
	"received_at",
	"received_by",
	"topic",
	"complaint_class",
	"severity",
	"priority",
	"customer_demand",
	"product",
	"order_no",
	"part_no",
	"ship_date",
)
"""What a part of a complaint has from the whole. It runs against the clocks from the same receipt."""

QUANTITIES = ("shipped_qty", "defective_qty")


def split(case, description: str, shipped_qty: float = 0, defective_qty: float = 0, **values) -> "frappe.Document":
	"""Make a new complaint of a part of this one; the quantities of both add up to what they were.

	:param description: what the part is about. :param values: other topic, class or part of the product.
	:returns: the new Complaint, routed by its own topic.
	:raises QuantityError: if a part is larger than the whole.
	"""
	if case.state_category in states.ENDED:
		_refuse(_("Complaint {0} has ended."), case.name)
	part = frappe.new_doc("Complaint")
	part.update({field: case.get(field) for field in KEPT})
	part.update({key: value for key, value in values.items() if value})
	part.description = description
	for field, moved in zip(QUANTITIES, (shipped_qty, defective_qty), strict=True):
		_move(case, part, field, flt(moved))
	case.save()
	part.flags.split_from = case.name
	part.insert()
	for doc, other in ((case, part), (part, case)):
		events.record(doc, "Split", case.name, part.name, detail=_("With {0}").format(other.name))
	return part


def _move(case, part, field: str, moved: float) -> None:
	if not 0 <= moved <= flt(case.get(field)):
		frappe.throw(
			_("{0}: a part of {1} cannot be split from {2}.").format(
				frappe.bold(_(case.meta.get_label(field))), f"{moved:g}", f"{flt(case.get(field)):g}"
			),
			QuantityError,
		)
	part.set(field, moved)
	case.set(field, flt(case.get(field)) - moved)


def mark_duplicate(case, original: str) -> None:
	"""End a complaint as the duplicate of another one that is handled instead. It keeps its contacts and files.

	The step is one of the workflow, so its roles decide who may take it.

	:raises CustomerServiceError: for a chain or a circle of duplicates, or an original that was cancelled.
	:raises frappe.PermissionError: if the workflow does not offer the step to the user.
	"""
	leading = frappe.get_doc("Complaint", original)
	leading.check_permission("write")
	if leading.name == case.name or leading.duplicate_of or leading.state_category == states.CANCELLED:
		_refuse(_("{0} cannot stand for another complaint."), leading.name)
	if frappe.db.exists("Complaint", {"duplicate_of": case.name}):
		_refuse(_("{0} has duplicates itself; mark those first."), case.name)
	state = next(
		(
			row.next_state
			for row in get_transitions(case)
			if states.step_of(case.doctype, row.next_state) == "Duplicate"
		),
		None,
	)
	if not state:
		raise frappe.PermissionError(_("You cannot mark this complaint as a duplicate."))
	case.workflow_state = state
	case.flags.duplicate_of = leading.name
	case.save()
	events.record(case, "Merged", case.name, leading.name)
	events.record(leading, "Merged", case.name, leading.name, detail=_("With {0}").format(case.name))


def keep(case) -> None:
	"""The links to other complaints are set by splitting and merging alone (hook validate of Complaint)."""
	for field in ("split_from", "duplicate_of"):
		if case.flags.get(field):
			case.set(field, case.flags.pop(field))


def _refuse(message: str, name: str) -> None:
	frappe.throw(message.format(frappe.bold(escape_html(name))), CustomerServiceError)


SHOWN = ("name", "received_at", "workflow_state", "order_no", "part_no", "reported_company")

MOST_SHOWN = 10


def possible_duplicates(customer: str | None, order_no: str | None, part_no: str | None, name: str | None, at) -> list:
	"""Complaints of the same customer with the same order or part number, received shortly before or after.

	:param name: the complaint itself, which is none. :param at: when it was received, site time zone; now if not given.
	:returns: rows that the user may read, latest first.
	"""
	same = {field: value for field, value in (("order_no", order_no), ("part_no", part_no)) if value}
	if not customer or not same:
		return []
	span = timedelta(days=frappe.get_cached_doc("Customer Service Settings").duplicate_days or 0)
	moment = get_datetime(at) if at else clock.now()
	return frappe.get_list(
		"Complaint",
		filters={
			"customer": customer,
			"received_at": ("between", (moment - span, moment + span)),
			"name": ("!=", name or ""),
			"state_category": ("!=", states.CANCELLED),
		},
		or_filters=same,
		fields=list(SHOWN),
		order_by="received_at desc",
		limit_page_length=MOST_SHOWN,
	)


def linked(case) -> list[frappe._dict]:
	"""Parts and duplicates of a complaint that the user may read, for its form."""
	return frappe.get_list(
		"Complaint",
		or_filters={"split_from": case.name, "duplicate_of": case.name},
		fields=["name", "workflow_state", "split_from", "duplicate_of", "contact_person", "received_at"],
		order_by="name asc",
		limit_page_length=50,
	)
