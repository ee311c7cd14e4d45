"""Thirty invoices worked out by hand (C-7): lines, discounts, freight, rounding, parts and words, in five currencies.

The arithmetic stands beside each. Every amount is rounded half up to the currency's digits where it is shown; the total is the sum
of what is shown; the last part takes the rest.
"""

from decimal import Decimal

import frappe
import pytest

from customer_service.tests import proforma
from customer_service.tests.proforma import line, make_invoice, parts

HALF = (50, 50)
DEPOSIT = (30, 70)
THIRDS = (33.33, 33.33, 33.34)

INVOICES = [
	# 1: 30 % of 1234.56 = 370.368
	("USD", [(1, 1234.56, 0)], {}, DEPOSIT, ["1234.56"], "1234.56", ["370.37", "864.19"], "US DOLLARS ONE THOUSAND TWO HUNDRED AND THIRTY-FOUR AND 56/100", "美元壹仟贰佰叁拾肆元伍角陆分"),
	# 2
	("USD", [(100, 9.99, 0), (2, 0.5, 0)], {}, DEPOSIT, ["999.00", "1.00"], "1000.00", ["300.00", "700.00"], "US DOLLARS ONE THOUSAND", "美元壹仟元整"),
	# 3: 3 × 0.335 = 1.005 → 1.01, twice 2.02 (2.01 if only the total were rounded)
	("USD", [(3, 0.335, 0), (3, 0.335, 0)], {}, (100,), ["1.01", "1.01"], "2.02", ["2.02"], "US DOLLARS TWO AND 02/100", "美元贰元零贰分"),
	# 4: 86.415 × 0.9 = 77.7735; a third 25.920741
	("USD", [(7, 12.345, 10)], {}, THIRDS, ["77.77"], "77.77", ["25.92", "25.92", "25.93"], "US DOLLARS SEVENTY-SEVEN AND 77/100", "美元柒拾柒元柒角柒分"),
	# 5: 1050 − 52.50 + 120 + 12.35; 30 % = 338.955
	("USD", [(250, 4.2, 0)], {"discount_kind": "Percentage", "discount_percent": 5, "freight": 120, "insurance": 12.35}, DEPOSIT, ["1050.00"], "1129.85", ["338.96", "790.89"], "US DOLLARS ONE THOUSAND ONE HUNDRED AND TWENTY-NINE AND 85/100", "美元壹仟壹佰贰拾玖元捌角伍分"),
	# 6: 155 − 50.01; half of 104.99 = 52.495
	("USD", [(10, 15.5, 0)], {"discount_kind": "Amount", "discount_amount": 50.01}, HALF, ["155.00"], "104.99", ["52.50", "52.49"], "US DOLLARS ONE HUNDRED AND FOUR AND 99/100", "美元壹佰零肆元玖角玖分"),
	# 7: a price of six decimals; 30 % of 11.25 = 3.375
	("USD", [(10000, 0.000125, 0)], {"freight": 10}, DEPOSIT, ["1.25"], "11.25", ["3.38", "7.87"], "US DOLLARS ELEVEN AND 25/100", "美元壹拾壹元贰角伍分"),
	# 8: 3.375 and 2.525, both up; 30 % of 5.91 = 1.773
	("USD", [(1.5, 2.25, 0), (2.5, 1.01, 0)], {}, DEPOSIT, ["3.38", "2.53"], "5.91", ["1.77", "4.14"], "US DOLLARS FIVE AND 91/100", "美元伍元玖角壹分"),
	# 9: 999 × 999.99 = 999000 − 9.99; 30 % = 299697.003
	("USD", [(999, 999.99, 0)], {}, DEPOSIT, ["998990.01"], "998990.01", ["299697.00", "699293.01"], "US DOLLARS NINE HUNDRED AND NINETY-EIGHT THOUSAND NINE HUNDRED AND NINETY AND 01/100", "美元玖拾玖万捌仟玖佰玖拾元零壹分"),
	# 10: close to the largest amount that is kept, also in the company's currency
	("USD", [(1_000_000, 999_999.99, 0)], {"exchange_rate": 1}, DEPOSIT, ["999999990000.00"], "999999990000.00", ["299999997000.00", "699999993000.00"], "US DOLLARS NINE HUNDRED AND NINETY-NINE BILLION NINE HUNDRED AND NINETY-NINE MILLION NINE HUNDRED AND NINETY THOUSAND", "美元玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万元整"),
	# 11: 12 × 1028.75; 30 % = 3703.5
	("JPY", [(12, 1028.75, 0)], {}, DEPOSIT, ["12345"], "12345", ["3704", "8641"], "JAPANESE YEN TWELVE THOUSAND THREE HUNDRED AND FORTY-FIVE", "日元壹万贰仟叁佰肆拾伍元整"),
	# 12: 100.5 up, 0.4 down; a third of 101 = 33.6633
	("JPY", [(3, 33.5, 0), (1, 0.4, 0)], {}, THIRDS, ["101", "0"], "101", ["34", "34", "33"], "JAPANESE YEN ONE HUNDRED AND ONE", "日元壹佰零壹元整"),
	# 13: 7000 × 0.875 = 6125; 3 % = 183.75 → 184; 30 % of 5941 = 1782.3
	("JPY", [(7, 1000, 12.5)], {"discount_kind": "Percentage", "discount_percent": 3}, DEPOSIT, ["6125"], "5941", ["1782", "4159"], "JAPANESE YEN FIVE THOUSAND NINE HUNDRED AND FORTY-ONE", "日元伍仟玖佰肆拾壹元整"),
	# 14: 1000000 + 35000 + 1050; 30 % = 310815
	("JPY", [(500, 2000, 0)], {"freight": 35000, "insurance": 1050}, DEPOSIT, ["1000000"], "1036050", ["310815", "725235"], "JAPANESE YEN ONE MILLION THIRTY-SIX THOUSAND AND FIFTY", "日元壹佰零叁万陆仟零伍拾元整"),
	# 15: a third 3333.3333
	("JPY", [(1, 10001, 0)], {}, THIRDS, ["10001"], "10001", ["3333", "3333", "3335"], "JAPANESE YEN TEN THOUSAND AND ONE", "日元壹万零壹元整"),
	# 16: 252.5 up − 3
	("JPY", [(2.5, 101, 0)], {"discount_kind": "Amount", "discount_amount": 3}, HALF, ["253"], "250", ["125", "125"], "JAPANESE YEN TWO HUNDRED AND FIFTY", "日元贰佰伍拾元整"),
	# 17
	("CNY", [(1, 1234.56, 0)], {}, DEPOSIT, ["1234.56"], "1234.56", ["370.37", "864.19"], "CHINESE YUAN ONE THOUSAND TWO HUNDRED AND THIRTY-FOUR AND 56/100", "人民币壹仟贰佰叁拾肆元伍角陆分"),
	# 18
	("CNY", [(1, 1409.5, 0)], {}, (100,), ["1409.50"], "1409.50", ["1409.50"], "CHINESE YUAN ONE THOUSAND FOUR HUNDRED AND NINE AND 50/100", "人民币壹仟肆佰零玖元伍角"),
	# 19: 30 % = 32100.159
	("CNY", [(1, 107000.53, 0)], {}, DEPOSIT, ["107000.53"], "107000.53", ["32100.16", "74900.37"], "CHINESE YUAN ONE HUNDRED AND SEVEN THOUSAND AND 53/100", "人民币壹拾万柒仟元零伍角叁分"),
	# 20: 16 × 20.315; 30 % = 97.512
	("CNY", [(16, 20.315, 0)], {}, DEPOSIT, ["325.04"], "325.04", ["97.51", "227.53"], "CHINESE YUAN THREE HUNDRED AND TWENTY-FIVE AND 04/100", "人民币叁佰贰拾伍元零肆分"),
	# 21: 10000 + 5.06; 30 % = 3001.518
	("CNY", [(50, 200, 0), (5, 1.012, 0)], {}, DEPOSIT, ["10000.00", "5.06"], "10005.06", ["3001.52", "7003.54"], "CHINESE YUAN TEN THOUSAND AND FIVE AND 06/100", "人民币壹万零伍元零陆分"),
	# 22: 1000 − 8 % = 920; + 66.60 = 986.60; 1.5 % = 14.799 → 14.80; 971.80 + 28.20
	("CNY", [(80, 12.5, 8), (20, 3.33, 0)], {"discount_kind": "Percentage", "discount_percent": 1.5, "freight": 28.2}, THIRDS, ["920.00", "66.60"], "1000.00", ["333.30", "333.30", "333.40"], "CHINESE YUAN ONE THOUSAND", "人民币壹仟元整"),
	# 23: 50 % = 505050.505, 30 % = 303030.303
	("CNY", [(1, 1010101.01, 0)], {}, (50, 30, 20), ["1010101.01"], "1010101.01", ["505050.51", "303030.30", "202020.20"], "CHINESE YUAN ONE MILLION TEN THOUSAND ONE HUNDRED AND ONE AND 01/100", "人民币壹佰零壹万零壹佰零壹元零壹分"),
	# 24: 30 % = 370.3701
	("KWD", [(1, 1234.567, 0)], {}, DEPOSIT, ["1234.567"], "1234.567", ["370.370", "864.197"], "KUWAITI DINARS ONE THOUSAND TWO HUNDRED AND THIRTY-FOUR AND 567/1000", "科威特第纳尔壹仟贰佰叁拾肆元伍角陆分柒厘"),
	# 25: 3 × 0.3335 = 1.0005
	("KWD", [(3, 0.3335, 0)], {}, (100,), ["1.001"], "1.001", ["1.001"], "KUWAITI DINARS ONE AND 001/1000", "科威特第纳尔壹元零壹厘"),
	# 26: 109.125 × 0.925 = 100.940625; + 4.5; a third 35.1434853
	("KWD", [(9, 12.125, 7.5)], {"freight": 4.5}, THIRDS, ["100.941"], "105.441", ["35.143", "35.143", "35.155"], "KUWAITI DINARS ONE HUNDRED AND FIVE AND 441/1000", "科威特第纳尔壹佰零伍元肆角肆分壹厘"),
	# 27: 1000 − 0.505; 30 % = 299.8485
	("KWD", [(1000, 1, 0)], {"discount_kind": "Amount", "discount_amount": 0.505}, DEPOSIT, ["1000.000"], "999.495", ["299.849", "699.646"], "KUWAITI DINARS NINE HUNDRED AND NINETY-NINE AND 495/1000", "科威特第纳尔玖佰玖拾玖元肆角玖分伍厘"),
	# 28
	("EUR", [(10, 10.01, 0)], {}, DEPOSIT, ["100.10"], "100.10", ["30.03", "70.07"], "EUROS ONE HUNDRED AND 10/100", "欧元壹佰元零壹角"),
	# 29: 126 × 0.975 = 122.85; + 71.82 = 194.67; + 0.33; a third 64.9935
	("EUR", [(144, 0.875, 2.5), (36, 1.995, 0)], {"insurance": 0.33}, THIRDS, ["122.85", "71.82"], "195.00", ["64.99", "64.99", "65.02"], "EUROS ONE HUNDRED AND NINETY-FIVE", "欧元壹佰玖拾伍元整"),
	# 30: 0.045 up; half of 0.05 = 0.025 up
	("EUR", [(0.75, 0.06, 0)], {}, HALF, ["0.05"], "0.05", ["0.03", "0.02"], "EUROS ZERO AND 05/100", "欧元伍分"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def company():
	proforma.make_company()


def exact(value) -> Decimal:
	"""What the database holds, compared as decimals."""
	return Decimal(str(value)).normalize()


@pytest.mark.parametrize(
	("currency", "lines", "values", "percentages", "amounts", "total", "split", "english", "chinese"),
	INVOICES,
	ids=[f"{number}-{row[0]}-{row[5]}" for number, row in enumerate(INVOICES, 1)],
)
def test_thirty_invoices(currency, lines, values, percentages, amounts, total, split, english, chinese):
	name = make_invoice(currency=currency, lines=[line(*each) for each in lines], **parts(*percentages), **values).name
	columns = frappe.db.sql(
		"select amount from `tabPro Forma Invoice Line` where parent = %s order by idx", name, pluck=True
	)
	assert [exact(each) for each in columns] == [exact(each) for each in amounts]
	doc = frappe.get_doc("Pro Forma Invoice", name)
	assert exact(doc.total) == exact(total)
	assert [exact(row.amount) for row in doc.payment_parts] == [exact(each) for each in split]
	assert sum(exact(row.amount) for row in doc.payment_parts) == exact(total)
	assert doc.total_in_english == f"{english} ONLY"
	assert doc.total_in_chinese == chinese
	assert doc.money("total").replace(",", "") == total
	assert [doc.money("amount", row).replace(",", "") for row in doc.lines] == amounts
	# The total is the sum of what is shown.
	shown = sum(Decimal(each) for each in amounts)
	assert shown - exact(doc.discount_amount) + exact(doc.freight) + exact(doc.insurance) == Decimal(total)


def test_there_are_thirty():
	assert len(INVOICES) == 30 and {row[0] for row in INVOICES} == {"USD", "JPY", "CNY", "KWD", "EUR"}


@pytest.mark.parametrize(
	("currency", "price", "rate", "worth"),
	[
		("USD", 1234.56, 7.1, "8765.38"),  # 8765.376
		("JPY", 12345, 0.048, "592.56"),
		("KWD", 1.001, 23.1, "23.12"),  # 23.1231
		("CNY", 1234.56, 1, "1234.56"),
	],
)
def test_worth_in_the_company_s_currency(currency, price, rate, worth):
	doc = make_invoice(currency=currency, lines=[line(1, price)])
	assert (doc.exchange_rate, exact(doc.company_total)) == (rate, exact(worth))


def test_rate_that_was_entered_counts():
	doc = make_invoice(exchange_rate=7.25)  # 1000 × 7.25
	assert (doc.exchange_rate, doc.company_total) == (7.25, 7250)


def test_newest_rate_up_to_the_invoice_s_date_counts():
	for day, rate in (("2026-01-01", 7.2), ("2026-03-01", 7.3)):
		frappe.get_doc(
			{"doctype": "Company Exchange Rate", "currency": "USD", "valid_from": day, "exchange_rate": rate}
		).insert()
	for day, rate in (("2025-12-31", 7.1), ("2026-01-01", 7.2), ("2026-02-28", 7.2), ("2026-03-01", 7.3)):
		assert make_invoice(invoice_date=day, valid_until="2027-01-01").exchange_rate == rate


def test_site_that_rounds_half_to_even():
	settings = frappe.get_doc("Customer Service Settings")
	settings.money_rounding = "Half to Even"
	settings.save()
	assert make_invoice(lines=[line(1, 0.125), line(1, 0.135)]).total == 0.26  # 0.12 + 0.14


def test_due_dates_by_the_schedule():
	"""60 days of lead time from 2 March are 1 May; 10 days before production of 1 April are 22 March."""
	rows = [
		("Order Confirmation", 7, "2026-03-09"),
		("Before Production", 10, "2026-03-22"),
		("Before Shipment", 0, "2026-05-01"),
		("After Shipment", 30, "2026-05-31"),
		("After Acceptance of the Goods", 5, None),
	]
	doc = make_invoice(
		invoice_date="2026-03-02",
		valid_until="2026-04-01",
		production_on="2026-04-01",
		payment_terms=None,
		payment_parts=[
			{"part_label": f"Part {number}", "percentage": 20, "payment_trigger": trigger, "days_after": days}
			for number, (trigger, days, _due) in enumerate(rows)
		],
	)
	assert str(doc.shipment_on) == "2026-05-01"
	assert [str(row.due_date) if row.due_date else None for row in doc.payment_parts] == [due for *_row, due in rows]


def test_shipped_example_is_a_deposit_of_thirty_and_a_balance_before_shipment():
	doc = make_invoice(invoice_date="2026-03-02")
	found = [
		(row.part_label, row.percentage, row.amount, row.payment_method, str(row.due_date)) for row in doc.payment_parts
	]
	assert found == [
		("Deposit", 30, 300, "T/T in Advance", "2026-03-02"),
		("Balance", 70, 700, "T/T", "2026-05-01"),
	]
