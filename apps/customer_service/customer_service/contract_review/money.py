"""Money as decimals: how many digits a currency has, rounding, shares of a total, and totals in words (C-7).

Pure functions, used by contract review and the pro forma invoice. Amounts are `Decimal`; `exact` makes one of what a form, the API
or the database gives, `stored` gives back what a Currency field takes. Nothing here is in between, so nothing is lost there.
"""

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, DecimalException

from babel import UnknownLocaleError
from babel.numbers import get_currency_name, get_currency_precision, is_currency
from frappe import _, bold
from frappe.utils import escape_html
from num2words import num2words

from customer_service.exceptions import MoneyError

LARGEST = Decimal(10) ** 12
"""An amount is smaller than this: the database keeps twelve digits before the point (decimal(21,9)), and a browser's or Frappe's
float keeps fifteen in all."""

HALF_UP, HALF_EVEN = "Half Up", "Half to Even"
ROUNDINGS = {HALF_UP: ROUND_HALF_UP, HALF_EVEN: ROUND_HALF_EVEN}

HUNDRED = Decimal(100)

# Far more digits than quantity × price × share of the largest amounts have, so that only `rounded` ever rounds.
_WIDE = Context(prec=80)


def exact(value) -> Decimal:
	"""The decimal that was typed or stored: 0.1 is one tenth, and so is what a program made of 0.3 − 0.2. Nothing is 0.

	:raises MoneyError: for what is no number.
	"""
	if value in (None, ""):
		return Decimal(0)
	try:
		text = _without_noise(value) if isinstance(value, float) else str(value).strip()
		if isinstance(value, bool) or not math.isfinite(number := Decimal(text)):
			raise ValueError
	except (DecimalException, ValueError):
		raise MoneyError(_("{0} is not a number.").format(bold(escape_html(str(value)[:40])))) from None
	return number


SHORT = 12
"""Digits of a number that somebody means, if what a float holds beyond the fifteenth is noise."""


def _without_noise(value: float) -> str:
	"""A float as text. 16.990000000000002, a program's 9.99 + 7, is 16.99; a number with many digits of its own keeps them all."""
	whole, short = repr(value), f"{value:.15g}"
	is_noise = len(Decimal(whole).as_tuple().digits) > 15 and len(Decimal(short).as_tuple().digits) <= SHORT
	return short if is_noise else whole


def stored(amount: Decimal) -> float:
	"""What a Currency or Float field takes, proven to be the same number.

	:raises MoneyError: if it is 10¹² or more, or has more digits than are kept.
	"""
	if abs(amount) >= LARGEST:
		raise MoneyError(_("{0} is too large: amounts stay below {1}.").format(bold(f"{amount:,}"), f"{LARGEST:,}"))
	value = float(amount)
	if Decimal(repr(value)) != amount:
		raise MoneyError(_("{0} has more digits than can be kept.").format(bold(f"{amount:,}")))
	return value


def decimals(value) -> int:
	"""How many decimals a number needs: 1.50 one, 1200 none."""
	return max(0, -exact(value).normalize(_WIDE).as_tuple().exponent)


def refuse_decimals(value, most: int, label: str) -> None:
	"""Refuse a number with more decimals than are allowed, instead of cutting them.

	:param label: of the field, translated, with its row.
	:raises MoneyError: says how many are allowed.
	"""
	found = decimals(value)
	if found > most:
		raise MoneyError(
			_("{0}: {1} has {2} decimals; at most {3} are allowed.").format(
				bold(escape_html(label)), bold(f"{exact(value):f}"), found, most
			)
		)


def digits(currency: str) -> int:
	"""Decimals of a currency by ISO 4217: JPY 0, USD 2, KWD 3.

	:raises MoneyError: for what is no code of a currency.
	"""
	if not currency or not is_currency(currency):
		raise MoneyError(
			_("{0} is not a currency of ISO 4217.").format(bold(escape_html(str(currency or "")[:40]) or "–"))
		)
	return get_currency_precision(currency)


def rounded(amount: Decimal, places: int, mode: str = HALF_UP) -> Decimal:
	"""The amount with so many decimals. :param mode: a key of `ROUNDINGS`."""
	return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUNDINGS[mode], context=_WIDE)


def share(amount: Decimal, percent: Decimal, places: int, mode: str = HALF_UP) -> Decimal:
	"""So many per cent of an amount, rounded."""
	return rounded(_WIDE.divide(_WIDE.multiply(amount, percent), HUNDRED), places, mode)


def line_amount(quantity, price, discount_percent, places: int, mode: str = HALF_UP) -> Decimal:
	"""Quantity × unit price less discount, rounded once at the end."""
	net = _WIDE.subtract(HUNDRED, exact(discount_percent))
	return share(_WIDE.multiply(exact(quantity), exact(price)), net, places, mode)


def refuse_other_than_whole(percentages: Sequence) -> None:
	"""The parts of a whole are 100 % together, exactly.

	:raises MoneyError: with both figures.
	"""
	total = sum((exact(each) for each in percentages), Decimal(0))
	if total != HUNDRED:
		raise MoneyError(
			_("The parts are {0} % together; they must be {1} %.").format(bold(f"{total.normalize(_WIDE):f}"), 100)
		)


def split(total: Decimal, percentages: Sequence, places: int, mode: str = HALF_UP) -> list[Decimal]:
	"""The parts of a total, each rounded; the last one takes the rest, so that they are the total together.

	:raises MoneyError: if the percentages are not 100 together, or the total is too small for so many parts.
	"""
	refuse_other_than_whole(percentages)
	parts = [share(total, exact(each), places, mode) for each in percentages[:-1]]
	parts.append(_WIDE.subtract(total, sum(parts, Decimal(0))))
	if parts[-1] < 0 <= total:
		raise MoneyError(_("{0} is too little to be paid in {1} parts.").format(bold(f"{total:,}"), len(percentages)))
	return parts


def name_of(currency: str, language: str = "en", count: int = 2) -> str:
	"""The currency's name as the Unicode consortium has it: US dollars, 美元."""
	try:
		return get_currency_name(currency, count=count, locale=language.replace("-", "_"))
	except (UnknownLocaleError, ValueError):
		return get_currency_name(currency, count=count, locale="en")


def in_english(amount: Decimal, currency: str) -> str:
	"""The amount in words as banks write it: ``US DOLLARS ONE THOUSAND TWO HUNDRED AND THIRTY-FOUR AND 56/100 ONLY``.

	Of the library only the numerals are used: it knows the coins of few currencies, and two decimals only.
	"""
	whole, fraction, places = _parts(amount, currency)
	words = num2words(whole, lang="en").replace(",", "")
	coins = f" and {fraction:0{places}d}/{10**places}" if fraction else ""
	return f"{name_of(currency, count=1 if whole == 1 and not fraction else 2)} {words}{coins} only".upper()


_NUMERALS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_MYRIADS = ("", "万", "亿", "万")
_COINS = "角分厘毫"


def in_chinese(amount: Decimal, currency: str) -> str:
	"""The amount in financial numerals (大写): ``人民币壹仟贰佰叁拾肆元伍角陆分``, ``日元壹万元整``.

	Zeros as in the annex of the People's Bank's rules of payment: zeros in between are one 零, also where the last digit before 元
	is zero and 角 is not; 整 stands after 元 only. Written here since libraries drop the third decimal.
	"""
	whole, fraction, places = _parts(amount, currency)
	text = _whole_in_chinese(whole)
	coins, zero = "", bool(whole) and whole % 10 == 0
	for digit, coin in zip(f"{fraction:0{places}d}" if fraction else "", _COINS, strict=False):
		if digit == "0":
			zero = bool(whole or coins)
			continue
		coins += (_NUMERALS[0] if zero else "") + _NUMERALS[int(digit)] + coin
		zero = False
	if not coins:
		return f"{name_of(currency, 'zh')}{text}元整"
	return f"{name_of(currency, 'zh')}{text + '元' if whole else ''}{coins}"


def _whole_in_chinese(whole: int) -> str:
	"""Digits by groups of four; a group that has none is left out, one without thousands begins with 零."""
	if not whole:
		return _NUMERALS[0]
	groups = []
	while whole:
		whole, group = divmod(whole, 10_000)
		groups.append(group)
	text, gap = "", False
	for place in reversed(range(len(groups))):
		group = groups[place]
		if not group:
			gap = True
			if place == 2 and text:
				text += _MYRIADS[2]  # ten thousand times 亿
			continue
		text += (_NUMERALS[0] if text and (gap or group < 1000) else "") + _group_in_chinese(group) + _MYRIADS[place]
		gap = False
	return text


def _group_in_chinese(group: int) -> str:
	"""1 to 9999, without the zeros before and behind."""
	text, zero = "", False
	for place in reversed(range(4)):
		digit = group // 10**place % 10
		if not digit:
			zero = bool(text)
			continue
		text += (_NUMERALS[0] if zero else "") + _NUMERALS[digit] + _PLACES[place]
		zero = False
	return text


def _parts(amount: Decimal, currency: str) -> tuple[int, int, int]:
	"""Units, coins and how many decimals those are. :raises MoneyError: for less than nothing, and for parts of a coin."""
	places = digits(currency)
	if amount < 0 or rounded(amount, places) != amount:
		raise MoneyError(_("{0} cannot be written in words.").format(bold(f"{amount:,}")))
	whole = int(amount)
	return whole, int((amount - whole).scaleb(places)), places
