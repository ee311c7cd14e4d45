"""Endpoints of manufacturing orders and shipping notices (C-5)."""

import frappe

from customer_service.contract_review import follow_up, manufacturing, quantities, released, shipping
from customer_service.organisation import locking, retry


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def make_manufacturing_order(review: str) -> str:
	"""Make a draft with what is not planned yet of a released order.

	:param review: number of a Contract Review. :returns: number of the Manufacturing Order.
	:raises ProductionError: if it is not released, or everything is planned; frappe.PermissionError.
	"""
	return manufacturing.make(_order(review, quantities.MANUFACTURING)).name


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def make_shipping_notice(review: str) -> str:
	"""Make a draft with what no shipping notice says yet of a released order.

	:param review: number of a Contract Review. :returns: number of the Shipping Notice.
	:raises ShippingError: if it is not released, or notices cover everything; frappe.PermissionError.
	"""
	return shipping.make(_order(review, quantities.SHIPPING)).name


def _order(review: str, doctype: str):
	order = frappe.get_doc(quantities.ORDER, review)
	order.check_permission("read")
	released.demand_making(doctype)
	return order


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def receive(name: str, department: str) -> list[str]:
	"""Sign that a department has received a manufacturing order; departments may do so at the same moment.

	:returns: departments that have not received it yet.
	:raises ProductionError: if it is not asked; frappe.PermissionError: for another department than the user's.
	"""
	doc = _of_reader(manufacturing.DOCTYPE, name)
	manufacturing.receive(doc, department)
	return manufacturing.waiting(doc)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def report_progress(name: str, line: str, qty: float | str, remark: str | None = None) -> dict:
	"""Report what the plant has produced of a line; the state follows.

	:param line: the line's ``order_line``. :param qty: negative to take back what was reported by mistake.
	:returns: ``state`` of the manufacturing order and ``produced`` of the line in all.
	:raises ProductionError, MoneyError: says what is wrong; frappe.PermissionError: for others than the plant.
	"""
	doc = _of_reader(manufacturing.DOCTYPE, name)
	manufacturing.report(doc, line, qty, remark)
	produced = next(row.produced_qty for row in doc.lines if row.order_line == line)
	return {"state": doc.workflow_state, "produced": produced}


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def adjust(doctype: str, name: str, line: str, qty: float | str) -> None:
	"""Settle the quantity of a line that a change of the order left open.

	:param doctype: Manufacturing Order or Shipping Notice. :param line: the line's ``order_line``.
	:raises ProductionError, ShippingError, MoneyError: says what is wrong; frappe.PermissionError.
	"""
	module = shipping if doctype == shipping.DOCTYPE else manufacturing
	released.demand_making(module.DOCTYPE)
	doc = locking.load(module.DOCTYPE, name)
	doc.check_permission("write")
	module.adjust(doc, line, qty)


def _of_reader(doctype: str, name: str):
	doc = locking.load(doctype, name)
	doc.check_permission("read")
	return doc


@frappe.whitelist()
def deliveries(review: str) -> list[dict]:
	"""How far each line of an order is: ordered, planned, produced, shipped, delivered, open, late (C-4).

	:param review: number of a Contract Review. :returns: see `follow_up.board`; frappe.PermissionError.
	"""
	order = frappe.get_doc(quantities.ORDER, review)
	order.check_permission("read")
	return follow_up.board(order)
