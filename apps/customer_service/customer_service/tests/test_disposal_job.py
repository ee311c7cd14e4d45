"""Carrying a disposal out: killed, twice at once, nothing left behind, links to what is gone (J-4, L5)."""

import os
import signal

import frappe
import pytest

from customer_service.controlled_forms import disposal, removal
from customer_service.tests.disposals import (
	approved,
	carry_out,
	drop,
	ended,
	fresh,
	log_of,
	start,
	surround,
	tables_holding,
)

# ---- Links to what is gone --------------------------------------------------------------------------------


def test_record_that_another_app_links_to_is_kept(kept):
	case = ended()
	contact = frappe.get_doc({"doctype": "Contact", "first_name": "Li"})
	contact.append("links", {"link_doctype": "Complaint", "link_name": case.name})
	contact.insert()
	request = carry_out(approved(case))
	assert request.records[0].status == "Refused" and contact.name in request.records[0].outcome
	frappe.delete_doc("Contact", contact.name, force=True)


def test_number_of_a_disposed_record_stays_readable_where_it_is_linked(kept):
	case = ended()
	rows = [{"document_type": "Complaint", "document_name": case.name}]
	draft = frappe.get_doc({"doctype": "Record Disposal", "reason": "x", "records": rows}).insert()
	carry_out(approved(case))
	draft.reload()
	draft.reason = "changed after its record was disposed of"
	draft.save()
	assert fresh(draft).records[0].document_name == case.name
	invented = [{"document_type": "Complaint", "document_name": "CMP-1900-00001"}]
	with pytest.raises(frappe.LinkValidationError):
		frappe.get_doc({"doctype": "Record Disposal", "reason": "x", "records": invented}).insert()


# ---- Killed, and two at once ------------------------------------------------------------------------------


def test_killed_in_the_middle_of_a_row_and_run_again(kept):
	"""L5: killed with the third record removed and not committed."""
	cases = [ended() for _number in range(5)]
	request = approved(*cases)
	worker = start(request, 0.5)
	assert [worker.stdout.readline().strip() for _number in range(3)] == [case.name for case in cases[:3]]
	worker.send_signal(signal.SIGKILL)
	worker.wait()
	frappe.db.rollback()
	assert [row.status for row in fresh(request).records] == ["Done"] * 2 + ["Pending"] * 3
	assert fresh(request).state_category == "Resolved"
	assert [bool(frappe.db.exists("Complaint", case.name)) for case in cases] == [False] * 2 + [True] * 3
	frappe.db.rollback()
	disposal.carry_on()  # what the scheduler calls
	frappe.db.rollback()
	assert [row.status for row in fresh(request).records] == ["Done"] * 5
	assert fresh(request).state_category == "Closed"
	assert [entry.document_number for entry in log_of(request)] == [case.name for case in cases]


def test_two_at_once_do_no_row_twice(kept):
	cases = [ended() for _number in range(8)]
	request = approved(*cases)
	workers = [start(request, 0.1), start(request, 0.1)]
	done = [line for worker in workers for line in worker.communicate(timeout=120)[0].split()]
	assert [worker.returncode for worker in workers] == [0, 0]
	frappe.db.rollback()
	assert sorted(done) == [case.name for case in cases]
	assert [entry.document_number for entry in log_of(request)] == [case.name for case in cases]
	assert {row.status for row in fresh(request).records} == {"Done"}
	assert fresh(request).state_category == "Closed"
	states = frappe.get_all(
		"Service Event", {"reference_name": request.name, "after_value": "Carried Out"}, pluck="name"
	)
	assert len(states) == 1


# ---- Nothing is left --------------------------------------------------------------------------------------


def test_nothing_of_a_disposed_record_is_left(kept):
	marker = f"marker{frappe.generate_hash(length=12)}"
	case = ended(description=marker, contact_person=marker, reported_company=marker)
	path = surround(case, marker)
	assert os.path.exists(path)
	request = approved(case)
	assert len(tables_holding(marker)) >= 12, tables_holding(marker)
	carry_out(request)
	left = set(tables_holding(marker)) - {"tabTag"}  # a tag is a word of the site
	assert not left
	assert not os.path.exists(path)
	assert not frappe.db.exists("Print Job", {"records": ("like", f'%"{case.name}"%')})
	for doctype in ("Email Queue", "Guest Link", "DocShare", "Version", "Comment", "File"):
		fields = [row for row in removal.SATELLITES if row[0] == doctype]
		for _doctype, _field, name_field in fields:
			assert not frappe.db.exists(doctype, {name_field: case.name}), doctype


def test_file_that_another_record_has_too_stays_on_the_disk(kept):
	first, second = ended(), ended()
	content = frappe.generate_hash(length=20)
	paths = []
	for case in (first, second):
		values = {"file_name": "same.txt", "content": content, "is_private": 1}
		file = frappe.get_doc(
			{"doctype": "File", "attached_to_doctype": "Complaint", "attached_to_name": case.name, **values}
		).insert()
		paths.append(file.get_full_path())
	assert paths[0] == paths[1], "Frappe stores equal content once"
	carry_out(approved(first))
	assert os.path.exists(paths[1])
	drop(second)
	assert not os.path.exists(paths[1])
