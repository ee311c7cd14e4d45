"""Who is asked in a department on a day: deputies and absences (G-4)."""

from datetime import date

import frappe
import pytest

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import people
from customer_service.tests.factories import email

DAY = date(2026, 3, 4)


@pytest.fixture
def department():
	"""Head and deputy; two members, the first a group leader who is away from the 3rd to the 5th of March."""
	return frappe.get_doc(
		{
			"doctype": "Service Department",
			"department_name": f"Test {frappe.generate_hash(length=6)}",
			"head": email("quality_head"),
			"deputy": email("engineer"),
			"members": [
				{
					"user": email("clerk"),
					"is_group_leader": 1,
					"absent_from": "2026-03-03",
					"absent_until": "2026-03-05",
				},
				{"user": email("warehouse")},
			],
		}
	).insert()


def test_deputy_decides_while_the_head_is_away(department):
	assert people.head_of(department.name, DAY) == email("quality_head")
	department.update({"head_absent_from": "2026-03-04", "head_absent_until": "2026-03-04"})
	department.save()
	assert people.head_of(department.name, DAY) == email("engineer")
	assert people.head_of(department.name, date(2026, 3, 5)) == email("quality_head")


def test_head_without_deputy_stays_head_while_away(department):
	department.update({"head_absent_from": "2026-03-01", "deputy": None})
	department.save()
	assert people.head_of(department.name, DAY) == email("quality_head")


def test_absent_members_are_not_asked(department):
	assert people.members_of(department.name, DAY) == [email("warehouse")]
	assert people.members_of(department.name, date(2026, 3, 6)) == [email("clerk"), email("warehouse")]


def test_head_takes_the_place_of_an_absent_group_leader(department):
	assert people.group_leaders_of(department.name, date(2026, 3, 6)) == [email("clerk")]
	assert people.group_leaders_of(department.name, DAY) == [email("quality_head")]
	assert people.stand_in(email("clerk"), department.name, DAY) == email("quality_head")
	assert people.stand_in(email("warehouse"), department.name, DAY) == email("warehouse")


def test_department_without_a_head_has_none(department):
	department.update({"head": None, "deputy": None})
	department.save()
	assert people.head_of(department.name, DAY) is None
	assert people.group_leaders_of(department.name, DAY) == []


def test_absence_that_ends_before_it_begins_is_refused(department):
	department.update({"head_absent_from": "2026-03-04", "head_absent_until": "2026-03-03"})
	with pytest.raises(CustomerServiceError, match="Head Absent Until"):
		department.save()


def test_clearing_the_cache_clears_what_the_app_keeps():
	"""A restore or a change past the documents is seen after `bench clear-cache`."""
	from customer_service.customer_communication import routing
	from customer_service.organisation import clock_policy, escalation, people

	cache = frappe.cache()
	cache.set_value("customer_service_routing_rules", ["stale"])
	hashes = ("customer_service_departments", clock_policy.CACHE, escalation.CACHE, people.CACHE)
	for key in hashes:
		cache.hset(key, "stale", "value")
	assert routing.rules() == ["stale"]

	frappe.clear_cache()

	assert routing.rules() != ["stale"]
	assert [cache.hget(key, "stale") for key in hashes] == [None] * 4
