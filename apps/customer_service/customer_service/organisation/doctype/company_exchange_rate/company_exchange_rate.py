import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.exceptions import MoneyError
from customer_service.organisation.currencies import company_currency


class CompanyExchangeRate(Document):
	"""What one unit of a foreign currency is worth in the company's currency from a day on."""

	def validate(self):
		if (self.exchange_rate or 0) <= 0:
			frappe.throw(_("An exchange rate is more than 0."), MoneyError)
		if self.currency == company_currency():
			frappe.throw(_("The company's own currency needs no exchange rate."), MoneyError)


def on_doctype_update():
	"""The newest rate of a currency, as each invoice looks it up."""
	frappe.db.add_index("Company Exchange Rate", ["currency", "valid_from"], "currency_valid_from")
