"""Delivery Performance and Orders at Risk: figures worked out by hand, rows by user (C-4, C-5)."""

import frappe
import pytest

from customer_service.contract_review.report.delivery_performance import delivery_performance
from customer_service.contract_review.report.orders_at_risk import orders_at_risk
from customer_service.exceptions import CustomerServiceError, ProcessSwitchedOffError
from customer_service.tests.factories import at, email, make_customer
from customer_service.tests.production import deliver, draft, issued, released, report, set_up, shipped

KEPT = ("month", "notices", "lines", "on_time", "late", "on_time_share", "mean_days_late")


@pytest.fixture
def sent():
	"""
	One order: PS-100 and CB-1 promised for 1 March 2030, PS-200 for the 15th.

	27 February: 40 PS-100 leave (in time), arrive on 3 March (2 days late).
	4 March: 60 PS-100 and 50 PS-200 leave (3 days late; in time), arrive on 5 March (4 days late; in time).
	6 March: 1,000 CB-1 leave (5 days late) and have not arrived.
	"""
	customer = make_customer().name
	order = released(customer=customer)
	frappe.flags.service_now = at("2030-02-27 09:00")
	first = shipped(order, PS_100=40)
	frappe.flags.service_now = at("2030-03-04 09:00")
	deliver(first, "2030-03-03")
	second = shipped(order, PS_100=60, PS_200=50)
	frappe.flags.service_now = at("2030-03-06 09:00")
	deliver(second, "2030-03-05")
	shipped(order, CB_1=1000)
	draft(released(customer=customer), "Shipping Notice")
	return customer


def performance(customer: str, **filters):
	filters = {"from_date": "2030-01-01", "to_date": "2030-12-31", "customer": customer, **filters}
	_columns, data, _message, chart, summary = delivery_performance.execute(filters)
	return [tuple(row[key] for key in KEPT) for row in data], chart, [row["value"] for row in summary]


def test_performance_by_shipment_by_hand(sent):
	"""February: 1 line in time. March: 2 notices, 3 lines, 1 in time, 2 late by 3 and 5 days: 4.0 in the mean."""
	rows, chart, summary = performance(sent)
	assert rows == [("2030-02", 1, 1, 1, 0, 100.0, None), ("2030-03", 2, 3, 1, 2, 33.3, 4.0)]
	assert chart["data"]["labels"] == ["2030-02", "2030-03"]
	assert [each["values"] for each in chart["data"]["datasets"]] == [[1, 1], [0, 2]]
	assert summary == [4, 50.0, 4.0]


def test_performance_by_arrival_by_hand(sent):
	"""What has not arrived does not count: 3 lines in March, PS-200 in time, PS-100 late by 2 and 4 days: 3.0 in the mean."""
	set_up(on_time_by="Arrival")
	rows, _chart, summary = performance(sent)
	assert rows == [("2030-03", 2, 3, 1, 2, 33.3, 3.0)]
	assert summary == [3, 33.3, 3.0]


def test_performance_of_a_period_includes_both_its_days(sent):
	assert [row[:3] for row in performance(sent, from_date="2030-03-04", to_date="2030-03-04")[0]] == [
		("2030-03", 1, 2)
	]
	assert performance(sent, from_date="2030-03-07")[0] == []
	with pytest.raises(CustomerServiceError, match="must not be before"):
		performance(sent, to_date="2029-12-31")


def test_performance_shows_the_rows_of_the_users_list(sent):
	frappe.set_user(email("warehouse"))  # ships for its department
	assert len(performance(sent)[0]) == 2
	frappe.db.set_value("Shipping Notice", {"customer": sent}, "shipping_department", "Incoming Inspection")
	assert performance(sent)[0] == []
	frappe.set_user(email("manager"))
	assert len(performance(sent)[0]) == 2


@pytest.fixture
def three():
	"""
	It is 24 February 2030; lines are promised for 1 March (in 5 days) and 15 March (in 19).

	First order: 40 of 100 PS-100 produced, CB-1 delivered in full. Second order: nothing planned. Third: not released.
	"""
	frappe.flags.service_now = at("2030-02-24 09:00")
	customer = make_customer().name
	first, second = released(customer=customer), released(customer=customer)
	report(first, issued(first, PS_100=100), "PS-100", 40)
	deliver(shipped(first, CB_1=1000))
	from customer_service.tests.production import approved

	approved(customer=customer)
	return customer, first.name, second.name


def risk(customer: str, **filters):
	_columns, data, _message, chart, summary = orders_at_risk.execute({"customer": customer, **filters})
	return data, chart, [row["value"] for row in summary]


def test_risk_by_hand(three):
	"""Within 7 days: PS-100 of the first, PS-100 and CB-1 of the second. PS-200 is due in 19 days."""
	customer, first, second = three
	data, chart, summary = risk(customer)
	assert [(row["order"], row["item"], row["days_left"], row["kind"]) for row in data] == [
		(first, "PS-100", 5, "In Production"),
		*sorted(
			[(second, "PS-100", 5, "Not Scheduled"), (second, "CB-1", 5, "Not Scheduled")],
			key=lambda row: _key(data, row),
		),
	]
	found = data[0]
	assert [found[kind] for kind in ("ordered", "planned", "produced", "shipped", "delivered", "open")] == [
		100,
		100,
		40,
		0,
		0,
		100,
	]
	assert chart["data"]["labels"] == ["Not Scheduled", "In Production"]
	assert [each["values"] for each in chart["data"]["datasets"]] == [[0, 0], [2, 1]]
	assert summary == [2, 3, 0]


def _key(data: list[dict], wanted: tuple) -> str:
	return next(row["key"] for row in data if (row["order"], row["item"]) == wanted[:2])


@pytest.mark.parametrize("days, lines", [(4, 0), (5, 3), (18, 3), (19, 5), (0, 0)])
def test_risk_by_days_ahead(three, days, lines):
	assert len(risk(three[0], days=days)[0]) == lines


def test_risk_counts_what_is_late(three):
	"""2 March: three lines are a day late."""
	frappe.flags.service_now = at("2030-03-02 09:00")
	data, chart, summary = risk(three[0])
	assert [row["days_left"] for row in data] == [-1, -1, -1]
	assert summary == [2, 3, 3]
	assert [each["values"] for each in chart["data"]["datasets"]] == [[2, 1], [0, 0]]


def test_risk_by_standing(three):
	assert [row["item"] for row in risk(three[0], standing="In Production")[0]] == ["PS-100"]


def test_risk_shows_the_rows_of_the_users_list(three):
	frappe.set_user(email("engineer"))  # reviewed the orders
	assert len(risk(three[0])[0]) == 3
	frappe.set_user(email("warehouse"))  # did not
	assert risk(three[0])[0] == []


@pytest.mark.parametrize("report_of", [delivery_performance, orders_at_risk])
def test_reports_are_off_with_the_process(report_of):
	set_up(enable_contract_review=0)
	with pytest.raises(ProcessSwitchedOffError):
		report_of.execute({})
