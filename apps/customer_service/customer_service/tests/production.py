"""Released orders, manufacturing orders and shipping notices for tests, made by the people whose work they are (C-5)."""

import frappe
from frappe.utils import now_datetime

from customer_service.contract_review import content, decisions, opinions, order_lines, production_api
from customer_service.tests.factories import email, go, make_order

MO, SN = "Manufacturing Order", "Shipping Notice"


def acting(by: str, function, *args, **kwargs):
	"""Call as one of the people."""
	before = frappe.session.user
	frappe.set_user(email(by))
	try:
		return function(*args, **kwargs)
	finally:
		frappe.set_user(before)


def approved(**values):
	"""An order that was approved as it stands; the review itself has its own tests."""
	order = make_order(**values)
	opinions.begin(order)
	order.update({"approved_at": now_datetime(), "approved_content": content.seen_of(content.reviewed(order))})
	decisions.go_to(order, "Approved")
	order.flags.by_review = True
	order.save(ignore_permissions=True)
	return frappe.get_doc(order.doctype, order.name)


def released(**values):
	"""An order of 100 PS-100 and 1,000 CB-1 for 1 March 2030 and 50 PS-200 for 15 March, released by the clerk."""
	return go(approved(**values), "Release to Production", by="clerk")


def key(order, item: str) -> str:
	"""By which a line of the order is known, from its item."""
	return next(order_lines.key_of(row) for row in order.lines if row.item_code == item)


def draft(order, doctype: str = MO, by: str = "clerk", **quantities):
	"""A draft for an order with the rest of it, or with quantities by item: ``draft(order, PS_100=40)``."""
	make = production_api.make_manufacturing_order if doctype == MO else production_api.make_shipping_notice
	if not quantities:
		return frappe.get_doc(doctype, acting(by, make, order.name))
	lines = [{"order_line": key(order, item.replace("_", "-")), "qty": qty} for item, qty in quantities.items()]
	values = {"doctype": doctype, "contract_review": order.name, "lines": lines}
	return acting(by, lambda: frappe.get_doc(values).insert())


def issued(order, doctype: str = MO, **quantities):
	"""The same, issued by the clerk."""
	return go(draft(order, doctype, **quantities), "Issue to Plant" if doctype == MO else "Issue Notice", by="clerk")


def shipped(order, on: str | None = None, **quantities):
	"""A notice whose goods have left, on that day."""
	return ship(issued(order, SN, **quantities), on)


def ship(notice, on: str | None = None):
	if on:
		notice = change(notice, "warehouse", shipped_on=on)
	return go(notice, "Mark Shipped", by="warehouse")


def deliver(notice, on: str | None = None, to: str = "Wang Example"):
	"""The goods have arrived, on that day or on that of shipment."""
	notice = change(notice, "clerk", delivered_on=on or str(notice.shipped_on), received_by_name=to)
	return go(notice, "Mark Delivered", by="clerk")


def change(doc, by: str, **values):
	"""Save fields of a record as one of the people; returns it as stored then."""

	def write():
		stored = frappe.get_doc(doc.doctype, doc.name)
		stored.update(values)
		return stored.save()

	acting(by, write)
	return frappe.get_doc(doc.doctype, doc.name)


def report(order, doc, item: str, qty, by: str = "plant", remark: str | None = None) -> dict:
	return acting(by, production_api.report_progress, doc.name, key(order, item), qty, remark)


def receive(doc, department: str, by: str) -> list[str]:
	return acting(by, production_api.receive, doc.name, department)


def told(doc, by_mail: bool = False) -> set[str]:
	"""Who was told of a record on the desk."""
	return set(frappe.get_all("Notification Log", {"document_name": doc.name}, pluck="for_user"))


def set_up(**values) -> None:
	"""Change settings for the test."""
	settings = frappe.get_doc("Customer Service Settings")
	settings.update(values)
	settings.save()


def next_version(order, **lines):
	"""The order's next version as its change would release it: lines by item with what changes, None for one that is dropped.

	Only the record as such: how a change is asked for and reviewed is the change's own business.
	"""
	new = frappe.copy_doc(order, ignore_no_copy=False)
	new.update({"version": order.version + 1, "order_root": order.order_root, "previous_version": order.name})
	kept = []
	for old, row in zip(order.lines, new.lines, strict=True):
		changes = lines.get(old.item_code.replace("-", "_"), {})
		row.origin_line = order_lines.key_of(old)
		if changes is not None:
			row.update(changes)
			kept.append(row)
	new.lines = kept
	new.name = f"{order.order_root}-V{new.version}"
	new.flags.name_set = True
	for field in ("approved_at", "released_at", "released_by", "review_matrix", "workflow_state", "state_category"):
		new.set(field, order.get(field))
	new.db_insert()
	for number, row in enumerate(new.lines, 1):
		row.update({"parent": new.name, "idx": number, "name": None, "parenttype": new.doctype, "parentfield": "lines"})
		row.db_insert()
	superseded = {"workflow_state": "Superseded", "state_category": "Cancelled", "superseded_by": new.name}
	frappe.db.set_value(order.doctype, order.name, superseded)
	return frappe.get_doc(order.doctype, new.name)
