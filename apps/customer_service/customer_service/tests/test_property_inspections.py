"""Incoming inspection of customers' property (D-2): samples, measured values, engineering's word, verdict, the customer's decision."""

import frappe
import pytest

from customer_service.customer_property import inspection_api, inspections, sampling, scan_api, wording
from customer_service.customer_property.report.customer_property_register import customer_property_register
from customer_service.customer_property.report.property_ledger import property_ledger
from customer_service.exceptions import (
	CustomerServiceError,
	DeletionRefusedError,
	FutureDateError,
	LedgerError,
	PropertyError,
	RecordClosedError,
)
from customer_service.tests import properties
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, go, make_customer
from customer_service.tests.forked import at_once
from customer_service.tests.inspections import (
	DOCTYPE,
	ITEM,
	condition,
	decide,
	failed,
	kinds,
	measured,
	opened,
	partly,
	passed,
	told,
	write,
)
from customer_service.tests.production import acting, set_up
from customer_service.tests.production import told as who_was_told

API = "customer_service.customer_property.inspection_api"
PLAN = "Normal Inspection, Level II, AQL 1.0"


def fresh(doc):
	return frappe.get_doc(doc.doctype, doc.name)


# --- what an inspection begins with ------------------------------------------------------------------------------------


def test_receipt_opens_an_inspection_with_what_is_known():
	customer = make_customer(phone="+86 512 5550 1")
	doc = opened(customer=customer.name)
	assert (doc.department, doc.property_department, doc.place) == (
		"Incoming Inspection",
		"Materials",
		"Receiving Area",
	)
	assert (doc.lot_qty, doc.unit, doc.round, doc.workflow_state) == (100, "pcs", 1, "In Inspection")
	assert (doc.sampling_plan, doc.sample_size, doc.accept_up_to, doc.reject_from) == (PLAN, 13, 0, 1)
	assert (doc.contact_person, doc.contact_email) == ("Li Example", customer.contacts[0].email)
	assert (doc.contact_phone, doc.needs_engineering, doc.proposed) == ("+86 512 5550 1", 0, "")


@pytest.mark.parametrize(
	"lot, sample, accept, reject",
	[
		(1, 1, 0, 1),
		(13, 13, 0, 1),
		(14, 13, 0, 1),
		(150, 13, 0, 1),
		(151, 50, 1, 2),
		(3200, 125, 3, 4),
		(99000, 500, 10, 11),
	],
)
def test_sample_follows_the_row_for_the_lot(lot, sample, accept, reject):
	row = sampling.row_of(PLAN, lot)
	assert (row.sample_size, row.accept_up_to, row.reject_from) == (sample, accept, reject)


def test_empty_sample_is_every_piece_and_a_part_of_one_counts_whole():
	assert sampling.row_of("Every Piece", 12.5).sample_size == 13


@pytest.mark.parametrize("lot, sample, reject", [(0.5, 1, 1), (13.5, 13, 1), (150.5, 50, 2)])
def test_lot_with_a_part_of_a_piece_lies_between_no_rows(lot, sample, reject):
	row = sampling.row_of(PLAN, lot)  # rows 1 to 13, 14 to 150, 151 to …
	assert (row.sample_size, row.reject_from) == (sample, reject)


def test_lot_that_no_row_covers_is_refused():
	rows = [{"lot_from": 1, "lot_to": 10, "sample_size": 5, "reject_from": 1}]
	frappe.get_doc({"doctype": "Sampling Plan", "plan_name": "Up to Ten", "rows": rows}).insert()
	assert sampling.row_of("Up to Ten", 9.5).sample_size == 5
	with pytest.raises(PropertyError, match="no row for a lot of 10.5"):
		sampling.row_of("Up to Ten", 10.5)


def test_sample_may_be_larger_than_the_plan_asks_not_smaller():
	doc = write(opened(), sample_size=20)
	assert doc.sample_size == 20
	for size in (12, 101):
		with pytest.raises(PropertyError, match="at least 13 and at most 100"):
			write(doc, sample_size=size)


def test_another_plan_gives_another_sample():
	assert write(opened(), sampling_plan="Every Piece").sample_size == 100


def test_inspection_by_hand_takes_what_waits_and_nothing_twice():
	item = properties.make_item()
	properties.post(item, "Receive", 50)
	make = lambda: frappe.get_doc({"doctype": DOCTYPE, "customer_property": item.name}).insert()  # noqa: E731
	assert acting("inspector", make).lot_qty == 50
	with pytest.raises(PropertyError, match="Nothing of"):
		acting("inspector", make)


# --- measured values ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"values, low, high, outside",
	[
		("10.01 9.98; 10.05", 9.95, 10.05, 0),  # both limits still conform
		("10.051；9.949  10", 9.95, 10.05, 2),
		("-0.01 0 0.01", -0.02, 0, 1),  # 0 is a limit beside another one
		("4 5 6", 5, 0, 1),  # no upper limit
		("0.04 0.06", 0, 0.05, 1),
		("0.1 0.3", 0.3, 0.3, 1),
		("good", 9, 11, None),
		("10 11", 0, 0, None),  # no limits
		("", 9, 11, None),
	],
)
def test_values_outside_the_limits_are_counted(values, low, high, outside):
	row = frappe._dict(idx=1, characteristic="Width", measured=values, lower_limit=low, upper_limit=high)
	assert sampling.outside_of(row) == outside


def test_values_fill_defects_result_and_proposal():
	doc = measured(opened(), "10.01 10.06 9.90")
	row = doc.characteristics[0]
	assert (row.defects, row.result, doc.defects_found, doc.proposed) == (2, "Not Conforming", 2, "Rejected")
	doc = measured(doc, "10.01 10.02 9.98")
	assert (doc.characteristics[0].result, doc.defects_found, doc.proposed) == ("Conforming", 0, "Accepted")


def test_corrected_value_of_a_stored_row_counts_anew():
	doc = measured(opened(), "10.01 10.06")
	rows = [{**doc.characteristics[0].as_dict(), "measured": "10.01 10.06 10.07"}]
	assert write(doc, characteristics=rows).characteristics[0].defects == 2


@pytest.mark.parametrize(
	"more, message",
	[
		({"values": "10.06", "result": "Conforming"}, "Row 1, Width: by the measured values it is Not Conforming"),
		({"values": "10.06 10.07", "defects": 1}, "Row 1, Width: 2 of the measured values"),
		({"values": "10 x"}, "Row 1, Width: x is no number"),
		({"values": "10", "low": 11, "high": 9}, "lower limit is above"),
		({"values": "scratched", "result": "Conforming", "defects": 2}, "conforming with 2 defects"),
		({"values": "scratched", "result": "Not Conforming"}, "say in how many pieces"),
		({"values": "scratched", "defects": -1}, "negative"),
	],
)
def test_contradiction_names_the_row(more, message):
	with pytest.raises(PropertyError) as refused:
		measured(opened(), **more)
	assert message in frappe.utils.strip_html(str(refused.value))


def test_defects_of_the_sample_are_at_least_those_of_a_characteristic():
	with pytest.raises(PropertyError, match="At least 2 defects"):
		write(measured(opened(), "10.06 10.07"), defects_found=1)


def test_between_acceptance_and_rejection_the_plan_proposes_nothing():
	plan = {
		"doctype": "Sampling Plan",
		"plan_name": "Between",
		"rows": [{"lot_from": 1, "sample_size": 5, "accept_up_to": 1, "reject_from": 3}],
	}
	frappe.get_doc(plan).insert()
	doc = write(opened(), sampling_plan="Between")
	assert [write(doc, defects_found=found).proposed for found in (1, 2, 3)] == ["Accepted", "", "Rejected"]


def test_first_values_are_noted_in_the_ledger_once():
	doc = opened()
	assert properties.state(doc.customer_property) == "Received" and not doc.inspector
	doc = measured(doc, "10")
	doc = measured(doc, "10 10")
	assert kinds(doc.customer_property) == [("Inspect", 100), ("Receive", 100)]
	assert doc.inspector == email("inspector") and properties.state(doc.customer_property) == "In Inspection"


# --- engineering -------------------------------------------------------------------------------------------------------


def confirm(doc, result="Met", note=None, by="engineer"):
	acting(by, inspection_api.confirm_requirements, doc.name, result, note)
	return fresh(doc)


def test_mould_passes_only_when_engineering_has_confirmed():
	doc = opened(1, "Mould")
	assert (doc.needs_engineering, doc.engineering_department) == (1, "Engineering")
	with pytest.raises(PropertyError, match="engineering has not confirmed"):
		passed(doc)
	frappe.clear_messages()
	doc = confirm(doc)
	assert (doc.engineering_result, doc.engineering_by) == ("Met", email("engineer"))
	assert passed(doc).workflow_state == "Passed"


def test_requirements_that_are_not_met_cannot_pass():
	doc = confirm(opened(1, "Mould"), "Not Met", "Ejector missing")
	with pytest.raises(PropertyError, match="not met"):
		passed(doc, verdict_reason="Urgent")
	assert failed(doc, defects_found=1).workflow_state == "Failed Inspection"


@pytest.mark.parametrize(
	"values, message",
	[
		({"result": "Perhaps"}, "one of"),
		({"result": "Not Met"}, "write what is not met"),
	],
)
def test_confirmation_is_one_of_two_and_gives_its_reason(values, message):
	with pytest.raises(PropertyError, match=message):
		confirm(opened(1, "Mould"), **values)


def test_others_than_engineering_and_the_inspector_himself_do_not_confirm():
	doc = opened(1, "Mould")
	with pytest.raises(frappe.PermissionError, match="Engineering"):
		confirm(doc, by="inspector")
	engineering = frappe.get_doc("Service Department", "Engineering")
	engineering.append("members", {"user": email("inspector")})
	engineering.save()
	measured(doc, "10")
	with pytest.raises(PropertyError, match="somebody else than the inspector"):
		confirm(doc, by="inspector")


def test_engineering_is_asked_for_types_that_need_it_and_before_the_verdict():
	with pytest.raises(PropertyError, match="engineering is not asked"):
		inspection_api.confirm_requirements(opened().name, "Met")
	doc = failed(confirm(opened(1, "Mould")), defects_found=1)
	with pytest.raises(PropertyError, match="verdict is given"):
		confirm(doc)


def characteristic(**values) -> list[dict]:
	return [
		{"characteristic": "Width", "specification": "10 ± 0.05", "lower_limit": 9.95, "upper_limit": 10.05, **values}
	]


@pytest.mark.parametrize(
	"values",
	[
		{"technical_requirements": "Two cavities, hot runner"},
		{"characteristics": characteristic(upper_limit=10.5)},
		{"characteristics": characteristic(specification="10 ± 0.5")},
		{"characteristics": characteristic(characteristic="Length")},
		{"characteristics": [*characteristic(), {"characteristic": "Colour", "result": "Conforming"}]},
		{"characteristics": []},
	],
)
def test_confirmation_lapses_with_what_engineering_has_seen(values):
	doc = write(opened(1, "Mould"), technical_requirements="Two cavities", characteristics=characteristic())
	doc = write(confirm(doc), **values)
	assert not any(doc.get(field) for field in inspections.OF_ENGINEERING)
	event = frappe.get_last_doc("Service Event", {"reference_name": doc.name, "event": "Approval Lapsed"})
	assert event.before_value == "Met"
	with pytest.raises(PropertyError, match="engineering has not confirmed"):
		passed(doc, characteristics=[])
	frappe.clear_messages()
	assert passed(confirm(write(fresh(doc), characteristics=[]))).workflow_state == "Passed"


def test_requirements_changed_with_the_step_itself_do_not_pass():
	doc = confirm(write(opened(1, "Mould"), technical_requirements="Two cavities"))
	frappe.db.set_value(DOCTYPE, doc.name, "engineering_seen", None)  # confirmed before it was kept
	doc.reload()
	with pytest.raises(PropertyError, match="engineering has not confirmed"):
		write(doc, technical_requirements="Four cavities", workflow_state="Passed")


def test_measured_values_leave_the_confirmation():
	doc = write(opened(1, "Mould"), technical_requirements="Two cavities", characteristics=characteristic())
	doc = confirm(doc)
	rows = [{**doc.characteristics[0].as_dict(), "measured": "10.01"}]
	doc = write(doc, characteristics=rows, remarks="Measured at 20 °C")
	assert (doc.engineering_result, doc.characteristics[0].result) == ("Met", "Conforming")
	assert passed(doc).verdict == "Accepted"


# --- verdict -----------------------------------------------------------------------------------------------------------


def test_passed_lot_is_usable_and_noted_on_its_receipt():
	doc = passed(measured(opened(), "10 10.01"))
	assert (doc.verdict, doc.accepted_qty, doc.rejected_qty) == ("Accepted", 100, 0)
	assert (doc.decided_by, doc.inspected_on) == (email("inspector"), frappe.utils.getdate())
	assert condition(doc.customer_property) == (0, 100, 0)
	receipt = frappe.get_doc("Property Receipt", doc.property_receipt)
	assert (receipt.lines[0].verdict, receipt.lines[0].accepted_qty) == ("Accepted", 100)
	assert receipt.workflow_state == "Completed"


def test_verdict_holds_its_receipt_first_as_a_reversal_does(monkeypatch):
	doc, held, run = measured(opened(), "10"), [], frappe.db.sql

	def listen(query, *args, **values):
		if "FOR UPDATE" in str(query).upper():
			held.extend(
				table for table in ("tabProperty Receipt`", f"tab{DOCTYPE}`", f"tab{ITEM}`") if table in str(query)
			)
		return run(query, *args, **values)

	monkeypatch.setattr(frappe.db, "sql", listen)
	passed(doc)
	assert list(dict.fromkeys(held)) == ["tabProperty Receipt`", f"tab{DOCTYPE}`", f"tab{ITEM}`"]


def test_failed_lot_is_rejected_and_materials_and_the_warehouse_are_told():
	doc = failed()
	assert (doc.verdict, doc.accepted_qty, doc.rejected_qty) == ("Rejected", 0, 100)
	assert condition(doc.customer_property) == (0, 0, 100)
	assert properties.state(doc.customer_property) == "Rejected"
	assert who_was_told(doc) == {email("materials_reviewer"), email("warehouse")}


def test_partly_accepted_lot_is_divided():
	doc = partly()
	assert condition(doc.customer_property) == (0, 60, 40)
	row = frappe.get_doc("Property Receipt", doc.property_receipt).lines[0]
	assert (row.verdict, row.accepted_qty, row.rejected_qty) == ("Partly Accepted", 60, 40)


@pytest.mark.parametrize("accepted, rejected", [(60, 41), (100, 0), (0, 100), (-10, 110), (0, 0)])
def test_accepted_and_rejected_are_the_lot(accepted, rejected):
	with pytest.raises(PropertyError, match="do not fit"):
		partly(accepted=accepted, rejected=rejected)


def test_rejection_and_a_verdict_against_the_plan_have_a_reason():
	with pytest.raises(PropertyError, match="reason of the rejection"):
		failed(reason="")
	doc = measured(opened(), "10.06")
	with pytest.raises(PropertyError, match="the sampling plan rejects the lot"):
		passed(doc)
	frappe.clear_messages()
	assert passed(doc, verdict_reason="Agreed with the customer by phone").verdict == "Accepted"


def test_step_and_verdict_are_the_same():
	with pytest.raises(PropertyError, match="the verdict is Rejected"):
		passed(opened(), verdict="Rejected", verdict_reason="x")
	with pytest.raises(PropertyError, match="the verdict is Accepted"):
		failed(verdict="Accepted")


def test_every_characteristic_has_a_result():
	doc = write(opened(), characteristics=[{"characteristic": "Colour"}])
	with pytest.raises(PropertyError, match="give the result of row 1"):
		passed(doc)


def test_day_of_inspection_is_not_in_the_future():
	with pytest.raises(FutureDateError):
		passed(opened(), inspected_on=frappe.utils.add_days(frappe.utils.getdate(), 2))


@pytest.mark.parametrize("by", ["quality_reviewer", "engineer", "materials_reviewer", "plant"])
def test_other_departments_give_no_verdict(by):
	doc = opened(1, "Mould")
	with pytest.raises((frappe.PermissionError, frappe.exceptions.ValidationError)):
		go(doc, "Pass Lot", by=by)
	assert fresh(doc).workflow_state == "In Inspection"


@pytest.mark.parametrize("by", ["clerk", "warehouse", "materials_reviewer", "engineer"])
def test_others_write_nothing_down(by):
	with pytest.raises(frappe.PermissionError):
		write(opened(1, "Mould"), by=by, technical_requirements="none")


def test_inspector_belongs_to_the_department():
	with pytest.raises(PropertyError, match="does not belong"):
		write(opened(), inspector=email("clerk"))


def test_what_was_found_stays_after_the_verdict():
	doc = failed(measured(opened(), "10.06"))
	for values in (
		{"verdict_reason": "other"},
		{"defects_found": 9},
		{"characteristics": []},
		{"inspected_on": "2020-01-01"},
	):
		with pytest.raises(RecordClosedError):
			write(doc, **values)
	assert write(doc, contact_phone="+86 1").contact_phone == "+86 1"


def test_no_request_sets_what_follows():
	values = {
		"lot_qty": 5,
		"accept_up_to": 9,
		"engineering_result": "Met",
		"customer_decision": "Scrap",
		"started_at": "2020-01-01 00:00:00",
	}
	doc = write(opened(), **values, technical_requirements="x")
	assert (doc.lot_qty, doc.accept_up_to, doc.engineering_result, doc.customer_decision) == (100, 0, "", "")
	assert doc.started_at is None


def test_inspection_is_not_deleted():
	with pytest.raises(DeletionRefusedError):
		frappe.delete_doc(DOCTYPE, opened().name)


def test_receipt_taken_back_ends_its_inspection():
	doc = opened()
	inspections.withdraw([doc.name])
	assert fresh(doc).workflow_state == "Cancelled"
	lot = failed()
	inspections.withdraw([lot.name])
	assert fresh(lot).workflow_state == "Failed Inspection"


# --- the customer's decision -------------------------------------------------------------------------------------------


def test_customer_is_told_by_phone_then_decides():
	doc = told()
	assert (doc.workflow_state, doc.told_via, doc.told_to) == ("Customer Told", "Phone", "Li Example")
	doc = decide(doc, "Return", remark="Truck comes <b>Monday</b>")
	assert (doc.workflow_state, doc.customer_decision, doc.customer_decided_via) == (
		"Customer Decided",
		"Return",
		"Staff",
	)
	assert doc.customer_remark == "Truck comes Monday" and doc.customer_decided_by == "Li Example"
	assert condition(doc.customer_property) == (0, 0, 100)  # the warehouse returns it by a movement
	assert go(doc, "Close Inspection", by="materials_reviewer").workflow_state == "Closed"


@pytest.mark.parametrize("via, to", [("Mail", "Li"), ("Telepathy", "Li"), ("Phone", " "), ("Phone", "<b></b>")])
def test_being_told_has_a_way_and_a_person(via, to):
	with pytest.raises(PropertyError):
		acting("clerk", inspection_api.record_told, failed().name, via, to)


def test_decision_needs_that_he_was_told_and_is_one():
	doc = failed()
	with pytest.raises(PropertyError, match="record first that the customer was told"):
		decide(doc, "Scrap")
	doc = told(doc)
	for decision, person in (("Burn", "Li Example"), ("Scrap", " ")):
		with pytest.raises(PropertyError):
			decide(doc, decision, person=person)
	decide(doc, "Scrap")
	with pytest.raises(PropertyError, match="decided already"):
		decide(doc, "Return")
	assert fresh(doc).customer_decision == "Scrap"


def test_use_as_is_makes_it_usable_and_closes():
	doc = decide(told(partly()), "Use As Is")
	assert condition(doc.customer_property) == (0, 100, 0) and doc.workflow_state == "Closed"
	assert ("Use As Is", 40) in kinds(doc.customer_property)


def test_sort_opens_the_next_round_whose_verdict_completes_the_first():
	doc = decide(told(partly()), "Sort")
	assert condition(doc.customer_property) == (40, 60, 0) and doc.workflow_state == "Closed"
	second = frappe.get_doc(DOCTYPE, {"previous": doc.name})
	assert (second.round, second.lot_qty, second.property_receipt) == (2, 40, doc.property_receipt)
	partly(second, accepted=35, rejected=5)
	assert condition(doc.customer_property) == (0, 95, 5)
	row = frappe.get_doc("Property Receipt", doc.property_receipt).lines[0]
	assert (row.verdict, row.accepted_qty, row.rejected_qty) == ("Partly Accepted", 95, 5)


def test_replacement_is_expected_in_the_register():
	doc = decide(told(partly()), "Replace")
	new = frappe.get_doc(ITEM, {"replaces": doc.customer_property})
	assert (new.expected_qty, new.workflow_state, new.customer) == (40, "Expected", doc.customer)
	assert condition(doc.customer_property) == (0, 60, 40)


def test_rejected_pieces_that_were_moved_are_found():
	doc = told()
	properties.post(doc.customer_property, "Transfer", 30, taken_from="Rejected", to_place=properties.shelf())
	decide(doc, "Use As Is")
	assert condition(doc.customer_property) == (0, 100, 0)


def test_rejected_pieces_that_are_gone_cannot_be_used():
	doc = told()
	properties.post(doc.customer_property, "Return to Customer", 30, taken_from="Rejected")
	with pytest.raises((PropertyError, LedgerError)):
		decide(doc, "Use As Is")


@pytest.mark.parametrize("by", ["plant", "quality_reviewer", "engineer", "warehouse", "general_manager", "employee"])
def test_others_neither_tell_nor_decide(by):
	doc = told(failed(confirm(opened(1, "Mould")), defects_found=1))
	for call in (
		lambda: acting(by, inspection_api.record_told, doc.name, "Phone", "Li"),
		lambda: decide(doc, "Scrap", by=by),
		lambda: acting(by, inspection_api.tell, doc.name),
	):
		with pytest.raises(frappe.PermissionError):
			call()


def test_decisions_at_the_same_moment_are_one():
	doc = told()
	frappe.db.commit()
	values = {"name": doc.name, "by": "Li Example"}
	jobs = [
		{"user": email("clerk"), "method": f"{API}.record_decision", "values": {**values, "decision": decision}}
		for decision in ("Scrap", "Return", "Use As Is", "Sort")
	]
	said = at_once(jobs)
	assert sorted(each.partition(":")[0] for each in said) == ["PropertyError"] * 3 + ["ok"], said
	frappe.db.rollback()
	events = frappe.get_all("Service Event", {"reference_name": doc.name, "event": "Customer Decided"})
	assert len(events) == 1


def test_words_of_property_are_those_of_lots():
	"""What is 同意 and 已驳回 of requests elsewhere is a verdict on a lot here (D-2, D-4)."""
	frappe.local.lang = "zh"
	try:
		assert [wording.of_kind(kind) for kind in ("Accept", "Reject", "Sort")] == ["判定合格", "判定不合格", "挑选"]
		states = [wording.of_state(state) for state in ("Expected", "Accepted", "Rejected", None)]
		assert states == ["待到货", "判定合格", "不合格", ""]
		assert wording.of_condition("Rejected") == "不合格"
	finally:
		frappe.local.lang = "en"


def test_scan_page_register_and_ledger_show_the_words_of_property():
	item = failed().customer_property
	seen = scan_api.look_up(item)
	assert seen["state"] == "Nonconforming"
	taken = [field for action in seen["actions"] for field in action["fields"] if field["fieldname"] == "taken_from"]
	assert {option["label"] for field in taken for option in field["options"]} == {"Nonconforming"}
	entries = [row["entry"] for row in property_ledger.execute({"customer_property": item})[1]]
	assert "Rejected by Inspection" in entries and "Reject" not in entries
	customer = frappe.db.get_value(ITEM, item, "customer")
	rows = customer_property_register.execute({"customer": customer})[1]
	assert [row.status for row in rows] == ["Nonconforming"]


def test_settings_name_who_inspects():
	set_up(property_inspection_department="Quality Department")
	assert opened().department == "Quality Department"


def test_doors_of_the_api_obey(client):
	doc = opened()
	frappe.db.commit()
	with pytest.raises(Refused) as refused:
		client("plant").get(DOCTYPE, doc.name)
	assert refused.value.status == 403
	with pytest.raises(Refused):
		client("clerk").update(DOCTYPE, doc.name, verdict="Accepted")
	with pytest.raises(Refused):
		client("inspector").update(DOCTYPE, doc.name, workflow_state="Customer Decided")
	assert (
		client("inspector").update(DOCTYPE, doc.name, defects_found=0, remarks="x")["workflow_state"] == "In Inspection"
	)
	assert issubclass(PropertyError, CustomerServiceError)
