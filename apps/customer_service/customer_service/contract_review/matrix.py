"""Which Review Matrix an order goes by, and who decides on it (C-2, C-3)."""

import frappe
from frappe import _
from frappe.utils import flt

from customer_service.exceptions import ReviewError
from customer_service.organisation import clock, conditions

MATRIX = "Review Matrix"


def choose(order):
	"""The first enabled matrix, by rank, whose conditions the order meets.

	:raises ReviewError: if none does.
	"""
	names = frappe.get_all(MATRIX, {"enabled": 1}, pluck="name", order_by="`rank` asc, creation asc")
	day = clock.now().date()
	for name in names:
		matrix = frappe.get_cached_doc(MATRIX, name)
		if _matches(matrix, order, day):
			return matrix
	frappe.throw(
		_("No Review Matrix fits this order. Add one without conditions for all that no other covers."), ReviewError
	)


def _matches(matrix, order, day) -> bool:
	if not conditions.is_valid(matrix, day):
		return False
	if matrix.order_kind and matrix.order_kind != order.order_kind:
		return False
	if matrix.customer_class and matrix.customer_class != conditions.customer_class(order.customer):
		return False
	if flt(order.company_total) < flt(matrix.minimum_value):
		return False
	if matrix.new_item_only and not order.has_new_item:
		return False
	return not matrix.condition or conditions.holds(matrix, order)


def questions_for(matrix, department: str) -> list:
	"""What a department is asked: the questions for all, and its own."""
	return [row for row in matrix.questions if row.department in (None, "", department)]


def decider(matrix, value: float) -> str:
	"""The role that decides on an order of this value in the company's currency.

	:raises ReviewError: if the matrix has nobody for it.
	"""
	rows = sorted(matrix.deciders, key=lambda row: flt(row.up_to_value) or float("inf"))
	for row in rows:
		if not flt(row.up_to_value) or flt(value) <= flt(row.up_to_value):
			return row.role
	frappe.throw(
		_("{0} names nobody who decides on an order of {1}.").format(frappe.bold(_(matrix.name)), f"{flt(value):,.2f}"),
		ReviewError,
	)
