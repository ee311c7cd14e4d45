"""The lines of an order: quantities, prices, delivery dates, and what they come to (C-1)."""

from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import getdate

from customer_service.contract_review import money, numbers
from customer_service.exceptions import ReviewError
from customer_service.organisation import currencies

TOTALS = ("total", "company_total", "first_delivery", "has_new_item")
"""Fields that follow from the lines."""


def key_of(row) -> str:
	"""By which a line of an order is known through all its versions: the name that it had in the first."""
	return row.origin_line or row.name


def keep_origins(order) -> None:
	"""Nobody types which line of an older version a line was."""
	before = order.get_doc_before_save()
	known = {row.name: row.origin_line for row in before.lines} if before else {}
	for row in order.lines:
		row.origin_line = known.get(row.name)


def complete(order) -> None:
	"""Check every line, and add up.

	:raises ReviewError: names the row with a delivery before the order. :raises MoneyError: names the row and the number.
	"""
	currencies.complete(order, order.order_date)
	places, mode, most = money.digits(order.currency), numbers.rounding(), numbers.price_decimals()
	total, ordered, deliveries = Decimal(0), order.order_date and getdate(order.order_date), []
	for row in order.lines:
		numbers.check(row, "qty", more_than=0)
		numbers.check(row, "unit_price", most)
		if row.delivery_date:
			deliveries.append(
				getdate(row.delivery_date)
			)  # dates of a form are text, and reading 500 of them takes its time
			_refuse_early_delivery(row, deliveries[-1], ordered)
		amount = money.line_amount(row.qty, row.unit_price, 0, places, mode)
		row.amount = money.stored(amount)
		total += amount
	order.total = money.stored(total)
	order.company_total = _in_company_currency(total, order.exchange_rate, mode)
	order.first_delivery = min(deliveries, default=None)
	order.has_new_item = int(any(int(row.is_new_item or 0) for row in order.lines))


def _in_company_currency(total: Decimal, rate, mode: str) -> float:
	company = currencies.company_currency()
	places = money.digits(company) if company else 2
	return money.stored(money.rounded(total * money.exact(rate), places, mode))


def _refuse_early_delivery(row, delivered: date, ordered: date | None) -> None:
	if ordered and delivered < ordered:
		label = _("Row {0}: {1}").format(row.idx, _(row.meta.get_label("delivery_date")))
		frappe.throw(_("{0} is before the order's date.").format(frappe.bold(label)), ReviewError)
