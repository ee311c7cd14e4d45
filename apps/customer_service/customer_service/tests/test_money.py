"""Money (C-7): digits of a currency, rounding, parts of a total, amounts in words. Every expected figure is worked out by hand."""

from decimal import Decimal

import pytest

from customer_service.contract_review import money
from customer_service.exceptions import MoneyError

pytestmark = pytest.mark.usefixtures("site")


@pytest.mark.parametrize(
	("currency", "digits"),
	[("JPY", 0), ("KRW", 0), ("USD", 2), ("CNY", 2), ("EUR", 2), ("HUF", 2), ("KWD", 3), ("BHD", 3)],
)
def test_digits_of_a_currency(currency, digits):
	assert money.digits(currency) == digits


@pytest.mark.parametrize("currency", ["", None, "ABC", "usd", "<b>"])
def test_what_is_no_currency_is_refused(currency):
	with pytest.raises(MoneyError, match="ISO 4217"):
		money.digits(currency)


@pytest.mark.parametrize(
	("amount", "places", "half_up", "half_even"),
	[
		("0.125", 2, "0.13", "0.12"),
		("0.135", 2, "0.14", "0.14"),
		("2.5", 0, "3", "2"),
		("1.0005", 3, "1.001", "1.000"),
		("1.00049999", 3, "1.000", "1.000"),
		("-0.125", 2, "-0.13", "-0.12"),
		("999999999999.995", 2, "1000000000000.00", "1000000000000.00"),
	],
)
def test_rounding(amount, places, half_up, half_even):
	assert str(money.rounded(Decimal(amount), places)) == half_up
	assert str(money.rounded(Decimal(amount), places, money.HALF_EVEN)) == half_even


@pytest.mark.parametrize(
	("quantity", "price", "discount", "places", "amount"),
	[
		(3, 0.335, 0, 2, "1.01"),  # 1.005; a float says 1.00499…
		(1.1, 1.1, 0, 2, "1.21"),
		(7, 12.345, 10, 2, "77.77"),  # 86.415 × 0.9 = 77.7735
		(7, 12.345, 10, 0, "78"),
		(7, 12.345, 10, 3, "77.774"),
		(999_999, 999_999.999999, 0, 2, "999998999999.00"),  # 999999 × 10⁶ − 0.999999 − 999999 = 999998999999.000001
	],
)
def test_amount_of_a_line(quantity, price, discount, places, amount):
	assert str(money.line_amount(quantity, price, discount, places)) == amount


@pytest.mark.parametrize(
	("total", "percentages", "places", "parts"),
	[
		("1000.00", (30, 70), 2, ("300.00", "700.00")),
		("1234.56", (30, 70), 2, ("370.37", "864.19")),  # 370.368
		("100.01", (33.33, 33.33, 33.34), 2, ("33.33", "33.33", "33.35")),  # 33.333333
		("10001", (33.33, 33.33, 33.34), 0, ("3333", "3333", "3335")),  # 3333.3333
		("1000.000", (33.33, 33.33, 33.34), 3, ("333.300", "333.300", "333.400")),
		("0.01", (50, 50), 2, ("0.01", "0.00")),
	],
)
def test_parts_are_the_total_together(total, percentages, places, parts):
	result = money.split(Decimal(total), percentages, places)
	assert tuple(str(each) for each in result) == parts
	assert sum(result) == Decimal(total)


@pytest.mark.parametrize(("percentages", "figure"), [((30, 69.99), "99.99"), ((50, 50.01), "100.01"), ((), "0")])
def test_parts_that_are_not_the_whole_are_refused_with_both_figures(percentages, figure):
	with pytest.raises(MoneyError, match=figure) as refused:
		money.refuse_other_than_whole(percentages)
	assert "100 %" in str(refused.value)


def test_a_total_too_small_for_its_parts_is_refused():
	with pytest.raises(MoneyError, match="too little"):
		money.split(Decimal("0.05"), [10] * 10, 2)  # nine of 0.005, rounded up to 0.01, are 0.09


@pytest.mark.parametrize(
	("value", "decimals"), [(1, 0), (1200, 0), ("1.50", 1), (0.1, 1), ("0.1234567", 7), (1e-9, 9), (None, 0)]
)
def test_decimals_of_a_number(value, decimals):
	assert money.decimals(value) == decimals


@pytest.mark.parametrize(
	("value", "meant"),
	[
		(9.99 + 7, "16.99"),
		(0.1 + 0.2, "0.3"),
		(0.3 - 0.2, "0.1"),
		(1.1 * 3, "3.3"),
		(1234567890.123456, "1234567890.123456"),
		(999999999999.999, "999999999999.999"),
		(1.23456789012345, "1.23456789012345"),
		(-0.7 - 0.1, "-0.8"),
		(1e-7, "0.0000001"),
	],
)
def test_noise_of_a_program_s_sums_is_no_decimal_and_typed_digits_are_kept(value, meant):
	assert money.exact(value) == Decimal(meant)


def test_too_many_decimals_are_refused_not_cut():
	with pytest.raises(MoneyError, match="7 decimals; at most 6"):
		money.refuse_decimals("1.2345678"[:9], 6, "Unit Price")


@pytest.mark.parametrize("value", ["abc", float("nan"), float("inf"), "1,5", True, [], "1e"])
def test_what_is_no_number_is_refused(value):
	with pytest.raises(MoneyError):
		money.exact(value)


def test_the_largest_amounts_are_kept_to_the_cent_and_larger_ones_refused():
	for text in ("999999999999.99", "999999999999.999", "0.001", "123456789012.345"):
		assert Decimal(repr(money.stored(Decimal(text)))) == Decimal(text)
	for text in ("1000000000000", "-1000000000000", "1e30"):
		with pytest.raises(MoneyError, match="too large"):
			money.stored(Decimal(text))
	with pytest.raises(MoneyError, match="more digits"):
		money.stored(Decimal("999999999999.12345678"))


WORDS = [
	(
		"1234.56",
		"USD",
		"US DOLLARS ONE THOUSAND TWO HUNDRED AND THIRTY-FOUR AND 56/100 ONLY",
		"美元壹仟贰佰叁拾肆元伍角陆分",
	),
	("1.00", "USD", "US DOLLAR ONE ONLY", "美元壹元整"),
	("0.05", "USD", "US DOLLARS ZERO AND 05/100 ONLY", "美元伍分"),
	("0.00", "USD", "US DOLLARS ZERO ONLY", "美元零元整"),
	("12345", "JPY", "JAPANESE YEN TWELVE THOUSAND THREE HUNDRED AND FORTY-FIVE ONLY", "日元壹万贰仟叁佰肆拾伍元整"),
	(
		"1234.567",
		"KWD",
		"KUWAITI DINARS ONE THOUSAND TWO HUNDRED AND THIRTY-FOUR AND 567/1000 ONLY",
		"科威特第纳尔壹仟贰佰叁拾肆元伍角陆分柒厘",
	),
	("2.005", "KWD", "KUWAITI DINARS TWO AND 005/1000 ONLY", "科威特第纳尔贰元零伍厘"),
	("2.507", "KWD", "KUWAITI DINARS TWO AND 507/1000 ONLY", "科威特第纳尔贰元伍角零柒厘"),
	("100.10", "EUR", "EUROS ONE HUNDRED AND 10/100 ONLY", "欧元壹佰元零壹角"),
	(
		"1234.56",
		"CNY",
		"CHINESE YUAN ONE THOUSAND TWO HUNDRED AND THIRTY-FOUR AND 56/100 ONLY",
		"人民币壹仟贰佰叁拾肆元伍角陆分",
	),
]
# The examples of the annex of the People's Bank of China's rules of payment (支付结算办法), and zeros in every place.
CHINESE = [
	("1409.50", "壹仟肆佰零玖元伍角"),
	("6007.14", "陆仟零柒元壹角肆分"),
	("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
	("107000.53", "壹拾万柒仟元零伍角叁分"),
	("16409.02", "壹万陆仟肆佰零玖元零贰分"),
	("325.04", "叁佰贰拾伍元零肆分"),
	("0.56", "伍角陆分"),
	("10.00", "壹拾元整"),
	("10005.06", "壹万零伍元零陆分"),
	("1000000.00", "壹佰万元整"),
	("1010101.01", "壹佰零壹万零壹佰零壹元零壹分"),
	("100000000.00", "壹亿元整"),
	("100000010.00", "壹亿零壹拾元整"),
	("100001000.00", "壹亿零壹仟元整"),
	("100010001.00", "壹亿零壹万零壹元整"),
	("120000000.00", "壹亿贰仟万元整"),
	("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
	("1000000000000.00", "壹万亿元整"),
	("1000500000000.00", "壹万零伍亿元整"),
]


@pytest.mark.parametrize(("amount", "currency", "english", "chinese"), WORDS)
def test_amount_in_words(amount, currency, english, chinese):
	assert money.in_english(Decimal(amount), currency) == english
	assert money.in_chinese(Decimal(amount), currency) == chinese


@pytest.mark.parametrize(("amount", "chinese"), CHINESE)
def test_financial_numerals(amount, chinese):
	assert money.in_chinese(Decimal(amount), "CNY") == "人民币" + chinese


@pytest.mark.parametrize(("amount", "currency"), [("0.5", "JPY"), ("1.001", "USD"), ("-1", "USD")])
def test_parts_of_a_coin_and_debts_have_no_words(amount, currency):
	with pytest.raises(MoneyError):
		money.in_english(Decimal(amount), currency)
	with pytest.raises(MoneyError):
		money.in_chinese(Decimal(amount), currency)
