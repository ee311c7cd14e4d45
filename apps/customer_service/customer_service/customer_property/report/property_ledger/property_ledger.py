"""The ledger of ins and outs (库存进出帐): opening, every entry with in, out and balance, closing, item by item (D-4).

With a place, in and out are those of that place, so that a transfer shows at both of its ends. Each user sees the entries of the items that
his list shows him.
"""

from decimal import Decimal

import frappe
from frappe import _
from pypika import Case
from pypika.functions import Sum

from customer_service.complaint_handling import figures
from customer_service.contract_review.money import exact
from customer_service.customer_property import entries, ledger, signs, wording
from customer_service.exceptions import PropertyError
from customer_service.organisation import processes

MOST_ENTRIES = 5000

MOVES = tuple(kind for kind, sign in signs.SIGNS.items() if sign.moves)


def execute(filters: dict | None = None):
	"""Rows by item and date, with summary.

	:param filters: ``from_date`` and ``to_date`` (both inclusive, this month if not given), ``customer``, ``customer_property``, ``place``.
	:raises PropertyError: for more than `MOST_ENTRIES`; CustomerServiceError: if the period ends before it starts.
	"""
	processes.require(ledger.ENTRY)
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, None, get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("entry_date", _("Date"), "Date", 100),
		figures.column("customer_property", _("Customer Property"), "Link", 140, options=ledger.ITEM),
		figures.column("property_name", _("Name of the Property"), "Data", 160),
		figures.column("customer", _("Customer"), "Link", 110, options="Service Customer"),
		figures.column("entry", _("Entry"), "Data", 130),
		figures.column("place", _("Storage Place"), "Link", 150, options="Storage Place"),
		figures.column("to_place", _("To Storage Place"), "Link", 150, options="Storage Place"),
		figures.column("in_qty", _("In"), "Float", 90, precision=2),
		figures.column("out_qty", _("Out"), "Float", 90, precision=2),
		figures.column("balance", _("Balance on Hand"), "Float", 110, precision=2),
		figures.column("unit", _("Unit"), "Data", 60),
		figures.column("reference_name", _("Document"), "Dynamic Link", 140, options="reference_doctype"),
		figures.column("actor", _("Entered By"), "Link", 140, options="User"),
		figures.column("remark", _("Remark"), "Data", 160),
	]


def get_data(filters: frappe._dict) -> list[dict]:
	start, end = figures.period(filters, months=1)
	entries = _entries(filters, start, end)
	names = {row.customer_property for row in entries}
	if filters.customer_property and frappe.get_list(ledger.ITEM, {"name": filters.customer_property}, limit=1):
		names.add(filters.customer_property)
	openings = _openings(filters, start, sorted(names))
	items = {
		row.name: row
		for row in frappe.get_all(
			ledger.ITEM,
			filters={"name": ("in", sorted(names) or [""])},
			fields=["name", "property_name", "customer", "unit"],
		)
	}
	by_item: dict[str, list] = {name: [] for name in sorted(items)}
	for row in entries:
		by_item[row.customer_property].append(row)
	rows = []
	for name, own in by_item.items():
		rows += _account(items[name], openings.get(name, Decimal(0)), own, filters.place, start)
	return rows


def _entries(filters: frappe._dict, start, end) -> list[frappe._dict]:
	entry = frappe.qb.DocType(ledger.ENTRY)
	query = (
		frappe.qb.from_(entry)
		.select(entry.customer_property, entry.kind, entry.qty, entry.on_hand_change, entry.place, entry.to_place)
		.select(entry.entry_date, entry.reference_doctype, entry.reference_name, entry.actor, entry.remark)
		.select(entry.taken_from, entry.reversal_of)
		.where((entry.entry_date >= start.date()) & (entry.entry_date < end.date()))
		.orderby(entry.entry_date, entry.posted_at, entry.creation, entry.name)
		.limit(MOST_ENTRIES + 1)
	)
	rows = figures.readable(_narrowed(query, entry, filters), ledger.ENTRY).run(as_dict=True)
	if len(rows) > MOST_ENTRIES:
		frappe.throw(
			_("There are more than {0} entries. Narrow the report by its filters.").format(MOST_ENTRIES), PropertyError
		)
	return rows


def _narrowed(query, entry, filters: frappe._dict):
	for field in ("customer", "customer_property"):
		if filters.get(field):
			query = query.where(entry[field] == filters[field])
	if filters.place:
		query = query.where((entry.place == filters.place) | (entry.to_place == filters.place))
	return query


def _openings(filters: frappe._dict, start, names: list[str]) -> dict[str, Decimal]:
	"""What was on hand before the period, of the items whose entries the user may see: one grouped statement."""
	if not names:
		return {}
	entry = frappe.qb.DocType(ledger.ENTRY)
	change = entry.on_hand_change
	if filters.place:
		leaves = Case().when(entry.kind.isin(MOVES), -entry.qty).else_(entry.on_hand_change)
		here = Case().when(entry.place == filters.place, leaves).else_(0)
		change = here + Case().when((entry.to_place == filters.place) & entry.kind.isin(MOVES), entry.qty).else_(0)
	query = (
		frappe.qb.from_(entry)
		.select(entry.customer_property, Sum(change))
		.where(entry.customer_property.isin(names) & (entry.entry_date < start.date()))
		.groupby(entry.customer_property)
	)
	return {name: _rounded(qty) for name, qty in _narrowed(query, entry, filters).run()}


def _rounded(qty) -> Decimal:
	return round(exact(qty or 0), entries.MOST_DECIMALS)


def _account(item: frappe._dict, opening: Decimal, entries: list, place: str | None, start) -> list[dict]:
	"""One item's rows."""
	head = {"customer_property": item.name, "property_name": item.property_name, "customer": item.customer}
	head["unit"] = item.unit
	rows = [
		{**head, "entry": _("Opening Balance"), "entry_date": start.date(), "balance": float(opening), "is_total": 1}
	]
	balance, sums = opening, {"in_qty": Decimal(0), "out_qty": Decimal(0)}
	for row in entries:
		change = _change(row, place)
		balance += change
		column = "in_qty" if change > 0 else "out_qty"
		sums[column] += abs(change)
		label = wording.of_kind(row.kind)
		label = _("Reversal of {0}").format(label) if row.reversal_of else label
		shown = {column: float(abs(change))} if change else {}
		more = {key: row[key] for key in ("entry_date", "place", "to_place", "actor", "remark")}
		more |= {"reference_doctype": row.reference_doctype, "reference_name": row.reference_name}
		rows.append({**head, **more, **shown, "entry": label, "balance": float(balance)})
	totals = {key: float(qty) for key, qty in sums.items()}
	rows.append({**head, **totals, "entry": _("Closing Balance"), "balance": float(balance), "is_total": 1})
	return rows


def _change(row: frappe._dict, place: str | None) -> Decimal:
	if not place:
		return exact(row.on_hand_change or 0)
	effects = signs.effects(row.kind, exact(row.qty or 0), row.place, row.to_place, row.taken_from)
	return sum((change for (where, _condition), change in effects.items() if where == place), Decimal(0))


def get_summary(data: list[dict]) -> list[dict]:
	entries = [row for row in data if not row.get("is_total")]
	return [
		{"value": len({row["customer_property"] for row in data}), "label": _("Items"), "datatype": "Int"},
		{"value": len(entries), "label": _("Entries"), "datatype": "Int"},
	]
