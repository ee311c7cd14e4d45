"""The hot line over HTTP: who is found, what is shown to whom, what is kept of a call (A-7, A-8)."""

import json
import time
from datetime import timedelta

import frappe
import pytest
from frappe.utils import get_datetime

from customer_service.customer_communication import arrival
from customer_service.organisation import clock, customers
from customer_service.tests import factories
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, make_complaint, make_contact, make_customer

HOT_LINE = "customer_service.customer_communication.hot_line."
MINUTE = 60_000


@pytest.fixture
def company():
	"""上海样例仪器, strategic, in warranty, with two registered contacts."""
	token = frappe.generate_hash(length=6)
	number = f"{int(token, 36) % 10**8:08}"
	doc = make_customer(
		f"上海样例仪器{token}有限公司",
		is_strategic=1,
		region="华东",
		owner_department="Marketing",
		warranty_until=clock.now().date() + timedelta(days=30),
		phone=f"+86 (21) 7{number[:4]}-{number[4:]}",
		contacts=[
			{
				"contact_name": f"李示例{token}",
				"position": "采购",
				"phone": f"138-{number[:4]}-{number[4:]}",
				"email": f"li{token}@example.com",
			},
			{"contact_name": f"Wang {token.upper()}"},
		],
	)
	frappe.db.commit()
	return doc


def call_values(**values) -> dict:
	"""A sound call about a delivery, taken as the screen sends it."""
	ages = {"rung_at": 90_000, "call_answered_at": 70_000, "company_named_at": 60_000, "caller_checked_at": 30_000}
	text = "When will it come?\nOrder 17."
	return {"company": "Acme Example", "caller_name": "Wu", "topic": "Delivery", "text": text, "ages": ages, **values}


def save(client, **values) -> dict:
	return client.call(f"{HOT_LINE}save", call=call_values(**values))


def wait_for(doctype: str, **filters) -> bool:
	"""Until the site's worker has made a record."""
	for _attempt in range(60):
		frappe.db.commit()  # a fresh look
		if frappe.db.exists(doctype, filters):
			return True
		time.sleep(0.25)
	return False


# The search


@pytest.mark.parametrize(
	"typed",
	[
		"样例仪器{token}",
		"上海样例仪器{token}",
		"138{number}",
		"+86 138 {number}",
		"021-7{number}",
		"wang {token}",
		"李示例{token}",
	],
)
def test_company_is_found_by_name_number_and_contact(client, company, typed):
	token = company.customer_name[6:-4]
	number = company.contacts[0].phone[4:].replace("-", "")
	(hit,) = client("clerk").call(f"{HOT_LINE}search", text=typed.format(token=token, number=number))
	assert hit["name"] == company.name


@pytest.mark.parametrize("typed", ["", " ", "%", "_", "\\", "no such company at all", "' or 1=1 -- ", "9" * 300])
def test_search_takes_every_character_literally(client, company, typed):
	hits = client("clerk").call(f"{HOT_LINE}search", text=typed)
	assert company.name not in [hit["name"] for hit in hits]


def test_names_that_begin_with_the_text_come_first(as_user):
	token = frappe.generate_hash(length=8)
	for name in (f"Zeta {token}", f"{token} Works"):
		make_customer(name)
	as_user("clerk")
	assert [hit["customer_name"] for hit in customers.search(token)] == [f"{token} Works", f"Zeta {token}"]


def test_customer_that_is_no_longer_active_is_not_found(as_user, company):
	company.is_active = 0
	company.save()
	as_user("clerk")
	assert customers.search(company.customer_name) == []


def test_search_gives_at_most_twenty(as_user):
	token = frappe.generate_hash(length=8)
	for number in range(23):
		make_customer(f"{token} {number:02}")
	as_user("clerk")
	assert len(customers.search(token)) == 20


def test_search_reads_indexes_and_never_the_table(site):
	plans = [frappe.db.sql(f"explain {query.get_sql()}", as_dict=True) for query in customers._queries("13800001111")]
	assert len(plans) == 4
	for (row,) in plans:
		assert row.type == "index" and "Using index" in row.Extra, row


# The record at once


def test_overview_shows_warranty_contacts_open_cases_and_last_contacts(client, company):
	open_case = make_complaint(customer=company.name)
	done = factories.end_case(make_complaint(customer=company.name), "2020-01-31")
	contacts = [make_contact(customer=company.name, subject=f"Call {number}") for number in range(6)]
	frappe.db.set_value("Contact Record", contacts[0].name, "contacted_at", "2020-01-01 10:00:00")
	frappe.db.commit()
	shown = client("clerk").call(f"{HOT_LINE}overview", customer=company.name)
	assert (shown["in_warranty"], shown["is_strategic"], shown["owner_department"]) == (True, 1, "Marketing")
	assert [each["contact_name"] for each in shown["contacts"]] == [each.contact_name for each in company.contacts]
	assert [each["name"] for each in shown["complaints"]] == [open_case.name] and done.name
	assert get_datetime(shown["complaints"][0]["due"]) == get_datetime(open_case.next_due), "the clock that ends first"
	assert len(shown["open_contacts"]) == 6
	assert len(shown["last_contacts"]) == 5 and contacts[0].name not in [row["name"] for row in shown["last_contacts"]]


@pytest.mark.parametrize("days, expected", [(0, True), (-1, False), (None, None)])
def test_warranty_is_judged_today_and_its_last_day_counts(client, company, days, expected):
	until = None if days is None else clock.now().date() + timedelta(days=days)
	frappe.db.set_value("Service Customer", company.name, "warranty_until", until)
	frappe.clear_document_cache("Service Customer", company.name)
	frappe.db.commit()
	assert client("clerk").call(f"{HOT_LINE}overview", customer=company.name)["in_warranty"] is expected


def test_reviewer_sees_only_the_cases_of_his_department(client, company):
	theirs = make_complaint(customer=company.name, lead_department="Quality Department")
	other = make_complaint(customer=company.name, lead_department="Warehouse")
	frappe.db.commit()
	shown = client("quality_reviewer").call(f"{HOT_LINE}overview", customer=company.name)
	assert [row["name"] for row in shown["complaints"]] == [theirs.name] and other.name


# Who may


@pytest.mark.parametrize("person", ["employee", "warehouse"])
@pytest.mark.parametrize("method, values", [("search", {"text": "样例"}), ("overview", {"customer": "CUST-00001"})])
def test_employee_outside_customer_service_sees_no_customer(client, company, person, method, values):
	with pytest.raises(Refused) as refused:
		client(person).call(f"{HOT_LINE}{method}", **values)
	assert refused.value.status == 403


@pytest.mark.parametrize("method", ["setting", "search", "overview", "save"])
def test_guest_and_website_user_get_nowhere(client, method):
	with pytest.raises(Refused) as refused:
		client(None).call(f"{HOT_LINE}{method}", text="x", customer="x", call={})
	assert refused.value.status == 403


def test_customer_cannot_be_linked_by_one_who_sees_none(client, company):
	with pytest.raises(Refused) as refused:
		save(client("employee"), customer=company.name)
	assert refused.value.status == 403


def test_first_asked_takes_the_matter_in_and_it_goes_to_the_service_group_at_once(client):
	"""A-8: the employee keeps sight of his own record; the group's leaders are told."""
	settings = frappe.get_doc("Customer Service Settings")
	settings.service_group = "Materials"
	settings.save()
	leader = email("materials_reviewer")
	department = frappe.get_doc("Service Department", "Materials")
	row = next(row for row in department.members if row.user == leader)
	row.is_group_leader = 1
	department.save()
	frappe.db.commit()
	try:
		saved = save(client("employee"))
		assert saved["lead_department"] == "Materials"
		doc = client("employee").get("Contact Record", saved["name"])
		assert (doc["channel"], doc["reported_company"], doc.get("customer")) == ("Phone", "Acme Example", None)
		assert client("materials_reviewer").get("Contact Record", saved["name"])
		assert wait_for("Notification Log", for_user=leader, document_name=saved["name"])
	finally:
		settings.reload()
		settings.service_group = None
		settings.save()
		department.reload()
		next(row for row in department.members if row.user == leader).is_group_leader = 0
		department.save()
		frappe.db.commit()


def test_without_a_group_the_rules_route_what_an_employee_took_in(client):
	assert save(client("employee"), topic="Delivery")["lead_department"]


def test_switched_off_process_answers_no_call(client):
	settings = frappe.get_doc("Customer Service Settings")
	settings.enable_customer_communication = 0
	settings.save()
	frappe.db.commit()
	try:
		with pytest.raises(Refused) as refused:
			client("clerk").call(f"{HOT_LINE}setting")
		assert refused.value.status == 403
	finally:
		settings.reload()
		settings.enable_customer_communication = 1
		settings.save()
		frappe.db.commit()


# What is kept


def test_contact_is_kept_with_the_registered_caller_and_every_step(client, company):
	before = clock.now()
	row = company.contacts[0]
	saved = save(client("clerk"), customer=company.name, contact=row.name, company="", caller_name="")
	doc = client("clerk").get("Contact Record", saved["name"])
	assert (doc["customer"], doc["contact_person"]) == (company.name, row.contact_name)
	assert (doc["contact_phone"], doc["channel"]) == (row.phone, "Hot Line")
	assert doc["subject"] == "When will it come?" and doc["content"].endswith("Order 17.")
	times = [get_datetime(doc[step]) for step in arrival.STEPS if doc.get(step)]
	assert len(times) == 5 and times == sorted(times) and not doc.get("record_found_at")
	# 90 s before the request it rang, 70 s before it was answered: 20 s ≤ 10 rings × 5 s.
	assert (times[1] - times[0]).total_seconds() == pytest.approx(20, abs=1)
	assert abs((before - times[0]).total_seconds() - 90) < 15
	assert doc["answered_in_time"] == 1 and saved["answered_in_time"] is True
	assert get_datetime(doc["contacted_at"]) == times[1]


def test_complaint_is_kept_with_its_grading_and_its_clocks(client, company):
	grading = {"severity": "Serious", "priority": "Urgent", "complaint_class": "Quality", "topic": "Product Quality"}
	saved = save(client("clerk"), is_complaint=1, customer=company.name, contact=company.contacts[1].name, **grading)
	doc = client("clerk").get("Complaint", saved["name"])
	assert {key: doc[key] for key in grading} == grading
	assert doc["lead_department"] == "Quality Department" and doc["response_due"]
	assert get_datetime(doc["received_at"]) == get_datetime(doc["call_answered_at"])
	assert doc["workflow_state"] == "Received"


@pytest.mark.parametrize("waited, expected", [(49_000, 1), (51_500, 0)])
def test_limit_for_answering_is_data(waited, expected):
	"""A-7: 10 rings × 5 s = 50 s; with 6 rings the limit is 30 s."""
	doc = frappe.new_doc("Contact Record")
	arrival.stamp_steps(doc, {"rung_at": 60_000, "call_answered_at": 60_000 - waited})
	assert doc.answered_in_time == expected
	settings = frappe.get_doc("Customer Service Settings")
	settings.hot_line_rings = 6
	settings.save()
	assert arrival.was_answered_in_time("2026-03-02 09:00:00", "2026-03-02 09:00:30")
	assert not arrival.was_answered_in_time("2026-03-02 09:00:00", "2026-03-02 09:00:31")


def test_call_that_nobody_heard_ring_is_not_judged(client):
	saved = save(client("clerk"), ages={"call_answered_at": 5000})
	assert saved["rung"] is False and saved["answered_in_time"] is False


def test_steps_out_of_order_are_put_in_order_and_never_in_the_future():
	doc = frappe.new_doc("Contact Record")
	arrival.stamp_steps(doc, {"rung_at": 10_000, "call_answered_at": 20_000, "company_named_at": 0})
	assert doc.rung_at == doc.call_answered_at <= doc.company_named_at <= doc.handed_over_at <= clock.now()


@pytest.mark.parametrize("age", [-1, "5", None, True, 1e300, float("nan"), [], 13 * 60 * MINUTE])
def test_odd_times_are_refused_by_name(client, age):
	ages = {"rung_at": age, "call_answered_at": 1000}
	if age is None:  # a step that was not taken
		assert save(client("clerk"), ages=ages)["name"]
		return
	with pytest.raises(Refused) as refused:
		client("clerk").request(
			"POST",
			f"/api/method/{HOT_LINE}save",
			data=json.dumps({"call": call_values(ages=ages)}),
			headers={"Content-Type": "application/json"},
		)
	assert "Rung At" in refused.value.messages


@pytest.mark.parametrize(
	"values, named",
	[
		({"topic": ""}, "Topic"),
		({"topic": "No Such Topic"}, "Topic"),
		({"text": "  "}, "What the Customer Says"),
		({"company": ""}, "Company"),
		({"caller_name": ""}, "Caller's Name"),
		({"caller_name": "", "contact": "a registered one of nobody"}, "Caller's Name"),
		({"caller_phone": "1" * 141}, "Caller's Number"),
		({"caller_name": {"a": 1}}, "Caller's Name"),
		({"is_complaint": 1, "severity": "Terrible"}, "Severity"),
		({"contact": "no such row", "customer": True}, "Company"),
	],
)
def test_bad_input_names_the_field_and_keeps_nothing(client, values, named):
	before = frappe.db.count("Contact Record"), frappe.db.count("Complaint")
	with pytest.raises(Refused) as refused:
		save(client("clerk"), **values)
	assert named in refused.value.messages
	frappe.db.rollback()
	assert (frappe.db.count("Contact Record"), frappe.db.count("Complaint")) == before


def test_contact_of_another_customer_is_refused(client, company):
	other = make_customer()
	frappe.db.commit()
	with pytest.raises(Refused) as refused:
		save(client("clerk"), customer=company.name, contact=other.contacts[0].name)
	assert "not a registered contact" in refused.value.messages


@pytest.mark.parametrize("call", ["", "[]", "nonsense", '{"ages": []}', '{"ages": "x"}'])
def test_what_is_no_call_is_refused(client, call):
	with pytest.raises(Refused) as refused:
		client("clerk").call(f"{HOT_LINE}save", call=call)
	assert refused.value.status in (417, 403)


def test_nobody_sets_the_marks_of_a_record_himself(client):
	"""The times of a call are the app's, by whatever door they are sent (S2)."""
	clerk = client("clerk")
	marks = {"rung_at": "2026-01-01 09:00:00", "answered_in_time": 1, "mail_note": "x"}
	values = {"subject": "x", "content": "x", "topic": "Delivery", "channel": "Phone"}
	name = clerk.insert("Contact Record", **values, **marks)["name"]
	assert not any(clerk.get("Contact Record", name).get(key) for key in marks)
	saved = save(clerk)["name"]
	stored = clerk.get("Contact Record", saved)
	clerk.update("Contact Record", saved, handed_over_at=None, answered_in_time=0, answer="Next week.")
	after = clerk.get("Contact Record", saved)
	assert all(after.get(key) == stored.get(key) for key in arrival.MARKS) and after["answer"] == "Next week."


def test_markup_of_a_caller_is_plain_text(client):
	saved = save(client("clerk"), text="<script>alert(1)</script>late", company="<img src=x onerror=alert(1)>Acme")
	doc = client("clerk").get("Contact Record", saved["name"])
	assert "<script" not in doc["content"] and "<img" not in doc["reported_company"]
