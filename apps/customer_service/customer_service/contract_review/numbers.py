"""Quantities, prices and percentages of orders and invoices: what is refused, and how the site rounds (C-1, C-7)."""

import frappe
from frappe import _
from frappe.utils import cint, escape_html

from customer_service.contract_review import money
from customer_service.exceptions import MoneyError

MOST_DECIMALS = 6
"""Of quantities, prices and discounts; more than any measure of trade has, and what the fields show."""


def price_decimals() -> int:
	"""How many decimals a unit price may have on this site."""
	return min(cint(frappe.get_cached_doc("Customer Service Settings").price_decimals), MOST_DECIMALS)


def rounding() -> str:
	"""How this site rounds amounts: a key of `money.ROUNDINGS`."""
	return frappe.get_cached_doc("Customer Service Settings").money_rounding or money.HALF_UP


def check(
	part, fieldname: str, decimals: int = MOST_DECIMALS, more_than: int | None = None, at_most: int | None = None
) -> None:
	"""One number of a record or of a row: not negative if nothing else is said, and kept as it was typed.

	:param decimals: how many it may have. :raises MoneyError: names the row and the field.
	"""
	label = _(part.meta.get_label(fieldname))
	if part.meta.istable:
		label = _("Row {0}: {1}").format(part.idx, label)
	value = money.exact(part.get(fieldname))
	if more_than is not None and value <= more_than:
		frappe.throw(_("{0} must be more than {1}.").format(escape_html(label), more_than), MoneyError)
	if value < 0:
		frappe.throw(_("{0} must not be negative.").format(escape_html(label)), MoneyError)
	if at_most is not None and value > at_most:
		frappe.throw(_("{0} must be at most {1}.").format(escape_html(label), at_most), MoneyError)
	money.refuse_decimals(value, decimals, label)
	money.stored(value)
