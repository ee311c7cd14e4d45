"""The sweep killed at any point and run again, or run twice at once: each notice exactly once (L5, F-6).

Each run is a process of its own with its own connection, killed by SIGKILL in the middle of its work.
"""

import os
import random
import signal
import traceback
from collections import Counter
from datetime import timedelta

import frappe
import pytest

from customer_service.organisation import clock_sweep, digests
from customer_service.tests.factories import email, make_complaint

CASES = 30
KILLS = 20


@pytest.fixture
def late_cases(site):
	"""Thirty complaints of the Quality Department whose response was due long ago: two levels of people each."""
	names = []
	department = (
		frappe.get_doc(
			{
				"doctype": "Service Department",
				"department_name": f"Test Killed {frappe.generate_hash(length=6)}",
				"head": email("quality_head"),
				"manager": email("general_manager"),
				"members": [{"user": email("engineer"), "is_group_leader": 1}],
			}
		)
		.insert()
		.name
	)
	frappe.flags.service_now = frappe.utils.now_datetime() - timedelta(days=10)
	for _number in range(CASES):
		names.append(make_complaint(received_at=frappe.flags.service_now, lead_department=department).name)
	frappe.flags.service_now = None
	frappe.db.commit()
	yield names
	frappe.db.rollback()
	for name in names:
		frappe.db.set_value("Complaint", name, {"state_category": "Cancelled", "workflow_state": "Cancelled"})
	frappe.db.set_value("Service Clock", {"reference_name": ("in", names)}, "next_notice_at", None)
	frappe.db.delete("Email Queue")
	frappe.db.delete("Email Queue Recipient")
	frappe.db.commit()


def in_a_process(work) -> int:
	"""Run `work` in a child with a connection of its own; returns the wait status."""
	child = os.fork()
	if child:
		return child
	try:
		site = frappe.local.site
		frappe.local.db = None  # the parent's connection stays the parent's
		frappe.init(site=site, force=True)
		frappe.connect()
		frappe.set_user("Administrator")
		work()
		os._exit(0)
	except BaseException:
		traceback.print_exc()
		os._exit(1)


def wait(child: int) -> int:
	return os.waitpid(child, 0)[1]


def sweep_until(statements: int | None):
	"""The whole sweep with its mails, in small chunks; killed before the given statement."""

	def work():
		clock_sweep.CHUNK = 3
		digests.LINES = 1000
		frappe.get_cached_doc("Customer Service Settings").digest_minutes = 0  # for this process alone
		count = 0
		run = frappe.db.sql

		def counted(*args, **kwargs):
			nonlocal count
			count += 1
			if statements and count > statements:
				os.kill(os.getpid(), signal.SIGKILL)
			return run(*args, **kwargs)

		frappe.db.sql = counted
		clock_sweep.run()
		digests.send()

	return work


def notices(names) -> Counter:
	frappe.db.rollback()
	rows = frappe.get_all(
		"Escalation Log",
		{"reference_name": ("in", names)},
		["reference_name", "clock", "level", "recipient", "sent_at"],
	)
	assert all(row.sent_at for row in rows if row.recipient)
	return Counter((row.reference_name, row.clock, row.level, row.recipient) for row in rows)


def lines_of_mails(names) -> Counter:
	"""(person, case) -> in how many lines of his mails the case stands."""
	found: Counter = Counter()
	for name in frappe.get_all("Email Queue", pluck="name"):
		mail = frappe.get_doc("Email Queue", name)
		text = mail.message.replace("=\n", "").split("text/html")[-1]
		for case in names:
			found[mail.recipients[0].recipient, case] += text.count(f">{case}<")
	return found


def expected(names) -> dict:
	"""Both clocks of each case are ten days old: Response (30 min) and Resolution (5 working days, may be due). Of the four levels
	the first asks for the assigned person, who is not named: the group leader is told as at level 2."""
	told = {}
	for row in frappe.get_all(
		"Service Clock", {"reference_name": ("in", names)}, ["reference_name", "clock", "is_breached"]
	):
		if row.is_breached:
			people = ("engineer", "engineer", "quality_head", "general_manager")
			for level, person in enumerate(people, 1):
				told[row.reference_name, row.clock, level, email(person)] = 1
	return told


def test_sweep_killed_twenty_times_gives_each_notice_exactly_once(late_cases):
	frappe.db.delete("Email Queue")
	frappe.db.commit()
	random.seed(7)
	killed = 0
	for _attempt in range(KILLS):
		status = wait(in_a_process(sweep_until(random.randint(4, 60))))
		killed += os.WIFSIGNALED(status)
	assert killed >= KILLS - 5, killed
	assert wait(in_a_process(sweep_until(None))) == 0
	assert wait(in_a_process(sweep_until(None))) == 0  # run again: nothing new
	frappe.db.rollback()
	responses = {"reference_name": ("in", late_cases), "clock": "Response", "is_breached": 1}
	assert frappe.db.count("Service Clock", responses) == CASES
	wanted = expected(late_cases)
	given = notices(late_cases)
	late = {key: count for key, count in given.items() if key[:2] in {each[:2] for each in wanted}}
	assert late == wanted
	assert set(given.values()) == {1}
	events = frappe.get_all(
		"Service Event",
		{"reference_name": ("in", late_cases), "event": "Clock Breached"},
		["reference_name", "before_value"],
	)
	assert set(Counter((row.reference_name, row.before_value) for row in events).values()) == {1}
	mailed = lines_of_mails(late_cases)
	for (case, _clock, _level, person), _count in given.items():
		assert mailed[person, case] == sum(1 for each in given if each[0] == case and each[3] == person)


def test_two_sweeps_at_once_give_each_notice_exactly_once(late_cases):
	frappe.db.delete("Email Queue")
	frappe.db.commit()
	children = [in_a_process(sweep_until(None)) for _worker in range(2)]
	assert [wait(child) for child in children] == [0, 0]
	given = notices(late_cases)
	assert set(given.values()) == {1}
	mailed = lines_of_mails(late_cases)
	for case, _clock, _level, person in given:
		assert mailed[person, case] == sum(1 for each in given if each[0] == case and each[3] == person)
