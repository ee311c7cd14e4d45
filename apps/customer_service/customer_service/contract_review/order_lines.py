"""The lines of an order: quantities, prices, delivery dates, and what they come to (C-1)."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import flt, getdate

from customer_service.contract_review import money
from customer_service.exceptions import ReviewError
from customer_service.organisation import currencies

PRICE_DECIMALS = 6
"""As the columns show; a price with more is refused, never cut."""

QUANTITY_DECIMALS = 6


def complete(order) -> None:
	"""Check every line, and add up.

	:raises ReviewError: names the row and the field. :raises MoneyError: for a number that cannot be kept as typed.
	"""
	currencies.complete(order, order.order_date)
	places = money.digits(order.currency)
	total = Decimal(0)
	for row in order.lines:
		_check(order, row)
		amount = money.line_amount(row.qty, row.unit_price, 0, places)
		row.amount = money.stored(amount)
		total += amount
	order.total = money.stored(total)
	order.company_total = _in_company_currency(total, order.exchange_rate)
	order.first_delivery = min((getdate(row.delivery_date) for row in order.lines), default=None)
	order.has_new_item = int(any(int(row.is_new_item or 0) for row in order.lines))


def _in_company_currency(total: Decimal, rate) -> float:
	company = currencies.company_currency()
	places = money.digits(company) if company else 2
	return money.stored(money.rounded(total * money.exact(rate), places))


def _check(order, row) -> None:
	money.refuse_decimals(row.qty, QUANTITY_DECIMALS, _label(row, "qty"))
	money.refuse_decimals(row.unit_price, PRICE_DECIMALS, _label(row, "unit_price"))
	if flt(row.qty) <= 0:
		_refuse(row, "qty", _("must be more than 0"))
	if flt(row.unit_price) < 0:
		_refuse(row, "unit_price", _("must not be less than 0"))
	if order.order_date and row.delivery_date and getdate(row.delivery_date) < getdate(order.order_date):
		_refuse(row, "delivery_date", _("is before the order's date"))


def _refuse(row, field: str, reason: str) -> None:
	frappe.throw(_("{0} {1}.").format(frappe.bold(_label(row, field)), reason), ReviewError)


def _label(row, field: str) -> str:
	return _("Row {0}: {1}").format(row.idx, _(row.meta.get_label(field)))
