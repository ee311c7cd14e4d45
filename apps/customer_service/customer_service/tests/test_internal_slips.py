"""Internal slips (A-4, J-2): sent to departments and persons, each acknowledges or answers its own row by its due date."""

import threading
from datetime import timedelta

import frappe
import pytest

from customer_service.customer_communication import slips
from customer_service.exceptions import DeletionRefusedError, RecordClosedError, SlipError
from customer_service.organisation import clock, notices
from customer_service.tests import factories
from customer_service.tests.browser import text_of
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, make_slip

API = "customer_service.customer_communication.api."


@pytest.fixture
def sent(client):
	"""A slip of the clerk's, sent: Quality is to answer, Materials to acknowledge."""
	clerk = client("clerk")
	made = clerk.insert(
		"Internal Slip", subject="Scratches on PART-1", content="500 pieces are scratched.", from_department="Marketing",
		recipients=[
			{"department": "Quality Department", "required": "Answer"},
			{"department": "Materials", "required": "Acknowledge"},
		],
	)  # fmt: skip
	assert made["status"] == "Draft"
	assert clerk.call(API + "send_slip", name=made["name"]) == {"status": "Sent"}
	return made["name"]


def stored(name: str):
	frappe.db.rollback()
	return frappe.get_doc("Internal Slip", name)


def test_each_department_replies_to_its_own_row_and_the_status_follows(client, sent):
	assert client("materials_reviewer").call(API + "acknowledge", name=sent) == {"status": "Sent"}
	slip = stored(sent)
	quality, materials = slip.recipients
	assert (materials.status, materials.acknowledged_by) == ("Acknowledged", email("materials_reviewer"))
	assert (quality.status, quality.acknowledged_by) == ("Waiting", None)

	assert client("quality_reviewer").call(API + "acknowledge", name=sent) == {"status": "Acknowledged"}
	assert stored(sent).state_category == "Open"  # Quality's answer is missing
	answered = client("quality_head").call(API + "answer", name=sent, answer="The packaging was changed.")
	assert answered == {"status": "Answered"}
	slip = stored(sent)
	quality = slip.recipients[0]
	assert (quality.acknowledged_by, quality.answered_by) == (email("quality_reviewer"), email("quality_head"))
	assert (quality.answer, slip.state_category) == ("The packaging was changed.", "Resolved")

	assert client("clerk").call(API + "close_slip", name=sent) == {"status": "Closed"}
	slip = stored(sent)
	assert (slip.state_category, bool(slip.closed_at)) == ("Closed", True)
	steps = frappe.get_all(
		"Service Event", {"reference_name": sent}, pluck="event", order_by="happened_at asc, creation asc"
	)
	assert [steps.count(each) for each in ("Created", "Sent", "Acknowledged", "Answered")] == [1, 1, 2, 1]


def test_answer_acknowledges_as_well(client, sent):
	client("quality_head").call(API + "answer", name=sent, answer="Done.")
	row = stored(sent).recipients[0]
	assert row.acknowledged_by == row.answered_by == email("quality_head")


@pytest.mark.parametrize("stranger", ["engineer", "warehouse", "employee", "clerk"])
def test_whoever_is_not_named_does_not_reply(client, sent, stranger):
	for method, values in (("acknowledge", {}), ("answer", {"answer": "Mine"})):
		with pytest.raises(Refused) as refused:
			client(stranger).call(API + method, name=sent, **values)
		assert refused.value.status == 403
	assert [row.status for row in stored(sent).recipients] == ["Waiting", "Waiting"]


@pytest.mark.parametrize("method, values", [("close_slip", {}), ("cancel_slip", {"reason": "No"}), ("send_slip", {})])
def test_recipients_take_no_step_of_the_sender(client, sent, method, values):
	with pytest.raises(Refused) as refused:
		client("quality_head").call(API + method, name=sent, **values)
	assert refused.value.status == 403


def test_replies_go_by_post_only(client, sent):
	with pytest.raises(Refused) as refused:
		client("quality_head").read(API + "acknowledge", name=sent)
	assert refused.value.status == 403


def test_what_was_sent_stays_as_it_was(client, sent):
	clerk = client("clerk")
	for change in ({"content": "Nothing."}, {"subject": "Other"}, {"from_department": "Engineering"}):
		with pytest.raises(Refused, match="has been sent"):
			clerk.update("Internal Slip", sent, **change)
	rows = clerk.get("Internal Slip", sent)["recipients"]
	with pytest.raises(Refused, match="has been sent"):
		clerk.update("Internal Slip", sent, recipients=rows[:1])
	with pytest.raises(Refused, match="has been sent"):
		clerk.update("Internal Slip", sent, recipients=[{**rows[0], "due_at": "2030-01-01 00:00:00"}, rows[1]])


def test_replies_and_status_cannot_be_written_past_the_endpoints(client, sent):
	clerk = client("clerk")
	rows = clerk.get("Internal Slip", sent)["recipients"]
	forged = [{**rows[0], "status": "Answered", "answer": "Forged", "answered_by": email("quality_head")}, rows[1]]
	clerk.update("Internal Slip", sent, recipients=forged, status="Closed")
	slip = stored(sent)
	assert (slip.status, slip.recipients[0].status, slip.recipients[0].answer) == ("Sent", "Waiting", None)


def test_recipients_do_not_write_the_draft_of_others(client):
	slip = make_slip()
	frappe.db.commit()
	with pytest.raises(Refused) as refused:
		client("quality_head").update("Internal Slip", slip.name, content="Other")
	assert refused.value.status == 403


def test_person_as_recipient_and_who_stands_in_for_him(client, as_user):
	slip = make_slip([{"user": email("employee")}, {"user": email("quality_head"), "required": "Answer"}])
	frappe.db.commit()
	client("clerk").call(API + "send_slip", name=slip.name)
	client("employee").call(API + "acknowledge", name=slip.name)
	assert stored(slip.name).recipients[0].acknowledged_by == email("employee")

	frappe.set_user("Administrator")
	department = frappe.get_doc("Service Department", "Quality Department")
	department.update({"deputy": email("quality_reviewer"), "head_absent_from": clock.now().date()})
	department.save()
	slip = frappe.get_doc("Internal Slip", slip.name)
	assert slips.rows_of(slip, email("quality_reviewer")) == [slip.recipients[1]]
	assert email("quality_reviewer") in slips.recipients_of(slip)
	department.head_absent_from = None
	department.save()
	assert slips.rows_of(slip, email("quality_reviewer")) == []


def test_due_dates_follow_the_settings_unless_typed():
	settings = frappe.get_doc("Customer Service Settings")
	settings.update({"slip_acknowledge_hours": 8, "slip_answer_hours": 18, "slip_calendar": "Office Hours"})
	settings.save()
	frappe.flags.service_now = factories.monday_morning() + timedelta(days=1000 * 7)  # a Monday, 09:00
	typed = clock.now() + timedelta(days=9)
	slip = make_slip(
		[
			{"department": "Quality Department", "required": "Answer"},
			{"department": "Materials"},
			{"department": "Engineering", "due_at": typed},
		]
	)
	slips.send(slip)
	# Office Hours are 09:00–18:00, nine hours a day: 8 hours end on Monday at 17:00, 18 on Tuesday at 18:00.
	monday = clock.now()
	assert slip.recipients[1].due_at == monday.replace(hour=17)
	assert slip.recipients[0].due_at == monday.replace(hour=18) + timedelta(days=1)
	assert slip.recipients[2].due_at == typed


def test_due_date_that_has_passed_is_refused_at_sending():
	slip = make_slip([{"department": "Materials", "due_at": clock.now() - timedelta(hours=1)}])
	with pytest.raises(SlipError, match="passed already"):
		slips.send(slip)


@pytest.mark.parametrize(
	"rows, message",
	[
		([{"required": "Answer"}], "name a department or a person"),
		([{"department": "Materials", "user": "clerk.x"}], "name a department or a person"),
		([{"department": "Materials"}, {"department": "Materials"}], "same recipient"),
	],
)
def test_rows_name_one_recipient_each_only_once(rows, message):
	with pytest.raises(SlipError, match=message):
		slips.refuse_bad_rows(frappe.get_doc({"doctype": "Internal Slip", "status": "Draft", "recipients": rows}))


def test_inactive_department_receives_nothing():
	department = frappe.get_doc(
		{"doctype": "Service Department", "department_name": "Old Hall", "is_active": 0}
	).insert()
	with pytest.raises(SlipError, match="not an active department"):
		make_slip([{"department": department.name}])


def test_slip_with_missing_replies_is_not_closed_and_names_who_is_missing(client, sent):
	client("materials_reviewer").call(API + "acknowledge", name=sent)
	with pytest.raises(Refused, match="Quality Department") as refused:
		client("clerk").call(API + "close_slip", name=sent)
	assert "Materials" not in refused.value.messages


def test_cancelled_slip_keeps_its_number_and_takes_no_reply(client, sent):
	clerk = client("clerk")
	with pytest.raises(Refused, match="Say why"):
		clerk.call(API + "cancel_slip", name=sent, reason=" ")
	assert clerk.call(API + "cancel_slip", name=sent, reason="Sent twice") == {"status": "Cancelled"}
	with pytest.raises(Refused, match="nobody replies"):
		client("quality_head").call(API + "answer", name=sent, answer="Late")
	slip = stored(sent)
	assert slip.state_category == "Cancelled"
	slip.subject = "Other"
	with pytest.raises(RecordClosedError):
		slip.save()
	with pytest.raises(DeletionRefusedError):
		slip.delete()


def test_nobody_answers_twice(client, sent):
	head = client("quality_head")
	head.call(API + "answer", name=sent, answer="First")
	with pytest.raises(Refused, match="answered already"):
		head.call(API + "answer", name=sent, answer="Second")
	assert stored(sent).recipients[0].answer == "First"


def test_each_person_is_told_once(client):
	"""Rita is named herself and is a member of a department that is named: one notice."""
	slip = make_slip([{"department": "Quality Department"}, {"user": email("quality_reviewer")}])
	frappe.set_user(email("clerk"))
	slips.send(slip)
	told = frappe.get_all("Notification Log", {"document_name": slip.name}, pluck="for_user")
	assert sorted(told) == sorted([email("quality_head"), email("quality_reviewer")])


def test_one_mail_a_person_in_his_language_with_the_configured_host(monkeypatch):
	"""L7, S9 of the promises: the Chinese reader gets Chinese, and no mail names a host that a request sent."""
	sent = []
	monkeypatch.setattr(notices, "_can_mail", lambda: True)
	monkeypatch.setattr(frappe, "sendmail", lambda **mail: sent.append(mail))
	monkeypatch.setitem(frappe.local.conf, "host_name", "https://service.example.com")
	frappe.db.set_value("User", email("quality_head"), "language", "zh")
	frappe.clear_document_cache("User", email("quality_head"))
	slip = make_slip([{"department": "Quality Department"}, {"user": email("quality_head")}], subject="<b>5 < 6</b>")
	slips.send(slip)
	mails = {mail["recipients"][0]: mail for mail in sent}
	assert len(sent) == len(mails) == 2
	assert mails[email("quality_head")]["subject"] == f"市场部发来内部联络单 {slip.name}：5 < 6"
	assert mails[email("quality_reviewer")]["subject"] == f"Internal slip {slip.name} from Marketing: 5 < 6"
	body = mails[email("quality_reviewer")]["message"]
	assert "5 &lt; 6" in body and 'href="https://service.example.com/' in body


def test_reference_is_a_record_that_the_sender_may_read(client):
	contact = factories.make_contact(topic="Order or Contract")
	frappe.db.commit()
	values = {
		"subject": "x",
		"content": "x",
		"from_department": "Engineering",
		"recipients": [{"department": "Materials"}],
	}
	with pytest.raises(Refused, match="may not read"):
		client("engineer").insert(
			"Internal Slip", reference_doctype="Contact Record", reference_name=contact.name, **values
		)
	made = client("clerk").insert(
		"Internal Slip", reference_doctype="Contact Record", reference_name=contact.name, **values
	)
	assert made["reference_name"] == contact.name


def test_only_those_concerned_find_the_slip(client, sent):
	assert client("quality_reviewer").list("Internal Slip", [["name", "=", sent]])
	for stranger in ("engineer", "warehouse", "employee"):
		assert not client(stranger).list("Internal Slip", [["name", "=", sent]])
		with pytest.raises(Refused):
			client(stranger).get("Internal Slip", sent)


def test_two_departments_reply_at_the_same_moment(client, sent):
	replies = [
		(client("quality_head"), "answer", {"answer": "Ours"}),
		(client("materials_reviewer"), "acknowledge", {}),
	]
	failed = []

	def reply(who, method, values):
		try:
			who.call(API + method, name=sent, **values)
		except Refused as refused:
			failed.append(str(refused))

	threads = [threading.Thread(target=reply, args=each) for each in replies]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	assert failed == []
	assert [row.status for row in stored(sent).recipients] == ["Answered", "Acknowledged"]
	assert stored(sent).status == "Answered"


def clocks_of(name: str) -> list[tuple]:
	frappe.db.rollback()
	fields = ["clock", "department", "status", "is_breached"]
	rows = frappe.get_all("Service Clock", {"reference_name": name}, fields, order_by="clock asc")
	return [(row.clock, row.department, row.status, row.is_breached) for row in rows]


def test_every_due_date_is_a_clock_of_its_department(client, sent):
	running = [("Acknowledgement", "Materials", "Running", 0), ("Reply", "Quality Department", "Running", 0)]
	assert clocks_of(sent) == running
	client("materials_reviewer").call(API + "acknowledge", name=sent)
	client("quality_reviewer").call(API + "acknowledge", name=sent)  # is to answer: the clock runs on
	assert clocks_of(sent) == [("Acknowledgement", "Materials", "Stopped", 0), running[1]]
	client("clerk").call(API + "cancel_slip", name=sent, reason="No longer needed")
	assert clocks_of(sent)[1][2] == "Cancelled"


@pytest.mark.parametrize(
	"language, wanted",
	[
		("zh", ["内部联络单", "接收方", "品质部", "包装已更改"]),
		("en", ["Internal Slip", "Recipients", "Quality Department", "包装已更改"]),
		("both", ["内部联络单", "Internal Slip", "接收方 Recipients"]),
	],
)
def test_print_shows_number_recipients_and_replies(client, sent, language, wanted):
	client("quality_head").call(API + "answer", name=sent, answer="包装已更改")
	printed = text_of(client("clerk").pdf("Internal Slip", sent, language=language))
	for text in (sent, "HT-QR-MA-06", "Hanna Head", *wanted):
		assert text in printed, text
