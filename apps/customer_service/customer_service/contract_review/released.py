"""What a manufacturing order and a shipping notice have in common: both carry out a released order, line by line (C-3, C-5).

A draft follows its order on every save. What was issued keeps its content; only what its plant or warehouse has to say may change, and
a new version of the order, see `following.py`.
"""

from collections.abc import Callable
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.contract_review import money, numbers, order_lines, quantities, versions
from customer_service.exceptions import CustomerServiceError, RecordClosedError
from customer_service.organisation import cases, clock, content, states

ORDER = quantities.ORDER

HEAD = {"customer": "customer", "customer_order_no": "customer_order_no", "order_version": "version"}
"""Field -> the order's field that it is taken from."""


def is_draft(doc) -> bool:
	"""Whether the record was not issued yet as it is stored."""
	before = doc.get_doc_before_save()
	return not (before and before.issued_at)


def keep(doc, computed: tuple[str, ...], tables: tuple[str, ...], of_lines: tuple[str, ...]) -> None:
	"""No request sets what follows from steps: fields, whole tables, and columns of the lines."""
	cases.keep_computed(doc, computed)
	before = doc.get_doc_before_save()
	for table in tables:
		doc.set(table, [row.as_dict() for row in before.get(table)] if before else [])
	known = {row.order_line: row for row in before.lines} if before else {}
	for row in doc.lines:
		old = known.get(row.order_line)
		row.update({column: old.get(column) if old else None for column in of_lines})


def refuse_change_after_end(doc) -> None:
	"""
	:raises RecordClosedError: for a record that has ended.
	"""
	before = doc.get_doc_before_save()
	if before and before.state_category in states.ENDED:
		frappe.throw(
			_("{0} {1} is {2} and cannot be changed.").format(
				_(doc.doctype), frappe.bold(escape_html(doc.name)), _(before.workflow_state)
			),
			RecordClosedError,
		)


def refuse_change(doc, besides: tuple[str, ...], of_lines: tuple[str, ...] = ()) -> None:
	"""Refuse a change of anything but these fields and columns of the lines.

	:raises RecordClosedError: whatever door the change came by.
	"""
	before = doc.get_doc_before_save()
	if before and _fixed(doc, besides, of_lines) != _fixed(before, besides, of_lines):
		frappe.throw(
			_("{0} {1} was issued as it stood. Its content follows the order only.").format(
				_(doc.doctype), frappe.bold(escape_html(doc.name))
			),
			RecordClosedError,
		)


def _fixed(doc, besides: tuple[str, ...], of_lines: tuple[str, ...]) -> str:
	said = {field: value for field, value in content.content_of(doc).items() if field not in (*besides, *STEPS)}
	said["lines"] = [
		{column: value for column, value in row.items() if column not in of_lines} for row in said.get("lines", [])
	]
	return content.fingerprint(said)


STEPS = ("workflow_state", "state_category", "ended_at")


def refuse_draft_of_others(doc) -> None:
	"""Who may not make such a record may not word one either; the right to write lets him do his own step only.

	:raises frappe.PermissionError:
	"""
	if not doc.flags.ignore_permissions:
		demand_making(doc.doctype)


def demand_making(doctype: str) -> None:
	"""
	:raises frappe.PermissionError: for who may not make such records.
	"""
	if not frappe.has_permission(doctype, "create"):
		frappe.throw(_("You may not make this: {0}.").format(_(doctype)), frappe.PermissionError)


def order_of(doc):
	"""The order that a draft carries out. :raises frappe.PermissionError: if the user may not read it."""
	order = frappe.get_doc(ORDER, doc.contract_review)
	if not doc.flags.ignore_permissions:
		order.check_permission("read")
	doc.order_root = order.order_root
	return order


def take_the_rest(doc, order, used: Callable, error: type[CustomerServiceError]) -> None:
	"""A new record without lines gets those of its order with what no other record says of them.

	:param used: of `quantities`, such as `quantities.planned`. :raises CustomerServiceError: of the given class, if nothing is left.
	"""
	if doc.lines:
		return
	quantities.hold(order.order_root)
	known = used(order.order_root, lock=True)
	for line in order.lines:
		left = money.exact(line.qty) - known.get(order_lines.key_of(line), Decimal(0))
		if left > 0:
			doc.append("lines", {"order_line": order_lines.key_of(line), "qty": money.stored(left)})
	if not doc.lines:
		frappe.throw(_("Nothing is left of order {0}.").format(frappe.bold(escape_html(order.name))), error)


def take_over(doc, order, columns: dict[str, str], error: type[CustomerServiceError]) -> None:
	"""What a draft takes from its order: customer, version, and what its lines say of item and date.

	:param columns: column of the record's lines -> column of the order's.
	:raises CustomerServiceError: of the given class for a line that is none of the order's, or there twice.
	"""
	doc.update({field: order.get(source) for field, source in HEAD.items()})
	known = {order_lines.key_of(row): row for row in order.lines}
	doc.lines = [
		row for row in doc.lines if row.order_line in known or money.exact(row.qty)
	]  # dropped by a new version
	seen: set[str] = set()
	for row in doc.lines:
		line = known.get(row.order_line)
		if not line:
			_refuse_line(row, _("it is no line of order {0}").format(escape_html(order.name)), error)
		if row.order_line in seen:
			_refuse_line(row, _("this line of the order is there twice"), error)
		seen.add(row.order_line)
		numbers.check(row, "qty")
		follow_line(row, line, columns)
		row.to_adjust = 0


def _refuse_line(row, reason: str, error: type[CustomerServiceError]) -> None:
	frappe.throw(_("Row {0}: {1}.").format(row.idx, reason), error)


def follow_line(row, line, columns: dict[str, str]) -> None:
	"""What a row says of its line of the order."""
	row.update({column: line.get(source) for column, source in columns.items()})
	row.ordered_qty = line.qty


def refuse_unreleased(doc, error: type[CustomerServiceError]) -> None:
	"""Nothing is produced or sent before the order was approved and released, and only by the version that holds (C-3).

	The order is held: it is neither cancelled nor superseded at the same moment.

	:raises CustomerServiceError: of the given class; names the order.
	"""
	quantities.hold(doc.order_root)
	columns = ["name", "order_root", "workflow_state"]
	order = frappe.db.get_value(ORDER, doc.contract_review, columns, as_dict=True, for_update=True)
	holds = versions.in_force(order.order_root, lock=True)
	if holds and holds != order.name:
		frappe.throw(
			_("Order {0} was superseded by {1}.").format(
				frappe.bold(escape_html(order.name)), frappe.bold(escape_html(holds))
			),
			error,
		)
	if not holds or states.step_of(ORDER, order.workflow_state) != "Released":
		frappe.throw(
			_("Order {0} is {1}; nothing is produced or sent before it is released.").format(
				frappe.bold(escape_html(order.name)), _(order.workflow_state)
			),
			error,
		)


def refuse_excess(doc, used: dict[str, Decimal], tolerance: float, error: type[CustomerServiceError]) -> None:
	"""All records of an order together stay within what was ordered and the tolerance.

	:param used: line -> what all records say, this one as stored included; read with a lock. :param tolerance: in percent.
	:raises CustomerServiceError: of the given class; names the row and what is left.
	"""
	before = doc.get_doc_before_save()
	stored: dict[str, Decimal] = {}
	if before and before.state_category != states.CANCELLED:
		stored = {row.order_line: money.exact(row.qty) for row in before.lines}
	for row in doc.lines:
		others = used.get(row.order_line, Decimal(0)) - stored.get(row.order_line, Decimal(0))
		left = max(quantities.allowed(row.ordered_qty, tolerance) - others, Decimal(0))
		if money.exact(row.qty) > left:
			frappe.throw(
				_("Row {0}: {1} of {2} is more than the {3} that are left of this line.").format(
					row.idx,
					quantities.text(row.qty),
					frappe.bold(escape_html(row.item_code or row.description or "")),
					quantities.text(left),
				),
				error,
			)


def refuse_nothing(doc, error: type[CustomerServiceError]) -> None:
	"""
	:raises CustomerServiceError: of the given class, if no line has a quantity.
	"""
	if not any(money.exact(row.qty) for row in doc.lines):
		frappe.throw(_("No line has a quantity."), error)


def refuse_unsettled(doc, error: type[CustomerServiceError]) -> None:
	"""
	:raises CustomerServiceError: of the given class, while a line waits for its quantity after a change of the order.
	"""
	rows = [str(row.idx) for row in doc.lines if row.to_adjust]
	if rows:
		frappe.throw(
			_("The order was changed. Adjust the quantity first: row {0}.").format(", ".join(rows)),
			error,
		)


def settle(doc) -> None:
	"""What the state means, and when the record ended."""
	doc.state_category = states.category_of(doc.doctype, doc.workflow_state)
	ended = doc.state_category in states.ENDED
	doc.ended_at = (doc.ended_at or clock.now()) if ended else None


def go_to(doc, step: str, error: type[CustomerServiceError]) -> None:
	"""Let the app take a step that no person takes by himself.

	:raises CustomerServiceError: of the given class, if the site's workflow has no state for it.
	"""
	state = states.state_for(doc.doctype, step)
	if not state:
		frappe.throw(_("The workflow of {0} has no state for the step {1}.").format(_(doc.doctype), _(step)), error)
	doc.workflow_state = state


def store(doc) -> None:
	"""Save what follows from a rule that was asked already."""
	doc.flags.by_production = True
	doc.save(ignore_permissions=True)


def step_of(doc) -> str | None:
	"""Which step the record's state stands for."""
	return states.step_of(doc.doctype, doc.workflow_state)


def line_of(doc, order_line: str, error: type[CustomerServiceError]):
	"""The record's row of a line. :raises CustomerServiceError: of the given class without one."""
	row = next((row for row in doc.lines if row.order_line == order_line), None)
	if not row:
		frappe.throw(_("{0} has no such line.").format(frappe.bold(escape_html(doc.name))), error)
	return row
