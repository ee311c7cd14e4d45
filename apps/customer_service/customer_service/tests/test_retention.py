"""Retention, legal hold and the way to an approved disposal (J-4, G-3)."""

import frappe
import pytest
from frappe.client import set_value

from customer_service.controlled_forms import disposal, holds, retention
from customer_service.exceptions import (
	CaseRunningError,
	DeletionRefusedError,
	DisposalRefusedError,
	LegalHoldError,
	RecordClosedError,
	RetentionError,
)
from customer_service.organisation import content, events
from customer_service.tests import factories
from customer_service.tests.client import Refused
from customer_service.tests.disposals import (
	approved,
	carry_out,
	drop,
	ended,
	fresh,
	hold_on,
	log_of,
	place_hold,
	step,
)

DOORS = "customer_service.controlled_forms.disposal"

# ---- How long -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"ended_on, months, due",
	[
		("2025-03-15", 12, "2026-03-15"),
		("2025-01-31", 1, "2025-02-28"),  # February has no 31st: its last day
		("2024-01-31", 1, "2024-02-29"),
		("2024-02-29", 12, "2025-02-28"),
		("2025-08-31", 6, "2026-02-28"),
		("2025-12-01", 1, "2026-01-01"),
		("2025-03-15", 0, None),  # kept for ever
		(None, 12, None),  # not ended
	],
)
def test_retention_counts_calendar_months_from_the_end(ended_on, months, due):
	found = retention.due_since(frappe.utils.get_datetime(f"{ended_on} 23:59") if ended_on else None, months)
	assert (str(found) if found else None) == due


def test_longest_retention_of_the_forms_counts():
	"""J-4: 12 and 36 months on two forms of one DocType: 36."""
	for number, months in (("RET-1", 12), ("RET-2", 36), ("RET-3", 0)):
		make_form(number, "Service Customer", months)
	assert retention.months_of("Service Customer") == 36


def test_site_default_counts_where_no_form_says_anything():
	factories.set_retention("Contact Record", 0)
	assert retention.months_of("Contact Record") == 0
	settings = frappe.get_doc("Customer Service Settings")
	settings.default_retention_months = 24
	settings.save()
	assert retention.months_of("Contact Record") == 24


def make_form(number: str, doctype: str, months: int) -> None:
	frappe.get_doc(
		{"doctype": "Controlled Form", "form_number": number, "document_type": doctype, "retention_months": months}
	).insert()


def test_cancelled_case_counts_from_its_last_change_of_state(kept):
	case = ended(day="1970-05-01")
	frappe.db.set_value("Complaint", case.name, {"state_category": "Cancelled", "resolved_at": None})
	frappe.db.set_value("Complaint", case.name, "modified", "1975-01-01", update_modified=False)
	assert str(retention.ended_at(fresh(case)).date()) == "1975-01-01"
	events.record(case, "State Changed", "Received", "Cancelled", at=factories.at("1971-02-03 10:00"))
	assert str(retention.ended_at(fresh(case))) == "1971-02-03 10:00:00"


# ---- The list -----------------------------------------------------------------------------------------


def names_due(until, **kwargs):
	return [row.document_name for row in retention.due(until, "Complaint", **kwargs)]


def test_record_is_due_on_the_day_and_not_before(kept):
	"""31 January 1970 and 600 months: 31 January 2020."""
	case = ended("1970-01-31")
	running = factories.make_complaint()
	frappe.db.set_value("Complaint", running.name, "resolved_at", "1970-01-01")
	assert names_due("2020-01-30") == []
	assert names_due("2020-01-31") == [case.name]
	row = retention.due("2020-01-31", "Complaint")[0]
	assert (str(row.due_since), row.retention_months, row.title) == ("2020-01-31", 600, case.reported_company)


def test_held_records_are_left_out_unless_asked_for(kept):
	one, of_customer, free = ended(), ended(), ended()
	first, second = hold_on(one), place_hold(scope="All Records of a Customer", customer=of_customer.customer)
	assert names_due("2020-01-31") == [free.name]
	held = {row.document_name: row.legal_hold for row in retention.due("2020-01-31", "Complaint", with_held=True)}
	assert held == {one.name: first.name, of_customer.name: second.name, free.name: None}


def run_report(client, **filters):
	report = "Records Due for Disposal"
	return client.call("frappe.desk.query_report.run", report_name=report, filters=filters)["result"]


def test_report_shows_content_only_to_those_who_may_read_the_record(kept, client):
	case = ended()
	frappe.db.commit()
	for person, title in (("manager", case.reported_company), ("general_manager", case.reported_company)):
		rows = run_report(client(person), until="2020-01-31", document_type="Complaint")
		assert [row["title"] for row in rows if row["document_name"] == case.name] == [title]
	# the administrator of the service keeps rules and forms, but reads no complaints (permission table)
	row = [row for row in run_report(client("service_admin"), until="2020-01-31") if row["document_name"] == case.name][
		0
	]
	assert (row["title"], row["customer"]) == (None, None)
	for person in ("clerk", "quality_head", "employee", "warehouse"):
		with pytest.raises(Refused) as refused:
			run_report(client(person))
		assert refused.value.status == 403


def test_report_exports(kept, client):
	case = ended()
	frappe.db.commit()
	content = client("manager").request(
		"GET",
		"/api/method/frappe.desk.query_report.export_query",
		params={
			"report_name": "Records Due for Disposal",
			"file_format_type": "CSV",
			"filters": '{"until": "2020-01-31"}',
			"visible_idx": "[0,1,2,3,4,5,6,7,8,9,10,11,12]",
		},
	)
	assert case.name in content.text


# ---- The story ----------------------------------------------------------------------------------------


def test_from_the_list_to_the_log(kept, client):
	"""J-4, in order: due, requested, approved by another, carried out, logged; the number is never issued again (L1)."""
	case = ended()
	fingerprint = content.fingerprint(content.content_of(case))
	frappe.db.commit()
	manager, general = client("manager"), client("general_manager")
	assert case.name in [row["document_name"] for row in run_report(manager, until="2020-01-31")]

	request = manager.insert("Record Disposal", reason="Fifty years are over")["name"]
	assert manager.call(f"{DOORS}.collect_due", record_disposal=request, document_type="Complaint") == 1
	assert manager.call(f"{DOORS}.collect_due", record_disposal=request, document_type="Complaint") == 0, "twice"
	manager.workflow("Record Disposal", request, "Request Disposal")
	with pytest.raises(Refused):
		manager.workflow("Record Disposal", request, "Approve Disposal")
	with pytest.raises(Refused):
		general.workflow("Record Disposal", request, "Finish Disposal")
	general.workflow("Record Disposal", request, "Approve Disposal")
	with pytest.raises(Refused):
		general.workflow("Record Disposal", request, "Finish Disposal")  # before anything was done

	frappe.db.rollback()
	disposal.carry_out(request)
	done = frappe.get_doc("Record Disposal", request)
	assert (done.workflow_state, done.state_category, done.pending_rows) == ("Carried Out", "Closed", 0)
	assert [(row.document_name, row.status, row.title) for row in done.records] == [(case.name, "Done", None)]
	assert not frappe.db.exists("Complaint", case.name)
	(entry,) = log_of(done)
	assert (entry.document_type, entry.document_number, entry.method) == ("Complaint", case.name, "Delete")
	assert (entry.content_hash, entry.retention_months) == (fingerprint, 600)
	assert (str(entry.ended_at), entry.approved_by) == ("1970-01-31 12:00:00", factories.email("general_manager"))
	assert "HT-QR-MA-08" in entry.form_number
	trail = frappe.get_all("Service Event", {"reference_name": case.name}, ["event", "actor", "detail"])
	assert ("Disposed", factories.email("general_manager"), request) in [tuple(row.values()) for row in trail]

	after = factories.make_complaint()
	assert int(after.name.rsplit("-", 1)[1]) == int(case.name.rsplit("-", 1)[1]) + 1, "it was the last of its series"
	frappe.db.commit()


# ---- Who, and what may not be changed -------------------------------------------------------------------


def test_who_holds_both_roles_may_not_approve_his_own_request(kept, as_user):
	case = ended()
	both = factories.make_user("both@test.example.com", "Bo Both", ["Customer Service Manager", "General Manager"])
	frappe.set_user(both)
	rows = [{"document_type": "Complaint", "document_name": case.name}]
	request = frappe.get_doc({"doctype": "Record Disposal", "reason": "x", "records": rows}).insert()
	step(request, "Request Disposal")
	with pytest.raises(frappe.ValidationError):
		step(request, "Approve Disposal")
	# past Frappe's own check of the owner, our rule holds all the same
	frappe.db.set_value("Record Disposal", request.name, "owner", factories.email("manager"))
	request.reload()
	with pytest.raises(DisposalRefusedError):
		step(request, "Approve Disposal")


@pytest.mark.parametrize("person", ["clerk", "quality_head", "quality_reviewer", "employee", "warehouse", None])
def test_others_find_every_door_shut(person, client, kept):
	case = ended()
	request = approved(case)
	hold = place_hold(scope="All Records of a Customer", customer=factories.make_customer().name)
	frappe.db.commit()
	caller = client(person)
	doors = [
		lambda: caller.insert("Record Disposal", reason="x"),
		lambda: caller.get("Record Disposal", request.name),
		lambda: caller.call(f"{DOORS}.collect_due", record_disposal=request.name),
		lambda: caller.call(f"{DOORS}.collect_person", record_disposal=request.name),
		lambda: caller.call(f"{DOORS}.resume", record_disposal=request.name),
		lambda: caller.call("customer_service.controlled_forms.holds.release", legal_hold=hold.name, reason="x"),
		lambda: caller.insert("Legal Hold", customer=hold.customer, scope=hold.scope, reason="x"),
		lambda: caller.list("Disposal Log Entry"),
		lambda: caller.delete("Complaint", case.name),
	]
	for door in doors:
		with pytest.raises(Refused) as refused:
			door()
		assert refused.value.status in (403, 404), refused.value
	assert frappe.db.get_value("Legal Hold", hold.name, "is_active")
	carry_out(request)


def test_rows_are_frozen_once_requested(kept, client):
	case, other = ended(), ended()
	request = approved(case)
	manager = client("manager")
	rows = [
		*manager.get("Record Disposal", request.name)["records"],
		{"document_type": "Complaint", "document_name": other.name},
	]
	for change in ({"records": rows}, {"records": []}, {"purpose": "Personal Data Request"}, {"reason": "other"}):
		with pytest.raises(Refused):
			manager.update("Record Disposal", request.name, **change)
	assert [row.status for row in carry_out(request).records] == ["Done"]
	assert frappe.db.exists("Complaint", other.name)
	drop(other)


def test_a_client_cannot_mark_a_row_as_done(kept):
	case = ended()
	rows = [{"document_type": "Complaint", "document_name": case.name, "status": "Done", "title": "x"}]
	doc = frappe.get_doc(
		{"doctype": "Record Disposal", "reason": "x", "records": rows, "approved_by": "Guest"}
	).insert()
	assert (doc.records[0].status, doc.records[0].title, doc.approved_by) == ("Pending", case.reported_company, None)


def test_log_is_shut_to_everybody(kept, client):
	request = carry_out(approved(ended()))
	entry = frappe.get_doc("Disposal Log Entry", log_of(request)[0].name)
	general = client("general_manager")
	for door in (
		lambda: general.insert("Disposal Log Entry", document_type="Complaint", document_number="CMP-1"),
		lambda: general.update("Disposal Log Entry", entry.name, document_number="CMP-1"),
		lambda: general.delete("Disposal Log Entry", entry.name),
	):
		with pytest.raises(Refused):
			door()
	with pytest.raises(RecordClosedError):
		entry.save()
	with pytest.raises(RecordClosedError):
		frappe.copy_doc(entry).insert()
	with pytest.raises(DeletionRefusedError):
		entry.delete()
	with pytest.raises(frappe.ValidationError):
		frappe.rename_doc("Disposal Log Entry", entry.name, "other", force=True)
	with pytest.raises(RecordClosedError):
		set_value("Disposal Log Entry", entry.name, "document_number", "CMP-1")


def test_deletion_stays_refused_for_everybody_else(kept):
	case = ended()
	with pytest.raises(DeletionRefusedError):
		frappe.delete_doc("Complaint", case.name, force=True)
	request = frappe.get_doc({"doctype": "Record Disposal", "reason": "x"}).insert()
	for doc in (request, hold_on(case)):
		with pytest.raises(DeletionRefusedError):
			doc.delete()


# ---- Holds and retention are checked again at each row ----------------------------------------------------


def test_hold_placed_after_the_approval_keeps_the_record(kept):
	held, free, early, gone, reopened = ended(), ended(), ended(), ended(), ended()
	request = approved(held, free, early, gone, reopened)
	hold = hold_on(held)
	factories.end_case(early, "2020-06-30")  # closed again later: kept until 2070
	drop(gone)
	frappe.db.set_value("Complaint", reopened.name, "state_category", "Open")
	rows = {row.document_name: row for row in carry_out(request).records}
	assert rows[held.name].status == "Refused" and hold.name in rows[held.name].outcome
	assert rows[free.name].status == "Done"
	assert rows[early.name].status == "Refused" and "2070" in rows[early.name].outcome
	assert rows[gone.name].status == rows[reopened.name].status == "Refused"
	assert [entry.document_number for entry in log_of(request)] == [free.name]
	assert all(frappe.db.exists("Complaint", case.name) for case in (held, early, reopened))
	drop(held, early, reopened)


def test_record_that_is_not_due_or_held_cannot_be_requested(kept):
	for case in (ended("2020-01-01"), factories.make_complaint(), ended()):
		if case.state_category == "Closed" and str(case.resolved_at) < "1980":
			hold_on(case)
		rows = [{"document_type": "Complaint", "document_name": case.name}]
		request = frappe.get_doc({"doctype": "Record Disposal", "reason": "x", "records": rows}).insert()
		with pytest.raises(DisposalRefusedError):
			step(request, "Request Disposal")


def test_hold_is_released_with_a_reason_and_stays(kept, client):
	case = ended()
	hold = hold_on(case)
	frappe.db.commit()
	manager, release = client("manager"), "customer_service.controlled_forms.holds.release"
	with pytest.raises(Refused):
		manager.call(release, legal_hold=hold.name, reason=" ")
	with pytest.raises(Refused):
		manager.update("Legal Hold", hold.name, reason="another")
	manager.update("Legal Hold", hold.name, is_active=0)
	assert manager.get("Legal Hold", hold.name)["is_active"] == 1, "only by release"
	loaded = manager.read("frappe.desk.form.load.getdoc", doctype="Complaint", name=case.name).json()["docs"][0]
	assert loaded["__onload"]["legal_hold"] == hold.name
	clerk = client("clerk").read("frappe.desk.form.load.getdoc", doctype="Complaint", name=case.name).json()["docs"][0]
	assert "legal_hold" not in clerk["__onload"], "who may not read holds is not told"
	manager.call(release, legal_hold=hold.name, reason="Settled")
	stored = manager.get("Legal Hold", hold.name)
	assert (stored["is_active"], stored["released_by"]) == (0, factories.email("manager"))
	with pytest.raises(Refused):
		manager.call(release, legal_hold=hold.name, reason="again")


def test_who_lost_the_right_to_approve_carries_nothing_out(kept):
	"""L6: the job acts as the approver and asks again."""
	case = ended()
	user = factories.make_user("leaving@test.example.com", "Lea Leaving", ["General Manager"])
	request = approved(case)
	frappe.db.set_value("Record Disposal", request.name, "approved_by", user)
	frappe.get_doc("User", user).remove_roles("General Manager")
	with pytest.raises(DisposalRefusedError):
		disposal.carry_out(request.name)
	assert frappe.db.exists("Complaint", case.name)


def test_early_and_running_records_are_refused_by_name(kept):
	with pytest.raises(RetentionError, match="2070"):
		retention.refuse_early(ended("2020-06-30"))
	with pytest.raises(CaseRunningError):
		retention.refuse_early(factories.make_complaint())
	factories.set_retention("Complaint", 0)
	with pytest.raises(RetentionError, match="for ever"):
		retention.refuse_early(ended())
	case = ended()
	hold_on(case)
	with pytest.raises(LegalHoldError):
		holds.refuse(case)
