"""Penalty points (F-12): reason, right of reply, decision, and who sees them."""

from datetime import timedelta

import frappe
import pytest

from customer_service.complaint_handling import penalties
from customer_service.exceptions import ReplyError
from customer_service.organisation import clock
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, go, make_complaint

DOCTYPE = "Responsibility Record"
REPLY = "customer_service.complaint_handling.penalties.reply"

SECRET = "Forgot the fictional fixture."

OTHERS = ("clerk", "materials_reviewer", "engineer", "employee", "general_manager", "service_admin", "system_manager")
"""Everybody but the person (quality_reviewer), his head (quality_head) and the manager."""


def charge(by: str = "quality_head", **values):
	frappe.set_user(email(by))
	try:
		return frappe.get_doc(
			{
				"doctype": DOCTYPE,
				"person": email("quality_reviewer"),
				"kind": "Negligent Case",
				"reason": SECRET,
				**values,
			}
		).insert()
	finally:
		frappe.set_user("Administrator")


def asked(**values):
	return go(charge(**values), "Ask for Reply", by="quality_head")


def replied(record, by: str = "quality_reviewer", text: str = "It was worn before my shift."):
	frappe.set_user(email(by))
	try:
		penalties.reply(record.name, text)
	finally:
		frappe.set_user("Administrator")
	return frappe.get_doc(DOCTYPE, record.name)


def decide(record, action: str, by: str = "quality_head", note: str | None = "Heard and weighed."):
	record = frappe.get_doc(DOCTYPE, record.name)
	record.decision_note = note
	record.save()
	return go(record, action, by=by)


def test_points_are_those_of_the_kind_and_stay():
	"""3 points a negligent case; a kind changed later changes no record."""
	record = asked()
	assert (record.points, record.is_serious, record.department) == (3, 0, "Quality Department")
	assert (record.proposed_by, record.workflow_state) == (email("quality_head"), "Right of Reply")
	kind = frappe.get_doc("Responsibility Kind", "Negligent Case")
	kind.points = 5
	kind.save()
	record = decide(replied(record), "Confirm Points")
	assert (record.points, record.state_category, record.decided_by) == (3, "Closed", email("quality_head"))
	assert charge().points == 5


def test_serious_demerit_and_remedy():
	record = charge(kind="Quarrelling with a Customer", remedy="Apologises in person.")
	assert (record.points, record.is_serious) == (0, 1)


def test_points_are_decided_only_after_the_person_could_reply():
	settings = frappe.get_doc("Customer Service Settings")
	settings.reply_days = 5
	settings.save()
	frappe.flags.service_now = clock.now()
	record = asked()
	with pytest.raises(ReplyError, match="can reply until"):
		decide(record, "Confirm Points")
	frappe.flags.service_now += timedelta(days=5, seconds=1)
	assert decide(record, "Confirm Points").state_category == "Closed"


def test_withdrawn_at_any_time():
	assert decide(asked(), "Withdraw Points").state_category == "Cancelled"


def test_decision_needs_its_reason():
	with pytest.raises(ReplyError, match="Reason of the Decision"):
		decide(replied(asked()), "Confirm Points", note=None)


def test_only_the_person_replies_once_and_in_time():
	record = charge()
	with pytest.raises(ReplyError, match="not awaited"):
		replied(record)
	record = go(record, "Ask for Reply", by="quality_head")
	for wrong in ("quality_head", "manager"):
		with pytest.raises(frappe.PermissionError):
			replied(record, by=wrong)
	record = replied(record, text="<b>No.</b>")
	assert record.reply == "No." and record.replied_at
	with pytest.raises(ReplyError, match="already"):
		replied(record)
	late = asked()
	frappe.flags.service_now = clock.now() + timedelta(days=30)
	with pytest.raises(ReplyError, match="ended"):
		replied(late)


def test_charge_stays_as_it_was_when_the_person_was_asked():
	record = asked()
	record.reason = "Something worse."
	with pytest.raises(ReplyError, match="cannot be changed"):
		record.save()


def test_head_decides_no_points_of_his_own():
	"""Points of a head are the manager's matter, and he is heard like anybody."""
	record = charge(by="manager", person=email("quality_head"))
	assert record.department is None
	record = go(record, "Ask for Reply", by="manager")
	record = replied(record, by="quality_head")
	with pytest.raises(frappe.PermissionError):
		frappe.set_user(email("quality_head"))
		frappe.get_doc(DOCTYPE, record.name).check_permission("write")
	frappe.set_user("Administrator")
	assert decide(record, "Confirm Points", by="manager").decided_by == email("manager")


def test_person_with_the_managers_role_does_not_decide_his_own():
	record = charge(by="manager", person=email("manager"))
	record = replied(go(record, "Ask for Reply", by="manager"), by="manager")
	with pytest.raises(ReplyError, match="his own"):
		decide(record, "Confirm Points", by="manager")


def test_head_charges_only_his_own_people(client):
	with pytest.raises(Refused) as refused:
		client("quality_head").insert(
			DOCTYPE, person=email("materials_reviewer"), kind="Negligent Case", reason="Not mine."
		)
	assert refused.value.status == 403


# --- who sees it ---------------------------------------------------------------------------------------------------


@pytest.fixture
def confirmed():
	case = make_complaint()
	record = asked(reference_doctype="Complaint", reference_name=case.name)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{frappe.generate_hash(length=8)}.txt",
			"attached_to_doctype": DOCTYPE,
			"attached_to_name": record.name,
			"content": SECRET,
			"is_private": 1,
		}
	).insert()
	frappe.db.commit()
	return record, case, file.file_url


@pytest.mark.parametrize("person", ["quality_reviewer", "quality_head", "manager"])
def test_those_concerned_see_it_by_every_door(client, confirmed, person):
	record, _case, url = confirmed
	visitor = client(person)
	assert visitor.get(DOCTYPE, record.name)["reason"] == SECRET
	assert visitor.list(DOCTYPE, [["name", "=", record.name]]) == [{"name": record.name}]
	assert visitor.request("GET", url).text == SECRET
	assert visitor.pdf(DOCTYPE, record.name).startswith(b"%PDF-")


@pytest.mark.parametrize("person", [*OTHERS, None])
def test_nobody_else_sees_it_by_any_door(client, confirmed, person):
	record, case, url = confirmed
	visitor = client(person)
	doors = (
		lambda: visitor.get(DOCTYPE, record.name),
		lambda: visitor.pdf(DOCTYPE, record.name),
		lambda: visitor.read("frappe.desk.form.load.getdoc", doctype=DOCTYPE, name=record.name),
		lambda: visitor.read("frappe.client.get", doctype=DOCTYPE, name=record.name),
		lambda: visitor.read("frappe.client.get_value", doctype=DOCTYPE, filters=record.name, fieldname="reason"),
		lambda: visitor.request("GET", url),
		lambda: visitor.update(DOCTYPE, record.name, reason="x"),
		lambda: visitor.call(REPLY, name=record.name, text="x"),
	)
	for number, door in enumerate(doors):
		try:
			answer = door()
		except Refused as refused:
			assert refused.status in (403, 404), (number, refused)
			continue
		assert SECRET not in getattr(answer, "text", str(answer)), number
	lists = (
		lambda: visitor.list(DOCTYPE),
		lambda: visitor.read(
			"frappe.desk.reportview.get", doctype=DOCTYPE, fields='["name","reason"]', filters="[]"
		).json(),
		lambda: visitor.list("Service Event", [["reference_doctype", "=", DOCTYPE]], ("name", "reference_name")),
		lambda: visitor.list("File", [["attached_to_doctype", "=", DOCTYPE]], ("name", "file_url")),
		lambda: visitor.read("frappe.desk.form.load.getdoc", doctype="Complaint", name=case.name).text,
	)
	for number, door in enumerate(lists):
		try:
			answer = str(door())
		except Refused as refused:
			assert refused.status in (403, 404), (number, refused)
			continue
		assert record.name not in answer and SECRET not in answer, number


def test_count_is_of_what_one_sees(client, confirmed):
	for person in OTHERS:
		try:
			count = client(person).read("frappe.client.get_count", doctype=DOCTYPE).json()["message"]
		except Refused:
			continue
		assert count == 0, person
	assert client("quality_reviewer").read("frappe.client.get_count", doctype=DOCTYPE).json()["message"] >= 1


def test_person_is_told_and_may_only_reply(client, confirmed):
	record, _case, _url = confirmed
	notes = frappe.get_all("Notification Log", {"document_name": record.name}, ["for_user", "subject"])
	assert [note.for_user for note in notes] == [email("quality_reviewer")] and SECRET not in notes[0].subject
	person = client("quality_reviewer")
	with pytest.raises(Refused):
		person.update(DOCTYPE, record.name, reply="x")
	with pytest.raises(Refused):
		person.workflow(DOCTYPE, record.name, "Withdraw Points")
	person.call(REPLY, name=record.name, text="It was worn before.")
	assert person.get(DOCTYPE, record.name)["reply"] == "It was worn before."
