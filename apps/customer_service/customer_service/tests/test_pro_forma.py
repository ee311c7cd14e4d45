"""Pro forma invoices (C-7): what is refused, who may do what, issued content stays, revisions, payments, expiry."""

from datetime import date, timedelta

import frappe
import pytest

from customer_service.contract_review import proforma_steps
from customer_service.contract_review.proforma import from_review
from customer_service.exceptions import DeletionRefusedError, MoneyError, ProFormaError
from customer_service.tests import proforma
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, go, make_order
from customer_service.tests.proforma import age, invoice_values, issued, line, make_account, make_invoice, parts

API = "customer_service.contract_review.proforma_api"
DOCTYPE = "Pro Forma Invoice"


@pytest.fixture(autouse=True)
def company():
	proforma.make_company()
	frappe.db.commit()


def stored(doc):
	frappe.db.rollback()
	return frappe.get_doc(DOCTYPE, doc if isinstance(doc, str) else doc.name)


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("values", "message"),
	[
		(parts(30, 69.99), r"99\.99.*100 %"),
		(parts(30, 70.01), r"100\.01.*100 %"),
		(parts(100, 0), "Row 2.*more than 0"),
		(parts(150, -50), "Row 1.*at most 100"),
		({"lines": [line(0)]}, "Row 1: Quantity.*more than 0"),
		({"lines": [line(), line(-3)]}, "Row 2: Quantity.*more than 0"),
		({"lines": [line(1, -1)]}, "Row 1: Unit Price.*negative"),
		({"lines": [line(1, 1.2345678)]}, "7 decimals; at most 6"),
		({"lines": [line(1, 1.23456789)]}, "8 decimals; at most 6"),
		({"lines": [line(1, "1.2345678")]}, "7 decimals; at most 6"),
		({"lines": [line(0.1234567, 1)]}, "Row 1: Quantity.*at most 6"),
		({"lines": [line(1, 1, 100.5)]}, "Discount %.*at most 100"),
		({"lines": [line(1, 1, -1)]}, "Discount %.*negative"),
		({"lines": [line(1, "many")]}, "not a number"),
		({"lines": [line(1, float("nan"))]}, "not a number"),
		({"lines": [line(1, 1e12)]}, "too large"),
		({"lines": [line(10, 1e11)]}, "too large"),
		({"lines": [line(1, 6e11), line(1, 6e11)], "exchange_rate": 1}, "too large"),
		({"freight": -1}, "Freight.*negative"),
		({"freight": 0.125}, "Freight.*3 decimals; at most 2"),
		({"currency": "JPY", "freight": 0.5}, "Freight.*1 decimals; at most 0"),
		({"discount_kind": "Percentage", "discount_percent": 101}, "at most 100"),
		({"discount_kind": "Amount", "discount_amount": 1000.01}, "larger than the total"),
		({"discount_kind": "Amount", "discount_amount": 0.001}, "at most 2"),
		({"currency": "GBP"}, "no exchange rate from.*GBP.*CNY"),
		({"exchange_rate": -1}, "more than 0"),
	],
)
def test_wrong_figures_are_refused_and_named(values, message):
	with pytest.raises(MoneyError, match=message):
		make_invoice(**values)


@pytest.mark.parametrize(
	("values", "message"),
	[
		({"invoice_date": "2026-03-02", "valid_until": "2026-03-01"}, "2026-03-01.*before its date.*2026-03-02"),
		({"lines": [line()] * 1001}, "at most 1000 lines"),
	],
)
def test_wrong_dates_and_too_many_lines_are_refused(values, message):
	with pytest.raises(ProFormaError, match=message):
		make_invoice(**values)


def test_total_just_below_the_largest_is_kept_to_the_cent():
	doc = make_invoice(lines=[line(1, 999_999_999_999.99)], exchange_rate=1)
	found = frappe.db.sql("select cast(total as char) from `tabPro Forma Invoice` where name = %s", doc.name)[0][0]
	assert found == "999999999999.990000000"


def test_five_hundred_lines():
	doc = make_invoice(lines=[line(1, 0.01) for _row in range(500)])  # 500 × 0.01
	assert (len(doc.lines), doc.total) == (500, 5)


def test_price_of_six_decimals_is_stored_as_typed():
	doc = make_invoice(lines=[line(1, 1.234567)])
	assert frappe.db.get_value("Pro Forma Invoice Line", {"parent": doc.name}, "unit_price") == 1.234567


def test_company_without_currency_is_told_so(monkeypatch):
	monkeypatch.setattr("customer_service.organisation.currencies.company_currency", lambda: None)
	with pytest.raises(MoneyError, match="company's currency in the settings"):
		make_invoice()


# --- bank accounts and terms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("swift", "kept"), [("exmpcnbj", "EXMPCNBJ"), ("EXMP CN BJ 940", "EXMPCNBJ940"), ("DEUTDEFF500", "DEUTDEFF500")]
)
def test_swift_is_stored_in_capitals(swift, kept):
	assert make_account(swift=swift).swift == kept


@pytest.mark.parametrize(
	"swift", ["EXMPCNB", "EXMPCNBJ9", "EXMPC1BJ", "EXMPCNBJ94", "EXMPCNBJ9400", "<b>EXMPCN</b>", "银行CNBJ"]
)
def test_what_is_no_swift_is_refused(swift):
	with pytest.raises(MoneyError, match="SWIFT/BIC"):
		make_account(swift=swift)


def test_iban_is_proven_and_other_numbers_are_taken_as_they_are():
	"""DE89 3704 0044 0532 0130 00 is the example of the standard; with 01 for 00 at the end its check digits are wrong."""
	assert make_account(account_no="de89370400440532013000").account_no == "DE89 3704 0044 0532 0130 00"
	assert make_account(account_no="4700-5550 1234").account_no == "4700-5550 1234"
	with pytest.raises(MoneyError, match="check digits"):
		make_account(account_no="DE89 3704 0044 0532 0130 01")


def test_default_account_is_the_currency_s_else_the_general_one():
	euro = make_account(account_currency="EUR", is_default=1).name
	assert make_invoice(currency="EUR").bank_account == euro
	assert make_invoice(currency="USD").bank_account == proforma.BANK
	second = make_account(account_currency="EUR", is_default=1).name
	assert make_invoice(currency="EUR").bank_account == second
	assert not frappe.db.get_value("Company Bank Account", euro, "is_default")


def test_account_of_another_currency_and_a_disabled_one_are_refused():
	with pytest.raises(ProFormaError, match="is for EUR"):
		make_invoice(bank_account=make_account(account_currency="EUR").name)
	with pytest.raises(ProFormaError, match="disabled"):
		make_invoice(bank_account=make_account(disabled=1).name)


def test_terms_of_99_99_per_cent_are_refused_with_both_figures():
	rows = [{"part_label": "A", "percentage": each, "payment_trigger": "Order Confirmation"} for each in (30, 69.99)]
	with pytest.raises(MoneyError, match=r"99\.99.*100 %"):
		frappe.get_doc({"doctype": "Payment Terms Schedule", "schedule_name": "Wrong", "parts": rows}).insert()


def test_other_terms_replace_the_parts_and_other_buyer_the_address():
	terms = frappe.get_doc(
		{
			"doctype": "Payment Terms Schedule",
			"schedule_name": "Three Parts",
			"parts": [
				{"part_label": f"P{number}", "percentage": each, "payment_trigger": "After Shipment", "days_after": 30}
				for number, each in enumerate((33.33, 33.33, 33.34))
			],
		}
	).insert()
	doc = make_invoice()
	doc.payment_terms = terms.name
	doc.save()
	assert [row.amount for row in doc.payment_parts] == [333.3, 333.3, 333.4]
	from customer_service.tests.factories import make_customer

	other = make_customer(address="1 Other Street")
	doc.customer = other.name
	doc.save()
	assert (doc.buyer_name, doc.buyer_address) == (other.customer_name, "1 Other Street")


# --- issued content ------------------------------------------------------------------------------------------------


def test_incomplete_invoice_is_not_issued_and_says_what_is_missing():
	doc = make_invoice()
	doc.buyer_address = None
	doc.save()
	with pytest.raises(ProFormaError, match="Buyer's Address"):
		go(doc, "Issue Invoice")


def test_expired_draft_is_not_issued():
	doc = make_invoice(invoice_date="2026-01-01", valid_until="2026-01-31")
	with pytest.raises(ProFormaError, match="valid until.*2026-01-31"):
		go(doc, "Issue Invoice")


CHANGES = [
	{"remarks": "We pay later"},
	{"valid_until": "2099-01-01"},
	{"currency": "EUR"},
	{"exchange_rate": 1},
	{"total": 1},
	{"discount_kind": "Amount", "discount_amount": 1},
	{"buyer_name": "Somebody Else"},
	{"account_no": "666"},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: next(iter(each)))
def test_issued_content_changes_by_no_door(client, change):
	"""L3: API, set_value, a row alone, a new row, a deleted row."""
	doc = issued()
	frappe.db.commit()
	clerk, row = client("clerk"), doc.lines[0].name
	before = stored(doc).as_dict()
	doors = [
		lambda: clerk.update(DOCTYPE, doc.name, **change),
		lambda: clerk.call("frappe.client.set_value", doctype=DOCTYPE, name=doc.name, fieldname=change),
	]
	if change == CHANGES[0]:
		doors += [
			lambda: clerk.update("Pro Forma Invoice Line", row, qty=99),
			lambda: clerk.call(
				"frappe.client.set_value", doctype="Pro Forma Invoice Line", name=row, fieldname="unit_price", value=1
			),
			lambda: clerk.request("DELETE", f"/api/resource/Pro Forma Invoice Line/{row}"),
			lambda: clerk.call("frappe.client.delete", doctype="Pro Forma Invoice Line", name=row),
			lambda: clerk.call(
				"frappe.client.insert",
				doc={
					"doctype": "Pro Forma Payment",
					"parenttype": DOCTYPE,
					"parent": doc.name,
					"parentfield": "payments",
					"amount": 1000,
					"paid_on": "2026-01-01",
					"payment_reference": "X",
				},
			),
			lambda: clerk.update(DOCTYPE, doc.name, lines=[line(1, 1)]),
		]
	for number, door in enumerate(doors):
		try:
			door()
		except Refused as refused:
			assert refused.status in (403, 404, 417), (number, refused.status, refused.messages)
	after = stored(doc).as_dict()
	for each in (before, after):
		for field in ("modified", "modified_by", "_user_tags"):
			each.pop(field, None)
		for rows in ("lines", "payment_parts"):
			for one in each[rows]:
				one.pop("modified", None)
				one.pop("modified_by", None)
	assert before == after


def test_contact_may_change_after_issue_and_computed_values_are_never_taken(client):
	doc = issued()
	frappe.db.commit()
	clerk = client("clerk")
	clerk.update(DOCTYPE, doc.name, buyer_email="new@customer.example.com")
	clerk.update(DOCTYPE, doc.name, accepted_at="2026-01-01 00:00:00", paid_total=1000, issued_hash="x", balance=0)
	clerk.update(DOCTYPE, doc.name, payments=[{"amount": 1000, "paid_on": "2026-01-01", "payment_reference": "X"}])
	doc = stored(doc)
	assert (doc.buyer_email, doc.accepted_at, doc.paid_total, doc.balance) == (
		"new@customer.example.com",
		None,
		0,
		1000,
	)
	assert not doc.payments and len(doc.issued_hash) == 64


def test_record_cannot_be_deleted():
	with pytest.raises(DeletionRefusedError):
		make_invoice().delete()


# --- revisions -----------------------------------------------------------------------------------------------------


def test_revision_supersedes_and_keeps_the_number():
	doc = issued()
	name = proforma_steps.revise(doc.name)
	new, old = frappe.get_doc(DOCTYPE, name), frappe.get_doc(DOCTYPE, doc.name)
	assert (name, new.revision, new.revision_of, new.invoice_no) == (f"{doc.name}-R2", 2, doc.name, doc.name)
	assert (new.workflow_state, new.issued_hash, str(new.invoice_date)) == ("Draft", None, str(proforma.today()))
	assert (old.workflow_state, old.superseded_by, old.state_category) == ("Superseded", name, "Cancelled")
	with pytest.raises(ProFormaError, match="cannot be revised"):
		proforma_steps.revise(doc.name)
	third = proforma_steps.revise(go(new, "Issue Invoice").name)
	assert third == f"{doc.name}-R3"


def test_revision_carries_payments_and_a_change_of_price():
	doc = issued()
	proforma_steps.record_payment(doc.name, 300, proforma.today(), "TT-1")
	new = frappe.get_doc(DOCTYPE, proforma_steps.revise(doc.name))
	assert [(row.amount, row.payment_reference) for row in new.payments] == [(300, "TT-1")]
	new.lines[0].unit_price = 120
	new.save()
	assert (new.total, new.paid_total, new.balance) == (1200, 300, 900)
	new = go(new, "Issue Invoice", "Record Acceptance")
	assert new.workflow_state == "Accepted"  # 30 % of 1200 are 360
	assert proforma_steps.record_payment(new.name, 60, proforma.today(), "TT-2").workflow_state == "Deposit Paid"


def test_draft_and_paid_invoices_are_not_revised():
	doc = make_invoice()
	with pytest.raises(ProFormaError, match="Draft"):
		proforma_steps.revise(doc.name)
	doc = go(doc, "Issue Invoice")
	proforma_steps.record_payment(doc.name, 1000, proforma.today(), "TT-1")
	with pytest.raises(ProFormaError, match="Paid"):
		proforma_steps.revise(doc.name)


# --- payments ------------------------------------------------------------------------------------------------------


def test_state_follows_deposit_and_balance(client):
	doc = go(issued(), "Record Acceptance")
	frappe.db.commit()
	assert (doc.accepted_via, doc.accepted_hash) == ("Recorded by Us", doc.issued_hash)
	clerk, today = client("clerk"), str(proforma.today())
	pay = f"{API}.record_payment"
	said = clerk.call(pay, name=doc.name, amount="299.99", paid_on=today, reference="TT-1")
	assert (said["state"], said["balance"]) == ("Accepted", 700.01)
	said = clerk.call(pay, name=doc.name, amount=0.01, paid_on=today, reference="TT-2")
	assert (said["state"], said["balance"]) == ("Deposit Paid", 700)
	said = clerk.call(pay, name=doc.name, amount=700.5, paid_on=today, reference="TT-3")
	assert said == {"state": "Paid", "paid": 1000.5, "balance": -0.5, "overpaid": 0.5}
	doc = stored(doc)
	assert [row.part_label for row in doc.payments] == ["Deposit", "Deposit", "Balance"]
	assert (
		(doc.state_category, doc.payments[0].recorded_by) == ("Closed", email("clerk")) and doc.paid_at and doc.ended_at
	)
	with pytest.raises(Refused, match="recorded already"):
		clerk.call(pay, name=doc.name, amount=1, paid_on=today, reference="TT-3")
	said = clerk.call(pay, name=doc.name, amount=-700.5, paid_on=today, reference="TT-3 taken back")
	assert (said["state"], said["balance"]) == ("Deposit Paid", 700) and not stored(doc).ended_at


@pytest.mark.parametrize(
	("values", "message"),
	[
		({"amount": 0}, "amount is 0"),
		({"amount": "1.005"}, "3 decimals; at most 2"),
		({"amount": "much"}, "not a number"),
		({"amount": -1}, "taken back"),
		({"reference": " "}, "bank's reference"),
		({"paid_on": str(date.today() + timedelta(days=3))}, "future"),  # the site is not there yet when this is read
		({"part": "Tip"}, "no part"),
	],
)
def test_wrong_payments_are_refused(client, values, message):
	doc = issued()
	frappe.db.commit()
	payment = {"amount": 300, "paid_on": str(proforma.today()), "reference": "TT-1", **values}
	with pytest.raises(Refused, match=message):
		client("clerk").call(f"{API}.record_payment", name=doc.name, **payment)
	assert not stored(doc).payments


def test_drafts_and_ended_invoices_take_no_payment():
	doc = make_invoice()
	for state in ("Draft", "Cancelled"):
		with pytest.raises(ProFormaError, match=state):
			proforma_steps.record_payment(doc.name, 1, proforma.today(), "TT-1")
		doc = go(doc, "Cancel Invoice") if state == "Draft" else doc


def test_who_pays_has_accepted():
	doc = issued()
	doc = proforma_steps.record_payment(doc.name, 300, proforma.today(), "TT-1")
	assert (doc.workflow_state, doc.accepted_via, doc.accepted_hash) == ("Deposit Paid", "Payment", doc.issued_hash)


# --- expiry --------------------------------------------------------------------------------------------------------


def test_invoice_expires_after_its_last_day_and_can_be_revised():
	last, over = age(issued(), 30), age(issued(), 31)
	proforma_steps.expire()
	proforma_steps.expire()
	assert frappe.get_doc(DOCTYPE, last.name).workflow_state == "Issued"
	over.reload()
	assert (over.workflow_state, over.state_category) == ("Expired", "Cancelled") and over.ended_at
	events = frappe.get_all("Service Event", {"reference_name": over.name, "after_value": "Expired"})
	assert len(events) == 1
	new = frappe.get_doc(DOCTYPE, proforma_steps.revise(over.name))
	assert new.valid_until == proforma.today() + timedelta(days=30)


def test_expired_invoice_takes_no_acceptance_by_the_clerk():
	doc = age(issued(), 31)
	with pytest.raises(ProFormaError, match="valid until"):
		go(doc, "Record Acceptance")


# --- who may -------------------------------------------------------------------------------------------------------


def test_rights_by_role(client):
	doc = issued()
	frappe.db.commit()
	values = invoice_values()
	frappe.db.commit()
	assert client("general_manager").get(DOCTYPE, doc.name)["total"] == 1000
	for person in ("general_manager", "quality_head", "quality_reviewer", "warehouse", "employee", "service_admin"):
		browser = client(person)
		for attempt in (
			lambda browser=browser: browser.insert(**values),
			lambda browser=browser: browser.update(DOCTYPE, doc.name, buyer_email="x@customer.example.com"),
			lambda browser=browser: browser.call(f"{API}.send", name=doc.name),
			lambda browser=browser: browser.call(f"{API}.revise", name=doc.name),
			lambda browser=browser: browser.call(
				f"{API}.record_payment", name=doc.name, amount=1, paid_on=str(proforma.today()), reference="X"
			),
			lambda browser=browser: browser.workflow(DOCTYPE, doc.name, "Cancel Invoice"),
		):
			with pytest.raises(Refused) as refused:
				attempt()
			assert refused.value.status in (403, 417), person
	with pytest.raises(Refused) as refused:
		client("clerk").workflow(DOCTYPE, doc.name, "Cancel Invoice")
	assert refused.value.status in (403, 417)
	assert stored(doc).workflow_state == "Issued"
	client("manager").workflow(DOCTYPE, doc.name, "Cancel Invoice")
	assert stored(doc).workflow_state == "Cancelled"


def test_only_administrators_change_accounts_terms_and_rates(client):
	for person in ("clerk", "manager", "general_manager"):
		browser = client(person)
		assert browser.get("Company Bank Account", proforma.BANK)["swift"] == "EXMPCNBJ940"
		for doctype, name, change in (
			("Company Bank Account", proforma.BANK, {"account_no": "1"}),
			("Payment Terms Schedule", "30 % Deposit, 70 % Before Shipment", {"description": "x"}),
			("Company Exchange Rate", "USD-2020-01-01", {"exchange_rate": 1}),
		):
			with pytest.raises(Refused) as refused:
				browser.update(doctype, name, **change)
			assert refused.value.status == 403, (person, doctype)
	with pytest.raises(Refused):
		client("warehouse").get("Company Bank Account", proforma.BANK)


def test_process_that_is_off_is_gone(client):
	doc = issued()
	settings = frappe.get_doc("Customer Service Settings")
	settings.enable_contract_review = 0
	settings.save()
	frappe.db.commit()
	try:
		clerk = client("clerk")
		for attempt in (
			lambda: clerk.get(DOCTYPE, doc.name),
			lambda: clerk.list(DOCTYPE),
			lambda: clerk.list("Company Bank Account"),
			lambda: clerk.call(f"{API}.send", name=doc.name),
		):
			with pytest.raises(Refused) as refused:
				attempt()
			assert refused.value.status == 403
		with pytest.raises(Refused) as refused:
			client(None).request("GET", "/pro-forma-invoice")
		assert refused.value.status == 404
	finally:
		settings.enable_contract_review = 1
		settings.save()
		frappe.db.commit()
	assert client("clerk").get(DOCTYPE, doc.name)


# --- from an order -------------------------------------------------------------------------------------------------


def test_invoice_of_an_order_takes_its_lines_and_waits_for_its_approval(client):
	order = make_order(currency="USD", exchange_rate=7.1, customer_order_no="PO-9", delivery_terms="FOB Shanghai")
	frappe.db.set_value("Service Customer", order.customer, "address", "12 Sample Street, Springfield")
	frappe.db.commit()
	name = client("clerk").call(f"{API}.make_from_review", review=order.name)
	doc = stored(name)
	fields = ("item_code", "description", "qty", "unit", "unit_price", "amount")
	assert [[row.get(field) for field in fields] for row in doc.lines] == [
		[row.get(field) for field in fields] for row in order.lines
	]
	assert (doc.total, doc.currency, doc.company_total) == (order.total, "USD", order.company_total)
	assert (doc.contract_review, doc.buyer_reference, doc.remarks) == (order.name, "PO-9", "FOB Shanghai")
	with pytest.raises(ProFormaError, match="issued when it is approved"):
		go(doc, "Issue Invoice")
	frappe.db.set_value("Contract Review", order.name, "approved_at", "2026-01-01 00:00:00")
	assert go(doc, "Issue Invoice").workflow_state == "Issued"


def test_order_that_is_superseded_gets_no_invoice_and_whoever_may_not_gets_none_either(client):
	order = make_order()
	frappe.db.commit()
	with pytest.raises(Refused) as refused:
		client("warehouse").call(f"{API}.make_from_review", review=order.name)
	assert refused.value.status == 403
	order.superseded_by = order.name
	with pytest.raises(ProFormaError, match="no invoice"):
		from_review(order)
