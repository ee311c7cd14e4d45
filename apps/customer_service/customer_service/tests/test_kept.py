"""What a process keeps to be fast must not outlive a change of what it was made from."""

import frappe
import pytest

from customer_service.controlled_forms import printing
from customer_service.organisation import clock
from customer_service.tests import factories

CALENDAR = "Test Kept Hours"
MONDAY = factories.at("2026-03-02 09:00")


@pytest.fixture
def calendar():
	yield factories.make_working_calendar(CALENDAR, [(day, "09:00", "17:00") for day in range(5)])
	frappe.clear_document_cache("Working Calendar", CALENDAR)


def test_deadline_follows_a_calendar_changed_in_this_request(calendar):
	assert clock.deadline(MONDAY, 600, CALENDAR) == factories.at("2026-03-03 11:00")
	calendar.append("holidays", {"holiday_date": "2026-03-03"})
	calendar.save()
	assert clock.deadline(MONDAY, 600, CALENDAR) == factories.at("2026-03-04 11:00")


def test_deadline_follows_a_calendar_that_another_process_changed(calendar):
	assert clock.deadline(MONDAY, 600, CALENDAR) == factories.at("2026-03-03 11:00")
	frappe.db.set_value("Working Calendar Interval", {"parent": CALENDAR}, "to_time", "10:00:00")
	modified = factories.at("2030-01-01 00:00")
	frappe.db.set_value("Working Calendar", CALENDAR, "modified", modified, update_modified=False)
	frappe.local.cache = {}  # the next request
	# one interval was shortened to an hour
	assert clock.timetable(CALENDAR).per_week < 5 * 8 * 60 * clock.MINUTE


def test_timetable_is_not_asked_for_twice_in_a_request(calendar):
	first = clock.timetable(CALENDAR)
	assert clock.timetable(CALENDAR) is first
	frappe.local.cache = {}
	assert clock.timetable(CALENDAR) is first, "unchanged: the next request finds what the process built"


def test_print_follows_an_edited_layout():
	"""One that belongs to no form; an approved form keeps its layout (test_form_versions)."""
	case, name = factories.make_complaint(), "Complaint Acknowledgement"
	layout = frappe.get_doc("Print Format", name)
	assert "edited by the administrator" not in printing.render_html(case, print_format=name, language="en")
	layout.html = layout.html.replace("{% block content %}", "{% block content %}<p>edited by the administrator</p>")
	layout.save()
	assert "edited by the administrator" in printing.render_html(case, print_format=name, language="en")


def test_kept_template_holds_nothing_of_the_record_it_was_first_used_for():
	first = factories.make_complaint(order_no="ORD-FIRST")
	second = factories.make_complaint(order_no="ORD-SECOND")
	assert "ORD-FIRST" in printing.render_html(first, language="en")
	page = printing.render_html(second, language="en")
	assert "ORD-SECOND" in page and "ORD-FIRST" not in page
