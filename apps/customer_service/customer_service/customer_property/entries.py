"""An entry of the property ledger before it is written: what it says, what need not be said, and what is refused (D-4)."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NoReturn

import frappe
from frappe import _
from frappe.utils import escape_html, formatdate, getdate

from customer_service.contract_review import money, quantities
from customer_service.contract_review.money import exact
from customer_service.customer_property import places, property_states, signs
from customer_service.exceptions import LedgerError
from customer_service.organisation import clock

MOST_DECIMALS = 6

TOTALS = ("received_qty", "consumed_qty", "returned_qty", "scrapped_qty")
OF_CONDITION = {
	signs.TO_INSPECT: "to_inspect_qty",
	signs.USABLE: "usable_qty",
	signs.REJECTED: "rejected_qty",
	signs.ISSUED: "issued_qty",
	signs.LENT: "lent_qty",
}
"""Condition -> the register's column."""

COUNTED = (*TOTALS, *OF_CONDITION.values(), "on_hand", "expected_qty")


@dataclass(frozen=True)
class Entry:
	"""One thing that happened.

	:param kind: a key of `signs.SIGNS`. :param qty: in the item's unit; shots for Count Shots; negative only for a count difference.
	:param place: where it lies or lay; if only one place is possible it need not be said. :param to_place: where it is moved to.
	:param taken_from: a key of `signs.CONDITIONS`, for what is moved, returned, scrapped or counted; usable if not said.
	:param unit: as a person wrote it; must be the item's. :param entry_date: when it happened; today of the site if not given.
	:param reference: (DocType, name) of the document that says so. :param row: name of its row. :param idx: number of the row, for messages.
	"""

	customer_property: str
	kind: str
	qty: Decimal | float
	place: str | None = None
	to_place: str | None = None
	taken_from: str | None = None
	unit: str | None = None
	entry_date: date | None = None
	reference: tuple[str, str] | None = None
	row: str | None = None
	idx: int | None = None
	remark: str | None = None
	reversal_of: str | None = None


class Item:
	"""An item while entries are posted: what the register says, its stock, and what is to be written."""

	def __init__(self, row: frappe._dict):
		self.row = row
		self.was = dict(row)
		self.stock: dict[signs.Key, Decimal] = {
			(None, signs.ISSUED): exact(row.issued_qty),
			(None, signs.LENT): exact(row.lent_qty),
		}
		self.names: dict[str, str] = {}
		for column in COUNTED:
			row[column] = exact(row[column])

	def add_balance(self, row: frappe._dict) -> None:
		self.names[row.place] = row.name
		self.stock |= {(row.place, condition): exact(row[condition]) for condition in signs.ON_HAND}

	def places_with(self, condition: str) -> list[str]:
		return [place for (place, known), qty in self.stock.items() if known == condition and place and qty > 0]


def complete(item: Item, entry: Entry) -> Entry:
	"""The entry with what need not be said, after every check that is not about quantities.

	:raises LedgerError: names the row: another unit, a place that does not fit, a date that is closed, in the future or before the item came.
	"""
	what = describe(item, entry)
	sign = signs.SIGNS.get(entry.kind)
	if not sign:
		frappe.throw(_("{0}: {1} is no entry of the ledger.").format(what, escape_html(str(entry.kind))), LedgerError)
	if property_states.is_cancelled(item.row):
		frappe.throw(_("{0}: it was cancelled; nothing can be entered for it.").format(what), LedgerError)
	if entry.unit and entry.unit != item.row.unit:
		frappe.throw(
			_("{0}: the unit is {1}, not {2}.").format(what, escape_html(item.row.unit), escape_html(str(entry.unit))),
			LedgerError,
		)
	if sign.counts and not item.row.counts_shots:
		frappe.throw(_("{0}: its type does not count shots.").format(what), LedgerError)
	entry = replace(entry, qty=_quantity(entry, sign, what), entry_date=_day(item, entry, what))
	if entry.reversal_of:
		return entry
	lies = {place for place, _condition in item.stock}
	entry = replace(
		entry,
		place=entry.place if entry.place in lies else places.stored(entry.place),
		to_place=entry.to_place if entry.to_place in lies else places.stored(entry.to_place),
	)
	entry = replace(entry, place=entry.place or _only_place(item, entry, sign, what))
	if sign.moves and (not entry.to_place or entry.to_place == entry.place):
		frappe.throw(_("{0}: say to which other storage place it goes.").format(what), LedgerError)
	arrives_at = (
		entry.to_place if sign.moves else entry.place if sign.takes not in (*signs.ON_HAND, signs.CHOSEN) else None
	)
	if arrives_at:
		places.demand(arrives_at, item.row.protection_class, what)
	if not sign.moves and entry.to_place:
		entry = replace(entry, to_place=None)
	return entry


def describe(item: Item, entry: Entry) -> str:
	"""The item and the row, for a message; escaped."""
	name = f"{escape_html(item.row.name)} {escape_html(item.row.property_name or '')}".strip()
	return _("Row {0}: {1}").format(entry.idx, name) if entry.idx else name


def _quantity(entry: Entry, sign: signs.Sign, what: str) -> Decimal:
	qty = exact(entry.qty)
	money.refuse_decimals(qty, 0 if sign.counts else MOST_DECIMALS, what)
	money.stored(qty)
	if not entry.reversal_of and (not qty or qty < 0 and not sign.signed):
		frappe.throw(
			_("{0}: the quantity must be more than 0.").format(what)
			if not sign.signed
			else _("{0}: a count difference of 0 is none.").format(what),
			LedgerError,
		)
	return qty


def _day(item: Item, entry: Entry, what: str) -> date:
	today = clock.now().date()
	day = getdate(entry.entry_date) if entry.entry_date else today
	closed = frappe.get_cached_doc("Customer Service Settings").property_closed_until
	if day > today:
		frappe.throw(_("{0}: {1} is in the future.").format(what, formatdate(day)), LedgerError)
	if closed and day <= getdate(closed):
		frappe.throw(_("{0}: the ledger is closed until {1}.").format(what, formatdate(closed)), LedgerError)
	first = item.row.first_entry_on
	if entry.kind != "Receive" and first and day < getdate(first):
		frappe.throw(
			_("{0}: {1} is before the property came, on {2}.").format(what, formatdate(day), formatdate(first)),
			LedgerError,
		)
	return day


def _only_place(item: Item, entry: Entry, sign: signs.Sign, what: str) -> str | None:
	"""The place that is meant where only one can be."""
	if not sign.takes and not sign.adds:
		return None
	takes = signs.CONDITIONS.get(entry.taken_from or "", signs.USABLE) if sign.takes == signs.CHOSEN else sign.takes
	if takes in signs.ON_HAND:
		known = item.places_with(takes)
		if len(known) == 1:
			return known[0]
		if known:
			frappe.throw(
				_("{0}: say from which storage place; it lies at {1}.").format(what, _list(known)), LedgerError
			)
		refuse_too_much(what, entry.qty, Decimal(0), item.row.unit, None)
	if entry.kind == "Consume":
		return None
	counted = signs.CONDITIONS.get(entry.taken_from or "", signs.USABLE)
	known = item.places_with(counted) if sign.signed else []
	place = (
		known[0]
		if len(known) == 1
		else item.row.storage_place
		if entry.kind != "Receive"
		else frappe.get_cached_doc("Customer Service Settings").property_receiving_place or item.row.storage_place
	)
	if not place:
		frappe.throw(_("{0}: say the storage place.").format(what), LedgerError)
	return place


def _list(names: list[str]) -> str:
	return ", ".join(frappe.bold(escape_html(name)) for name in sorted(names))


def refuse_too_much(what: str, wanted: Decimal, left: Decimal, unit: str, key: signs.Key | None) -> NoReturn:
	"""
	:param what: from `describe`. :raises LedgerError: says what is wanted, what there is, and where.
	"""
	conditions = {
		signs.TO_INSPECT: _("to be inspected"),
		signs.USABLE: _("usable"),
		signs.REJECTED: _("rejected"),
		signs.ISSUED: _("issued"),
		signs.LENT: _("lent out"),
	}
	where = "" if not key else conditions[key[1]] if not key[0] else f"{conditions[key[1]]}, {escape_html(key[0])}"
	frappe.throw(
		_("{0}: {1} {2} wanted, there are {3} ({4}).").format(
			what,
			quantities.text(wanted),
			escape_html(unit or ""),
			frappe.bold(quantities.text(left)),
			where or conditions[signs.USABLE],
		),
		LedgerError,
	)
