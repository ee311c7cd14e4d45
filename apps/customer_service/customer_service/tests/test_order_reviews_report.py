"""How fast departments answer in joint reviews (C-2), against a set worked out by hand.

Laid down as it stands on 31 March 1997, 12:00. Columns: number; department; status; asked; due; given; late; carried over. A dot is
nothing. Working minutes from the question to the signature, by hand, Monday to Friday 9–17 h:

 1  Mon 3 Feb 09:00 → Mon 3 Feb 11:00   = 120
 2  Tue 4 Feb 16:00 → Wed 5 Feb 10:00   = 60 + 60 = 120, and void later
 3  Fri 7 Feb 16:00 → Mon 10 Feb 12:00  = 60 + 180 = 240, late
 4  open, due 20 Feb: late
 5  Mon 3 Mar 10:00 → Mon 3 Mar 10:30   = 30
 6  open, due 2 April: in time
 7  withdrawn
 8  carried over: not asked
 9  Wed 5 Feb 09:00 → Thu 6 Feb 09:00   = 480 (Engineering)
10  open without a limit: in time (Engineering)
11  Sat 1 Mar 10:00 → Mon 3 Mar 09:45   = 45 (Engineering)
"""

import json

import frappe
import pytest

from customer_service.contract_review.report.order_reviews_on_time import (
	order_reviews_on_time as report,
)
from customer_service.exceptions import CustomerServiceError
from customer_service.tests.client import Refused
from customer_service.tests.factories import at, email, lay_down, make_customer, make_working_calendar

SET = """
 1 | Materials   | Given     | 02-03 09:00 | 02-04 09:00 | 02-03 11:00 | 0 | .
 2 | Materials   | Void      | 02-04 16:00 | 02-05 16:00 | 02-05 10:00 | 0 | .
 3 | Materials   | Given     | 02-07 16:00 | 02-10 10:00 | 02-10 12:00 | 1 | .
 4 | Materials   | Asked     | 02-19 09:00 | 02-20 09:00 | .           | 0 | .
 5 | Materials   | Given     | 03-03 10:00 | 03-04 10:00 | 03-03 10:30 | 0 | .
 6 | Materials   | Asked     | 03-31 09:00 | 04-02 09:00 | .           | 0 | .
 7 | Materials   | Withdrawn | 03-05 09:00 | 03-06 09:00 | .           | 0 | .
 8 | Materials   | Given     | 03-06 09:00 | .           | 03-06 09:00 | 0 | OLD
 9 | Engineering | Given     | 02-05 09:00 | 02-06 17:00 | 02-06 09:00 | 0 | .
10 | Engineering | Asked     | 03-10 09:00 | .           | .           | 0 | .
11 | Engineering | Given     | 03-01 10:00 | 03-04 09:00 | 03-03 09:45 | 0 | .
"""
PERIOD = {"from_date": "1997-01-01", "to_date": "1997-03-31"}
NOW = "1997-03-31 12:00"

COLUMNS = (
	"month",
	"department",
	"asked",
	"in_time",
	"late",
	"open_late",
	"open",
	"withdrawn",
	"void",
	"in_time_share",
	"mean_minutes",
)
EXPECTED = [
	# In time: 1, 2; late: 3; open and late: 4. 2 of 4 decided = 50 %. Mean (120 + 120 + 240) / 3 = 160.
	("1997-02", "Engineering", 1, 1, 0, 0, 0, 0, 0, 100.0, 480.0),
	("1997-02", "Materials", 4, 2, 1, 1, 0, 0, 1, 50.0, 160.0),
	# 11 in time, 10 open. 5 in time, 6 open, 7 withdrawn; 8 was carried over.
	("1997-03", "Engineering", 2, 1, 0, 0, 1, 0, 0, 100.0, 45.0),
	("1997-03", "Materials", 3, 1, 0, 0, 1, 1, 0, 100.0, 30.0),
]


@pytest.fixture
def laid_down():
	"""The set, of one customer, in a calendar of 9–17 h."""
	calendar = make_working_calendar("Test Nine to Five", [(day, "09:00", "17:00") for day in range(5)])
	frappe.db.set_single_value("Customer Service Settings", "statistics_calendar", calendar.name)
	frappe.clear_document_cache("Customer Service Settings", "Customer Service Settings")
	frappe.flags.service_now = at(NOW)
	customer = make_customer().name
	for row in SET.strip().split("\n"):
		number, department, status, asked, due, given, late, carried = (cell.strip() for cell in row.split("|"))
		moments = {
			field: None if cell == "." else at(f"1997-{cell}")
			for field, cell in (("asked_at", asked), ("due_at", due), ("given_at", given))
		}
		lay_down(
			"Review Opinion",
			contract_review=f"NONE-{number}",
			customer=customer,
			department=department,
			status=status,
			state_category="Open" if status == "Asked" else "Closed",
			is_late=int(late),
			carried_from=None if carried == "." else carried,
			**moments,
		)
	return customer


def rows(**filters) -> list[tuple]:
	return [tuple(row[column] for column in COLUMNS) for row in report.execute({**PERIOD, **filters})[1]]


def test_figures_are_those_worked_out_by_hand(laid_down):
	assert rows(customer=laid_down) == EXPECTED


def test_every_opinion_counts_once(laid_down):
	for row in report.execute({**PERIOD, "customer": laid_down})[1]:
		assert row.asked == row.in_time + row.late + row.open_late + row.open + row.withdrawn
		assert row.void <= row.in_time + row.late


def test_period_and_department_narrow_it(laid_down):
	assert rows(customer=laid_down, department="Materials") == [EXPECTED[1], EXPECTED[3]]
	assert rows(customer=laid_down, to_date="1997-02-28") == EXPECTED[:2]
	assert rows(customer=laid_down, from_date="1997-03-01") == EXPECTED[2:]
	with pytest.raises(CustomerServiceError, match="must not be before"):
		rows(from_date="1997-04-01")


def test_chart_and_summary_add_up(laid_down):
	"""In time 5 of 7 decided (one late, one open and late): 71.4 %."""
	_columns, _data, _message, chart, summary = report.execute({**PERIOD, "customer": laid_down})
	assert chart["data"]["labels"] == ["Engineering", "Materials"]
	assert [each["values"] for each in chart["data"]["datasets"]] == [[2, 3], [0, 1], [0, 1], [1, 1]]
	assert [each["value"] for each in summary] == [10, 71.4, 1]
	assert report.execute({**PERIOD, "customer": "NOBODY"})[3] is None


def test_department_counts_only_its_own(laid_down):
	"""The engineer reaches none of these orders, but what his department was asked."""
	frappe.set_user(email("engineer"))
	assert rows(customer=laid_down) == [EXPECTED[0], EXPECTED[2]]
	frappe.set_user(email("clerk"))
	assert rows(customer=laid_down) == EXPECTED


@pytest.mark.parametrize("person", ["employee", "warehouse", None])
def test_others_do_not_run_it(client, person):
	with pytest.raises(Refused) as refused:
		client(person).read(
			"frappe.desk.query_report.run",
			report_name="Order Reviews on Time",
			filters=json.dumps(PERIOD),
		)
	assert refused.value.status in (401, 403)


def test_process_that_is_off_has_no_report():
	frappe.db.set_single_value("Customer Service Settings", "enable_contract_review", 0)
	frappe.clear_document_cache("Customer Service Settings", "Customer Service Settings")
	with pytest.raises(frappe.PermissionError):
		rows()
