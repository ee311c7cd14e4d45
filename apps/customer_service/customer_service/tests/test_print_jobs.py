"""Many records at once (J-1, L5, L6): one PDF, a ZIP, a register and the audit pack, made in the background by a worker."""

import io
import os
import random
import re
import signal
import subprocess
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from time import sleep

import frappe
import pytest
from pypdf import PdfReader

from customer_service.controlled_forms import batch
from customer_service.exceptions import PrintRefusedError
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, make_complaint
from customer_service.tests.test_form_versions import text_of


@pytest.fixture
def complaints():
	"""Three committed complaints, told apart by their part numbers."""
	made = [make_complaint(part_no=f"JOB-{letter}", description=f"第{letter}件") for letter in "ABC"]
	frappe.db.commit()
	return [complaint.name for complaint in made]


def wait_for(client, name: str) -> dict:
	"""The job when the site's worker has ended it."""
	for _attempt in range(240):
		job = client.get("Print Job", name)
		if job["status"] in ("Done", "Failed"):
			return job
		sleep(0.25)
	raise AssertionError(f"the job did not end: {job}")


def result_of(client, job: dict) -> bytes:
	assert job["status"] == "Done", job
	return client.request("GET", job["result"]).content


def start(client, names: list[str], **values) -> str:
	return client.call("customer_service.controlled_forms.batch.start", doctype="Complaint", names=names, **values)


def test_one_pdf_holds_every_record_with_its_own_page_numbers(client, complaints):
	clerk = client("clerk")
	job = wait_for(clerk, start(clerk, complaints, language="zh"))
	content = result_of(clerk, job)
	pages = [text_of_page(page) for page in PdfReader(io.BytesIO(content)).pages]
	assert len(pages) == 3 and job["progress"] == 100 and job["total"] == 3
	for page, name in zip(pages, complaints, strict=True):
		assert name in page and re.search(r"1 ?/ ?1", page)
	assert [each.title for each in PdfReader(io.BytesIO(content)).outline] == [
		f"HT-QR-MA-08 A/0 · {name}" for name in complaints
	]


def text_of_page(page) -> str:
	return page.extract_text().replace("\xa0", " ")


def test_zip_holds_a_file_for_each(client, complaints):
	clerk = client("clerk")
	content = result_of(clerk, wait_for(clerk, start(clerk, complaints, output="ZIP")))
	with zipfile.ZipFile(io.BytesIO(content)) as archive:
		assert archive.namelist() == [f"{name}.pdf" for name in complaints]
		assert complaints[0] in text_of(archive.read(f"{complaints[0]}.pdf"))


def test_register_lists_them_in_both_languages(client, complaints):
	clerk = client("clerk")
	text = text_of(result_of(clerk, wait_for(clerk, start(clerk, complaints, kind="Register", language="both"))))
	assert "客户投诉 Complaint" in text and "主办部门 Lead Department" in text
	assert all(name in text for name in complaints)


def test_what_the_maker_may_not_print_is_left_out_and_said(client, complaints):
	hidden = make_complaint(lead_department="Materials", contact_window="Materials", assisting_departments=[])
	frappe.db.commit()
	reviewer = client("quality_reviewer")
	job = wait_for(reviewer, start(reviewer, [*complaints, hidden.name, "CMP-0000-00000"]))
	text = text_of(result_of(reviewer, job))
	assert complaints[0] in text and hidden.name not in text
	assert hidden.name in job["message"] and "CMP-0000-00000" in job["message"]


def test_job_and_result_are_its_makers_alone(client, complaints):
	clerk = client("clerk")
	job = wait_for(clerk, start(clerk, complaints))
	for other in (client("quality_head"), client("employee"), client(None)):
		with pytest.raises(Refused):
			other.get("Print Job", job["name"])
		with pytest.raises(Refused):
			other.request("GET", job["result"])
		with pytest.raises(Refused):
			other.call("customer_service.controlled_forms.batch.start_again", name=job["name"])


@pytest.mark.parametrize(
	"values, message",
	[
		({"names": []}, "at least one record"),
		({"names": ["x"] * 1001}, "at most 1000"),
		({"names": ["x"], "form": "CR-01"}, "CR-01"),
	],
)
def test_job_that_cannot_be_done_is_refused_at_once(values, message):
	with pytest.raises(PrintRefusedError, match=message):
		batch.start("Complaint", **values)


def test_computed_fields_cannot_be_posted(client, complaints):
	clerk = client("clerk")
	job = clerk.insert(
		"Print Job",
		kind="Records",
		document_type="Complaint",
		records=frappe.as_json(complaints),
		status="Done",
		result="/private/files/other.pdf",
	)
	assert (job["status"], job["result"]) == ("Queued", None)


PROGRAM = """
import os, sys, frappe
frappe.init(site=os.environ["CS_SITE"]); frappe.connect(); frappe.set_user("Administrator")
from customer_service.controlled_forms import batch
print("ready", flush=True)
batch.run(sys.argv[1])
"""


def job_in_the_table(names: list[str]) -> str:
	"""A queued job that no worker has been told of."""
	job = frappe.new_doc("Print Job")
	job.update({"kind": "Records", "document_type": "Complaint", "records": frappe.as_json(names), "output": "One PDF"})
	job.flags.in_insert = True
	enqueue, batch.enqueue = batch.enqueue, lambda _name: None
	try:
		job.insert()
	finally:
		batch.enqueue = enqueue
	frappe.db.commit()
	return job.name


def test_killed_job_is_taken_up_again_and_leaves_one_result(complaints):
	name = job_in_the_table(complaints * 20)
	worker = subprocess.Popen([sys.executable, "-c", PROGRAM, name], stdout=subprocess.PIPE, text=True)
	assert worker.stdout.readline() == "ready\n"
	for _attempt in range(200):
		frappe.db.rollback()
		if frappe.db.get_value("Print Job", name, "status") == "Running":
			break
		sleep(0.05)
	os.kill(worker.pid, signal.SIGKILL)
	worker.wait(10)
	frappe.db.rollback()
	assert frappe.db.get_value("Print Job", name, "status") == "Running"
	assert not attached(name)

	batch.run(name)
	assert not attached(name), "a job with a sign of life belongs to its worker"
	frappe.db.set_value("Print Job", name, "beat_at", frappe.utils.add_to_date(None, minutes=-10))
	batch.run(name)
	batch.run(name)
	assert frappe.db.get_value("Print Job", name, "status") == "Done"
	assert len(attached(name)) == 1


def test_two_workers_at_once_make_one_result(complaints):
	name = job_in_the_table(complaints)
	workers = [subprocess.Popen([sys.executable, "-c", PROGRAM, name], stdout=subprocess.PIPE) for _ in range(2)]
	for worker in workers:
		worker.communicate(timeout=120)
	frappe.db.rollback()
	assert frappe.db.get_value("Print Job", name, "status") == "Done"
	assert len(attached(name)) == 1


def attached(name: str) -> list:
	return frappe.get_all("File", {"attached_to_doctype": "Print Job", "attached_to_name": name})


def test_two_hundred_records_in_one_request_and_no_more(client):
	clerk = client("clerk")
	with pytest.raises(Refused, match="At most 200"):
		clerk.read(
			"frappe.utils.print_format.download_multi_pdf", doctype="Complaint", name=frappe.as_json(["x"] * 201)
		)


def audit_pack(client, day: date, **values) -> dict:
	"""The pack of one day."""
	period = {"from_date": str(day), "to_date": str(day)}
	job = client.insert("Print Job", kind="Audit Pack", **{**period, "language": "Both", **values})
	return wait_for(client, job["name"])


@pytest.fixture
def day(complaints) -> date:
	"""The day that the complaints were made on: one of long ago, so that no other test's records are in its pack."""
	day = date(2000, 1, 1) + timedelta(days=random.randrange(7000))
	for hour, name in enumerate(complaints):
		frappe.db.set_value("Complaint", name, "creation", datetime.combine(day, time(hour)), update_modified=False)
	frappe.db.commit()
	return day


def test_audit_pack_indexes_records_forms_and_log(client, complaints, day):
	"""Clause 10.2 belongs to the complaint form: the day's complaints, each with its page, version, state and check."""
	manager = client("manager")
	content = result_of(manager, audit_pack(manager, day, clause="10.2"))
	reader = PdfReader(io.BytesIO(content))
	text = text_of(content)
	assert "审核资料包" in text and "10.2" in text
	index = "".join(text_of_page(page) for page in reader.pages[:3])
	assert complaints[-1] in index
	titles = {each.title: reader.get_destination_page_number(each) + 1 for each in flat(reader.outline)}
	page = titles[f"HT-QR-MA-08 A/0 · {complaints[0]}"]
	row = next(line for line in text.splitlines() if complaints[0] in line)
	assert row.split()[-1] == str(page), "the index names the page where the record stands"
	assert "HT-QR-MA-08" in text and "Audit Trail" in text and email("clerk") not in index


def flat(outline):
	for each in outline:
		yield from flat(each) if isinstance(each, list) else [each]


def test_audit_pack_as_zip_has_a_log_without_live_formulas(client, day):
	manager = client("manager")
	content = result_of(manager, audit_pack(manager, day, process_module="Complaint Handling", output="ZIP"))
	with zipfile.ZipFile(io.BytesIO(content)) as archive:
		names = set(archive.namelist())
		assert {"index.pdf", "forms.pdf", "log.pdf", "log.csv"} <= names
		assert any(name.startswith("CMP-") for name in names)
		for line in archive.read("log.csv").decode("utf-8-sig").splitlines():
			assert not line.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
	"values, message",
	[
		({"clause": None, "process_module": None}, "process or a clause"),
		({"clause": "99.9"}, "No controlled form"),
		({"clause": "10.2", "to_date": "2020-01-01"}, "period"),
	],
)
def test_audit_pack_of_nothing_is_refused(client, values, message):
	with pytest.raises(Refused, match=message):
		audit_pack(client("manager"), frappe.utils.getdate(), **values)


def test_audit_pack_holds_the_procedure_of_its_clause(day):
	"""A procedure for clause 77.1 and no complaint form: the pack of that clause is refused without a form, and a form brings both."""
	from customer_service.controlled_forms import audit_pack as pack

	number = f"QP-{frappe.generate_hash(length=6)}"
	document = frappe.get_doc(
		{
			"doctype": "Procedure Document",
			"document_number": number,
			"title_en": "Handling of Complaints",
			"title_zh": "投诉处理程序",
			"owner_department": "Marketing",
			"iso_clauses": "77.1, 8.2.1",
		}
	).insert()
	version = frappe.get_doc(
		{
			"doctype": "Procedure Document Version",
			"document": document.name,
			"version": "A/0",
			"content": "<p>Every complaint is answered.</p>",
		}
	).insert()
	version.db_set({"issue_date": day, "effective_from": day, "state_category": "Resolved"})
	job = frappe.new_doc("Print Job")
	job.update({"kind": "Audit Pack", "clause": "77.1", "from_date": day, "to_date": day, "output": "One PDF"})
	with pytest.raises(PrintRefusedError, match="No controlled form"):
		pack.check(job)
	assert pack._procedures(job) == [version.name]
	job.clause = "8.2.1"
	job.owner = "Administrator"
	pack.check(job)
	content, left_out = pack.make(job, lambda *_args: None)
	text = text_of(content)
	assert left_out == [] and "Every complaint is answered." in text and f"{number} A/0" in text


def test_result_may_be_larger_than_an_upload(complaints, monkeypatch):
	"""A ZIP of some hundred records is more than Frappe lets people upload (25 MB)."""
	monkeypatch.setitem(frappe.local.conf, "max_file_size", 1000)
	name = job_in_the_table(complaints)
	batch.run(name)
	assert frappe.db.get_value("Print Job", name, ["status", "message"]) == ("Done", None)
	assert frappe.local.conf.max_file_size == 1000
