"""The company's currency, in which limits and totals are compared (F-6, C-3)."""

import frappe
from frappe import _
from frappe.utils import escape_html, flt

from customer_service.exceptions import CustomerServiceError


def company_currency() -> str | None:
	"""The currency of limits and totals: the app's setting, else the site's."""
	own = frappe.get_cached_doc("Customer Service Settings").company_currency
	return own or frappe.db.get_default("currency")


def complete(doc) -> None:
	"""Fill in a record's *currency* and *exchange_rate*: the company's, and 1 for it.

	:raises CustomerServiceError: for another currency without a rate.
	"""
	company = company_currency()
	if not doc.currency or doc.currency == company:
		doc.currency, doc.exchange_rate = company, 1
	if flt(doc.exchange_rate) <= 0:
		frappe.throw(
			_("Set the exchange rate of {0}.").format(frappe.bold(escape_html(str(doc.currency)))), CustomerServiceError
		)
