"""Reports and boards of complaint handling (F-11, F-6, I-2) against one set of 40 complaints worked out by hand.

The set, laid down as it stands on 31 March 1995, 23:10. Columns: number; day of receipt (09:00; the last one 23:00); class; part no.;
lead department; cause; J justified, N not, U undecided; state and the day of closing (C closed, R answered, O open, W waiting, X cancelled); minutes to the first
step (limit 30, L*ate* above); R if the resolution was late; times reopened; working hours to the answer; hours waited for the
customer; compensation; departments that answer for it (Q Quality, M Materials); dispositions; priority. A dot is nothing.
"""

from datetime import timedelta

import frappe
import pytest
from frappe.desk import query_report

from customer_service.complaint_handling import control_chart, figures
from customer_service.complaint_handling.report.clock_compliance import clock_compliance
from customer_service.complaint_handling.report.complaint_causes import complaint_causes
from customer_service.complaint_handling.report.complaint_control_chart import complaint_control_chart
from customer_service.complaint_handling.report.complaint_statistics import complaint_statistics
from customer_service.complaint_handling.report.department_workload import department_workload
from customer_service.complaint_handling.report.my_queue import my_queue
from customer_service.complaint_handling.report.repeating_problems import repeating_problems
from customer_service.controlled_forms import charts, report_prints
from customer_service.exceptions import CustomerServiceError, PrintRefusedError
from customer_service.organisation import work
from customer_service.tests.factories import (
	at,
	email,
	go,
	lay_down,
	make_complaint,
	make_customer,
	make_disposition,
	monday_morning,
)

SET = """
 1 | 01-03 | Quality  | P-1 | Quality Department | Machine          | J | C 01-20 | 12 | . | 0 | 10 |  0 | 100 | Q   | Exchange Compensation | Normal
 2 | 01-05 | Quality  | P-1 | Quality Department | Machine          | J | C 01-20 | 45 | . | 0 | 20 |  2 |   0 | Q   | Exchange              | Normal
 3 | 01-09 | Quality  | P-2 | Quality Department | Material         | J | C 02-10 | 25 | R | 1 | 30 |  4 |   0 | Q M | Return                | Normal
 4 | 01-10 | Quality  | P-2 | Engineering        | Method           | N | C 01-15 |  8 | . | 0 |  6 |  0 |   0 | .   | Explanation           | Normal
 5 | 01-12 | Delivery | P-1 | Materials          | Transport Damage | J | C 01-31 | 30 | . | 0 | 12 |  0 | 250 | M   | Compensation          | Normal
 6 | 01-16 | Delivery | P-3 | Materials          | Transport Damage | J | C 04-05 | 31 | R | 0 | 40 | 10 |  50 | M   | Compensation          | Urgent
 7 | 01-18 | Delivery | P-3 | Materials          | .                | U | X       |  . | . | 0 |  . |  0 |   0 | .   | .                     | Normal
 8 | 01-23 | Service  | P-4 | Materials          | Workmanship      | J | C 02-02 | 20 | . | 0 | 16 |  0 |   0 | M   | Exchange              | Normal
 9 | 01-25 | Quality  | P-1 | Quality Department | Material         | N | C 01-31 | 10 | . | 0 |  8 |  0 |   0 | .   | Guidance              | Urgent
10 | 01-30 | Service  | P-4 | Quality Department | Workmanship      | J | C 02-15 | 28 | . | 0 | 18 |  0 |   0 | Q   | Exchange              | Normal
11 | 02-01 | Quality  | P-1 | Quality Department | Machine          | J | C 02-20 |  5 | . | 0 | 10 |  0 |   0 | Q   | Exchange              | Normal
12 | 02-02 | Quality  | P-1 | Quality Department | Machine          | J | C 02-20 | 15 | . | 0 | 12 |  0 |   0 | Q   | Exchange              | Normal
13 | 02-03 | Quality  | P-2 | Engineering        | Method           | J | C 02-27 | 60 | . | 0 | 24 |  6 | 120 | Q   | Repair Compensation   | Normal
14 | 02-06 | Quality  | P-3 | Engineering        | Method           | N | C 02-10 |  9 | . | 0 |  4 |  0 |   0 | .   | Explanation           | Normal
15 | 02-08 | Delivery | P-2 | Materials          | Transport Damage | J | C 03-01 | 33 | R | 2 | 50 | 20 |   0 | M   | Explanation           | Normal
16 | 02-10 | Delivery | P-1 | Materials          | Transport Damage | J | C 02-28 | 14 | . | 0 | 11 |  0 |  80 | M   | Compensation          | Normal
17 | 02-13 | Service  | P-4 | Materials          | Workmanship      | J | C 02-28 | 22 | . | 0 | 13 |  0 |   0 | M   | Exchange              | Normal
18 | 02-15 | Quality  | P-1 | Quality Department | Machine          | J | O       | 18 | R | 0 |  . |  3 |   0 | Q   | Repair                | Urgent
19 | 02-17 | Quality  | P-2 | Quality Department | Material         | J | C 03-10 | 27 | . | 0 | 21 |  0 |   0 | Q M | Return                | Normal
20 | 02-20 | Delivery | P-3 | Materials          | Workmanship      | N | C 02-24 |  7 | . | 0 |  5 |  0 |   0 | .   | Explanation           | Normal
21 | 02-22 | Service  | P-4 | Quality Department | .                | U | X       |  . | . | 0 |  . |  0 |   0 | .   | .                     | Normal
22 | 02-24 | Quality  | P-1 | Quality Department | Machine          | J | C 03-15 | 16 | . | 1 | 26 |  0 |  60 | Q   | Exchange Compensation | Normal
23 | 03-01 | Quality  | P-1 | Quality Department | Machine          | J | C 03-20 | 11 | . | 0 |  9 |  0 |   0 | Q   | Exchange              | Normal
24 | 03-02 | Quality  | P-1 | Quality Department | Machine          | J | C 03-20 | 19 | . | 0 | 14 |  0 |   0 | Q   | Exchange              | Normal
25 | 03-03 | Quality  | P-1 | Quality Department | Machine          | J | C 03-22 | 21 | . | 0 | 15 |  0 |   0 | Q   | Exchange              | Normal
26 | 03-06 | Quality  | P-1 | Quality Department | Machine          | J | C 03-24 | 40 | . | 0 | 28 |  0 |   0 | Q   | Exchange              | Normal
27 | 03-07 | Quality  | P-1 | Quality Department | Material         | J | C 03-24 | 13 | . | 0 | 17 |  0 |   0 | Q M | Return                | Normal
28 | 03-08 | Quality  | P-1 | Quality Department | Machine          | J | O       | 55 | R | 0 |  . |  8 |   0 | Q   | Exchange              | Urgent
29 | 03-09 | Quality  | P-2 | Engineering        | Method           | J | C 03-28 | 24 | . | 0 | 22 |  0 |   0 | Q   | Repair                | Normal
30 | 03-10 | Quality  | P-2 | Engineering        | .                | U | O       | 30 | . | 0 |  . |  0 |   0 | .   | .                     | Normal
31 | 03-13 | Delivery | P-3 | Materials          | Transport Damage | J | C 03-27 | 17 | . | 0 |  7 |  0 |  40 | M   | Compensation          | Normal
32 | 03-14 | Delivery | P-3 | Materials          | Transport Damage | J | C 03-29 | 36 | . | 0 | 19 |  4 |  90 | M   | Compensation          | Normal
33 | 03-15 | Delivery | P-2 | Materials          | Workmanship      | N | C 03-17 |  6 | . | 0 |  3 |  0 |   0 | .   | Explanation           | Normal
34 | 03-16 | Delivery | P-1 | Materials          | .                | U | W       | 26 | . | 0 |  . | 12 |   0 | .   | .                     | Normal
35 | 03-20 | Service  | P-4 | Materials          | Workmanship      | J | C 04-03 | 23 | . | 0 | 32 |  0 |   0 | M   | Exchange              | Normal
36 | 03-22 | Service  | P-4 | Materials          | Workmanship      | J | R       | 29 | . | 0 | 27 |  0 |   0 | M   | Exchange              | Normal
37 | 03-24 | Quality  | P-1 | Quality Department | Machine          | J | O       |  4 | . | 0 |  . |  0 |   0 | Q   | Exchange              | Normal
38 | 03-27 | Quality  | P-3 | Engineering        | .                | U | O       |  . | . | 0 |  . |  0 |   0 | .   | .                     | Normal
39 | 03-28 | Service  | P-4 | Quality Department | .                | U | X       |  . | . | 0 |  . |  0 |   0 | .   | .                     | Normal
40 | 03-31 | Quality  | P-1 | Quality Department | .                | U | O       |  . | . | 0 |  . |  0 |   0 | .   | .                     | Normal
"""

PERIOD = {"from_date": "1995-01-01", "to_date": "1995-03-31"}
PRESENT = "1995-03-31 23:10"
DEPARTMENTS = {"Q": "Quality Department", "M": "Materials"}
STATES = {"C": "Closed", "R": "Resolved", "O": "Open", "W": "Waiting", "X": "Cancelled"}


@pytest.fixture
def forty():
	"""The set in the database, within the test's transaction; returns the two customers, of numbers 1 to 25 and of the others."""
	customers = [make_customer().name, make_customer().name]
	frappe.flags.service_now = at(PRESENT)
	for line in SET.strip().splitlines():
		_lay_down([None if cell.strip() == "." else cell.strip() for cell in line.split("|")], customers)
	return customers


def _lay_down(cells: list, customers: list) -> None:
	number, day, klass, part, department, cause, justified, state, response, resolution, reopened, *rest = cells
	answer, waited, compensation, ours, natures, priority = rest
	state, _space, closed = state.partition(" ")
	received = at(f"1995-{day} {'23:00' if number == '40' else '09:00'}")
	name = f"F11-{int(number):02d}"
	lay_down(
		"Complaint",
		name=name,
		customer=customers[int(number) > 25],
		channel="Phone",
		severity="Minor",
		priority=priority,
		received_at=received,
		complaint_class=klass,
		part_no=part,
		product={"P-1": "Pump", "P-2": "Pump"}.get(part, "Valve"),
		lead_department=department,
		cause_category=cause,
		is_justified={"J": "Justified", "N": "Not Justified", "U": "Undecided"}[justified],
		state_category=STATES[state],
		closed_at=at(f"1995-{closed} 17:00") if closed else None,
		response_breached=int(int(response or 0) > 30),
		resolution_breached=int(resolution == "R"),
		reopen_count=int(reopened),
		answered_at=received + timedelta(days=2) if answer else None,
		answer_minutes=int(answer or 0) * 60,
		waited_minutes=int(waited) * 60,
		compensation_total=int(compensation),
	)
	for place, letter in enumerate((ours or "").split()):
		lay_down(
			"Complaint Responsibility",
			parent=name,
			parenttype="Complaint",
			parentfield="responsibilities",
			idx=place + 1,
			party="Our Department",
			department=DEPARTMENTS[letter],
		)
	for nature in (natures or "").split():
		lay_down(
			"Complaint Disposition",
			complaint=name,
			nature=nature,
			state_category="Closed",
			company_amount=int(compensation) if nature == "Compensation" else 0,
		)
	lay_down(
		"Service Clock",
		reference_doctype="Complaint",
		reference_name=name,
		clock="Response",
		department=department,
		priority=priority,
		status="Cancelled" if state == "X" else "Stopped" if response else "Running",
		limit_minutes=30,
		started_at=received,
		due_at=received + timedelta(minutes=30),
		stopped_at=received + timedelta(minutes=int(response)) if response else None,
		used_minutes=int(response or 0),
		waited_minutes=int(waited) * 60,
		is_breached=int(int(response or 0) > 30),
	)


def run(report, **filters):
	_columns, data, _message, chart, summary = report.execute({**PERIOD, **filters})
	return data, chart, {row["label"]: row["value"] for row in summary}


def statistics(dimension: str, **filters) -> list[tuple]:
	data, _chart, _summary = run(complaint_statistics, dimension=dimension, **filters)
	keys = ("received", "justified", "closed", "cancelled", "open_at_end", "reopened", "late", "answer_hours")
	return [(row.month, row.value, *(row[key] for key in keys), row.compensation) for row in data]


def received(dimension: str) -> dict[tuple, int]:
	data, _chart, _summary = run(complaint_statistics, dimension=dimension)
	return {(row.month, row.value): row.received for row in data}


# Closed at the end of March: not no. 6 (closed 5 April), which is open at the end. Means: hours of the answered ones by their number.
BY_CLASS = [
	# 1–4 and 9: 10+20+30+6+8 = 74 h of 5 answers; late 2 (45 min) and 3 (resolution); reopened 3
	("1995-01", "Quality", 5, 3, 5, 0, 0, 1, 2, 14.8, 100),
	# 5–7: 12+40 = 52 h of 2; 7 cancelled; 6 late and still open; 250+50
	("1995-01", "Delivery", 3, 2, 1, 1, 1, 0, 1, 26.0, 300),
	# 8, 10: 16+18 = 34 h of 2
	("1995-01", "Service", 2, 2, 2, 0, 0, 0, 0, 17.0, 0),
	# 11–14, 18, 19, 22: 10+12+24+4+21+26 = 97 h of 6; 18 open; late 13 (60 min), 18 (resolution); reopened 22; 120+60
	("1995-02", "Quality", 7, 6, 6, 0, 1, 1, 2, 16.17, 180),
	# 15, 16, 20: 50+11+5 = 66 h of 3; late and reopened 15
	("1995-02", "Delivery", 3, 2, 3, 0, 0, 1, 1, 22.0, 80),
	# 17, 21: 21 cancelled, 13 h of 1
	("1995-02", "Service", 2, 1, 1, 1, 0, 0, 0, 13.0, 0),
	# 23–30, 37, 38, 40: 9+14+15+28+17+22 = 105 h of 6; open 28, 30, 37, 38, 40; late 26 (40 min), 28
	("1995-03", "Quality", 11, 8, 6, 0, 5, 0, 2, 17.5, 0),
	# 31–34: 7+19+3 = 29 h of 3; 34 waits; late 32; 40+90
	("1995-03", "Delivery", 4, 2, 3, 0, 1, 0, 1, 9.67, 130),
	# 35, 36, 39: 32+27 = 59 h of 2; 39 cancelled; 35 closed 3 April, 36 answered only
	("1995-03", "Service", 3, 2, 0, 1, 2, 0, 0, 29.5, 0),
	# 160+176+193 = 529 h of 9+10+11 = 30 answers
	("Total", None, 40, 28, 27, 3, 10, 3, 9, 17.63, 790),
]


def test_statistics_by_class_and_month(forty):
	data, chart, summary = run(complaint_statistics)
	assert statistics("Complaint Class") == BY_CLASS
	# waited, of the answered ones: 0+2+4+0+0 = 6 h of 5 answers in the first row; in all 16+26+4 = 46 h of 30
	assert (data[0].waited_hours, data[-1].waited_hours) == (1.2, 1.53)
	assert summary == {
		"Received": 40,
		"Justified": 28,
		"Open at the End": 10,
		"Late": 9,
		"Working Hours to Answer (mean)": 17.63,
	}
	assert chart["data"]["labels"] == ["1995-01", "1995-02", "1995-03"]
	assert [(each["name"], each["values"]) for each in chart["data"]["datasets"]] == [
		("Quality", [5, 7, 11]),
		("Delivery", [3, 3, 4]),
		("Service", [2, 2, 3]),
	]


@pytest.mark.parametrize(
	"dimension, expected",
	[
		("Part No.", {"P-1": (4, 5, 9), "P-2": (2, 3, 3), "P-3": (2, 2, 3), "P-4": (2, 2, 3)}),
		("Product", {"Pump": (6, 8, 12), "Valve": (4, 4, 6)}),
		("Lead Department", {"Quality Department": (5, 6, 9), "Materials": (4, 4, 6), "Engineering": (1, 2, 3)}),
		(
			"Cause Category",
			{
				"Machine": (2, 4, 6),
				"Material": (2, 1, 1),
				"Transport Damage": (2, 2, 2),
				"Workmanship": (2, 2, 3),
				"Method": (1, 2, 1),
				None: (1, 1, 5),
			},
		),
		("Channel", {"Phone": (10, 12, 18)}),
		("Severity", {"Minor": (10, 12, 18)}),
		# Both departments answer for 3, 19 and 27: 4+4, 6+4 and 8+5 with 3, 3 and 6 that nobody answers for
		("Responsible Department", {"Quality Department": (4, 6, 8), "Materials": (4, 4, 5), None: (3, 3, 6)}),
		# Two dispositions each: 1 in January, 13 and 22 in February
		(
			"Disposition",
			{
				"Exchange": (4, 4, 8),
				"Compensation": (3, 3, 2),
				"Return": (1, 1, 1),
				"Explanation": (1, 3, 1),
				"Repair": (0, 2, 1),
				"Guidance": (1, 0, 0),
				None: (1, 1, 5),
			},
		),
	],
)
def test_statistics_by_each_dimension(forty, dimension, expected):
	counted = {
		(f"1995-{month:02d}", value): count
		for value, counts in expected.items()
		for month, count in enumerate(counts, 1)
		if count
	}
	assert received(dimension) == {**counted, ("Total", None): 40}


def test_statistics_by_customer(forty):
	first, second = forty
	found = received("Customer")
	assert found == {
		("1995-01", first): 10,
		("1995-02", first): 12,
		("1995-03", first): 3,  # 23, 24, 25
		("1995-03", second): 15,
		("Total", None): 40,
	}


def test_compensation_stands_with_its_disposition(forty):
	data, _chart, _summary = run(complaint_statistics, dimension="Disposition")
	paid = {(row.month, row.value): row.compensation for row in data if row.compensation}
	assert paid == {
		("1995-01", "Compensation"): 400,  # 1: 100, 5: 250, 6: 50
		("1995-02", "Compensation"): 260,  # 13: 120, 16: 80, 22: 60
		("1995-03", "Compensation"): 130,  # 31: 40, 32: 90
		("Total", None): 790,
	}


def test_statistics_follow_period_and_filters(forty):
	# February at its own end: 15 (closed 1 March), 19 (10 March) and 22 (15 March) were open still, 18 is; 21 is cancelled
	february = statistics("Severity", from_date="1995-02-01", to_date="1995-02-28")
	assert february[-1][:7] == ("Total", None, 12, 9, 7, 1, 4)
	narrowed = statistics("Part No.", complaint_class="Delivery", lead_department="Materials", product="Pump")
	# 5; 15, 16; 33, 34
	assert [row[:3] for row in narrowed] == [
		("1995-01", "P-1", 1),
		("1995-02", "P-1", 1),
		("1995-02", "P-2", 1),
		("1995-03", "P-1", 1),
		("1995-03", "P-2", 1),
		("Total", None, 5),
	]


def test_statistics_refuse_what_they_do_not_know(forty):
	with pytest.raises(CustomerServiceError, match="dimension"):
		run(complaint_statistics, dimension="name; drop table")
	with pytest.raises(CustomerServiceError, match="To Date must not be before From Date"):
		run(complaint_statistics, from_date="1995-03-01", to_date="1995-02-01")


# Month, department, priority: started, kept, late, still running late, running; percentiles of the minutes; mean minutes waited.
CLOCKS = {
	("1995-01", "Engineering", "Normal"): (1, 1, 0, 0, 0, 8, 8, 8, 0),
	# 20, 30: half of two are one, so 20; 90 % of two are two
	("1995-01", "Materials", "Normal"): (2, 2, 0, 0, 0, 20, 30, 30, 0),
	("1995-01", "Materials", "Urgent"): (1, 0, 1, 0, 0, 31, 31, 31, 600),
	# 12, 25, 28, 45; waited 2+4 h of 4: 90 min
	("1995-01", "Quality Department", "Normal"): (4, 3, 1, 0, 0, 25, 45, 45, 90),
	("1995-01", "Quality Department", "Urgent"): (1, 1, 0, 0, 0, 10, 10, 10, 0),
	("1995-02", "Engineering", "Normal"): (2, 1, 1, 0, 0, 9, 60, 60, 180),
	# 7, 14, 22, 33; waited 20 h of 4
	("1995-02", "Materials", "Normal"): (4, 3, 1, 0, 0, 14, 33, 33, 300),
	("1995-02", "Quality Department", "Normal"): (4, 4, 0, 0, 0, 15, 27, 27, 0),
	("1995-02", "Quality Department", "Urgent"): (1, 1, 0, 0, 0, 18, 18, 18, 180),
	# 24, 30 and 38, which still runs and is late
	("1995-03", "Engineering", "Normal"): (3, 2, 0, 1, 0, 24, 30, 30, 0),
	# 6, 17, 23, 26, 29, 36; waited 4+12 h of 6
	("1995-03", "Materials", "Normal"): (6, 5, 1, 0, 0, 23, 36, 36, 160),
	# 4, 11, 13, 19, 21, 40 and no. 40, which has 20 minutes left
	("1995-03", "Quality Department", "Normal"): (7, 5, 1, 0, 1, 13, 40, 40, 0),
	("1995-03", "Quality Department", "Urgent"): (1, 0, 1, 0, 0, 55, 55, 55, 480),
}


def test_clock_compliance_by_month_department_and_priority(forty):
	data, chart, summary = run(clock_compliance)
	keys = ("started", "kept", "late", "late_running", "running", "p50", "p90", "p95", "waited")
	assert {(row.month, row.department, row.priority): tuple(row[key] for key in keys) for row in data} == CLOCKS
	assert {row.clock for row in data} == {"Response"} and {row.limit for row in data} == {30}
	# 37 started, 1 of them has time left; 28 of the other 36 kept: 77.8 %
	assert summary == {"Started": 37, "Kept (%)": 77.8, "Late": 8}
	assert [each["values"] for each in chart["data"]["datasets"]] == [[7, 9, 12], [2, 2, 3], [0, 0, 1], [0, 0, 1]]
	kept = {(row.month, row.department, row.priority): row.kept_share for row in data}
	assert kept["1995-03", "Quality Department", "Normal"] == 83.3  # 5 of 6
	assert kept["1995-03", "Engineering", "Normal"] == 66.7  # 2 of 3


def test_percentiles_are_ranks_not_averages(forty):
	for minutes in range(1, 101):
		lay_down(
			"Service Clock",
			reference_doctype="Complaint",
			reference_name="F11-01",
			clock="Closing",
			department="Marketing",
			priority="Normal",
			status="Stopped",
			limit_minutes=60,
			due_at=at("1995-02-10 10:00"),
			used_minutes=101 - minutes,
			waited_minutes=0,
			is_breached=0,
		)
	data, _chart, _summary = run(clock_compliance, clock="Closing", complaint_class="Quality")
	assert [(row.started, row.p50, row.p90, row.p95) for row in data] == [(100, 50, 90, 95)]


def test_clock_compliance_of_a_doctype_without_limits_is_refused(forty):
	with pytest.raises(CustomerServiceError, match="no time limits"):
		run(clock_compliance, document_type="User")


def test_causes_in_the_order_of_their_weight(forty):
	data, chart, summary = run(complaint_causes)
	# Of 37 that are not cancelled: 12, 19, 25, 29, 33, 37 one after another
	assert [(row.cause_category, row.complaints, row.share, row.cumulative) for row in data] == [
		("Machine", 12, 32.4, 32.4),
		("Workmanship", 7, 18.9, 51.4),
		("Transport Damage", 6, 16.2, 67.6),
		(None, 4, 10.8, 78.4),
		("Material", 4, 10.8, 89.2),
		("Method", 4, 10.8, 100.0),
	]
	assert summary == {"Complaints": 37, "Causes": 5, "Causes of 80 % of the complaints": 5}
	assert [each["chartType"] for each in chart["data"]["datasets"]] == ["bar", "line"]
	machine, transport = data[0], data[2]
	assert (machine.late, machine.compensation) == (4, 160)  # 2, 18, 26, 28; 1: 100, 22: 60
	assert (transport.late, transport.compensation) == (3, 510)  # 6, 15, 32; 250+50+80+40+90
	justified, _chart, _summary = run(complaint_causes, justified_only=1)
	assert {row.cause_category: row.complaints for row in justified} == {
		"Machine": 12,
		"Workmanship": 5,  # not 20 and 33
		"Transport Damage": 6,
		"Material": 3,  # not 9
		"Method": 2,  # not 4 and 14
	}


@pytest.fixture
def two_rules():
	"""Only these two: three of a part and class within a month, three of a part and cause within a quarter."""
	frappe.db.set_value("Repeat Rule", {"enabled": 1}, "enabled", 0)
	for name, together, period, least in (
		("Test class", "Complaint Class", "Month", 3),
		("Test cause", "Cause Category", "Quarter", 3),
	):
		frappe.get_doc(
			{
				"doctype": "Repeat Rule",
				"rule_name": name,
				"subject": "Part No.",
				"together_with": together,
				"period": period,
				"minimum_count": least,
			}
		).insert()


def test_repeating_problems_are_warned_of(forty, two_rules):
	data, chart, summary = run(repeating_problems)
	found = [(row.rule, row.subject_value, row.together_value, row.complaints, row.signal) for row in data]
	assert found == [
		("Test cause", "P-1", "Machine", 12, "Above the Limit"),  # 2 + 4 + 6 in the quarter from 1 January
		("Test class", "P-1", "Quality", 8, "Above the Limit"),  # in March 23–28, 37, 40
		("Test cause", "P-4", "Workmanship", 5, "Above the Limit"),  # 8, 10; 17; 35, 36
		("Test cause", "P-2", "Method", 3, ""),  # 4, 13, 29
		("Test cause", "P-3", "Transport Damage", 3, "Above the Limit"),  # 6; 31, 32
	]
	# March against the twelve months before. P-1 Quality: 3 + 4 = 7 / 12 = 0.58; 0.583 + 3 · √0.583 = 2.87
	assert (data[1].month_count, data[1].month_mean, data[1].month_limit) == (8, 0.58, 2.87)
	# P-4: 2 + 1 = 3 / 12 = 0.25; 0.25 + 3 · 0.5 = 1.75. P-2 Method: 1 + 1 = 2 / 12 = 0.167; 0.167 + 3 · 0.408 = 1.39
	assert (data[2].month_count, data[2].month_mean, data[2].month_limit) == (2, 0.25, 1.75)
	assert (data[3].month_count, data[3].month_mean, data[3].month_limit) == (1, 0.17, 1.39)
	assert summary == {"Warnings": 5, "Beyond Chance": 4}
	assert chart["data"]["datasets"][0]["values"] == [12, 8, 5, 3, 3]
	assert str(data[0].since) == "1995-01-01" and str(data[1].since) == "1995-03-01"


def test_one_complaint_is_no_repetition():
	rule = frappe.get_doc({"doctype": "Repeat Rule", "rule_name": "x", "subject": "Product", "minimum_count": 1})
	with pytest.raises(CustomerServiceError, match="at least 2"):
		rule.insert()


def test_limits_of_the_control_chart():
	# Six months of mean 4: 4 ± 3·√4 = 4 ± 6, below 0 is 0
	six = [3, 5, 4, 4, 2, 6]
	*earlier, last = control_chart.points([*six, 11])
	assert {point.mean for point in earlier} == {None}
	assert (last.mean, last.lower, last.upper, last.signal) == (4, 0, 10, "Above the Limit")
	assert control_chart.points([*six, 10])[-1].signal is None
	# Mean 16: 16 − 3·4 = 4
	assert control_chart.points([16] * 6 + [3])[-1].signal == "Below the Limit"
	assert control_chart.points([16] * 6 + [4])[-1].signal is None
	# Only the twelve months before count: the 100 of long ago is forgotten
	assert control_chart.points([100] + [4] * 12 + [4])[-1].mean == 4


def test_eight_months_on_one_side_are_no_chance():
	steady = [10, 10, 10, 10, 10, 10]
	# Each month lies above the mean of those before it, none above its upper limit
	rising = [11, 11, 11, 12, 12, 12, 12, 12]
	found = control_chart.points(steady + rising)
	assert [point.signal for point in found[:-1]] == [None] * 13
	assert found[-1].signal == "8 in a Row Above"
	falling = [20 - count for count in rising]
	assert control_chart.points(steady + falling)[-1].signal == "8 in a Row Below"
	assert control_chart.points([*steady, *rising[:3], 10, *rising[3:7]])[-1].signal is None  # broken in between


def test_control_chart_of_the_set(forty):
	data, chart, summary = run(complaint_control_chart, least=2)
	# Not cancelled: 9, 11, 17. March: mean 10, 10 ± 3·√10 = 10 ± 9.49
	assert [(row.month, row.complaints, row.mean, row.lower, row.upper) for row in data] == [
		("1995-01", 9, None, None, None),
		("1995-02", 11, None, None, None),
		("1995-03", 17, 10.0, 0.51, 19.49),
	]
	assert summary == {"Complaints": 37, "Months Beyond Chance": 0}
	assert [each["values"] for each in chart["data"]["datasets"]] == [
		[9, 11, 17],
		[10, 10, 10],
		[0.51] * 3,
		[19.49] * 3,
	]
	quality, _chart, _summary = run(complaint_control_chart, least=2, part_no="P-1", cause_category="Machine")
	assert [row.complaints for row in quality] == [2, 4, 6]


REPORTS = (
	complaint_statistics,
	clock_compliance,
	complaint_causes,
	repeating_problems,
	complaint_control_chart,
)


def test_departments_count_their_own_rows_only(forty, two_rules, as_user):
	as_user("materials_reviewer")
	# Led by Materials: 4 in January, 4 in February, 6 in March
	assert received("Lead Department") == {
		("1995-01", "Materials"): 4,
		("1995-02", "Materials"): 4,
		("1995-03", "Materials"): 6,
		("Total", None): 14,
	}
	assert {row.department for row in run(clock_compliance)[0]} == {"Materials"}
	assert sum(row.complaints for row in run(complaint_causes)[0]) == 13  # without 7
	assert [row.complaints for row in run(complaint_control_chart)[0]] == [3, 4, 6]
	# P-4 Workmanship without 10, which Quality leads
	assert [(row.subject_value, row.complaints) for row in run(repeating_problems)[0]] == [("P-4", 4), ("P-3", 3)]


@pytest.mark.parametrize("report", REPORTS)
def test_others_see_no_statistics(forty, as_user, report):
	name = report.__name__.rpartition(".")[2].replace("_", " ").title()
	as_user("employee")
	with pytest.raises(frappe.PermissionError):
		query_report.run(name, frappe.as_json(PERIOD))
	with pytest.raises(frappe.PermissionError):
		report_prints.report_pdf(name, frappe.as_json(PERIOD))
	as_user("manager")
	assert query_report.run(name, frappe.as_json(PERIOD))["result"]


def test_every_statistic_is_one_statement_and_the_ends_of_the_register(forty, two_rules):
	"""The ends, out of an index, tell whether the period is most of the register."""
	frappe.desk.reportview.build_match_conditions("Complaint")  # metadata comes first, once a process
	for report, most in ((complaint_statistics, 2), (complaint_causes, 2), (complaint_control_chart, 2)):
		run(report)
		before = frappe.db.sql("show session status like 'Com_select'")[0][1]
		run(report)
		after = frappe.db.sql("show session status like 'Com_select'")[0][1]
		assert int(after) - int(before) <= most, report.__name__


def test_answer_is_measured_in_working_time():
	monday = monday_morning()
	frappe.flags.service_now = monday
	case = make_complaint(received_at=monday, customer=make_customer().name)
	frappe.flags.service_now = monday + timedelta(hours=1)
	case = go(case, "Acknowledge")
	frappe.flags.service_now = monday + timedelta(days=1, hours=2)
	# Monday 9:00 to Tuesday 11:00 with office hours 9:00–18:00: 9 + 2 hours
	assert figures.working_minutes(monday, monday + timedelta(days=1, hours=2)) == 11 * 60
	clock = frappe.get_all(
		"Service Clock", {"reference_name": case.name, "stops_on": "First Step"}, ["used_minutes", "priority", "status"]
	)
	assert [(row.used_minutes, row.priority, row.status) for row in clock] == [(60, case.priority, "Stopped")]


def workload(**filters):
	_columns, data, _message, _chart, summary = department_workload.execute(filters)
	return {(row.department, row.person): row for row in data}, {row["label"]: row["value"] for row in summary}


@pytest.fixture
def open_work():
	"""Wednesday 10:00 of a week with three complaints of Engineering: late, due today, due on Friday; two are Enno's. And a task
	of his, due next week. What else is open belongs to other tests."""
	for doctype in work.WORK:
		frappe.db.set_value(doctype, {"state_category": ("in", ("Open", "Waiting"))}, "state_category", "Cancelled")
	wednesday = monday_morning() + timedelta(days=2, hours=1)
	frappe.flags.service_now = wednesday
	engineer = email("engineer")
	for name, due, person, age in (
		("F11-LATE", -1, engineer, 48),
		("F11-TODAY", 5, None, 24),
		("F11-WEEK", 50, engineer, 12),
	):
		lay_down(
			"Complaint",
			name=name,
			lead_department="Engineering",
			assigned_to=person,
			state_category="Open",
			workflow_state="Received",
			received_at=wednesday - timedelta(hours=age),
			next_due=wednesday + timedelta(hours=due),
		)
	lay_down(
		"Complaint Task",
		name="F11-TASK",
		complaint="F11-LATE",
		department="Engineering",
		assigned_to=engineer,
		state_category="Open",
		workflow_state="Open",
		opened_at=wednesday - timedelta(hours=12),
		due_at=wednesday + timedelta(days=7),
	)
	lay_down(
		"Improvement Action",
		name="F11-ACTION",
		title="Repair the fixture",
		department="Engineering",
		responsible=engineer,
		state_category="Open",
		status="Open",
		due_date=wednesday.date(),
	)
	return wednesday


def test_workload_by_department_and_person(open_work):
	found, summary = workload()
	keys = ("complaints", "tasks", "dispositions", "others", "total", "late", "due_today", "due_this_week", "mean_age")
	assert {key: tuple(row[each] for each in keys) for key, row in found.items()} == {
		# 48 + 12 + 12 + 0 = 72 h of 4: 0.75 days
		("Engineering", email("engineer")): (2, 1, 0, 1, 4, 1, 1, 2, 0.8),
		("Engineering", None): (1, 0, 0, 0, 1, 0, 1, 1, 1.0),
	}
	assert summary == {"Open": 5, "Late": 1, "Due Today": 2, "Due This Week": 3}
	assert workload(department="Materials")[0] == {}


def queue(**filters):
	return [(row.name, row.reason, row.is_late) for row in my_queue.execute(filters)[1]]


def test_my_queue_is_mine_and_what_is_due_first_comes_first(open_work, as_user):
	as_user("engineer")
	assert queue() == [
		("F11-LATE", "Assigned to Me", 1),
		("F11-TODAY", "Nobody Assigned", 0),
		("F11-ACTION", "Assigned to Me", 0),
		("F11-WEEK", "Assigned to Me", 0),
		("F11-TASK", "Assigned to Me", 0),
	]
	assert queue(document_type="Complaint Task") == [("F11-TASK", "Assigned to Me", 0)]
	as_user("quality_reviewer")
	assert queue() == []


def test_what_waits_for_my_approval_is_in_my_queue(as_user):
	frappe.flags.service_now = monday_morning()
	case = make_complaint(received_at=monday_morning(), customer=make_customer().name)
	measure = make_disposition(case.name, kind="Compensation", amount=900000, quantity=0)
	go(measure, "Ask for Approval", by="clerk")
	as_user("quality_head")
	assert (measure.name, "Waits for My Approval", 0) in queue()
	as_user("quality_reviewer")
	assert measure.name not in [name for name, reason, _late in queue() if reason == "Waits for My Approval"]


def test_chart_on_paper_escapes_what_records_say():
	drawn = charts.svg(
		{
			"type": "axis-mixed",
			"colors": ["#7cd6fd", "red' onload='x"],
			"data": {
				"labels": ["<script>", "客户"],
				"datasets": [
					{"name": "a&b", "chartType": "bar", "values": [1, 7]},
					{"name": "c", "chartType": "line", "values": [None, 3]},
				],
			},
		}
	)
	assert "<script>" not in drawn and "&lt;script&gt;" in drawn and "a&amp;b" in drawn and "onload" not in drawn
	assert drawn.count("<rect") == 4 and drawn.count("<polyline") == 1  # two bars, two marks of the legend
	assert charts.svg(None) == "" == charts.svg({"data": {"labels": [], "datasets": []}})


def test_stacked_bars_end_where_their_sum_lies():
	chart = {"type": "bar", "barOptions": {"stacked": 1}, "data": {"labels": ["x"], "datasets": []}}
	chart["data"]["datasets"] = [{"name": "a", "values": [30]}, {"name": "b", "values": [45]}]
	drawing = charts._Drawing(chart)
	assert drawing.top >= 75
	ends = [drawing.y(30), drawing.y(75)]
	assert all(f'y="{end:.1f}"' in "".join(drawing.bars()) for end in ends)


@pytest.mark.parametrize("language, title", [("en", "Complaint Statistics"), ("zh", "客户投诉统计表")])
def test_report_prints_with_its_chart(forty, language, title, tmp_path):
	import subprocess

	frappe.local.lang = language
	path = tmp_path / "report.pdf"
	path.write_bytes(report_prints.registers_pdf("Complaint Statistics", PERIOD))
	text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
	assert title in text and "1995-03" in text and "790.00" in text


def test_only_our_reports_print_here():
	with pytest.raises(PrintRefusedError):
		report_prints.report_pdf("Permitted Documents For User", "{}")


def test_export_of_a_statistic_holds_no_live_formula(client):
	make_complaint(customer=make_customer().name, part_no="=1+1")
	frappe.db.commit()
	params = {
		"report_name": "Complaint Statistics",
		"file_format_type": "CSV",
		"filters": frappe.as_json({"dimension": "Part No."}),
		"visible_idx": frappe.as_json(list(range(200))),
	}
	exported = client("clerk").request("GET", "/api/method/frappe.desk.query_report.export_query", params=params)
	assert "'=1+1" in exported.text
