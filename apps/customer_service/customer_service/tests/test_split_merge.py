"""One matter in two complaints, two complaints of one matter."""

from datetime import timedelta

import frappe
import pytest
from frappe.utils import get_datetime

from customer_service.complaint_handling import api
from customer_service.exceptions import CustomerServiceError, QuantityError, StepError
from customer_service.tests.client import Refused
from customer_service.tests.factories import (
	email,
	go,
	make_complaint,
	make_customer,
	make_disposition,
	monday_morning,
)

API = "customer_service.complaint_handling.api."


# --- split ---------------------------------------------------------------------------------------------------------


def test_split_quantities_add_up_to_the_whole():
	"""2,000 shipped and 500 defective = 800 and 200 split off, 1,200 and 300 left."""
	case = make_complaint(customer=make_customer().name, received_at=monday_morning())
	name = api.split_complaint(case.name, "The late delivery.", 800, 200, topic="Delivery", complaint_class="Delivery")
	case.reload()
	part = frappe.get_doc("Complaint", name)
	assert [(each.shipped_qty, each.defective_qty) for each in (case, part)] == [(1200, 300), (800, 200)]
	assert (part.split_from, part.customer, part.order_no) == (case.name, case.customer, case.order_no)
	assert get_datetime(part.received_at) == monday_morning(), "the clocks run from the same receipt"
	assert part.description == "The late delivery." and part.workflow_state == "Received"
	assert part.lead_department != case.lead_department, "routed by its own topic"
	for each in (case, part):
		assert frappe.db.count("Service Event", {"reference_name": each.name, "event": "Split"}) == 1


@pytest.mark.parametrize("shipped, defective", [(2001, 0), (0, 501), (-1, 0), (100, 200)])
def test_part_larger_than_the_whole_is_refused(shipped, defective):
	case = make_complaint()
	with pytest.raises(QuantityError):
		api.split_complaint(case.name, "A part.", shipped, defective)


def test_what_comes_back_already_stays_with_the_whole():
	case = make_complaint()
	make_disposition(case.name, quantity=1500)
	with pytest.raises(QuantityError):
		api.split_complaint(case.name, "A part.", 600, 0)
	assert api.split_complaint(case.name, "A part.", 500, 0)


def test_ended_complaint_is_not_split():
	case = go(make_complaint(), "Cancel Complaint")
	with pytest.raises(CustomerServiceError, match="ended"):
		api.split_complaint(case.name, "A part.")


@pytest.mark.parametrize("wrong", ["employee", "materials_reviewer", None])
def test_strangers_split_nothing(client, wrong):
	case = make_complaint()
	frappe.db.commit()
	with pytest.raises(Refused) as refused:
		client(wrong).call(API + "split_complaint", name=case.name, description="Mine.")
	assert refused.value.status == 403


# --- duplicates ----------------------------------------------------------------------------------------------------


def test_duplicate_is_cancelled_and_stays_readable(client):
	original, duplicate = make_complaint(), make_complaint(contact_person="Second Caller")
	from customer_service.complaint_handling import intake

	token = intake.status_path(duplicate).split("#")[1]
	frappe.db.commit()
	state = client("clerk").call(API + "mark_duplicate", name=duplicate.name, original=original.name)
	assert state == "Duplicate"
	stored = client("clerk").get("Complaint", duplicate.name)
	assert (stored["state_category"], stored["duplicate_of"]) == ("Cancelled", original.name)
	assert stored["contact_person"] == "Second Caller"
	linked = (
		client("clerk")
		.read("frappe.desk.form.load.getdoc", doctype="Complaint", name=original.name)
		.json()["docs"][0]["__onload"]["linked"]
	)
	assert [row["name"] for row in linked] == [duplicate.name]
	shown = client(None).call("customer_service.complaint_handling.api.complaint_status", token=token)
	assert (shown["state"], shown["is_duplicate"]) == ("Duplicate", True)
	assert original.name not in str(shown), "the other complaint may be another customer's"
	event = frappe.get_last_doc("Service Event", {"reference_name": original.name, "event": "Merged"})
	assert (event.before_value, event.actor) == (duplicate.name, email("clerk"))


@pytest.mark.parametrize("wrong", ["quality_reviewer", "quality_head", "employee", None])
def test_only_the_workflows_roles_mark_a_duplicate(client, wrong):
	original, duplicate = make_complaint(), make_complaint()
	frappe.db.commit()
	with pytest.raises(Refused) as refused:
		client(wrong).call(API + "mark_duplicate", name=duplicate.name, original=original.name)
	assert refused.value.status == 403, wrong
	assert frappe.db.get_value("Complaint", duplicate.name, "workflow_state") == "Received"


def test_step_without_the_original_is_refused():
	with pytest.raises(StepError, match="duplicate of"):
		go(make_complaint(), "Mark as Duplicate")


def test_no_chains_and_no_circles():
	first, second, third = make_complaint(), make_complaint(), make_complaint()
	with pytest.raises(CustomerServiceError):
		api.mark_duplicate(first.name, first.name)
	api.mark_duplicate(second.name, first.name)
	with pytest.raises(CustomerServiceError):
		api.mark_duplicate(third.name, second.name)
	with pytest.raises(CustomerServiceError, match="has duplicates itself"):
		api.mark_duplicate(first.name, third.name)
	cancelled = go(make_complaint(), "Cancel Complaint")
	with pytest.raises(CustomerServiceError):
		api.mark_duplicate(third.name, cancelled.name)


# --- possible duplicates -------------------------------------------------------------------------------------------


def found(case) -> list[str]:
	rows = api.possible_duplicates(case.customer, case.order_no, case.part_no, case.name, str(case.received_at))
	return [row.name for row in rows]


def test_same_customer_and_order_or_part_within_the_days():
	settings = frappe.get_doc("Customer Service Settings")
	settings.duplicate_days = 10
	settings.save()
	customer = make_customer().name
	day = monday_morning() - timedelta(days=30)

	def received(days: float, **values):
		return make_complaint(
			**{
				"customer": customer,
				"order_no": "O-1",
				"part_no": "P-1",
				"received_at": day + timedelta(days=days),
				**values,
			}
		).name

	case = frappe.get_doc("Complaint", received(20))
	wanted = [received(10.1), received(15, part_no="P-2"), received(18, order_no=None), received(25)]
	received(9.9), received(20, order_no="O-2", part_no="P-2"), received(20, customer=make_customer().name)
	cancelled = frappe.get_doc("Complaint", received(20))
	go(cancelled, "Cancel Complaint")
	assert sorted(found(case)) == sorted(wanted)
	assert api.possible_duplicates(customer) == []


def test_only_what_the_user_may_read_is_shown(as_user):
	case = make_complaint(customer=make_customer().name)
	make_complaint(customer=case.customer)
	as_user("materials_reviewer")
	assert found(case) == []
	as_user("clerk")
	assert len(found(case)) == 1


def test_possible_duplicates_are_found_by_an_index():
	plan = frappe.db.sql(
		"""explain select name from `tabComplaint` force index for order by (customer_received)
		where customer = 'x' and received_at between '2026-01-01' and '2026-02-01' and (order_no = 'a' or part_no = 'b')
		order by received_at desc""",
		as_dict=True,
	)
	assert plan[0].key == "customer_received" and plan[0].type == "range", plan
