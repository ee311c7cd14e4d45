"""The versions of an order: which one holds, how the next is made out of a change, and how it takes its place (C-6).

A version is a Contract Review of its own, named after the first with its number: CRV-2026-00012, CRV-2026-00012-2. Old ones stay as
they were approved.
"""

import frappe
from frappe import _
from frappe.utils import cint, escape_html

from customer_service.contract_review import copies, decisions, differences, opinions
from customer_service.exceptions import OrderChangeError
from customer_service.organisation import clock, events, locking, notices, states

DOCTYPE, CHANGE = "Contract Review", "Order Change"

TERMS = ("payment_terms", "delivery_terms", "special_requirements")
"""What a change can say of the whole order."""

FIGURES = (
	"item_code",
	"description",
	"specification",
	"customer_item_no",
	"is_new_item",
	"qty",
	"unit",
	"unit_price",
	"delivery_date",
	"remark",
)
"""What a change can say of a line."""

TOUCHED_ONLY = "Touched Departments"


def in_force(root: str, lock: bool = False) -> str | None:
	"""The newest version of an order that was approved and neither superseded nor cancelled; None if there is none.

	:param root: name of the order's first version, which all have as ``order_root``. :param lock: read what is committed now.
	"""
	table = frappe.qb.DocType(DOCTYPE)
	query = (
		frappe.qb.from_(table)
		.select(table.name)
		.where((table.order_root == root) & table.approved_at.isnotnull() & (table.state_category != states.CANCELLED))
		.orderby(table.version, order=frappe.qb.desc)
		.limit(1)
	)
	rows = (query.for_update() if lock else query).run()
	return rows[0][0] if rows else None


def draft(order, change):
	"""The order as the change wants it: not stored, with its totals; the lines have the rows of the change as their numbers.

	:raises CustomerServiceError: for figures that no order may have; names the row of the change.
	"""
	new = frappe.copy_doc(order, ignore_no_copy=False)
	new.update({field: change.get(field) for field in TERMS})
	old = {row.origin_line or row.name: row for row in order.lines}
	new.set("lines", [])
	for row in change.lines:
		if cint(row.is_dropped):
			continue
		known = old.get(row.order_line)
		values = known.as_dict(no_default_fields=True) if known else {}
		values |= {field: row.get(field) for field in FIGURES} | {"origin_line": row.order_line or None}
		new.append("lines", values).idx = row.idx
	return new


def make(change) -> str:
	"""Store the next version of a change's order and ask the departments. Returns its name.

	:raises OrderChangeError: if another version took its place meanwhile.
	"""
	old = locking.load(DOCTYPE, change.contract_review)
	if in_force(old.order_root, lock=True) != old.name:
		frappe.throw(
			_("{0} is not the version in force any more.").format(frappe.bold(escape_html(old.name))), OrderChangeError
		)
	new = draft(old, change)
	name = f"{old.order_root}-{old.version + 1}"
	new.update(
		{
			"version": old.version + 1,
			"order_root": old.order_root,
			"previous_version": old.name,
			"received_at": change.requested_at,
			"confirmed_by": change.agreed_by,
			"confirmed_at": change.agreed_at,
			"confirmation": _share(change.agreement, name),
			"reference_doctype": CHANGE,
			"reference_name": change.name,
		}
	)
	for number, row in enumerate(new.lines, 1):
		row.idx = number
	for row in new.attachments:
		_share(row.attachment, name)
	opinions.begin(new)
	decisions.go_to(new, "In Review")
	new.flags.by_review = True
	new.insert(ignore_permissions=True, set_name=name)  # follows from the change, whose step was checked
	if frappe.get_cached_doc("Customer Service Settings").rereview == TOUCHED_ONLY:
		opinions.carry_over(new, old)
	events.record(old, "New Version", after=new.name, detail=change.name)
	if opinions.settle(new):
		decisions.complete(new)
	return new.name


def _share(url: str | None, name: str) -> str | None:
	"""Attach the file of an older record to the new version, too, which is about to be stored under this name."""
	if url:
		stored = frappe.db.get_value(
			"File", {"file_url": url}, ["file_name", "file_size", "content_hash"], as_dict=True
		)
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_url": url,
				"is_private": 1,
				"attached_to_doctype": DOCTYPE,
				"attached_to_name": name,
				**(stored or {}),
			}
		)
		file.flags.made_by_the_app = True
		file.insert(ignore_permissions=True)
	return url


def take_place(order) -> None:
	"""An approved version takes the place of the one before: that is superseded and its copies are called back; the change is in force."""
	if not order.previous_version:
		return
	old = locking.load(DOCTYPE, order.previous_version)
	if old.state_category not in states.ENDED:
		old.superseded_by = order.name
		decisions.go_to(old, "Superseded")
		old.flags.by_review = True
		old.save(ignore_permissions=True)  # follows from the approval
		copies.recall(old, order)
	change = change_of(order)
	# What was approved counts, which a department's wish may have altered since the change was handed in.
	change.follow_version("Effective", effective_at=clock.now(), differences=differences.between(old, order))
	notices.tell([change.owner, old.owner], order, _words_in_force)


def _words_in_force(order, language: str) -> str:
	words = _("Order {0}: version {1} was approved and is in force.", lang=language)
	return words.format(order.order_root, order.version)


def give_up(order) -> None:
	"""A new version is cancelled: the change ends, and the version before stays in force."""
	change = change_of(order) if order.previous_version else None
	if change and change.state_category not in states.ENDED:  # one in force stays so, whatever becomes of the order
		change.follow_version("Cancelled")


def change_of(order):
	"""The change that a version came from, as committed now."""
	return locking.load(CHANGE, order.reference_name)


def history(root: str) -> list[dict]:
	"""All versions of an order, the first one first: ``name``, ``version``, ``workflow_state``, ``state_category``, ``total``,
	``currency``, ``approved_at``, ``released_at``, ``change``, ``cause``."""
	fields = ["name", "version", "workflow_state", "state_category", "total", "currency", "approved_at", "released_at"]
	rows = frappe.get_all(
		DOCTYPE, {"order_root": root}, [*fields, "reference_name as `change`"], order_by="version asc"
	)
	causes = dict(
		frappe.get_all(CHANGE, {"order_root": root, "new_version": ("is", "set")}, ["name", "cause"], as_list=True)
	)
	for row in rows:
		row.cause = causes.get(row.change)
		row.change = row.change if row.cause else None
	return rows


def side_by_side(root: str) -> dict:
	"""What differs between the versions of an order.

	:returns: ``versions`` (of `history`) and ``rows``: ``line_no``, ``item``, ``what`` (English label) and ``values``, one a version.
	"""
	versions = history(root)
	orders = [frappe.get_doc(DOCTYPE, row["name"]) for row in versions]  # few: each took a joint review
	return {"versions": versions, "rows": differences.among(orders)}
