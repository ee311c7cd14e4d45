"""The property ledger: immutable entries, and the balances that follow from them (D-4).

Everything that happens to the quantity, place or condition of a customer's property is posted here and nowhere else. The items of an
entry are held until the transaction ends, so that two entries for the last piece cannot both be right; balances are kept, so that one
is read without adding anything up. What `signs` says an entry does is done here; a test replays the ledger and finds the balances.
"""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import escape_html, formatdate, getdate

from customer_service.contract_review import money
from customer_service.contract_review.money import exact
from customer_service.customer_property import checks, places, property_states, signs
from customer_service.customer_property.entries import (
	COUNTED,
	OF_CONDITION,
	Entry,
	Item,
	complete,
	describe,
	refuse_too_much,
)
from customer_service.exceptions import LedgerError
from customer_service.organisation import batched, clock, states

ITEM, ENTRY, BALANCE = "Customer Property", "Property Ledger Entry", "Property Balance"

HELD = (
	"name",
	"property_name",
	"customer",
	"unit",
	"storage_place",
	"protection_class",
	"counts_shots",
	"workflow_state",
	"state_category",
	"ended_at",
	"open_events",
	"last_kind",
	"first_entry_on",
	"last_entry_on",
	"shot_count",
	*COUNTED,
)

COLUMNS = (
	*batched.STANDARD,
	"customer_property",
	"customer",
	"kind",
	"qty",
	"unit",
	"on_hand_change",
	"on_hand_after",
	"place",
	"to_place",
	"taken_from",
	"entry_date",
	"posted_at",
	"reference_doctype",
	"reference_name",
	"reference_row",
	"actor",
	"reversal_of",
	"remark",
)


def post(entries: Iterable[Entry]) -> list[str]:
	"""Write entries and what follows from them: balances, the register's quantities and states. All or none.

	:returns: names of the new entries, in order.
	:raises LedgerError: names the row: more than there is, another unit, a place that does not fit, a date that is closed, in the
		future, or before the item came.
	"""
	entries = list(entries)
	items = _hold({entry.customer_property for entry in entries})
	rows, at = [], clock.now()
	for entry in entries:
		item = items.get(entry.customer_property)
		if not item:
			frappe.throw(
				_("There is no customer's property {0}.").format(
					frappe.bold(escape_html(str(entry.customer_property)))
				),
				LedgerError,
			)
		# A moment of its own for each, so that their order is known when they are taken back.
		rows.append(_take(item, complete(item, entry), at + timedelta(microseconds=len(rows))))
	batched.write(ENTRY, COLUMNS, rows)
	_store(items.values(), at)
	for name, item in items.items():
		if item.row.shot_count != item.was["shot_count"]:
			checks.follow_shots(name)
		has_ended = item.row.state_category in states.ENDED and item.was["state_category"] not in states.ENDED
		if has_ended or exact(item.was["received_qty"]) and not item.row.received_qty:
			checks.follow_item(name)
	return [row[0] for row in rows]


def reverse(names: list[str], reason: str, reference: tuple[str, str] | None = None) -> list[str]:
	"""Correct entries by opposite ones, dated as the site's today; nothing is ever changed.

	:param reference: the document that they are told to belong to; that of the entry itself if not given.
	:raises LedgerError: for an entry that was reversed already or is itself a reversal, or whose quantity is no longer there.
	"""
	found = frappe.db.sql(
		"select name, customer_property, kind, qty, place, to_place, taken_from, reference_doctype, reference_name, reference_row,"
		" reversal_of from `tabProperty Ledger Entry` where name in %s or reversal_of in %s order by creation, name for update",
		(names or [""], names or [""]),
		as_dict=True,
	)
	wanted = {row.name: row for row in found if row.name in names}
	if any(row.reversal_of for row in found) or len(wanted) < len(set(names)):
		frappe.throw(_("This entry was reversed already, or is itself a correction."), LedgerError)
	made = post(
		Entry(
			row.customer_property,
			row.kind,
			-exact(row.qty),
			row.place,
			row.to_place,
			row.taken_from,
			reference=reference or (row.reference_doctype, row.reference_name),
			row=row.reference_row,
			remark=reason,
			reversal_of=row.name,
		)
		for row in reversed(wanted.values())  # the last first, as one takes things back
	)
	_follow_what_stands({row.customer_property for row in wanted.values()})
	return made


def _follow_what_stands(names: set[str]) -> None:
	"""What has become of an item is its last entry that was not taken back."""
	for name in sorted(names):
		last = frappe.db.sql(
			"""select entry.kind from `tabProperty Ledger Entry` entry
			left join `tabProperty Ledger Entry` correction on correction.reversal_of = entry.name
			where entry.customer_property = %s and entry.reversal_of is null and correction.name is null
				and entry.kind != 'Count Shots' order by entry.creation desc limit 1""",
			(name,),
		)
		frappe.db.set_value(ITEM, name, "last_kind", last[0][0] if last else None)
	property_states.follow(sorted(names))


def entries_of(doctype: str, name: str) -> list[str]:
	"""Names of the entries of a document that were not reversed, in order."""
	return [
		row[0]
		for row in frappe.db.sql(
			"""select entry.name from `tabProperty Ledger Entry` entry
			left join `tabProperty Ledger Entry` correction on correction.reversal_of = entry.name
			where entry.reference_doctype = %s and entry.reference_name = %s and entry.reversal_of is null
				and correction.name is null order by entry.creation, entry.name""",
			(doctype, name),
		)
	]


def balances(customer_property: str) -> list[frappe._dict]:
	"""What lies where: place, to_inspect, usable, rejected; places with nothing left out."""
	rows = frappe.get_all(
		BALANCE,
		filters={"customer_property": customer_property},
		fields=["place", *signs.ON_HAND],
		order_by="place",
	)
	return [row for row in rows if any(row[condition] for condition in signs.ON_HAND)]


def replay(customer_property: str) -> dict[signs.Key, Decimal]:
	"""The stock that the entries alone give; equal to what is kept (D-4)."""
	stock: dict[signs.Key, Decimal] = {}
	for row in frappe.get_all(
		ENTRY,
		filters={"customer_property": customer_property},
		fields=["kind", "qty", "place", "to_place", "taken_from"],
	):
		for key, change in signs.effects(row.kind, exact(row.qty), row.place, row.to_place, row.taken_from).items():
			stock[key] = stock.get(key, Decimal(0)) + change
	return {key: qty for key, qty in stock.items() if qty}


def hold(names: Iterable[str]) -> None:
	"""Let nobody else enter anything for these items until the transaction ends."""
	_lock(sorted(set(names)), "name")


def _lock(ordered: list[str], columns: str) -> list[frappe._dict]:
	if not ordered:
		return []
	return frappe.db.sql(
		f"select {columns} from `tabCustomer Property` where name in %s order by name for update",
		(ordered,),
		as_dict=True,
	)


def _hold(names: set[str]) -> dict[str, Item]:
	"""The items and their balances as committed now, held until the transaction ends; in one order, so that nobody waits in a circle."""
	ordered = sorted(names)
	items = {row.name: Item(row) for row in _lock(ordered, ", ".join(HELD))}
	# An item without entries has no balances: to look for them would lock the gap where others insert theirs.
	for row in property_states.rows_of([name for name, item in items.items() if item.row.first_entry_on]):
		items[row.customer_property].add_balance(row)
	return items


def _take(item: Item, entry: Entry, at) -> tuple:
	"""Do what the entry says to the item in memory. :returns: its row. :raises LedgerError: if more is taken than there is."""
	row, sign, what = item.row, signs.SIGNS[entry.kind], describe(item, entry)
	if not exact(row.received_qty) and entry.kind != "Receive":
		frappe.throw(_("{0}: nothing was received yet.").format(what), LedgerError)
	changes = signs.effects(entry.kind, entry.qty, entry.place, entry.to_place, entry.taken_from)
	for key, change in changes.items():
		left = item.stock.get(key, Decimal(0))
		if left + change < 0:
			refuse_too_much(what, -change, left, row.unit, key)
		item.stock[key] = left + change
		row[OF_CONDITION[key[1]]] += change
	if row.last_entry_on and entry.entry_date < getdate(row.last_entry_on):
		_refuse_negative_past(item, entry, what)
	if sign.total:
		row[sign.total] += entry.qty
	if entry.kind == "Store" and not row.storage_place:
		row.storage_place = entry.to_place  # from now on its usual place
	if sign.counts:
		row.shot_count = int(row.shot_count or 0) + int(entry.qty)
	change = signs.on_hand_change(entry.kind, entry.qty)
	row.on_hand += change
	if entry.kind == "Receive":
		row.expected_qty = max(row.expected_qty - entry.qty, Decimal(0))
	row.first_entry_on = min(filter(None, (row.first_entry_on and getdate(row.first_entry_on), entry.entry_date)))
	row.last_entry_on = max(filter(None, (row.last_entry_on and getdate(row.last_entry_on), entry.entry_date)))
	if not sign.counts and not entry.reversal_of:
		row.last_kind = entry.kind
	doctype, name = entry.reference or (None, None)
	return (
		*batched.standard(at),
		row.name,
		row.customer,
		entry.kind,
		money.stored(entry.qty),
		row.unit,
		money.stored(change),
		money.stored(row.on_hand),
		entry.place,
		entry.to_place,
		entry.taken_from if signs.CHOSEN in (sign.takes, sign.adds) else "",
		entry.entry_date,
		at,
		doctype,
		name,
		entry.row,
		frappe.session.user,
		entry.reversal_of,
		entry.remark,
	)


def _refuse_negative_past(item: Item, entry: Entry, what: str) -> None:
	"""An entry of an earlier day must leave what was done since possible: no balance of a later day may have been negative.

	Costs only the entries that are dated after it. :raises LedgerError: names the day.
	"""
	later = frappe.db.sql(
		"""select kind, qty, place, to_place, taken_from, entry_date from `tabProperty Ledger Entry`
		where customer_property = %s and entry_date > %s order by entry_date desc for update""",
		(item.row.name, entry.entry_date),
		as_dict=True,
	)
	stock = dict(item.stock)
	for index, row in enumerate(later):
		for key, change in signs.effects(row.kind, exact(row.qty), row.place, row.to_place, row.taken_from).items():
			stock[key] = stock.get(key, Decimal(0)) - change
		is_last_of_day = index + 1 == len(later) or later[index + 1].entry_date != row.entry_date
		if is_last_of_day and min(stock.values()) < 0:
			frappe.throw(
				_("{0}: on {1} there was not so much. What was entered for later days would be wrong.").format(
					what, formatdate(entry.entry_date)
				),
				LedgerError,
			)


def _store(items: Iterable[Item], at) -> None:
	"""Write what has changed of items and balances by one statement each."""
	user, receiving = frappe.session.user, places.receiving()
	registers, lying = [], []
	items = list(items)
	with batched.gathered():  # the events of many items by one statement
		for item in items:
			step = property_states.step_of(item.row, item.stock, receiving)
			item.row.update(property_states.changed(item.row.name, item.was, step))
	for item in items:
		row = item.row
		registers.append([row.name, at, user, *(_column(row.get(column)) for column in WRITTEN)])
		for place in {place for place, _condition in item.stock if place}:
			name = item.names.get(place) or frappe.generate_hash(length=16)
			kept = [money.stored(item.stock.get((place, condition), Decimal(0))) for condition in signs.ON_HAND]
			lying.append([name, at, at, user, user, row.name, place, *kept])
	_upsert(ITEM, ("name", "modified", "modified_by", *WRITTEN), registers)
	_upsert(BALANCE, (*batched.STANDARD, "customer_property", "place", *signs.ON_HAND), lying)


WRITTEN = (
	*COUNTED,
	"storage_place",
	"workflow_state",
	"state_category",
	"ended_at",
	"last_kind",
	"first_entry_on",
	"last_entry_on",
	"shot_count",
)


def _column(value):
	return money.stored(value) if isinstance(value, Decimal) else value


def _upsert(doctype: str, columns: tuple[str, ...], rows: list[list]) -> None:
	"""Rows that are held or new; plain SQL, as one statement of the query builder cannot write many rows that differ."""
	mark = f"({', '.join(['%s'] * len(columns))})"
	same = ", ".join(
		f"`{column}` = values(`{column}`)" for column in columns if column not in ("name", "creation", "owner")
	)
	names = ", ".join(f"`{column}`" for column in columns)
	for start in range(0, len(rows), batched.ROWS):
		part = rows[start : start + batched.ROWS]
		frappe.db.sql(
			f"insert into `tab{doctype}` ({names}) values {', '.join([mark] * len(part))} on duplicate key update {same}",
			[value for row in part for value in row],
		)
