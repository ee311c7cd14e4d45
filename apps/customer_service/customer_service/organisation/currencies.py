"""The company's currency, in which limits and totals are compared (F-6, C-3)."""

from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import escape_html, flt, nowdate

from customer_service.exceptions import MoneyError


def company_currency() -> str | None:
	"""The currency of limits and totals: the app's setting, else the site's."""
	own = frappe.get_cached_doc("Customer Service Settings").company_currency
	return own or frappe.db.get_default("currency")


def complete(doc, on: date | str | None = None) -> None:
	"""Fill in a record's *currency* and *exchange_rate*: the company's, and 1 for it; for another one the rate of the day, if none is typed.

	:param on: the day of the rate; today if not given.

	:raises MoneyError: for another currency without a rate.
	"""
	company = company_currency()
	if not doc.currency or doc.currency == company:
		doc.currency, doc.exchange_rate = company, 1
	elif not doc.exchange_rate:
		doc.exchange_rate = float(require_rate(doc.currency, on or nowdate()))
	if flt(doc.exchange_rate) <= 0:
		frappe.throw(_("An exchange rate is more than 0."), MoneyError)


def rate_of(currency: str, on: date | str) -> Decimal | None:
	"""Company currency for one unit of a currency on a day: the newest **Company Exchange Rate** up to then; None if there is none."""
	if currency == company_currency():
		return Decimal(1)
	found = frappe.get_all(
		"Company Exchange Rate",
		filters={"currency": currency, "valid_from": ("<=", on)},
		pluck="exchange_rate",
		order_by="valid_from desc",
		limit=1,
	)
	return Decimal(str(found[0])) if found else None


def require_rate(currency: str, on: date | str) -> Decimal:
	"""As `rate_of`.

	:raises MoneyError: says what to do if there is no rate.
	"""
	rate = rate_of(currency, on)
	if not rate:
		frappe.throw(
			_("There is no exchange rate from {0} to {1}. Enter one, or add a Company Exchange Rate.").format(
				frappe.bold(escape_html(str(currency))), frappe.bold(escape_html(company_currency() or "?"))
			),
			MoneyError,
		)
	return rate
