"""Property statements (D-4): figures worked out by hand from the ledger, frozen on issue, answered once."""

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError

from customer_service.controlled_forms import printing
from customer_service.customer_property import guest_api, statement_api, statement_lines, statements
from customer_service.exceptions import (
	DeletionRefusedError,
	FutureDateError,
	GuestInputError,
	ProcessSwitchedOffError,
	PropertyError,
	RecordClosedError,
)
from customer_service.tests.factories import as_person, email, go, make_customer
from customer_service.tests.laid_property import lay_entry, lay_item
from customer_service.tests.production import told

DOCTYPE = "Property Statement"
FIGURES = ("opening", *statement_lines.COLUMNS, "closing", "out_qty")


@pytest.fixture
def march():
	"""
	One customer, the statement of March 2026.

	Blanks: February received 100, issued 10: opening 90. March: received 50.5 and 10 (the 10 reversed), issued 30, put back 5, lent 4,
	lent back 1, returned 20, scrapped 2, counted 1 less: closing 90 + 50.5 - 30 + 5 - 4 + 1 - 20 - 2 - 1 = 89.5.
	Out at the end: issued 10 + 30 - 5, of which 12 and 3 were consumed (the 3 reversed), lent 4 - 1: 35 - 12 + 3 = 26.
	April: received 7, which does not count.
	Gauge: received in January, nothing since: opening and closing 1.
	Tape: received and returned in February: nothing to state.  Mould: only expected.  Somebody else's box.
	"""
	customer = make_customer().name
	blanks, gauge = lay_item(customer), lay_item(customer, property_name="Gauge", identification="G-1")
	tape = lay_item(customer, property_name="Tape")
	lay_item(customer, property_name="Mould")
	lay_entry(blanks, "Receive", 100, "2026-02-01")
	lay_entry(blanks, "Issue", 10, "2026-02-28")
	lay_entry(blanks, "Receive", 50.5, "2026-03-01")
	wrong = lay_entry(blanks, "Receive", 10, "2026-03-02")
	lay_entry(blanks, "Receive", 10, "2026-03-02", reversal_of=wrong)
	lay_entry(blanks, "Accept", 50.5, "2026-03-02")
	lay_entry(blanks, "Issue", 30, "2026-03-05")
	lay_entry(blanks, "Put Back", 5, "2026-03-06")
	lay_entry(blanks, "Consume", 12, "2026-03-07")
	slip = lay_entry(blanks, "Consume", 3, "2026-03-07")
	lay_entry(blanks, "Consume", 3, "2026-03-08", reversal_of=slip)
	lay_entry(blanks, "Lend Out", 4, "2026-03-09")
	lay_entry(blanks, "Lend Back", 1, "2026-03-10")
	lay_entry(blanks, "Return to Customer", 20, "2026-03-11")
	lay_entry(blanks, "Scrap", 2, "2026-03-12")
	lay_entry(blanks, "Count Difference", -1, "2026-03-31")
	lay_entry(blanks, "Transfer", 9, "2026-03-31")
	lay_entry(blanks, "Receive", 7, "2026-04-01")
	lay_entry(gauge, "Receive", 1, "2026-01-15")
	lay_entry(tape, "Receive", 3, "2026-02-01")
	lay_entry(tape, "Return to Customer", 3, "2026-02-02")
	lay_entry(lay_item(), "Receive", 5, "2026-03-01")
	return frappe._dict(customer=customer, blanks=blanks, gauge=gauge)


def make(customer: str, by: str = "clerk", **values):
	"""A statement of March 2026 as one of the people drafts it."""
	with as_person(by):
		return frappe.get_doc(
			{
				"doctype": DOCTYPE,
				"customer": customer,
				"from_date": "2026-03-01",
				"to_date": "2026-03-31",
				"contact_person": "Li Example",
				"contact_email": "li@customer.example.com",
				**values,
			}
		).insert()


def issued(customer: str, **values):
	return go(make(customer, **values), "Issue Statement", by="clerk")


def figures(doc) -> dict:
	return {row.customer_property: tuple(row.get(column) for column in FIGURES) for row in doc.lines}


def test_figures_by_hand(march):
	doc = make(march.customer)
	assert figures(doc) == {
		march.blanks: (90, 50.5, 30, 5, 4, 1, 20, 2, -1, 89.5, 26),
		march.gauge: (1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0),
	}
	assert [
		(row.property_name, row.identification, row.unit) for row in doc.lines if row.customer_property == march.gauge
	] == [("Gauge", "G-1", "pcs")]


def test_opening_and_movements_give_the_closing(march):
	"""On hand by D-4, for every line and any period."""
	for start, end in (("2026-01-01", "2026-12-31"), ("2026-03-02", "2026-03-06"), ("2026-02-28", "2026-02-28")):
		if end > "2026-11-01":
			end = "2026-10-31"
		for row in make(march.customer, from_date=start, to_date=end).lines:
			ins = row.received + row.put_back + row.lent_back + row.count_difference
			outs = row.issued + row.lent + row.returned + row.scrapped
			assert row.closing == pytest.approx(row.opening + ins - outs), (start, row.customer_property)


def test_a_reversal_in_a_later_period_counts_there(march):
	"""Of the wrong 10 received in March, 4 April takes them back: April receives 7 - 10 = -3."""
	wrong = lay_entry(march.blanks, "Receive", 10, "2026-03-20")
	lay_entry(march.blanks, "Receive", 10, "2026-04-04", reversal_of=wrong)
	doc = make(march.customer, from_date="2026-04-01", to_date="2026-04-30")
	assert figures(doc)[march.blanks][:2] == (99.5, -3) and figures(doc)[march.blanks][-2] == 96.5


def test_fractions_are_added_without_dust():
	"""0.1 three times is 0.3."""
	item = lay_item()
	for day in ("2026-03-01", "2026-03-02", "2026-03-03"):
		lay_entry(item, "Receive", 0.1, day)
	assert make(frappe.db.get_value("Customer Property", item, "customer")).lines[0].closing == 0.3


@pytest.mark.parametrize(
	("values", "error", "words"),
	[
		({"from_date": "2026-04-01"}, PropertyError, "must not be before"),
		({"to_date": "2099-01-01"}, FutureDateError, "must not be in the future"),
	],
)
def test_a_period_that_cannot_be_is_refused(march, values, error, words):
	with pytest.raises(error, match=words):
		make(march.customer, **values)


def test_a_customer_without_property_is_refused():
	customer = make_customer().name
	with pytest.raises(PropertyError, match="no property of customer"):
		make(customer)


def test_nothing_in_the_period_is_not_issued(march):
	doc = make(march.customer, from_date="2025-01-01", to_date="2025-01-31")
	assert not doc.lines
	with pytest.raises(PropertyError, match="nothing to state"):
		go(doc, "Issue Statement", by="clerk")


def test_no_request_writes_a_line_or_an_answer(march):
	doc = make(march.customer, lines=[{"customer_property": march.gauge, "closing": 999}], answer="Agreed")
	assert figures(doc)[march.gauge][-2] == 1 and not doc.answer
	assert not doc.issued_at and not doc.issued_hash


def test_a_draft_follows_the_ledger_and_an_issued_statement_does_not(march):
	doc = make(march.customer)
	lay_entry(march.gauge, "Receive", 2, "2026-03-15")
	doc = go(doc, "Issue Statement", by="clerk")
	assert figures(doc)[march.gauge][-2] == 3 and doc.issued_by == email("clerk")
	lay_entry(march.gauge, "Receive", 4, "2026-03-16")
	with as_person("clerk"):
		doc.contact_person = "Wang Example"
		doc.lines[0].closing = 999
		doc.save()
	doc.reload()
	assert figures(doc)[march.gauge][-2] == 3 and doc.contact_person == "Wang Example"
	assert doc.issued_hash == statement_lines.seen_of(doc)


@pytest.mark.parametrize("field, value", [("from_date", "2026-02-01"), ("to_date", "2026-03-30")])
def test_the_period_of_an_issued_statement_is_fixed(march, field, value):
	doc = issued(march.customer)
	doc.set(field, value)
	with pytest.raises(RecordClosedError, match="can no longer be changed"):
		doc.save()


@pytest.mark.parametrize("person", ["warehouse", "engineer", "general_manager", "employee", "quality_head"])
def test_only_marketing_makes_and_issues_statements(march, person):
	with pytest.raises(frappe.PermissionError):
		make(march.customer, by=person)
	doc = make(march.customer)
	with pytest.raises((frappe.PermissionError, WorkflowPermissionError, WorkflowTransitionError)):
		go(doc, "Issue Statement", by=person)
	for call in (statement_api.send, statement_api.record_answer):
		with as_person(person), pytest.raises(frappe.PermissionError):
			call(doc.name, *(("Agreed", "Li") if call is statement_api.record_answer else ()))


def token_of(doc) -> str:
	return statements.url(doc, "en").split("#")[1]


def given(**values) -> dict:
	return {"answer": "Agreed", "person": "Li Example", "remark": "", **values}


def test_the_customer_agrees(march):
	doc = issued(march.customer)
	shown = statements.shown(doc)
	assert shown["can_answer"] and not shown["decided"] and len(shown["choices"]) == 2
	blanks = next(line for line in shown["lines"] if march.blanks in line[0])
	assert blanks[1:] == ["pcs", "90", "50.5", "34", "6", "22", "-1", "89.5", "26"]
	assert len(shown["columns"]) == len(blanks)
	statements.answer(doc, given(seen=shown["seen"]))
	doc.reload()
	assert (doc.workflow_state, doc.answer, doc.answered_by, doc.state_category) == (
		"Closed",
		"Agreed",
		"Li Example",
		"Closed",
	)
	assert doc.seen_hash == doc.issued_hash and doc.ended_at and not told(doc)
	shown = statements.shown(doc)
	assert not shown["can_answer"] and not shown["choices"] and "Li Example" in shown["decided"]


def test_a_disagreement_tells_the_department_in_charge(march):
	doc = issued(march.customer)
	with pytest.raises(GuestInputError, match="what is not right"):
		statements.answer(doc, given(answer="Does Not Agree", seen=doc.issued_hash))
	statements.answer(doc, given(answer="Does Not Agree", remark="One gauge <b>is</b> missing", seen=doc.issued_hash))
	doc.reload()
	assert (doc.answer, doc.answer_remark) == ("Does Not Agree", "One gauge is missing")
	assert {email("materials_reviewer"), email("clerk")} <= told(doc)


@pytest.mark.parametrize(
	("values", "words"),
	[
		({"answer": "Perhaps"}, "whether you agree"),
		({"person": " <i></i> "}, "enter your name"),
		({"person": "x" * 141}, "cannot be read"),
		({"person": ["x"]}, "cannot be read"),
		({"remark": "x" * 2001}, "cannot be read"),
		({"seen": "0" * 64}, "not what the page showed"),
		({"seen": ""}, "not what the page showed"),
	],
)
def test_wrong_answers_are_refused_and_leave_it_open(march, values, words):
	doc = issued(march.customer)
	with pytest.raises(GuestInputError, match=words):
		statements.answer(doc, given(**{"seen": doc.issued_hash, **values}))
	doc.reload()
	assert (doc.workflow_state, doc.answered_at) == ("Issued", None)


def test_the_customers_page_shows_and_takes_the_answer(march):
	"""By the doors for people without login."""
	doc = issued(march.customer)
	token = token_of(doc)
	shown = guest_api.show(token)
	assert shown["kind"] == "statement" and shown["number"] == doc.name
	shown = guest_api.answer(token, "Does Not Agree", "Li Example", shown["seen"], "One is missing")
	assert "Li Example" in shown["decided"]
	assert frappe.db.get_value(DOCTYPE, doc.name, "answer_remark") == "One is missing"
	with pytest.raises(GuestInputError, match="answered already"):
		guest_api.answer(token, "Agreed", "Li Example", doc.issued_hash)


def test_a_second_answer_is_refused(march):
	doc = issued(march.customer)
	statements.answer(doc, given(seen=doc.issued_hash))
	with pytest.raises(GuestInputError, match="answered already"):
		statements.answer(doc, given(answer="Does Not Agree", remark="No", seen=doc.issued_hash))
	with as_person("clerk"), pytest.raises(PropertyError, match="waits for no answer"):
		statement_api.record_answer(doc.name, "Agreed", "Li Example")
	assert frappe.db.get_value(DOCTYPE, doc.name, "answer") == "Agreed"


def test_an_answer_on_paper_is_recorded(march):
	doc = issued(march.customer)
	with as_person("clerk"):
		assert statement_api.record_answer(doc.name, "Does Not Agree", "Li Example", "By letter") == "Closed"
	event = frappe.get_last_doc("Service Event", {"reference_name": doc.name, "event": "Customer Answered"})
	assert event.actor == email("clerk") and "Recorded by us" in event.detail


def test_a_draft_takes_no_answer_and_is_not_sent(march):
	doc = make(march.customer)
	with as_person("clerk"):
		with pytest.raises(PropertyError, match="issued statement"):
			statement_api.send(doc.name)
		with pytest.raises(PropertyError, match="waits for no answer"):
			statement_api.record_answer(doc.name, "Agreed", "Li Example")


def test_sending_mails_the_print_with_a_link_and_ends_the_links_before(march):
	doc = issued(march.customer)
	before = token_of(doc)
	with as_person("clerk"):
		assert statement_api.send(doc.name, message="Please check.") == "li@customer.example.com"
	doc.reload()
	assert doc.sent_to == "li@customer.example.com" and doc.sent_at and doc.workflow_state == "Issued"
	links = frappe.get_all("Guest Link", {"reference_name": doc.name}, ["is_revoked"], order_by="creation asc")
	assert [row.is_revoked for row in links] == [1, 0] and before
	mail = frappe.get_last_doc("Email Queue", {"reference_name": doc.name})
	assert "customer-property?_lang=" in mail.message.replace("=\n", "").replace("=3D", "=")
	assert frappe.db.exists("File", {"attached_to_name": doc.name, "file_name": f"{doc.name}.pdf"})
	with as_person("clerk"), pytest.raises(PropertyError, match="no e-mail address"):
		statement_api.send(doc.name, recipient="a@example.com, b@example.com")


@pytest.mark.parametrize("action", ["Cancel Statement", "Close Statement"])
def test_an_ended_statement_has_no_link(march, action):
	doc = issued(march.customer)
	token_of(doc)
	doc = go(doc, action, by="clerk")
	assert frappe.db.get_value("Guest Link", {"reference_name": doc.name}, "is_revoked") == 1
	with pytest.raises(RecordClosedError):
		doc.contact_person = "Somebody Else"
		doc.save()


def test_a_statement_is_not_deleted(march):
	with pytest.raises(DeletionRefusedError):
		frappe.delete_doc(DOCTYPE, make(march.customer).name)


def test_print_in_both_languages(march):
	doc = issued(march.customer)
	english, chinese = (printing.render_html(doc, language=language) for language in ("en", "zh"))
	for html in (english, chinese):
		assert "CR-PSM" in html and march.blanks in html and "89.5" in html and "G-1" in html
	assert "Statement of Customer Property" in english
	assert "顾客财产对帐单" in chinese and "期初" in chinese


def test_off_means_off(march):
	doc = make(march.customer)
	settings = frappe.get_doc("Customer Service Settings")
	settings.enable_customer_property = 0
	settings.save()
	with as_person("clerk"), pytest.raises((ProcessSwitchedOffError, frappe.PermissionError)):
		statement_api.send(doc.name)
