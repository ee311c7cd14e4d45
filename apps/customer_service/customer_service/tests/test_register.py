"""客诉清单, the register of complaints (F-1): rows, figures worked out by hand, rows by user, export."""

from datetime import timedelta

import frappe
import pytest

from customer_service.complaint_handling.report.complaint_register import complaint_register
from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import clock_sweep
from customer_service.tests.factories import email, make_complaint, make_customer, monday_morning


@pytest.fixture
def three():
	"""Received on a Monday, Tuesday and Wednesday 9:00 for one new customer: quality, quality, delivery. The sweep on Wednesday
	10:00 finds all three past their 30 minutes of response, none past its five days."""
	customer = make_customer().name
	names = []
	for day, complaint_class in enumerate(("Quality", "Quality", "Delivery")):
		moment = monday_morning() + timedelta(days=day)
		frappe.flags.service_now = moment
		case = make_complaint(customer=customer, received_at=moment, complaint_class=complaint_class)
		names.append(case.name)
	frappe.flags.service_now = monday_morning() + timedelta(days=2, hours=1)
	clock_sweep.mark_breaches()
	return customer, names


def run(customer: str, **filters):
	columns, data, _message, chart, summary = complaint_register.execute({"customer": customer, **filters})
	return columns, data, chart, [(row["label"], row["value"]) for row in summary]


def test_register_lists_newest_first_with_figures_and_chart(three):
	customer, names = three
	columns, data, chart, summary = run(customer)
	assert [row.name for row in data] == names[::-1]
	assert summary == [("Complaints", 3), ("Open", 3), ("Late", 3)]
	assert chart["data"]["labels"] == ["Quality Department", "Materials"]
	assert chart["data"]["datasets"][0]["values"] == [2, 1]
	assert {"name", "reported_company", "defective_qty", "resolution_due"} <= {
		column["fieldname"] for column in columns
	}


def test_period_includes_both_its_days(three):
	customer, names = three
	tuesday = (monday_morning() + timedelta(days=1)).date()
	assert [row.name for row in run(customer, from_date=tuesday, to_date=tuesday)[1]] == [names[1]]


def test_filters_narrow_the_register(three):
	customer, names = three
	assert [row.name for row in run(customer, complaint_class="Delivery")[1]] == [names[2]]
	assert run(customer, lead_department="Engineering")[1] == []


def test_period_that_ends_before_it_starts_is_refused(three):
	with pytest.raises(CustomerServiceError, match="To Date must not be before From Date"):
		run(three[0], from_date="2026-02-02", to_date="2026-02-01")


def test_each_user_sees_the_rows_of_his_list(three):
	customer, names = three
	frappe.set_user(email("materials_reviewer"))
	assert [row.name for row in run(customer)[1]] == [names[2]]


def test_export_of_the_register_holds_no_live_formula(client):
	customer = make_customer().name
	make_complaint(customer=customer, part_no="=1+1")
	frappe.db.commit()
	params = {
		"report_name": "Complaint Register",
		"file_format_type": "CSV",
		"filters": frappe.as_json({"customer": customer}),
		"visible_idx": "[0]",
	}
	exported = client("clerk").request("GET", "/api/method/frappe.desk.query_report.export_query", params=params)
	assert "'=1+1" in exported.text
