"""Accounts to which buyers pay: what can be checked of the numbers that a bank gives (C-7)."""

import re

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce
from frappe.utils import escape_html

from customer_service.exceptions import MoneyError

# ISO 9362: party (4 letters or digits, by use letters), country, location, and a branch or none.
SWIFT = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
# ISO 13616: country, two check digits, up to 30 letters and digits. No national account number begins like that.
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")

SNAPSHOT = (
	"beneficiary",
	"beneficiary_address",
	"bank_name",
	"bank_address",
	"account_no",
	"swift",
	"correspondent_bank",
)
"""Fields that an invoice takes over, so that it reprints what the buyer was told."""


def check_swift(code: str) -> str:
	"""The code in capitals without blanks.

	:raises MoneyError: if it has not the form of ISO 9362.
	"""
	plain = re.sub(r"\s", "", code or "").upper()
	if not SWIFT.fullmatch(plain):
		frappe.throw(
			_("{0} is not a SWIFT/BIC: four letters, two letters of the country, and 2 or 5 letters or digits.").format(
				frappe.bold(escape_html(code or ""))
			),
			MoneyError,
		)
	return plain


def check_account(number: str) -> str:
	"""The number; an IBAN in groups of four, its check digits proven.

	:raises MoneyError: for an IBAN whose check digits are wrong.
	"""
	plain = re.sub(r"[\s-]", "", number or "").upper()
	if not IBAN.fullmatch(plain):
		return (number or "").strip()
	digits = "".join(str(int(each, 36)) for each in plain[4:] + plain[:4])
	if int(digits) % 97 != 1:
		frappe.throw(
			_("The check digits of IBAN {0} are wrong. Compare it with the bank's letter.").format(
				frappe.bold(escape_html(number))
			),
			MoneyError,
		)
	return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def keep_one_default(account) -> None:
	"""A new default takes the mark from the one that had it for the same currency."""
	if not account.is_default:
		return
	table = frappe.qb.DocType(account.doctype)
	same = Coalesce(table.account_currency, "") == (account.account_currency or "")
	frappe.qb.update(table).set(table.is_default, 0).where((table.name != account.name) & same).run()
	frappe.clear_document_cache(account.doctype)


def default_for(currency: str) -> str | None:
	"""The account that a new invoice in a currency names: the currency's default, else the one for every currency."""
	rows = frappe.get_all("Company Bank Account", {"is_default": 1, "disabled": 0}, ["name", "account_currency"])
	by_currency = {row.account_currency or None: row.name for row in rows}
	return by_currency.get(currency) or by_currency.get(None)
