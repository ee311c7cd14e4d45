"""The doors without login (S7, S9–S11): what they take, what they refuse, and that nothing is stored by halves."""

import base64
import hashlib
import io
import json
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import frappe
import pytest
from PIL import Image

from customer_service.organisation import clock, guest
from customer_service.tests.client import Client, Refused
from customer_service.tests.factories import make_complaint

ACCEPT = "frappe.website.doctype.web_form.web_form.accept"
STATUS = "customer_service.complaint_handling.api.complaint_status"


def png() -> bytes:
	out = io.BytesIO()
	Image.new("RGB", (4, 4), "red").save(out, "PNG")
	return out.getvalue()


def attached(filename: str, content: bytes) -> str:
	return f"{filename},data:application/octet-stream;base64,{base64.b64encode(content).decode()}"


@pytest.fixture
def visitor():
	made = Client(os.environ["CS_URL"])
	yield made
	made.close()


def post(client, **values) -> dict:
	data = {"contact_person": "王样", "description": "产品无法开机", "topic": "Product Quality", **values}
	return client.call(ACCEPT, web_form="complaint", data=json.dumps(data))


def stored(name: str):
	frappe.db.rollback()  # a fresh look at what the server has committed
	return frappe.get_doc("Complaint", name)


def count() -> tuple[int, int]:
	frappe.db.rollback()
	return frappe.db.count("Complaint"), frappe.db.count("File")


def test_complaint_of_a_guest_is_routed_and_runs_against_clocks(visitor):
	answer = post(visitor, reported_company="虚构电子", shipped_qty=10, defective_qty=2, priority="Urgent")
	complaint = stored(answer["name"])
	assert (complaint.lead_department, complaint.contact_window) == ("Quality Department", "Marketing")
	assert (complaint.channel, complaint.priority, complaint.reported_company) == ("Web Form", "Urgent", "虚构电子")
	assert complaint.response_due and complaint.resolution_due
	assert complaint.workflow_state == "Received"
	assert set(answer) == {"name", "doctype", "status_path"}


def test_personal_link_shows_the_state_and_nothing_else(visitor):
	answer = post(visitor)
	token = answer["status_path"].split("#")[1]
	shown = visitor.call(STATUS, token=token)
	assert set(shown) == {
		"number",
		"state",
		"received_at",
		"answer",
		"can_decide",
		"is_duplicate",
		"decision",
	}
	assert (shown["number"], shown["state"], shown["answer"]) == (answer["name"], "Received", None)


def test_token_is_kept_only_as_a_hash(visitor):
	token = post(visitor)["status_path"].split("#")[1]
	assert len(token) >= 43  # 256 bits
	frappe.db.rollback()
	link = frappe.db.get_value("Guest Link", {"token_hash": hashlib.sha256(token.encode()).hexdigest()}, "name")
	assert token not in json.dumps(frappe.get_doc("Guest Link", link).as_dict(), default=str)


def test_wrong_expired_revoked_and_foreign_tokens_look_the_same(visitor):
	complaint = make_complaint()
	expired = guest.issue_link(complaint, "Complaint Status", days=1)
	revoked = guest.issue_link(complaint, "Complaint Status", days=1)
	for token, values in (
		(expired, {"expires_at": clock.now() - timedelta(minutes=1)}),
		(revoked, {"is_revoked": 1}),
	):
		name = frappe.db.get_value("Guest Link", {"token_hash": hashlib.sha256(token.encode()).hexdigest()})
		frappe.db.set_value("Guest Link", name, values)
	good = guest.issue_link(complaint, "Complaint Status", days=1)
	frappe.db.commit()
	answers = set()
	for token in ("x" * 43, expired, revoked, "", "' or 1=1 -- ", good.swapcase(), good + " "):
		with pytest.raises(Refused) as refused:
			visitor.call(STATUS, token=token)
		answers.add((refused.value.status, refused.value.messages))
	assert len(answers) == 1 and answers.pop()[0] == 404
	assert visitor.call(STATUS, token=good)["number"] == complaint.name


def test_guest_sets_only_the_declared_answers(visitor):
	forged = {
		"workflow_state": "Closed",
		"state_category": "Closed",
		"lead_department": "Warehouse",
		"assigned_to": "Administrator",
		"customer": "x",
		"is_major": 1,
		"severity": "Serious",
		"received_at": "2020-01-01 00:00:00",
		"name": "CMP-1",
		"owner": "Administrator",
		"docstatus": 1,
		"doctype": "User",
		"answer": "we pay",
	}
	complaint = stored(post(visitor, **forged)["name"])
	assert complaint.doctype == "Complaint" and complaint.docstatus == 0
	assert (complaint.workflow_state, complaint.lead_department) == ("Received", "Quality Department")
	assert (complaint.assigned_to, complaint.customer, complaint.is_major) == (None, None, 0)
	assert (complaint.severity, complaint.answer, complaint.owner) == ("Minor", None, "Guest")
	assert complaint.received_at.year > 2020


def test_guest_cannot_change_a_stored_complaint(visitor):
	name = post(visitor)["name"]
	post(visitor, name=name, description="changed")
	assert stored(name).description == "产品无法开机"
	for method, values in (
		("frappe.client.get", {"doctype": "Complaint", "name": name}),
		("frappe.client.set_value", {"doctype": "Complaint", "name": name, "fieldname": "answer", "value": "x"}),
		("frappe.client.get_list", {"doctype": "Complaint"}),
		("frappe.client.insert", {"doc": {"doctype": "Complaint", "contact_person": "x", "description": "x"}}),
	):
		with pytest.raises(Refused, match="403"):
			visitor.call(method, **values)
	with pytest.raises(Refused, match="403"):
		visitor.pdf("Complaint", name)


@pytest.mark.parametrize(
	"values, message",
	[
		({"contact_person": ""}, "Your Name"),
		({"description": ""}, "Description"),
		({"description": "x" * 5001}, "Description.*at most 5000"),
		({"order_no": "x" * 141}, "Order No..*at most 140"),
		({"shipped_qty": 5, "defective_qty": 6}, "must not exceed"),
		({"ship_date": "2099-01-01"}, "future"),
		({"ship_date": "no date"}, "is not a date"),
		({"shipped_qty": "many"}, "must be a number"),
		({"shipped_qty": "nan"}, "must be a number"),
		({"shipped_qty": 1e18}, "must be a number"),
		({"shipped_qty": float("inf")}, "must be a number"),
		({"shipped_qty": float("nan")}, "must be a number"),
		({"shipped_qty": "1e999"}, "must be a number"),
		({"description": float("inf")}, "must be a number"),
		({"ship_date": "9" * 23}, "is not a date"),
		({"topic": "No Such Topic"}, "No Such Topic"),
		({"priority": "Immediately"}, "Priority"),
		({"contact_email": "no address"}, "no address"),
		({"description": {"$gt": ""}}, "cannot be read"),
		({"description": ["x"]}, "cannot be read"),
		({"website_url": "http://spam.example.com"}, "could not be accepted"),
	],
)
def test_bad_answers_are_refused_clearly_and_nothing_is_stored(visitor, values, message):
	before = count()
	with pytest.raises(Refused, match=f"(?s)4(17|04): .*{message}"):
		post(visitor, **values)
	assert count() == before


def test_refusal_tells_a_guest_nothing_of_the_inside(visitor):
	data = {"web_form": "complaint", "data": json.dumps({"contact_person": "x"})}
	response = visitor.session.post(f"{visitor.url}/api/method/{ACCEPT}", json=data, timeout=60)
	assert response.status_code == 417 and "Description" in response.text
	assert "Traceback" not in response.text


@pytest.mark.parametrize("data", ["", "no json", "[]", "null", '"x"'])
def test_what_is_no_form_is_refused(visitor, data):
	with pytest.raises(Refused, match="417"):
		visitor.call(ACCEPT, web_form="complaint", data=data)


def office_file(part: str) -> bytes:
	out = io.BytesIO()
	with zipfile.ZipFile(out, "w") as archive:
		archive.writestr("[Content_Types].xml", "<Types/>")
		archive.writestr(f"{part}document.xml", "<x/>")
	return out.getvalue()


@pytest.mark.parametrize(
	"filename, content",
	[("photo.png", png()), ("照片.PNG", png()), ("note.txt", "划痕".encode()), ("report.docx", office_file("word/"))],
)
def test_sound_attachments_are_private(visitor, filename, content):
	name = post(visitor, attachment=attached(filename, content))["name"]
	complaint = stored(name)
	file = frappe.get_doc("File", {"attached_to_name": name})
	assert (file.is_private, file.attached_to_doctype) == (1, "Complaint")
	assert complaint.attachment == file.file_url and file.file_url.startswith("/private/files/")
	assert file.get_content() in (content, content.decode("utf-8", "replace"))
	with pytest.raises(Refused, match="403"):
		visitor.request("GET", file.file_url)


@pytest.mark.parametrize(
	"filename, content, message",
	[
		("virus.exe", b"MZ\x90\x00", "not accepted"),
		("page.html", b"<script>alert(1)</script>", "not accepted"),
		("photo.png", b"MZ\x90\x00\x03", "does not match"),
		("photo.png", b"<svg onload=alert(1)>", "does not match"),
		("photo.jpg", png(), "does not match"),
		("note.txt", b"<html><script>alert(1)</script>", "does not match"),
		("note.txt", b"\x00\x01\x02", "does not match"),
		("report.docx", b"PK\x03\x04 no archive", "does not match"),
		("report.docx", office_file("xl/"), "does not match"),
		("no_extension", png(), "not accepted"),
		("../../../etc/x.png", b"x", "does not match"),
		("big.txt", b"x" * (5 * 1024 * 1024 + 1), "too large"),
	],
)
def test_wrong_attachments_are_refused_and_nothing_is_stored(visitor, filename, content, message):
	before = count()
	with pytest.raises(Refused, match=f"417: .*{message}"):
		post(visitor, attachment=attached(filename, content))
	assert count() == before


def test_attachment_that_is_no_file_is_refused(visitor):
	with pytest.raises(Refused, match="could not be read"):
		post(visitor, attachment="/private/files/of-somebody-else.png")


def set_limits(**limits):
	settings = frappe.get_doc("Customer Service Settings")
	settings.update(limits)
	settings.save()
	frappe.db.commit()


@pytest.fixture
def limits():
	"""Limits of this test alone, with fresh counters."""
	yield set_limits
	set_limits(
		guest_posts_per_link=5000, guest_posts_per_address=5000, guest_posts_per_site=5000, failed_links_per_site=5000
	)
	forget_counters()


def forget_counters():
	frappe.cache().delete_keys("customer_service_guest")


def test_hundred_posts_a_minute_are_stopped_whatever_runs_in_parallel(limits):
	limits(guest_posts_per_address=7)
	forget_counters()
	before = count()[0]

	def one(_number: int) -> int:
		try:
			post(Client(os.environ["CS_URL"]))
			return 200
		except Refused as refused:
			return refused.status

	with ThreadPoolExecutor(8) as pool:
		answers = list(pool.map(one, range(100)))
	assert answers.count(200) == 7 and answers.count(429) == 93
	assert count()[0] - before == 7


def test_site_wide_limit_counts_all_addresses(limits):
	limits(guest_posts_per_site=3)
	forget_counters()
	answers = []
	for number in range(5):
		visitor = Client(os.environ["CS_URL"])
		visitor.session.headers["X-Forwarded-For"] = f"203.0.113.{number}"
		try:
			post(visitor)
			answers.append(200)
		except Refused as refused:
			answers.append(refused.status)
	assert answers == [200, 200, 200, 429, 429]


def test_guessing_tokens_is_limited_for_the_whole_site(visitor, limits):
	limits(failed_links_per_site=3)
	forget_counters()
	answers = []
	for number in range(5):
		with pytest.raises(Refused) as refused:
			visitor.call(STATUS, token=f"{number}" * 43)
		answers.append(refused.value.status)
	assert answers == [404, 404, 404, 429, 429]


def test_one_personal_link_is_limited_whatever_address_uses_it(limits):
	"""S9: a link that has got about cannot be hammered; other links go on working."""
	limits(guest_posts_per_link=2)
	forget_counters()
	tokens = [post(Client(os.environ["CS_URL"]))["status_path"].split("#")[1] for _number in range(2)]
	answers = []
	for number in range(4):
		visitor = Client(os.environ["CS_URL"])
		visitor.session.headers["X-Forwarded-For"] = f"203.0.113.{number}"
		try:
			visitor.call(STATUS, token=tokens[0])
			answers.append(200)
		except Refused as refused:
			answers.append(refused.status)
	assert answers == [200, 200, 429, 429]
	assert Client(os.environ["CS_URL"]).call(STATUS, token=tokens[1])["state"] == "Received"


def test_withdrawn_form_takes_nothing(visitor):
	form = frappe.get_doc("Web Form", "complaint")
	form.published = 0
	form.save()
	frappe.db.commit()
	try:
		before = count()
		with pytest.raises(Refused, match="404"):
			post(visitor)
		assert count() == before
	finally:
		form.reload()
		form.published = 1
		form.save()
		frappe.db.commit()


def test_status_page_is_not_stored_and_sends_no_referrer(visitor):
	response = visitor.request("GET", "/complaint-status")
	assert "no-store" in response.headers["Cache-Control"]
	assert 'content="no-referrer"' in response.text
	for host in ("http://", "https://"):
		for line in response.text.splitlines():
			assert not ("src=" in line and host in line), line


def test_answers_of_doors_to_guests_are_posts_only(visitor):
	for door in guest.GUEST_DOORS:
		with pytest.raises(Refused, match="403|405"):
			visitor.read(door)


def test_mails_to_one_address_are_limited(visitor, limits):
	"""Our form fills nobody's mailbox."""
	limits(guest_mails_per_recipient=2)
	forget_counters()
	for _number in range(2):
		post(visitor, contact_email="li@customer.example.com")
	with pytest.raises(Refused, match="429"):
		post(visitor, contact_email="LI@customer.example.com")
	post(visitor, contact_email="other@customer.example.com")
	limits(guest_mails_per_recipient=5000)


def test_existing_and_missing_records_look_the_same_to_a_guest(visitor):
	"""S3: numbers cannot be tried out."""
	existing, missing = post(visitor)["name"], "CMP-2020-99999"
	for path in (
		"/api/resource/Complaint/{}",
		"/api/method/frappe.utils.print_format.download_pdf?doctype=Complaint&name={}",
		"/printview?doctype=Complaint&name={}",
	):
		answers = []
		for name in (existing, missing):
			response = visitor.session.get(f"{visitor.url}{path.format(name)}", timeout=60)
			answers.append((response.status_code, response.url.replace(name, ""), len(response.text.replace(name, ""))))
			assert "产品无法开机" not in response.text
		assert answers[0] == answers[1], path


def test_post_that_meets_another_transaction_is_tried_again():
	"""L4: after a deadlock the complaint is stored by the second try; other errors are not tried again."""
	from customer_service.organisation import retry

	calls = []

	@retry.after_conflict
	def store(error):
		calls.append(error)
		if len(calls) == 1:
			raise error
		return "stored"

	assert store(frappe.QueryDeadlockError(1213, "Deadlock found")) == "stored" and len(calls) == 2
	calls.clear()
	with pytest.raises(frappe.ValidationError):
		store(frappe.ValidationError("no"))
	assert len(calls) == 1
