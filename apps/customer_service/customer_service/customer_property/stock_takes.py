"""Customers' property counted at its places (盘点): quantities by the ledger are frozen, what was counted is entered, differences are booked after
approval by somebody else and reported as abnormalities (D-4, D-5).

The quantity by the ledger is frozen when a count starts, and for each line anew when its count is entered. A difference is that to this
quantity, so that what was moved before or after a line was counted stays right. The lines of a count may be thousands: they are written by
few statements, past the document.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal
from functools import partial

import frappe
from frappe import _
from frappe.utils import escape_html, getdate

from customer_service.contract_review.money import exact
from customer_service.customer_property import duties, entries, ledger, places, property_states, records, signs
from customer_service.exceptions import PropertyError, StaleContentError
from customer_service.organisation import batched, clock, content, events, notices, states, steps

DOCTYPE, LINE = "Property Stock Take", "Property Stock Take Line"
QUANTITY = "Property Stock Take Quantity"
"""Rows that no record shows."""

COUNTING, COUNTED, CLOSED = "Counting", "Counted", "Closed"

COMPUTED = ("frozen_at", "entered_by", "counted_hash", "approved_by", "approved_at", "state_category", "ended_at")
FIXED = ("place", "customer", "is_blind", "count_date")
COUNTS = ("is_counted", "counted_qty", "remark")
"""What people say of a line, while they count."""

MOST_NAMED = 5

USABLE = "Usable"
TAKEN_IN_ORDER = (USABLE, "To Be Inspected", "Rejected")
"""From which condition a missing quantity is taken, the first first."""


def follow(doc) -> None:
	"""What the state reached asks for and leaves behind (hook validate)."""
	doc.department = doc.department or frappe.get_cached_doc(records.SETTINGS).property_warehouse
	if steps.is_first_state(doc):
		doc.set("lines", [])
	else:
		steps.refuse_change_after_end(doc)
		steps.refuse_change_of(doc, *FIXED)
		keep_lines(doc)
	step = steps.step_reached(doc)
	if step == COUNTING and not doc.frozen_at:
		doc.update({"frozen_at": clock.now(), "count_date": clock.now().date()})
	elif step == COUNTED:
		refuse_uncounted(doc)
		note_counter(doc)
	elif step == CLOSED:
		refuse_counter(doc)
		refuse_unseen(doc)
		doc.update({"approved_by": frappe.session.user, "approved_at": clock.now()})
	steps.settle(doc)


def keep_lines(doc) -> None:
	"""Only what was counted comes from a request, and only while people count; which lines there are follows from the ledger.

	:raises PropertyError: names the row of a count that is none.
	"""
	before = doc.get_doc_before_save()
	may_count = states.step_of(DOCTYPE, before.workflow_state) == COUNTING
	given = {row.name: row for row in doc.lines}
	doc.set("lines", before.lines)  # rows of ours, with what no request knows
	doc.flags.update({"changed_lines": [], "counted_lines": set()})
	for row in doc.lines if may_count else ():
		said = given.get(row.name)
		if not said or _said(said) == _said(row):
			continue
		qty = counted(said.counted_qty, row.idx)
		is_counted = int(bool(said.is_counted) or qty != 0)
		if (is_counted, qty) != (row.is_counted or 0, row.counted_qty or 0):
			doc.flags.counted_lines.add(row.name)
		row.update({"counted_qty": qty, "is_counted": is_counted, "remark": said.remark})
		doc.flags.changed_lines.append(row)
	if doc.flags.changed_lines:
		note_counter(doc)


def _said(row) -> tuple:
	return str(row.is_counted or 0), str(row.counted_qty or 0), row.remark or ""


def counted(value, number: int) -> float:
	"""A quantity that was counted.

	:param number: of the row, for the message. :raises PropertyError: for nothing, what is no number, less than 0, or too many decimals.
	"""
	text = str(value).strip() if value is not None else ""
	if not text:
		_refuse(number, _("the counted quantity is missing"))
	try:
		qty = exact(text)
	except Exception:
		_refuse(number, _("{0} is no number").format(escape_html(text[:40])))
	if not qty.is_finite() or abs(qty) >= 10**12:
		_refuse(number, _("{0} is no number").format(escape_html(text[:40])))
	if qty < 0:
		_refuse(number, _("less than 0 cannot be counted"))
	if qty != round(qty, entries.MOST_DECIMALS):
		_refuse(number, _("at most {0} decimals").format(entries.MOST_DECIMALS))
	return float(qty)


def _refuse(number: int, reason: str) -> None:
	frappe.throw(_("Row {0}: {1}.").format(number, reason), PropertyError)


def note_counter(doc) -> None:
	"""Remember who has counted: he does not approve."""
	doc.entered_by = _with(doc.entered_by)


def _with(known: str | None) -> str:
	return "\n".join(dict.fromkeys([*(known or "").split("\n"), frappe.session.user])).strip()


def refuse_counter(doc) -> None:
	"""
	:raises PropertyError: for one who counted and would approve his own count, by whatever door.
	"""
	if frappe.session.user in (doc.entered_by or "").split("\n"):
		frappe.throw(_("Who counted does not approve the count. Somebody else has to."), PropertyError)


def fingerprint(name: str) -> str:
	"""What is approved: the counts and what the ledger said."""
	return content.fingerprint({row.name: [row.counted_qty, row.book_qty, row.remark or ""] for row in lines_of(name)})


def refuse_unseen(doc) -> None:
	"""Who approves in a form approves the counts that he has before him (L3). Frappe's workflow loads the record anew before it
	takes a step, so what was before him is known only from what his form has sent; a caller that sends no lines has seen none.

	:raises StaleContentError: if it was counted again since.
	"""
	sent = frappe.form_dict.get("doc")
	try:
		sent = frappe.parse_json(sent)
	except ValueError:
		return
	if not isinstance(sent, dict) or sent.get("name") != doc.name or "lines" not in sent:
		return
	if (sent.get("counted_hash") or "") != (doc.counted_hash or ""):
		frappe.throw(
			_("{0} was counted again since you opened it. Load it again and look at the counts.").format(
				frappe.bold(escape_html(doc.name))
			),
			StaleContentError,
		)


def refuse_uncounted(doc) -> None:
	"""
	:raises PropertyError: names the first rows that nobody counted; a count without lines.
	"""
	rows = [row for row in doc.lines if not row.is_counted]
	if rows:
		shown = ", ".join(str(row.idx) for row in rows[:MOST_NAMED])
		if len(rows) > MOST_NAMED:
			shown = _("{0} and {1} more").format(shown, len(rows) - MOST_NAMED)
		frappe.throw(_("Not counted yet: row {0}.").format(shown), PropertyError)


# --- after the record is stored ------------------------------------------------------------------------------------------


def after_step(doc) -> None:
	"""What a step does to the lines and the ledger (hook on_update)."""
	step = steps.step_reached(doc)
	if step == COUNTING:
		if not doc.get_doc_before_save().frozen_at:
			freeze(doc)
		show_book(doc.name, not doc.is_blind)
		doc.db_set("counted_hash", None, update_modified=False)
	elif step == COUNTED:
		show_book(doc.name, True)
		doc.db_set("counted_hash", fingerprint(doc.name), update_modified=False)
	elif step == CLOSED:
		book(doc)
	if doc.state_category in states.ENDED:
		forget(doc.name)
	if step:
		doc.set("lines", lines_of(doc.name))


def freeze(doc) -> None:
	"""The lines of a count with the quantities of this moment, taken by one statement, however many they are.

	:raises PropertyError: if nothing lies there, or another count of the same is running.
	"""
	values = {"name": doc.name, "at": clock.now(), "user": frappe.session.user}
	where = ""
	if doc.place:
		where += " and balance.place in %(places)s"
		values["places"] = tuple(places.with_those_below(doc.place))
	if doc.customer:
		where += " and item.customer = %(customer)s"
		values["customer"] = doc.customer
	standard = "name, creation, modified, owner, modified_by, parent, parenttype, parentfield, idx"
	frappe.db.sql(
		f"""insert into `tabProperty Stock Take Quantity` ({standard}, customer_property, place, frozen_qty)
		select left(sha1(concat(%(name)s, balance.name)), 16), %(at)s, %(at)s, %(user)s, %(user)s, %(name)s, 'Property Stock Take',
			'quantities', row_number() over (order by balance.place, item.name), item.name, balance.place,
			round(balance.to_inspect + balance.usable + balance.rejected, 6)
		from `tabProperty Balance` balance join `tabCustomer Property` item on item.name = balance.customer_property
		where (balance.to_inspect > 0 or balance.usable > 0 or balance.rejected > 0){where}""",
		values,
	)
	frappe.db.sql(
		f"""insert into `tabProperty Stock Take Line` ({standard}, customer_property, property_name, place, unit)
		select frozen.name, %(at)s, %(at)s, %(user)s, %(user)s, frozen.parent, frozen.parenttype, 'lines', frozen.idx,
			frozen.customer_property, item.property_name, frozen.place, item.unit
		from `tabProperty Stock Take Quantity` frozen join `tabCustomer Property` item on item.name = frozen.customer_property
		where frozen.parent = %(name)s""",
		values,
	)
	if not frappe.db.exists(LINE, {"parent": doc.name}):
		frappe.throw(_("Nothing lies there that could be counted."), PropertyError)
	refuse_overlap(doc.name)


def freeze_anew(name: str, lines: list[str]) -> None:
	"""What the ledger says of lines at this moment, in which their count is entered; nobody moves anything of them until it is stored."""
	if not lines:
		return
	rows = frappe.get_all(QUANTITY, {"parent": name, "name": ("in", lines)}, ["name", "customer_property", "place"])
	lying = _lying({row.customer_property for row in rows})
	for start in range(0, len(rows), batched.ROWS):
		part = rows[start : start + batched.ROWS]
		frappe.db.sql(
			"insert into `tabProperty Stock Take Quantity` (name, frozen_qty) values "
			+ ", ".join(["(%s, %s)"] * len(part))
			+ " on duplicate key update frozen_qty = values(frozen_qty)",
			[
				value
				for row in part
				for value in (row.name, sum(lying.get((row.customer_property, row.place), {}).values()))
			],
		)


def _lying(names: Collection[str]) -> dict[tuple[str, str], dict[str, Decimal]]:
	"""(Item, place) -> condition -> quantity, as committed now; the items are held until the transaction ends."""
	ordered = sorted(names)
	ledger.hold(ordered)
	return {
		(row.customer_property, row.place): {each: exact(row[each]) for each in signs.ON_HAND}
		for start in range(0, len(ordered), batched.ROWS)
		for row in property_states.rows_of(ordered[start : start + batched.ROWS])
	}


def refuse_overlap(name: str) -> None:
	"""The same is not counted twice at a time: both counts would book the same difference.

	:raises PropertyError: names the other count.
	"""
	other = frappe.db.sql(
		"""select theirs.parent, theirs.customer_property from `tabProperty Stock Take Quantity` ours
		join `tabProperty Stock Take Quantity` theirs on theirs.customer_property = ours.customer_property
			and theirs.place = ours.place and theirs.parent != ours.parent
		where ours.parent = %s limit 1 for update""",
		(name,),
	)
	if other:
		frappe.throw(
			_("{1} is being counted in {0} already.").format(*(frappe.bold(escape_html(each)) for each in other[0])),
			PropertyError,
		)


def forget(name: str) -> None:
	"""A count that has ended needs its frozen quantities no more."""
	frappe.db.delete(QUANTITY, {"parent": name})


def show_book(name: str, is_shown: bool) -> None:
	"""Let the lines say what the ledger says and how far the count is from it, or hide both."""
	book = "frozen.frozen_qty" if is_shown else "0"
	difference = "if(line.is_counted, round(line.counted_qty - frozen.frozen_qty, 6), 0)" if is_shown else "0"
	frappe.db.sql(
		f"""update `tabProperty Stock Take Line` line join `tabProperty Stock Take Quantity` frozen on frozen.name = line.name
		set line.book_qty = {book}, line.difference = {difference} where line.parent = %s""",
		(name,),
	)


def lines_of(name: str) -> list[dict]:
	"""The lines as stored."""
	return frappe.get_all(LINE, filters={"parent": name}, fields=["*"], order_by="idx asc")


def book(doc) -> None:
	"""Enter the differences in the ledger and report them.

	:raises LedgerError: names the row of which less would be left than nothing.
	"""
	rows = [row for row in lines_of(doc.name) if row.difference]
	closed = frappe.get_cached_doc(records.SETTINGS).property_closed_until
	is_open = not closed or getdate(doc.count_date) > getdate(closed)
	day = getdate(doc.count_date) if is_open else clock.now().date()
	lying = _lying({row.customer_property for row in rows})
	ledger.post(
		ledger.Entry(
			row.customer_property,
			"Count Difference",
			qty,
			place=row.place,
			taken_from=condition,
			entry_date=day,
			reference=(DOCTYPE, doc.name),
			row=row.name,
			idx=row.idx,
			remark=row.remark,
		)
		for row in rows
		for condition, qty in _shares(row.difference, lying.get((row.customer_property, row.place), {}))
	)
	events.record(doc, "Difference Booked", after=str(len(rows)))
	if frappe.get_cached_doc(records.SETTINGS).property_events_of_counts:
		report(doc, rows)


def _shares(difference: float, lying: dict[str, Decimal]) -> Iterator[tuple[str, Decimal]]:
	"""Which conditions a difference is of.

	What is missing is taken from the usable, then from what is to be inspected, then from the rejected; what is more than all of it
	stays with the usable, where the ledger refuses it. What is too much belongs to the condition that lies there alone, else to the usable.

	:param lying: condition -> quantity at the place. :returns: key of `signs.CONDITIONS`, quantity with its sign.
	"""
	left = exact(difference)
	if left > 0:
		there = [name for name, column in signs.CONDITIONS.items() if lying.get(column)]
		yield there[0] if len(there) == 1 else USABLE, left
		return
	shares: dict[str, Decimal] = {}
	for name in TAKEN_IN_ORDER:
		shares[name] = max(left, -lying.get(signs.CONDITIONS[name], Decimal(0)))
		left -= shares[name]
	shares[USABLE] += left
	yield from ((name, qty) for name, qty in shares.items() if qty)


def report(doc, rows: list) -> None:
	"""An abnormality for each difference, of the kind that is for them, and one notice of all of them to each person in charge (D-5).

	:raises PropertyError: if the site has no such kind.
	"""
	if not rows:
		return
	kind = frappe.db.get_value(
		"Property Event Kind", {"is_count_difference": 1, "is_active": 1}, "name", order_by="name"
	)
	if not kind:
		frappe.throw(
			_("No kind of abnormality is for count differences. Mark one in {0}.").format(_("Property Event Kind")),
			PropertyError,
		)
	for row in rows:
		event = frappe.get_doc(
			{
				"doctype": "Property Event",
				"customer_property": row.customer_property,
				"kind": kind,
				"description": _("Counted {0} {1}, by the ledger {2} {1}.").format(
					_number(row.counted_qty), row.unit or "", _number(row.book_qty)
				),
				"qty": abs(row.difference),
				"found_at": clock.now(),
				"place": row.place,
				"reporting_department": doc.department,
				"stock_take": doc.name,
			}
		)
		event.flags.update({"computed": {"stock_take": doc.name}, "of_count": True})
		event.insert(ignore_permissions=True)
		frappe.db.set_value(LINE, row.name, "property_event", event.name, update_modified=False)
	notices.tell(duties.everybody(duties.department("property_department")), doc, partial(_words, len(rows)))


def _words(number: int, doc, language: str) -> str:
	return _(
		"Count {0} of customer property: {1} differences were booked and reported as abnormalities.", lang=language
	).format(doc.name, number)


def _number(value) -> str:
	return f"{value or 0:,.10g}"


def write_changed(doc) -> None:
	"""Store the lines of which something else was said, by few statements."""
	rows = [(row.name, row.counted_qty, row.is_counted, row.remark) for row in doc.flags.changed_lines or ()]
	write(doc.name, rows, doc.flags.counted_lines)
	doc.flags.changed_lines = []


def write(name: str, rows: list[tuple], counted_now: Collection[str] | None = None) -> None:
	"""Store counts.

	:param rows: (name of the line, quantity, whether it was counted, remark). :param counted_now: names of the lines whose count is new,
		and not only its remark; all if not given.
	"""
	freeze_anew(name, [row[0] for row in rows if counted_now is None or row[0] in counted_now])
	at, user = clock.now(), frappe.session.user
	for start in range(0, len(rows), batched.ROWS):
		part = rows[start : start + batched.ROWS]
		frappe.db.sql(
			"insert into `tabProperty Stock Take Line` (name, modified, modified_by, counted_qty, is_counted, remark) values "
			+ ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(part))
			+ " on duplicate key update modified = values(modified), modified_by = values(modified_by),"
			" counted_qty = values(counted_qty), is_counted = values(is_counted), remark = values(remark)",
			[value for line, *said in part for value in (line, at, user, *said)],
		)
	if rows and not frappe.db.get_value(DOCTYPE, name, "is_blind"):
		show_book(name, True)


def cs_hides_book(doc) -> bool:
	"""Whether a print must not say what the ledger says: a blind count that is not finished, and every empty form (hook jinja)."""
	return not doc.name or bool(doc.is_blind and steps.step_of(doc) not in (COUNTED, CLOSED))
