"""Endpoints of the page *Scan Property*: see what a label means, move it, with as few touches as a phone allows (D-4)."""

import frappe
from frappe import _

from customer_service.contract_review import quantities
from customer_service.customer_property import entries, items, ledger, movements, signs, wording
from customer_service.exceptions import PropertyError
from customer_service.organisation import processes, retry, states

FACTS = (
	"customer_name",
	"property_type",
	"identification",
	"serial_no",
	"lot_no",
	"protection_class",
	"confidentiality",
	"storage_place",
)

OFFERED = ("Store", "Transfer", "Issue", "Put Back", "Consume", "Return to Customer")
"""What a phone offers; lending and scrapping ask for more and are done on the document's form."""

COLOURS = {"Open": "blue", "Waiting": "orange", "Resolved": "blue", "Closed": "grey", "Cancelled": "grey"}


@frappe.whitelist()
def look_up(code: str) -> dict:
	"""What a scanned or typed code means.

	:param code: see `items.find`. :returns: the item with places and actions, or ``refusal``, a text to be shown.
	"""
	processes.require(items.DOCTYPE)
	frappe.has_permission(items.DOCTYPE, "read", throw=True)
	try:
		name = items.find(code)
	except PropertyError as error:
		frappe.clear_messages()
		may_report = frappe.has_permission(movements.EVENT, "create")
		# Whoever holds it in his hands may report what is wrong with it, whether he may see the register's entry or not (D-5).
		return {
			"refusal": str(error),
			"actions": [_report(items.number_in(code))] if may_report and str(code).strip() else [],
		}
	doc = frappe.get_doc(items.DOCTYPE, name)
	doc.check_permission("read")
	held = [
		(_("On Hand"), _amount(doc, "on_hand")),
		(_("Issued"), _amount(doc, "issued_qty")),
		(_("Lent Out"), _amount(doc, "lent_qty")),
	]
	facts = [(_(doc.meta.get_label(field)), _shown(doc, field)) for field in FACTS]
	return {
		"name": doc.name,
		"property_name": doc.property_name,
		"state": wording.of_state(doc.workflow_state),
		"colour": "red" if doc.open_events else COLOURS.get(doc.state_category, "blue"),
		"photo": doc.photo,
		"facts": [*held, *facts],
		"places": ledger.balances(name),
		"actions": _actions(doc),
	}


def _amount(doc, field: str) -> str | None:
	return f"{quantities.text(doc.get(field))} {doc.unit}" if doc.get(field) or field == "on_hand" else None


def _shown(doc, field: str) -> str | None:
	value = doc.get(field)
	return _(value) if value and field in ("property_type", "protection_class", "confidentiality") else value


def _actions(doc) -> list[dict]:
	"""What the user may do with the item as it is now, each with the fields that it asks for."""
	found = []
	if doc.state_category != states.CANCELLED and frappe.has_permission(movements.DOCTYPE, "create"):
		found = [_movement(doc, kind) for kind in OFFERED if _has(doc, kind)]
	if frappe.has_permission(movements.EVENT, "create"):
		found.append(_report(doc.name, doc.unit))
	return found


def _has(doc, kind: str) -> bool:
	sign = signs.SIGNS[kind]
	if sign.takes == signs.CHOSEN:
		return bool(doc.usable_qty or doc.rejected_qty)
	return bool(doc.get(entries.OF_CONDITION[sign.takes]))


def _movement(doc, kind: str) -> dict:
	sign = signs.SIGNS[kind]
	lies = [row.place for row in ledger.balances(doc.name)]
	fields = [{"fieldname": "qty", "fieldtype": "Float", "label": _("Quantity"), "reqd": 1, "description": doc.unit}]
	if sign.takes in (*signs.ON_HAND, signs.CHOSEN):
		fields.append(_select("place", _("Storage Place"), lies, lies[0] if len(lies) == 1 else None))
	if kind in movements.CHOOSES and doc.rejected_qty:
		choices = [label for label, column in (("Usable", doc.usable_qty), ("Rejected", doc.rejected_qty)) if column]
		field = _select("taken_from", _("Taken From"), choices, choices[0])
		field["options"] = [{"value": value, "label": wording.of_condition(value)} for value in choices]
		fields.append(field)
	if sign.moves or kind in movements.COMES_BACK:
		fields.append(
			{
				"fieldname": "to_place",
				"fieldtype": "Link",
				"options": "Storage Place",
				"label": _("To Storage Place"),
				"reqd": 1,
				"default": _where_to(doc, kind, lies),
			}
		)
	if kind in movements.OF_ORDER:
		fields.append(
			{
				"fieldname": "manufacturing_order",
				"fieldtype": "Link",
				"options": movements.PRODUCTION,
				"label": _("Manufacturing Order"),
			}
		)
		fields.append({"fieldname": "to_person", "fieldtype": "Data", "label": _("For Person")})
	if doc.counts_shots and kind in movements.COMES_BACK:
		fields.append({"fieldname": "shots", "fieldtype": "Int", "label": _("Shots Made")})
	fields.append({"fieldname": "remark", "fieldtype": "Data", "label": _("Remark")})
	return {"kind": kind, "label": _(kind), "fields": fields, "values": {"name": doc.name, "kind": kind}}


def _where_to(doc, kind: str, lies: list[str]) -> str | None:
	"""The place that is meant most often: what comes back goes where it is usually kept, or where the rest of it lies."""
	if kind in movements.COMES_BACK:
		return doc.storage_place or (lies[0] if len(lies) == 1 else None)
	return doc.storage_place if doc.storage_place not in lies else None


def _select(name: str, label: str, values: list[str], default: str | None) -> dict:
	options = [{"value": value, "label": _(value)} for value in values]
	return {"fieldname": name, "fieldtype": "Select", "label": label, "options": options, "default": default, "reqd": 1}


def _report(code: str, unit: str | None = None) -> dict:
	kinds = frappe.get_all("Property Event Kind", filters={"is_active": 1}, pluck="name", order_by="creation, name")
	return {
		"kind": "Report",
		"label": _("Report Abnormality"),
		"method": "customer_service.customer_property.event_api.report",
		"values": {"code": code},
		"fields": [
			_select("kind", _("Kind of Abnormality"), kinds, None),
			{"fieldname": "description", "fieldtype": "Small Text", "label": _("Description"), "reqd": 1},
			{"fieldname": "qty", "fieldtype": "Float", "label": _("Quantity Concerned"), "description": unit},
		],
	}


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def move(
	name: str,
	kind: str,
	qty: float | str,
	place: str | None = None,
	to_place: str | None = None,
	taken_from: str | None = None,
	shots: int | str | None = None,
	manufacturing_order: str | None = None,
	to_person: str | None = None,
	remark: str | None = None,
) -> str:
	"""Make a movement of one item and enter it in the ledger, dated today.

	:param name: number of a Customer Property. :param kind: of a Property Movement; the others as its fields.
	:returns: number of the movement. :raises PropertyError, LedgerError: says what is wrong; nothing is kept then.
	:raises frappe.PermissionError: for who may not make movements or read the item.
	"""
	frappe.has_permission(movements.DOCTYPE, "create", throw=True)
	item = frappe.get_doc(items.DOCTYPE, name)
	item.check_permission("read")
	line = {
		"customer_property": name,
		"qty": qty,
		"place": place,
		"to_place": to_place,
		"shots": shots,
		"remark": remark,
	}
	doc = frappe.new_doc(movements.DOCTYPE)
	doc.update(
		{"kind": kind, "customer": item.customer, "manufacturing_order": manufacturing_order, "to_person": to_person}
	)
	doc.append("lines", {**line, "taken_from": taken_from or "Usable"})
	doc.insert()
	doc.workflow_state = states.state_for(movements.DOCTYPE, movements.POSTED)
	doc.save()  # the workflow says whether this user may enter it
	return doc.name
