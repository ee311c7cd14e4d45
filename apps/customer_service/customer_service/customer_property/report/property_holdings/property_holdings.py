"""What we hold of customers' property, by customer and by place, each unit for itself (D-1, D-4).

What is issued or lent out lies at no place of ours; it stands in a row of its own. Each user sees the items that his list shows him.
"""

import frappe
from frappe import _
from pypika.functions import Count, Sum

from customer_service.complaint_handling import figures
from customer_service.customer_property import entries, ledger
from customer_service.organisation import processes

BOTH, BY_CUSTOMER, BY_PLACE = "Customer and Place", "Customer", "Place"

LYING = ("to_inspect", "usable", "rejected")
OUT = ("issued_qty", "lent_qty")

MOST_BARS = 12


def execute(filters: dict | None = None):
	"""Rows with chart and summary.

	:param filters: ``by`` (Customer and Place, Customer, Place), ``customer``, ``place``, ``property_type``.
	"""
	processes.require(ledger.ITEM)
	filters = frappe._dict(filters or {})
	filters.by = filters.by if filters.by in (BY_CUSTOMER, BY_PLACE) else BOTH
	data = get_data(filters)
	return get_columns(filters.by), data, None, get_chart(data, filters.by), get_summary(data)


def get_columns(by: str = BOTH) -> list[dict]:
	customer = [
		figures.column("customer", _("Customer"), "Link", 110, options="Service Customer"),
		figures.column("customer_name", _("Customer Name"), "Data", 200),
	]
	place = [figures.column("place_label", _("Storage Place"), "Data", 190)]
	kinds = (
		("to_inspect", _("To Be Inspected")),
		("usable", _("Usable")),
		("rejected", _("Rejected Goods")),
		("on_hand", _("On Hand")),
		("issued_qty", _("Issued Out")),
		("lent_qty", _("Lent Out")),
	)
	return [
		*(customer if by != BY_PLACE else []),
		*(place if by != BY_CUSTOMER else []),
		figures.column("unit", _("Unit"), "Data", 70),
		figures.column("items", _("Items"), width=80),
		*(figures.column(kind, label, "Float", 110, precision=2) for kind, label in kinds),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	"""Two grouped statements: what lies at places, and what is out."""
	item, balance = frappe.qb.DocType(ledger.ITEM), frappe.qb.DocType(ledger.BALANCE)
	of_customer = [item.customer, item.customer_name] if filters.by != BY_PLACE else []
	of_place = [balance.place] if filters.by != BY_CUSTOMER else []
	lying = frappe.qb.from_(balance).inner_join(item).on(item.name == balance.customer_property)
	lying = _grouped(lying, [*of_customer, *of_place, item.unit], item, [balance[each] for each in LYING], filters)
	lying = lying.where((balance.to_inspect != 0) | (balance.usable != 0) | (balance.rejected != 0))
	if filters.place:
		lying = lying.where(balance.place == filters.place)
	rows = figures.readable(lying, ledger.ITEM).run(as_dict=True)
	if not filters.place:
		out = _grouped(frappe.qb.from_(item), [*of_customer, item.unit], item, [item[each] for each in OUT], filters)
		out = figures.readable(out.where((item.issued_qty != 0) | (item.lent_qty != 0)), ledger.ITEM)
		rows = _joined(rows, out.run(as_dict=True), filters.by)
	return [_row(row) for row in sorted(rows, key=lambda row: [str(row.get(key) or "~") for key in KEYS])]


KEYS = ("customer", "place", "unit")


def _grouped(query, keys: list, item, sums: list, filters: frappe._dict):
	query = query.select(*keys, Count(item.name).distinct().as_("items")).groupby(*keys)
	for field in ("customer", "property_type"):
		if filters.get(field):
			query = query.where(item[field] == filters[field])
	return query.select(*(Sum(column).as_(column.name) for column in sums))


def _joined(lying: list, out: list, by: str) -> list:
	"""By customer alone, what is out stands in the customer's own row; else in a row without a place."""
	if by != BY_CUSTOMER:
		return [*lying, *(frappe._dict(row, place=None) for row in out)]
	known = {(row.customer, row.unit): row for row in lying}
	for row in out:
		own = known.setdefault((row.customer, row.unit), row)
		own.update({column: row[column] for column in OUT})
	return list(known.values())


def _row(row: frappe._dict) -> frappe._dict:
	for column in (*LYING, *OUT):
		row[column] = round(float(row.get(column) or 0), entries.MOST_DECIMALS)
	row.on_hand = round(sum(row[column] for column in LYING), entries.MOST_DECIMALS)
	row.place_label = _(row.place) if row.get("place") else _("Issued or Lent Out")
	return row


def get_chart(data: list[frappe._dict], by: str = BOTH) -> dict | None:
	"""Items by customer, or by place: the largest first."""
	key = "place_label" if by == BY_PLACE else "customer_name"
	counts: dict[str, int] = {}
	for row in data:
		counts[row.get(key) or ""] = counts.get(row.get(key) or "", 0) + row["items"]
	if not counts:
		return None
	shown = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:MOST_BARS]
	return {
		"type": "bar",
		"colors": ["#2490ef"],
		"data": {
			"labels": [label for label, _count in shown],
			"datasets": [{"name": _("Items"), "values": [count for _label, count in shown]}],
		},
	}


def get_summary(data: list[frappe._dict]) -> list[dict]:
	return [
		{
			"value": len({row.customer for row in data if row.get("customer")}),
			"label": _("Customers"),
			"datatype": "Int",
		},
		{"value": len({row.place for row in data if row.get("place")}), "label": _("Places"), "datatype": "Int"},
	]
