"""Periodic checks of customers' property (D-6): planned by class, opened once, done, found wrong; shots and maintenance."""

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError

from customer_service.customer_property import check_api, checks
from customer_service.exceptions import (
	CustomerServiceError,
	DeletionRefusedError,
	FutureDateError,
	PropertyError,
	RecordClosedError,
)
from customer_service.organisation import clock_sweep
from customer_service.tests.factories import as_person, at, email, go
from customer_service.tests.forked import at_once
from customer_service.tests.laid_property import lay_item
from customer_service.tests.production import set_up, told
from customer_service.tests.properties import make_item, post

DOCTYPE, ITEM, PLAN = checks.DOCTYPE, checks.ITEM, checks.PLAN


@pytest.fixture(autouse=True)
def may():
	"""It is 4 May 2026; checks are opened 14 days before they are due. No other item has a plan."""
	frappe.flags.service_now = at("2026-05-04 09:00")
	set_up(property_check_lead_days=14)
	frappe.db.delete(PLAN)


def planned(due: str | None = "2026-05-10", interval: int = 30, kind: str = "Condition", **values) -> str:
	"""An item in store with one row of a plan."""
	item = lay_item(**{"first_entry_on": "2026-01-01", "received_qty": 1, "on_hand": 1, **values})
	row = {"parent": item, "parenttype": ITEM, "parentfield": "check_plan", "idx": 1}
	frappe.get_doc({"doctype": PLAN, **row, "check_kind": kind, "interval_days": interval, "due_on": due}).db_insert()
	return item


def checks_of(item: str, **filters) -> list:
	names = frappe.get_all(
		DOCTYPE, {"customer_property": item, **filters}, pluck="name", order_by="creation asc, name asc"
	)
	return [frappe.get_doc(DOCTYPE, name) for name in names]


def opened(**values):
	item = planned(**values)
	checks.open_due()
	return checks_of(item)[-1]


def next_due(item: str):
	return frappe.db.get_value(PLAN, {"parent": item}, "due_on")


def close(check, by: str = "warehouse", result: str = "In Order", **values) -> dict:
	with as_person(by):
		return check_api.close(check.name, result, **values)


def clock_of(check):
	return frappe.get_doc("Service Clock", {"reference_doctype": DOCTYPE, "reference_name": check.name})


# --- the plan ------------------------------------------------------------------------------------------------------------


def test_a_new_item_is_checked_as_its_class_demands():
	"""Precision: condition every 90 days, calibration every 365; from 4 May 2026."""
	doc = frappe.new_doc(ITEM)
	doc.protection_class = "Precision"
	checks.plan_for(doc)
	assert [(row.check_kind, row.interval_days, str(row.due_on)) for row in doc.check_plan] == [
		("Condition", 90, "2026-08-02"),
		("Calibration", 365, "2027-05-04"),
	]


def test_a_plan_of_its_own_is_kept():
	doc = frappe.new_doc(ITEM)
	doc.protection_class = "Precision"
	doc.append("check_plan", {"check_kind": "Expiry", "due_on": "2026-12-31"})
	checks.plan_for(doc)
	assert [(row.check_kind, row.interval_days, row.due_on) for row in doc.check_plan] == [
		("Expiry", None, "2026-12-31")
	]


@pytest.mark.parametrize(
	("rows", "words"),
	[
		([("Condition", -1)], "Row 1: the interval must not be negative"),
		([("Condition", 30), ("Condition", 60)], "Row 2: this kind of check is there twice"),
	],
)
def test_a_plan_that_cannot_be_is_refused(rows, words):
	doc = frappe.new_doc(ITEM)
	for number, (kind, interval) in enumerate(rows, 1):
		doc.append("check_plan", {"check_kind": kind, "interval_days": interval, "idx": number})
	with pytest.raises(PropertyError, match=words):
		checks.plan_for(doc)


# --- opening -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"due, is_opened", [("2026-05-18", True), ("2026-05-19", False), ("2026-04-01", True), (None, False)]
)
def test_a_check_opens_within_the_days_of_the_settings(due, is_opened):
	"""14 days from 4 May is 18 May, which counts."""
	item = planned(due)
	checks.open_due()
	assert bool(checks_of(item)) is is_opened


def test_an_open_check_knows_its_item_and_its_day():
	check = opened(property_name="Gauge", department="Warehouse")
	assert (check.property_name, check.department, str(check.due_on)) == ("Gauge", "Warehouse", "2026-05-10")
	assert (check.workflow_state, check.state_category) == ("Due", "Open") and check.customer
	limit = clock_of(check)
	assert (limit.clock, str(limit.due_at), limit.status) == ("Property Check", "2026-05-10 23:59:00", "Running")
	assert limit.escalation_rule == "Property Check Standard Escalation"


def test_run_again_it_opens_nothing_twice():
	item = planned()
	assert len(checks.open_due()) == 1 and checks.open_due() == []
	frappe.db.set_value(PLAN, {"parent": item}, "due_on", "2026-05-09")  # moved while the check is open
	assert checks.open_due() == [] and len(checks_of(item)) == 1


def test_the_next_check_may_be_due_on_the_same_day_as_one_that_is_done():
	"""Every 6 days, 14 days ahead: due on 10 May, done on 4 May, due on 10 May again; and so on, for ever."""
	check = opened(interval=6)
	item = check.customer_property
	for number in (1, 2, 3):
		assert close(check)["next_due_on"] == "2026-05-10"
		assert len(checks.open_due()) == 1 and checks.open_due() == []
		check = checks_of(item, state_category="Open")[0]
		assert len(checks_of(item)) == number + 1 and str(check.due_on) == "2026-05-10"


def test_one_of_two_processes_that_run_at_once_opens_a_check():
	"""Both have seen the same row of the plan as due; the table lets one in, and the other goes on."""
	frappe.db.rollback()  # what the other tests begin with is not to be kept
	item = planned()
	frappe.db.commit()
	row = frappe.db.get_value(PLAN, {"parent": item}, "name")
	values = {"item": item, "kind": "Condition", "due_on": "2026-05-10", "key": row}
	job = {"user": "Administrator", "method": f"{checks.__name__}._opened", "values": values}
	try:
		answers = at_once([job, job])
		frappe.db.rollback()
		assert [answer[:2] for answer in answers] == ["ok", "ok"], answers
		assert len(checks_of(item)) == 1
	finally:
		for check in checks_of(item):
			frappe.db.delete("Service Clock", {"reference_name": check.name})
			frappe.db.delete("Service Event", {"reference_name": check.name})
			frappe.db.delete(DOCTYPE, {"name": check.name})
		frappe.db.delete(PLAN, {"parent": item})
		frappe.db.delete(ITEM, {"name": item})
		frappe.db.commit()


def test_nothing_opens_while_the_process_is_off():
	item = planned()
	set_up(enable_customer_property=0)
	assert checks.open_due() == [] and not checks_of(item)
	set_up(enable_customer_property=1)
	assert len(checks.open_due()) == 1


def test_what_is_opened_is_committed_now_and_then(monkeypatch):
	"""5 rows, 2 at a time: committed after 2 and 4, and at the end by the scheduler."""
	items, commits = [planned() for _number in range(5)], []
	monkeypatch.setattr(checks, "PART", 2)
	monkeypatch.setattr(frappe.db, "commit", lambda: commits.append(sum(len(checks_of(item)) for item in items)))
	assert len(checks.open_due()) == 5 and commits == [2, 4]


def test_two_processes_cannot_open_the_same():
	"""Whatever both saw before: the second insert is refused by the table itself, and nothing else is undone."""
	item = planned()
	row = frappe.db.get_value(PLAN, {"parent": item}, "name")
	assert checks._opened(item, "Condition", "2026-05-10", row)
	assert checks._opened(item, "Condition", "2026-05-11", row) is None  # nor for another day
	assert len(checks_of(item)) == 1


def test_killed_half_way_the_next_run_does_the_rest(monkeypatch):
	items, real = [planned() for _number in range(4)], checks._opened
	done = []

	def dies(*args):
		if len(done) == 2:
			raise KeyboardInterrupt
		done.append(real(*args))
		return done[-1]

	monkeypatch.setattr(checks, "_opened", dies)
	with pytest.raises(KeyboardInterrupt):
		checks.open_due()
	monkeypatch.setattr(checks, "_opened", real)
	checks.open_due()
	assert [len(checks_of(item)) for item in items] == [1, 1, 1, 1]


def test_one_that_fails_stops_no_other():
	broken, sound = planned(), planned()
	frappe.db.set_value(PLAN, {"parent": broken}, "check_kind", "No Such Kind")
	checks.open_due()
	assert not checks_of(broken) and len(checks_of(sound)) == 1


@pytest.mark.parametrize("values", [{"state_category": "Closed"}, {"state_category": "Cancelled"}, {"received_qty": 0}])
def test_what_has_left_or_not_come_is_not_checked(values):
	item = planned(**values)
	checks.open_due()
	assert not checks_of(item)


# --- doing ---------------------------------------------------------------------------------------------------------------


def test_a_check_that_is_done_sets_the_next():
	"""Every 30 days, done on 4 May: 3 June."""
	check = opened()
	assert close(check)["next_due_on"] == "2026-06-03"
	check.reload()
	assert (check.workflow_state, check.done_by, str(check.done_on)) == ("Closed", email("warehouse"), "2026-05-04")
	assert str(next_due(check.customer_property)) == "2026-06-03"
	limit = clock_of(check)
	assert (limit.status, limit.is_breached) == ("Stopped", 0)
	assert checks.open_due() == []


def test_the_next_day_may_be_another():
	check = opened()
	close(check, done_on="2026-05-02", next_due_on="2026-12-01")
	assert str(next_due(check.customer_property)) == "2026-12-01"


def test_a_check_without_an_interval_happens_once():
	check = opened(interval=0)
	assert close(check)["next_due_on"] == ""
	assert next_due(check.customer_property) is None and checks.open_due() == []


def test_a_form_that_is_open_does_not_write_the_old_day_back():
	doc_item = make_item(check_plan=[{"check_kind": "Condition", "interval_days": 30, "due_on": "2026-05-10"}])
	post(doc_item, "Receive", 1)
	stale = frappe.get_doc(ITEM, doc_item.name)
	checks.open_due()
	close(checks_of(doc_item.name)[0])
	with pytest.raises(frappe.TimestampMismatchError):
		stale.save()


@pytest.mark.parametrize(
	("values", "error", "words"),
	[
		({"result": ""}, PropertyError, "Result"),
		({"result": "Perhaps"}, CustomerServiceError, ""),
		({"done_on": "2026-05-06"}, FutureDateError, "future"),
		({"next_due_on": "2026-05-04"}, PropertyError, "must be after"),
		({"result": "Not in Order"}, PropertyError, "What Was Found"),
		({"result": "Not in Order", "findings": "Rust."}, PropertyError, "Kind of Abnormality"),
	],
)
def test_what_is_missing_or_cannot_be_is_refused(values, error, words):
	check = opened()
	error = frappe.ValidationError if values.get("result") == "Perhaps" else error
	with pytest.raises(error, match=words):
		close(check, **{"result": "In Order", **values})
	assert frappe.db.get_value(DOCTYPE, check.name, "state_category") == "Open"


def test_what_is_not_in_order_is_reported():
	"""D-5."""
	check = opened()
	done = close(check, result="Not in Order", findings="Rust on the edge.", event_kind="Damage")
	event = frappe.get_doc("Property Event", done["property_event"])
	assert (event.customer_property, event.kind, event.description) == (
		check.customer_property,
		"Damage",
		"Rust on the edge.",
	)
	assert event.reporting_department == "Warehouse"
	check.reload()
	assert check.property_event == event.name and str(next_due(check.customer_property)) == "2026-06-03"


def test_a_check_that_is_late_is_marked_and_escalated():
	check = opened()
	frappe.flags.service_now = at("2026-05-11 09:00")
	clock_sweep.run()
	assert clock_of(check).is_breached == 1
	close(check)
	assert clock_of(check).status == "Stopped"


@pytest.mark.parametrize("person", ["clerk", "general_manager", "employee", "engineer"])
def test_others_do_not_close_a_check(person):
	"""The engineer's department keeps another item."""
	check = opened()
	with pytest.raises((frappe.PermissionError, WorkflowPermissionError, WorkflowTransitionError)):
		close(check, by=person)


def test_the_department_of_the_check_closes_it():
	check = opened(department="Engineering")
	assert close(check, by="engineer")["state"] == "Closed"


def test_only_managers_and_heads_leave_a_check_out_and_say_why():
	check = opened()
	for person in ("warehouse", "engineer", "clerk"):
		with pytest.raises((frappe.PermissionError, WorkflowPermissionError, WorkflowTransitionError)):
			go(check, "Cancel Check", by=person)
	with pytest.raises(PropertyError, match="What Was Found"):
		go(check, "Cancel Check", by="manager")
	check = frappe.get_doc(DOCTYPE, check.name)
	check.findings = "At the customer's."
	check.save()
	go(check, "Cancel Check", by="manager")
	assert str(next_due(check.customer_property)) == "2026-06-09" and clock_of(check).status == "Cancelled"
	assert checks.open_due() == []


def test_a_check_that_has_ended_does_not_change():
	check = opened()
	close(check)
	check.reload()
	check.findings = "Something else."
	with pytest.raises(RecordClosedError):
		check.save()
	with pytest.raises(DeletionRefusedError):
		frappe.delete_doc(DOCTYPE, check.name)


def test_no_request_sets_what_follows():
	check = opened()
	check.update({"done_by": "Administrator", "plan_row": "x", "property_event": None, "customer": None})
	check.save()
	check.reload()
	row = frappe.db.get_value(PLAN, {"parent": check.customer_property}, "name")
	assert not check.done_by and check.plan_row == row and check.customer


def test_a_person_may_make_a_check():
	item = planned(due="2026-12-01")
	with as_person("warehouse"):
		check = frappe.get_doc(
			{"doctype": DOCTYPE, "customer_property": item, "check_kind": "Condition", "due_on": "2026-05-05"}
		).insert()
	assert close(check)["next_due_on"] == "2026-06-03" and str(next_due(item)) == "2026-06-03"
	frappe.db.set_value(ITEM, item, "state_category", "Closed")
	with pytest.raises(PropertyError, match="has left"):
		frappe.get_doc(
			{"doctype": DOCTYPE, "customer_property": item, "check_kind": "Expiry", "due_on": "2026-05-05"}
		).insert()


# --- what happens to the item --------------------------------------------------------------------------------------------


def test_checks_of_what_has_left_are_cancelled_and_come_back_with_it():
	check = opened()
	item = check.customer_property
	checks.follow_item(item)
	assert checks_of(item, state_category="Open")
	frappe.db.set_value(ITEM, item, "state_category", "Closed")
	checks.follow_item(item)
	assert not checks_of(item, state_category="Open") and clock_of(check).status == "Cancelled"
	frappe.db.set_value(ITEM, item, "state_category", "Open")
	checks.open_due()
	assert len(checks_of(item, state_category="Open")) == 1


@pytest.mark.parametrize("shots, is_due", [(9999, False), (10000, True), (12000, True)])
def test_maintenance_is_due_by_shots(shots, is_due):
	item = lay_item(maintenance_shots=10000, shot_count=50000 + shots, shots_at_maintenance=50000)
	checks.follow_shots(item)
	assert [check.check_kind for check in checks_of(item)] == (["Maintenance"] if is_due else [])


def test_a_maintenance_opens_once_and_starts_the_shots_anew():
	"""Due at 10,000; done at 10,500; the next is due at 20,500."""
	item = lay_item(maintenance_shots=10000, shot_count=10000, shots_at_maintenance=0)
	checks.follow_shots(item)
	frappe.db.set_value(ITEM, item, "shot_count", 10500)
	checks.follow_shots(item)
	found = checks_of(item)
	assert len(found) == 1 and str(found[0].due_on) == "2026-05-04" and email("warehouse") in told(found[0])
	close(found[0])
	assert frappe.db.get_value(ITEM, item, "shots_at_maintenance") == 10500
	for shots, count in ((20499, 1), (20500, 2)):
		frappe.db.set_value(ITEM, item, "shot_count", shots)
		checks.follow_shots(item)
		assert len(checks_of(item)) == count, shots


def test_a_maintenance_that_is_left_out_is_due_again_after_as_many_shots():
	"""Due at 10,000, left out at 10,500; the next is due at 20,500."""
	item = lay_item(received_qty=1, maintenance_shots=10000, shot_count=10500, shots_at_maintenance=0)
	checks.follow_shots(item)
	check = checks_of(item)[0]
	check.findings = "Out of use until June."
	check.save()
	go(check, "Cancel Check", by="manager")
	assert frappe.db.get_value(ITEM, item, "shots_at_maintenance") == 10500
	for shots, count in ((20499, 1), (20500, 2)):
		frappe.db.set_value(ITEM, item, "shot_count", shots)
		checks.follow_shots(item)
		assert len(checks_of(item)) == count, shots


def test_a_maintenance_of_a_day_that_is_left_out_says_nothing_of_shots():
	check = opened(kind="Maintenance", maintenance_shots=10000, shot_count=500)
	check.findings = "Out of use until June."
	check.save()
	go(check, "Cancel Check", by="manager")
	assert not frappe.db.get_value(ITEM, check.customer_property, "shots_at_maintenance")


@pytest.mark.parametrize(
	"values, is_left",
	[
		({"state_category": "Cancelled"}, False),
		({"received_qty": 0}, False),
		({"received_qty": 0, "first_entry_on": None}, True),
	],
)
def test_checks_of_what_was_cancelled_or_whose_receipt_was_taken_back_are_cancelled(values, is_left):
	"""What is still expected, and was never here, keeps a check that a person made for it."""
	check = opened()
	frappe.db.set_value(ITEM, check.customer_property, values)
	checks.follow_item(check.customer_property)
	assert bool(checks_of(check.customer_property, state_category="Open")) is is_left
	assert clock_of(check).status == ("Running" if is_left else "Cancelled")


def test_a_life_that_is_exceeded_is_told_to_who_is_in_charge():
	item = lay_item(maximum_shots=100, shot_count=100)
	checks.follow_shots(item)
	assert not told(frappe._dict(name=item))
	frappe.db.set_value(ITEM, item, "shot_count", 101)
	checks.follow_shots(item)
	assert email("materials_reviewer") in told(frappe._dict(name=item))


def test_a_site_without_a_kind_for_shots_is_told():
	frappe.db.set_value("Property Check Kind", "Maintenance", "is_maintenance", 0)
	item = lay_item(maintenance_shots=1, shot_count=1)
	with pytest.raises(PropertyError, match="No kind of check"):
		checks.follow_shots(item)
