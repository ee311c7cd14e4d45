"""What an Order Change may ask for, and the steps it takes until its new version is in force (C-6)."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, escape_html, getdate

from customer_service.contract_review import differences, money, order_lines, quantities, versions
from customer_service.exceptions import OrderChangeError, RecordClosedError
from customer_service.organisation import clock, states
from customer_service.organisation.content import content_of, fingerprint

DOCTYPE, ORDER = "Order Change", "Contract Review"

INSIDE = "Inside"

PROPOSAL = ("origin", "cause", "department", "reason", "request", "lines", *versions.TERMS)
"""What is applied for and approved; it stays as it was handed in."""


def begin(change) -> None:
	"""A new change: of the version in force, and of no order that is being changed already; what it leaves out stays as it is.

	:raises OrderChangeError: says why not.
	"""
	frappe.has_permission(ORDER, "read", change.contract_review, throw=not change.flags.ignore_permissions)
	# The order's row is held until this change is stored: of two at once the second finds the first.
	order = frappe.db.get_value(
		ORDER, change.contract_review, ["name", "order_root", "approved_at"], as_dict=True, for_update=True
	)
	if not order or not order.approved_at:
		_refuse(_("{0} is not approved yet; it can be changed as it is").format(_name(change.contract_review)))
	if versions.in_force(order.order_root, lock=True) != order.name:
		_refuse(_("{0} is not the version in force").format(_name(order.name)))
	running = open_change(order.order_root)
	if running:
		_refuse(_("{0} is under way for this order").format(_name(running)))
	whole = frappe.get_doc(ORDER, order.name)
	if whole.state_category in states.ENDED:
		_refuse(_("{0} is {1}").format(_name(order.name), _(whole.workflow_state)))
	change.update(
		{
			"customer": whole.customer,
			"order_root": whole.order_root,
			"from_version": whole.version,
			"currency": whole.currency,
		}
	)
	for field in versions.TERMS:
		if change.get(field) is None:
			change.set(field, whole.get(field))


def open_change(root: str) -> str | None:
	"""The change of an order that has not ended, as committed now; None without one."""
	table = frappe.qb.DocType(DOCTYPE)
	rows = (
		frappe.qb.from_(table)
		.select(table.name)
		.where((table.order_root == root) & table.state_category.notin(states.ENDED))
		.for_update()
	).run()
	return rows[0][0] if rows else None


def proposal(order) -> dict:
	"""The lines and terms of an order as a change begins with them."""
	rows = [{field: row.get(field) for field in versions.FIGURES} for row in order.lines]
	for row, line in zip(rows, order.lines, strict=True):
		row["order_line"] = order_lines.key_of(line)
	return {"lines": rows, "currency": order.currency, **{field: order.get(field) for field in versions.TERMS}}


def complete(change) -> None:
	"""Fill in the lines that are left out, check all of them, and set the differences.

	:raises OrderChangeError, MoneyError, ReviewError: name the row of the change.
	"""
	order = frappe.get_doc(ORDER, change.contract_review)
	_fill(change, order)
	if all(cint(row.is_dropped) for row in change.lines):
		_refuse(_("every line is dropped; cancel the order instead"))
	new = versions.draft(order, change)
	order_lines.complete(new)
	keep_shipped(order, new)
	change.set("differences", differences.between(order, new))


def _fill(change, order) -> None:
	known = {row["order_line"]: row for row in proposal(order)["lines"]}
	seen = set()
	for row in change.lines:
		if not row.order_line:
			if cint(row.is_dropped):
				_refuse(_("row {0} is new and cannot be dropped; delete it").format(row.idx))
			continue
		if row.order_line not in known or row.order_line in seen:
			_refuse(_("row {0} is no line of order {1}, or is there twice").format(row.idx, _name(order.name)))
		seen.add(row.order_line)
	for key, values in known.items():
		if key not in seen:
			change.append("lines", values)
	# The order's own lines keep their places, new ones follow: a changed line moves no other one.
	places = {key: place for place, key in enumerate(known)}
	change.lines.sort(key=lambda row: places.get(row.order_line, len(places)))
	for number, row in enumerate(change.lines, 1):
		row.idx = number


def keep_shipped(old, new, lock: bool = False) -> None:
	"""What was shipped stays: of such a line only more can be ordered, and the date of the rest moved.

	Asked when a change is written, and again when its version is approved: more may have left, or the version been altered, meanwhile.

	:param lock: let nothing be shipped until the transaction ends. :raises OrderChangeError: names the row.
	"""
	if lock:
		quantities.hold(old.order_root)
	shipped = quantities.shipped(old.order_root, lock)
	rows = {row.origin_line: row for row in new.lines if row.origin_line}
	for line in old.lines:
		gone = shipped.get(order_lines.key_of(line)) or Decimal(0)
		if not gone:
			continue
		row = rows.get(order_lines.key_of(line))
		texts = [field for field in versions.FIGURES if field not in ("qty", "delivery_date", "remark")]
		if not row or any(_differs(line, row, field) for field in texts) or money.exact(row.qty) < gone:
			_refuse(
				_("row {0}: {1} {2} of it are shipped already; only its date, or a quantity of at least that").format(
					(row or line).idx, quantities.text(gone), escape_html(line.unit)
				)
			)
		if gone >= money.exact(line.qty) and getdate(row.delivery_date) != getdate(line.delivery_date):
			_refuse(_("row {0} is shipped completely; its date cannot change").format(row.idx))


def _differs(old, new, field: str) -> bool:
	if field in ("unit_price", "is_new_item"):
		return money.exact(old.get(field) or 0) != money.exact(new.get(field) or 0)
	return (old.get(field) or "") != (new.get(field) or "")


def content(change) -> str:
	"""Fingerprint of what is applied for."""
	whole = content_of(change)
	return fingerprint({field: whole.get(field) for field in PROPOSAL})


def refuse_change_after_hand_in(change) -> None:
	"""Who approves, and the customer who agrees, decide on what was handed in.

	:raises RecordClosedError: if the change has ended. :raises OrderChangeError: if it was handed in.
	"""
	before = change.get_doc_before_save()
	if not before or before.workflow_state == states.initial_state(DOCTYPE):
		return
	if before.state_category in states.ENDED and not change.flags.by_version:
		frappe.throw(
			_("Change {0} is {1} and cannot be changed.").format(_name(change.name), _(before.workflow_state)),
			RecordClosedError,
		)
	if content(before) != content(change):
		_refuse(_("it was handed in as it stood; send it back first"))


def take_step(change, step: str | None) -> None:
	"""What a person's step asks for and leaves behind.

	:raises OrderChangeError: says what is missing.
	"""
	if step in ("In Approval", "In Review") and not change.differences:
		_refuse(_("nothing differs from the order"))
	if step == "In Approval":
		change.update({"approved_by": None, "approved_at": None})
	elif step == "Approved":
		if frappe.session.user == change.owner:  # Frappe asks this of its own button only
			_refuse(_("nobody approves what he applied for himself"))
		change.update({"approved_by": frappe.session.user, "approved_at": clock.now()})
	elif step == "In Review":
		_demand_agreement(change)
	elif step in ("Refused", "Cancelled") and not change.end_reason:
		_refuse(_("fill in {0}").format(_label(change, "end_reason")))
	elif step == "Effective":
		_refuse(_("it comes into force when its new version is approved"))


def _demand_agreement(change) -> None:
	if change.origin == INSIDE and not change.approved_at:
		_refuse(_("a change from inside is approved first"))
	missing = [_label(change, field) for field in ("agreed_by", "agreed_at") if not change.get(field)]
	if missing:
		_refuse(_("fill in {0}").format(", ".join(missing)))


def _label(change, field: str) -> str:
	return frappe.bold(_(change.meta.get_label(field)))


def _name(name: str | None) -> str:
	return frappe.bold(escape_html(str(name)))


def _refuse(reason: str) -> None:
	frappe.throw(_("This order cannot be changed so: {0}.").format(reason), OrderChangeError)
