"""Figures as a pro forma invoice prints them (C-7)."""

from customer_service.contract_review import money
from customer_service.exceptions import MoneyError


def amount(value, currency: str | None) -> str:
	"""An amount with the digits of its currency: 1,234.50; 12,345 yen."""
	return f"{money.exact(value):,.{_digits(currency)}f}"


def number(row, fieldname: str, currency: str | None) -> str:
	"""A price with at least the digits of the currency, any other number without zeros at its end; nothing for no discount."""
	value = money.exact(row.get(fieldname))
	if fieldname == "unit_price":
		return f"{value:,.{max(_digits(currency), money.decimals(value))}f}"
	return f"{value:,.{money.decimals(value)}f}" if value or fieldname == "qty" else ""


def _digits(currency: str | None) -> int:
	try:
		return money.digits(currency)
	except MoneyError:  # an empty form has none
		return 2
