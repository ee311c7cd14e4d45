"""Pro forma invoices for tests: the company, its bank, rates, an invoice of any size and state."""

from datetime import date, timedelta

import frappe

from customer_service.contract_review import proforma_steps
from customer_service.tests import factories

BANK = "Test USD Account"

RATES = {"USD": 7.1, "EUR": 7.7, "KWD": 23.1, "JPY": 0.048}
"""Yuan for one unit."""


def make_company() -> None:
	"""A company with address, currency, account and rates; does nothing the second time."""
	settings = frappe.get_doc("Customer Service Settings")
	settings.update(
		{
			"company_name": "Example Electronics (Suzhou) Co., Ltd.",
			"company_name_zh": "样例电子（苏州）有限公司",
			"company_address": "No. 88 Example Road, Industrial Park\nSuzhou 215000, Jiangsu, P. R. China",
			"company_address_zh": "中国江苏省苏州市工业园区样例路88号 215000",
			"company_contact": "Tel. +86 512 5550 1000 · sales@company.example.com",
			"company_currency": "CNY",
		}
	)
	settings.save()
	if not frappe.db.exists("Company Bank Account", BANK):
		make_account(account_label=BANK, is_default=1)
	for currency, rate in RATES.items():
		if not frappe.db.exists("Company Exchange Rate", {"currency": currency, "valid_from": "2020-01-01"}):
			frappe.get_doc(
				{
					"doctype": "Company Exchange Rate",
					"currency": currency,
					"valid_from": "2020-01-01",
					"exchange_rate": rate,
				}
			).insert(ignore_permissions=True)


def make_account(**values):
	return frappe.get_doc(
		{
			"doctype": "Company Bank Account",
			"account_label": f"Account {frappe.generate_hash(length=6)}",
			"beneficiary": "Example Electronics (Suzhou) Co., Ltd.",
			"beneficiary_address": "No. 88 Example Road, Suzhou, P. R. China",
			"bank_name": "Bank of Examples, Suzhou Branch",
			"bank_address": "No. 1 Finance Street, Suzhou, P. R. China",
			"account_no": "4700 5550 1234 5678",
			"swift": "EXMPCNBJ940",
			**values,
		}
	).insert(ignore_permissions=True)


def line(qty=10, unit_price=100, discount_percent=0, **values) -> dict:
	return {
		"item_code": "BG-01",
		"description": "Housing, brushed aluminium",
		"qty": qty,
		"unit": "PCS",
		"unit_price": unit_price,
		"discount_percent": discount_percent,
		**values,
	}


def invoice_values(**values) -> dict:
	"""Fields of a sound invoice: ten pieces of 100 dollars, 30 % deposit and 70 % before shipment in 60 days."""
	customer = (
		values.pop("customer", None) or factories.make_customer(address="12 Sample Street, Springfield, USA").name
	)
	return {
		"doctype": "Pro Forma Invoice",
		"customer": customer,
		"currency": "USD",
		"lines": [line()],
		"payment_terms": "30 % Deposit, 70 % Before Shipment",
		"lead_time_days": 60,
		"incoterm": "FOB",
		"named_place": "Shanghai",
		**values,
	}


def make_invoice(**values):
	"""A draft."""
	return frappe.get_doc(invoice_values(**values)).insert()


def parts(*percentages) -> dict:
	"""Values of an invoice that is paid in these parts, without a schedule."""
	rows = [
		{"part_label": f"Part {number}", "percentage": each, "payment_trigger": "Order Confirmation"}
		for number, each in enumerate(percentages, 1)
	]
	return {"payment_terms": None, "payment_parts": rows}


def issued(**values):
	"""An invoice that the buyer can accept."""
	return factories.go(make_invoice(**values), "Issue Invoice")


def link_of(invoice) -> str:
	"""A token of the buyer's, committed."""
	from customer_service.organisation import guest

	token = guest.issue_link(invoice, proforma_steps.PURPOSE, 90)
	frappe.db.commit()
	return token


def age(invoice, days: int):
	"""Let an issued invoice have been made so many days earlier, with the fingerprint that it would have then."""
	from customer_service.contract_review import proforma

	moved = {
		field: frappe.utils.getdate(invoice.get(field)) - timedelta(days=days)
		for field in ("invoice_date", "valid_until")
	}
	frappe.db.set_value(invoice.doctype, invoice.name, moved)
	invoice.reload()
	frappe.db.set_value(invoice.doctype, invoice.name, "issued_hash", proforma.terms_of(invoice))
	invoice.reload()
	return invoice


def today() -> date:
	"""The site's today, which is not always the machine's."""
	return frappe.utils.getdate()
