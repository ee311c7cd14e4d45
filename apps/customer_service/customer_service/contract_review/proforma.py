"""What a pro forma invoice says: who, what, how much, in which parts, to which account (C-7).

A draft is filled in and reckoned on every save. What was issued keeps its content: its fingerprint is kept, and a record that
does not have it any more takes no step.
"""

from datetime import timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, escape_html, getdate

from customer_service.contract_review import bank_accounts, money, numbers, payment_terms
from customer_service.exceptions import MoneyError, ProFormaError
from customer_service.organisation import clock, content, currencies, states

DOCTYPE = "Pro Forma Invoice"

PROCESS_FIELDS = frozenset(
	{
		"workflow_state",
		"state_category",
		"superseded_by",
		"buyer_email",
		"buyer_phone",
		"language",
		"sent_at",
		"sent_to",
		"issued_hash",
		"accepted_at",
		"accepted_by_name",
		"accepted_via",
		"accepted_hash",
		"paid_total",
		"balance",
		"paid_at",
		"ended_at",
		"payments",
		"linked_sales_order",
	}
)
"""Fields that go on changing after the invoice was issued. Everything else is what the buyer accepts."""

MOST_LINES = 1_000


def terms_of(doc) -> str:
	"""Fingerprint of what the buyer accepts (L3)."""
	every = content.content_of(doc)
	return content.fingerprint({field: value for field, value in every.items() if field not in PROCESS_FIELDS})


def fill(doc) -> None:
	"""Take over what stands elsewhere: buyer, seller, bank account, payment terms, dates."""
	_take_buyer(doc)
	settings = frappe.get_cached_doc("Customer Service Settings")
	doc.update(
		{
			"seller_name": settings.company_name,
			"seller_name_zh": settings.company_name_zh,
			"seller_address": settings.company_address,
			"seller_address_zh": settings.company_address_zh,
			"seller_contact": settings.company_contact,
		}
	)
	_take_bank(doc)
	payment_terms.fill(doc)
	if doc.invoice_date and not doc.valid_until:
		doc.valid_until = getdate(doc.invoice_date) + timedelta(days=settings.pro_forma_valid_days or 0)
	if doc.invoice_date and cint(doc.lead_time_days) and not doc.shipment_on:
		doc.shipment_on = getdate(doc.invoice_date) + timedelta(days=min(cint(doc.lead_time_days), 3650))


def _take_buyer(doc) -> None:
	before = doc.get_doc_before_save()
	if not doc.customer or (before and before.customer == doc.customer and doc.buyer_name):
		return
	customer = frappe.get_cached_doc("Service Customer", doc.customer)
	contact = customer.contacts[0] if customer.contacts else frappe._dict()
	found = {
		"buyer_name": customer.customer_name,
		"buyer_address": customer.address,
		"buyer_contact": contact.contact_name,
		"buyer_email": contact.email or customer.email,
		"buyer_phone": contact.phone or customer.phone,
		"language": customer.language,
	}
	if before and before.customer != doc.customer:
		for field in found:
			if doc.get(field) == before.get(field):
				doc.set(field, None)  # of the buyer before
	if not before and doc.language == frappe.db.get_default("language"):
		doc.language = None  # Frappe fills in the site's; the buyer's counts
	doc.update({field: doc.get(field) or value for field, value in found.items()})


def _take_bank(doc) -> None:
	if not doc.bank_account and doc.currency:
		doc.bank_account = bank_accounts.default_for(doc.currency)
	account = frappe.get_cached_doc("Company Bank Account", doc.bank_account) if doc.bank_account else frappe._dict()
	if account.disabled:
		frappe.throw(_("Bank account {0} is disabled.").format(frappe.bold(escape_html(account.name))), ProFormaError)
	if account.account_currency and account.account_currency != doc.currency:
		frappe.throw(
			_("Bank account {0} is for {1}, the invoice is in {2}.").format(
				frappe.bold(escape_html(account.name)), account.account_currency, escape_html(str(doc.currency))
			),
			ProFormaError,
		)
	doc.update({field: account.get(field) for field in bank_accounts.SNAPSHOT})


def check(doc) -> None:
	"""Dates in order, lines that can be sold.

	:raises ProFormaError, MoneyError: name the field and row.
	"""
	if doc.valid_until and doc.invoice_date and getdate(doc.valid_until) < getdate(doc.invoice_date):
		frappe.throw(
			_("The invoice is valid until {0}, before its date {1}.").format(
				frappe.bold(str(getdate(doc.valid_until))), frappe.bold(str(getdate(doc.invoice_date)))
			),
			ProFormaError,
		)
	if len(doc.lines) > MOST_LINES:
		frappe.throw(_("An invoice has at most {0} lines.").format(MOST_LINES), ProFormaError)
	most = numbers.price_decimals()
	for row in doc.lines:
		numbers.check(row, "qty", numbers.MOST_DECIMALS, more_than=0)
		numbers.check(row, "unit_price", most)
		numbers.check(row, "discount_percent", numbers.MOST_DECIMALS, at_most=100)


def reckon(doc) -> None:
	"""Amounts, totals, words, parts. Every amount is rounded where it is shown, so that the total is the sum of what is shown.

	:raises MoneyError: for amounts that cannot be kept, a currency without rate, parts that are not the whole.
	"""
	places = money.digits(doc.currency)
	mode = numbers.rounding()
	net = Decimal(0)
	for row in doc.lines:
		amount = money.line_amount(row.qty, row.unit_price, row.discount_percent, places, mode)
		row.amount = money.stored(amount)
		net += amount
	doc.net_total = money.stored(net)
	total = net - _discount(doc, net, places, mode)
	for fieldname in ("freight", "insurance"):
		numbers.check(doc, fieldname, places)
		total += money.exact(doc.get(fieldname))
	total = money.rounded(total, places, mode)
	doc.total = money.stored(total)
	doc.total_in_english = money.in_english(total, doc.currency)
	doc.total_in_chinese = money.in_chinese(total, doc.currency)
	_compare(doc, total, mode)
	payment_terms.reckon(doc, total, places, mode)


def _discount(doc, net: Decimal, places: int, mode: str) -> Decimal:
	"""The discount on the total, rounded."""
	if doc.discount_kind == "Percentage":
		numbers.check(doc, "discount_percent", numbers.MOST_DECIMALS, at_most=100)
		discount = money.share(net, money.exact(doc.discount_percent), places, mode)
	elif doc.discount_kind == "Amount":
		numbers.check(doc, "discount_amount", places)
		doc.discount_percent = 0
		discount = money.exact(doc.discount_amount)
	else:
		doc.discount_percent, discount = 0, Decimal(0)
	if discount > net:
		frappe.throw(_("The discount is larger than the total of the lines."), MoneyError)
	doc.discount_amount = money.stored(discount)
	return discount


def _compare(doc, total: Decimal, mode: str) -> None:
	"""The total in the company's currency, for limits and figures over all invoices."""
	company = currencies.company_currency()
	if not company:
		frappe.throw(_("Set the company's currency in the settings first."), MoneyError)
	if doc.currency == company:
		doc.exchange_rate = 1
	rate = money.exact(doc.exchange_rate)
	if rate < 0:
		frappe.throw(_("An exchange rate is more than 0."), MoneyError)
	if not rate:
		rate = currencies.require_rate(doc.currency, doc.invoice_date or clock.now().date())
		doc.exchange_rate = money.stored(rate)
	money.refuse_decimals(rate, 9, _("Exchange Rate"))
	places = money.digits(company)
	doc.company_total = money.stored(money.rounded(total * rate, places, mode))


def refuse_change(doc) -> None:
	"""What was issued is revised, not changed (L3).

	:raises ProFormaError: whatever door the change came by.
	"""
	if doc.issued_hash and terms_of(doc) != doc.issued_hash:
		frappe.throw(
			_("Invoice {0} was issued and cannot be changed. Make a revision.").format(
				frappe.bold(escape_html(doc.name))
			),
			ProFormaError,
		)


def refuse_incomplete(doc) -> None:
	"""What a buyer and his bank need to know stands on the invoice before it is issued.

	:raises ProFormaError: lists what is missing.
	"""
	needed = ("buyer_address", "seller_name", "seller_address", "bank_account", "payment_parts")
	missing = [field for field in needed if not doc.get(field)]
	if missing:
		labels = ", ".join(frappe.bold(_(doc.meta.get_label(field))) for field in missing)
		frappe.throw(_("Before the invoice is issued, fill in: {0}.").format(labels), ProFormaError)


FROM_LINE = (
	"item_code",
	"customer_item_no",
	"description",
	"specification",
	"qty",
	"unit",
	"unit_price",
	"delivery_date",
)


def from_review(review):
	"""A draft with an order's lines, prices and currency; what else the order says of terms stands in the remarks (C-7).

	:param review: the Contract Review, which the caller may read. :returns: the stored Pro Forma Invoice.
	:raises ProFormaError: for an order that was cancelled or superseded.
	"""
	if review.superseded_by or review.state_category == states.CANCELLED:
		frappe.throw(
			_("{0} {1} is {2}; no invoice is made for it.").format(
				_(review.doctype), frappe.bold(escape_html(review.name)), _(review.workflow_state)
			),
			ProFormaError,
		)
	invoice = frappe.new_doc(DOCTYPE)
	invoice.update(
		{
			"contract_review": review.name,
			"customer": review.customer,
			"buyer_reference": review.customer_order_no,
			"buyer_contact": review.contact_person,
			"buyer_email": review.contact_email,
			"buyer_phone": review.contact_phone,
			"currency": review.currency,
			"exchange_rate": review.exchange_rate,
			"shipment_on": review.first_delivery,
			"remarks": "\n".join(text for text in (review.payment_terms, review.delivery_terms) if text) or None,
			"lines": [{field: row.get(field) for field in FROM_LINE} for row in review.lines],
		}
	)
	return invoice.insert()


def refuse_unreviewed(doc) -> None:
	"""An invoice for an order goes out when the order is approved, in the version that is valid (C-3).

	:raises ProFormaError: names the order.
	"""
	if not doc.contract_review:
		return
	review = frappe.db.get_value(
		"Contract Review", doc.contract_review, ["approved_at", "superseded_by", "workflow_state"], as_dict=True
	)
	if not review or not review.approved_at or review.superseded_by:
		frappe.throw(
			_("{0} {1} is {2}; the invoice is issued when it is approved.").format(
				_("Contract Review"), frappe.bold(escape_html(doc.contract_review)), _(review and review.workflow_state)
			),
			ProFormaError,
		)
