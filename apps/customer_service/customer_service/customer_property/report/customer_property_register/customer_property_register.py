"""The register of customers' property on one sheet (顾客财产登记表): what, whose, how much, where, in what state (D-1).

Each user sees the items that his list shows him. Printed, it carries the number of the controlled form of Customer Property.
"""

from collections import Counter

import frappe
from frappe import _
from frappe.utils import cint
from pypika.functions import Coalesce, NullIf
from pypika.terms import LiteralValue

from customer_service.complaint_handling import figures
from customer_service.customer_property import ledger, wording
from customer_service.organisation import processes, states

ROWS = 2000
"""At most, where nothing else is asked: as many as can be printed."""

MATCHED = ("customer", "property_type", "department", "protection_class", "workflow_state")

SHOWN = (
	"name",
	"property_name",
	"property_type",
	"identification",
	"customer",
	"customer_name",
	"unit",
	"received_qty",
	"on_hand",
	"workflow_state",
	"protection_class",
	"first_entry_on",
)

PLACES = LiteralValue(
	"(select group_concat(place order by place separator '\\n') from `tabProperty Balance`"
	" where customer_property = `tabCustomer Property`.name and (to_inspect > 0 or usable > 0 or rejected > 0))",
	"places",
)
"""Where an item lies. With the items, as to ask for hundreds of them by name afterwards takes longer than to read what they are."""


def execute(filters: dict | None = None):
	"""Items by number, with a word if there are more, and how many of each state.

	:param filters: any of `MATCHED`, ``place``, ``with_ended`` (what was returned, consumed or scrapped as well), ``limit``.
	"""
	processes.require(ledger.ITEM)
	filters = frappe._dict(filters or {})
	most = cint(filters.limit) or ROWS
	data = get_data(filters, most + 1)
	message = _("Only the first {0} are shown. Narrow the report by its filters.").format(most)
	has_more, data = len(data) > most, data[:most]
	return get_columns(), data, message if has_more else None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("name", _("Number"), "Link", 140, options=ledger.ITEM),
		figures.column("property_name", _("Name of the Property"), "Data", 180),
		figures.column("property_type", _("Property Type"), "Link", 100, options="Property Type"),
		figures.column("identification", _("Identification"), "Data", 120),
		figures.column("serial_or_lot", _("Serial or Lot No."), "Data", 120),
		figures.column("customer", _("Customer"), "Link", 110, options="Service Customer"),
		figures.column("customer_name", _("Customer Name"), "Data", 180),
		figures.column("unit", _("Unit"), "Data", 60),
		figures.column("received_qty", _("Received in All"), "Float", 100, precision=2),
		figures.column("on_hand", _("On Hand"), "Float", 100, precision=2),
		figures.column("out", _("Issued or Lent Out"), "Float", 110, precision=2),
		figures.column("places", _("Storage Place"), "Data", 180),
		figures.column("status", _("Status"), "Data", 100),
		figures.column("protection_class", _("Protection Class"), "Link", 120, options="Protection Class"),
		figures.column("first_entry_on", _("In the Ledger Since"), "Date", 110),
	]


def get_data(filters: frappe._dict, limit: int = ROWS) -> list[frappe._dict]:
	item, balance = frappe.qb.DocType(ledger.ITEM), frappe.qb.DocType(ledger.BALANCE)
	query = frappe.qb.from_(item).select(*(item[field] for field in SHOWN)).orderby(item.name).limit(limit)
	query = query.select(Coalesce(NullIf(item.serial_no, ""), item.lot_no).as_("serial_or_lot"))
	query = query.select((item.issued_qty + item.lent_qty).as_("out"), PLACES)
	for field in MATCHED:
		if filters.get(field):
			query = query.where(item[field] == filters[field])
	if not cint(filters.with_ended) and not filters.workflow_state:
		query = query.where(item.state_category.notin(states.ENDED))
	if filters.place:
		there = frappe.qb.from_(balance).select(balance.customer_property).where(balance.place == filters.place)
		query = query.where(item.name.isin(there.where(_lies(balance))))
	rows = figures.readable(query, ledger.ITEM).run(as_dict=True)
	labels = {state: wording.of_state(state) for state in {row["workflow_state"] for row in rows}}
	places = {
		kept: ", ".join(_(place) for place in (kept or "").split("\n")) for kept in {row["places"] for row in rows}
	}
	for row in rows:
		row["places"] = places[row["places"]]
		row["status"] = labels[row["workflow_state"]]
	return rows


def _lies(balance):
	return (balance.to_inspect > 0) | (balance.usable > 0) | (balance.rejected > 0)


def get_chart(data: list[frappe._dict]) -> dict | None:
	"""Items by state."""
	if not data:
		return None
	counts = Counter([row["status"] for row in data])
	return {
		"type": "bar",
		"colors": ["#2490ef"],
		"data": {"labels": list(counts), "datasets": [{"name": _("Items"), "values": list(counts.values())}]},
	}


def get_summary(data: list[frappe._dict]) -> list[dict]:
	return [
		{"value": len(data), "label": _("Items"), "datatype": "Int"},
		{"value": len({row["customer"] for row in data}), "label": _("Customers"), "datatype": "Int"},
	]
