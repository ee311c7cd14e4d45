"""Incoming mail from a real IMAP server, read by Frappe's own job: what becomes of it (F-1, A-7, L7, S3, S7)."""

import io
import re
import zipfile
from email.message import EmailMessage

import frappe
import pytest
from PIL import Image

from customer_service.customer_communication import mail_answers, mail_text
from customer_service.exceptions import CustomerServiceError
from customer_service.tests import factories
from customer_service.tests.mail_server import MAILBOX, MailServer, encoded, mail, make_account, pull, raw
from customer_service.tests.test_mail import body, inbox, send_queue  # noqa: F401

SENDER = "li@customer.example.com"


@pytest.fixture(scope="module")
def server(site):
	running = MailServer()
	yield running
	running.stop()


@pytest.fixture
def account(server):
	"""The mailbox becomes complaints; whatever the test made by mail is the only such thing."""
	pull_nothing(server)
	frappe.cache().delete_keys("customer_service_guest:mail_")
	frappe.delete_doc("Email Account", "Test Mailbox", force=True, ignore_missing=True)  # of a run that was stopped
	doc = make_account(server.port)
	frappe.db.commit()
	yield doc
	frappe.set_user("Administrator")
	frappe.db.rollback()
	frappe.delete_doc("Email Account", doc.name, force=True)
	for doctype in ("Unhandled Email", "Error Log"):
		frappe.db.delete(doctype)
	for doctype in ("Complaint", "Contact Record"):
		# A later test's mails shall not find the contact of an earlier one.
		frappe.db.set_value(doctype, {"channel": "E-mail"}, "contact_email", None)
	frappe.db.commit()


def pull_nothing(server) -> None:
	"""Take what an earlier test left in the mailbox."""
	with server._login() as box:
		box.select("INBOX")
		box.store("1:*", "+FLAGS", "(\\Seen)")


def receive(server, *mails) -> None:
	server.deliver(*mails)
	pull()
	frappe.db.commit()
	assert not frappe.get_all("Unhandled Email", pluck="reason")


def newest(doctype: str = "Complaint"):
	name = frappe.get_all(doctype, filters={"channel": "E-mail"}, order_by="creation desc", limit=1, pluck="name")
	return frappe.get_doc(doctype, name[0]) if name else None


def counts() -> tuple[int, int]:
	frappe.db.rollback()
	return frappe.db.count("Complaint"), frappe.db.count("Contact Record")


def files_of(doc) -> dict[str, bytes]:
	rows = frappe.get_all(
		"File", {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name}, ["name", "is_private"]
	)
	assert all(row.is_private for row in rows)
	found = [frappe.get_doc("File", row.name) for row in rows]
	return {file.file_name: file.get_content() for file in found if not file.file_name.startswith(doc.name)}


def thread_of(doc) -> list:
	filters = {"reference_doctype": doc.doctype, "reference_name": doc.name, "communication_medium": "Email"}
	return frappe.get_all("Communication", {**filters, "sent_or_received": "Received"}, ["*"], order_by="creation asc")


def change_settings(**values) -> None:
	settings = frappe.get_doc("Customer Service Settings")
	settings.update(values)
	settings.save()
	frappe.db.commit()


@pytest.fixture
def settings():
	"""`settings(mails_per_sender=2)` until the end of the test."""
	doc = frappe.get_doc("Customer Service Settings")
	before = {
		key: doc.get(key)
		for key in ("mails_per_sender", "mail_text_length", "mail_topic", "acknowledgements_per_sender")
	}
	yield change_settings
	frappe.db.rollback()
	change_settings(**before, mail_rules=[])


# What becomes of a mail


def test_mail_becomes_a_complaint_of_the_customer_who_sent_it(server, account):
	sender = f"{frappe.generate_hash(length=8)}@customer.example.com"
	company = factories.make_customer(contacts=[{"contact_name": "李示例", "email": sender}], language="zh")
	receive(server, mail("Half of it is broken.\n\nLi", Subject="Broken goods", From=sender))
	doc = newest()
	assert (doc.customer, doc.contact_person, doc.contact_email) == (company.name, "李示例", sender)
	assert doc.description == "Broken goods\n\nHalf of it is broken.\n\nLi"
	assert (doc.channel, doc.language, doc.workflow_state) == ("E-mail", "zh", "Received")
	assert doc.lead_department, "routed like any other"
	assert doc.response_due, "under its clocks"
	(communication,) = thread_of(doc)
	assert "Half of it is broken." in communication.content


def test_mail_becomes_a_contact_where_the_account_says_so(server, account, settings):
	settings(mail_topic="Delivery")
	account.imap_folder[0].append_to = "Contact Record"
	account.save()
	receive(server, mail("When will it come?", Subject="Delivery", From='"Wu, 示例" <wu@elsewhere.example.com>'))
	doc = newest("Contact Record")
	assert (doc.subject, doc.content, doc.topic) == ("Delivery", "When will it come?", "Delivery")
	assert (doc.contact_email, doc.customer, doc.direction) == ("wu@elsewhere.example.com", None, "Incoming")
	assert doc.lead_department and not doc.customer_answered_at


def test_words_of_a_rule_decide_before_the_account(server, account, settings):
	rule = {
		"words": "投诉, complain",
		"record_type": "Complaint",
		"look_in": "Subject and Text",
		"topic": "Product Quality",
		"complaint_class": "Quality",
	}
	settings(mail_rules=[{"words": "目录，catalogue", "record_type": "Contact Record", "look_in": "Subject"}, rule])
	receive(server, mail("Please.", Subject="Your CATALOGUE"))
	assert newest("Contact Record").subject == "Your CATALOGUE"
	receive(server, mail("我要投诉", Subject="您好"))
	doc = newest()
	assert (doc.topic, doc.complaint_class, doc.lead_department) == ("Product Quality", "Quality", "Quality Department")


@pytest.mark.parametrize("declared, written", [("gb18030", "gb18030"), ("gb2312", "gb18030"), ("utf-8", "utf-8")])
def test_chinese_arrives_whole_whatever_the_mail_calls_its_charset(server, account, declared, written):
	"""朱镕 and 㐀 are beyond GB2312, which many mail programs write on them all the same."""
	subject = "外壳破裂：朱镕先生"
	content = raw(
		f"From: {encoded('朱镕', declared)} <zhu@customer.example.com>",
		f"To: {MAILBOX}",
		f"Subject: Fwd: {encoded(subject, declared)}",
		"Message-ID: <" + frappe.generate_hash(length=12) + "@customer.example.com>",
		"MIME-Version: 1.0",
		f"Content-Type: text/plain; charset={declared}",
		"Content-Transfer-Encoding: 8bit",
		"",
		"五百件外壳破裂，㐀号订单。",
		charset=written,
	)
	receive(server, content)
	doc = newest()
	assert doc.description == f"Fwd: {subject}\n\n五百件外壳破裂，㐀号订单。"
	assert (doc.contact_person, doc.language) == ("朱镕", "zh")


def test_html_becomes_text_and_nothing_of_it_is_loaded(server, account):
	html = (
		"<html><head><title>no</title><style>p{color:red}</style></head><body><h1>Broken&nbsp;goods</h1>"
		"<p>500 of<br>2000 &lt;pieces&gt;</p><table><tr><td>A</td><td>1</td></tr></table>"
		"<script>alert(1)</script><img src='https://tracker.example.com/x.png'></body></html>"
	)
	message = mail(Subject="HTML only")
	message.set_content(html, subtype="html")
	receive(server, message)
	doc = newest()
	assert doc.description == "HTML only\n\nBroken goods\n\n500 of\n2000 < pieces>\n\n A 1"
	(communication,) = thread_of(doc)
	assert "tracker" not in communication.content and "<script" not in communication.content


def picture() -> bytes:
	out = io.BytesIO()
	Image.new("RGB", (40, 30), "red").save(out, "PNG")
	return out.getvalue()


def test_attachments_are_checked_and_refused_ones_are_named(server, account):
	message = mail(Subject="With files")
	message.add_attachment(picture(), maintype="image", subtype="png", filename="照片.png")
	message.add_attachment(b"MZ" + b"\x00" * 600, maintype="application", subtype="pdf", filename="report.pdf")
	message.add_attachment(b"\x00", maintype="application", subtype="octet-stream", filename="../../setup.exe")
	message.add_attachment("<b>x</b>", subtype="html", filename="page.html")
	receive(server, message)
	doc = newest()
	assert files_of(doc) == {"照片.png": picture()}
	assert doc.mail_note.count("Attachment refused") == 3
	for name in ("report.pdf", ".._.._setup.exe", "page.html"):
		assert name in doc.mail_note
	assert "page" not in doc.description


def test_files_of_a_mail_are_readable_with_the_record_only(server, account, client):
	message = mail(Subject="With files")
	message.add_attachment(picture(), maintype="image", subtype="png", filename="secret.png")
	receive(server, message)
	url = frappe.db.get_value("File", {"attached_to_name": newest().name}, "file_url")
	assert client("clerk").request("GET", url).content == picture()
	for person in ("employee", "materials_reviewer", None):
		assert client(person).session.get(f"{client(person).url}{url}").status_code == 403


def test_mail_of_10_mb_is_cut_with_a_note_and_kept_as_a_whole(server, account):
	line = "坏了很多。Broken line of text, and on it goes. On and on.\n"
	whole = line * (10_000_000 // len(line.encode()))
	receive(server, mail(whole, Subject="Very long"))
	doc = newest()
	assert len(doc.description) <= 20_100 and len(doc.description.encode()) < 65_000
	assert "cut" in doc.mail_note
	((name, content),) = files_of(doc).items()
	assert name.startswith("message") and name.endswith(".zip")
	packed = zipfile.ZipFile(io.BytesIO(content))
	assert packed.read("message.txt").decode() == whole.strip()
	(communication,) = thread_of(doc)
	assert len(communication.content) < 100_000


def test_length_of_the_text_is_data(server, account, settings):
	settings(mail_text_length=100)
	receive(server, mail("x" * 101, Subject="S"))
	assert newest().description == "S\n\n" + "x" * 100


@pytest.mark.parametrize(
	"sender", ["=?gb2312?B?1uzpRg==?= <zhu@customer.example.com>", "=?nonsense?B?5L2g?= <zhu@customer.example.com>"]
)
def test_sender_that_cannot_be_read_costs_neither_his_mail_nor_the_others(server, account, sender):
	before = counts()[0]
	odd = raw(f"From: {sender}", f"To: {MAILBOX}", f"Subject: odd {frappe.generate_hash(length=6)}", "", "Broken.")
	receive(server, odd, mail(Subject="the next one"))
	assert counts()[0] == before + 2
	assert newest().description.startswith("the next one")
	assert frappe.db.exists("Complaint", {"contact_email": "zhu@customer.example.com"})


def test_mail_without_a_sender_stops_nothing(server, account):
	before = counts()[0]
	receive(server, raw("Subject: nobody", "", "x"), mail(Subject="the next one"))
	assert counts()[0] == before + 1


def test_same_mail_twice_is_one_complaint(server, account):
	before = counts()[0]
	message = mail()
	receive(server, message)
	receive(server, message)
	assert counts()[0] == before + 1


def test_complaint_counts_from_when_the_mail_server_took_it(server, account):
	taken = frappe.utils.add_to_date(frappe.utils.now_datetime(), minutes=-25).replace(microsecond=0)
	zone = frappe.utils.get_system_timezone()
	stamp = frappe.utils.get_datetime(taken).astimezone(__import__("zoneinfo").ZoneInfo(zone))
	stamp = taken.replace(tzinfo=__import__("zoneinfo").ZoneInfo(zone)).strftime("%a, %d %b %Y %H:%M:%S %z")
	receive(server, mail(Received=f"from a by b; {stamp}", Date="Mon, 01 Jan 2001 00:00:00 +0000"))
	assert newest().received_at == taken


def test_where_the_process_is_off_the_mail_stays_in_the_inbox(server, account):
	change_settings(enable_complaint_handling=0)
	try:
		token = frappe.generate_hash(length=8)
		receive(server, mail(Subject=token))
		assert frappe.db.get_value("Communication", {"subject": token}, "reference_name") is None
		assert frappe.db.exists("Communication", {"subject": token})
	finally:
		change_settings(enable_complaint_handling=1)


# Acknowledgement and loops


def test_complaint_by_mail_is_acknowledged_once(server, account, inbox):  # noqa: F811
	receive(server, mail("外壳破裂"))
	send_queue()
	(message,) = inbox.messages
	assert message["To"] == SENDER and newest().name in message["Subject"]
	assert message["Auto-Submitted"] == "auto-generated", "no machine shall answer it"
	assert "尊敬的" in body(message)


AUTOMATIC = [
	{"Auto_Submitted": "auto-replied"},
	{"Auto_Submitted": "auto-generated; owner-email=x"},
	{"Precedence": "bulk"},
	{"Precedence": "auto_reply"},
	{"X_Auto_Response_Suppress": "All"},
	{"X_Autoreply": "yes"},
	{"Return_Path": "<>"},
	{"From": "MAILER-DAEMON@mx.example.com"},
	{"From": "postmaster@mx.example.com"},
	{"From": MAILBOX},
	{"From": MAILBOX.upper()},
	{"X_Spam_Flag": "YES"},
	{"X_Spam_Status": "Yes, score=12"},
]


@pytest.mark.parametrize("headers", AUTOMATIC, ids=lambda each: " ".join(each) + " " + next(iter(each.values())))
def test_mail_that_no_person_wrote_makes_no_record_and_gets_no_answer(server, account, inbox, headers):  # noqa: F811
	before = counts()
	receive(server, mail(Subject="Absent", **headers))
	send_queue()
	assert counts() == before and inbox.messages == []
	events = frappe.get_all("Service Event", {"reference_name": account.name, "event": "Mail Ignored"}, ["after_value"])
	assert events, "an administrator sees what was left out"


@pytest.mark.parametrize(
	"headers", [{"Auto_Submitted": "no"}, {"X_Spam_Status": "No, score=0.1"}, {"Precedence": "normal"}]
)
def test_mail_of_a_person_is_not_taken_for_a_machines(server, account, headers):
	before = counts()[0]
	receive(server, mail(**headers))
	assert counts()[0] == before + 1


def test_our_own_acknowledgement_that_comes_back_makes_nothing(server, account, inbox):  # noqa: F811
	receive(server, mail())
	send_queue()
	before = counts()
	(acknowledgement,) = inbox.messages
	receive(server, bytes(acknowledgement))
	assert counts() == before


def test_person_whose_system_wants_no_automatic_answer_gets_none_but_is_heard(server, account, inbox):  # noqa: F811
	receive(server, mail(X_Auto_Response_Suppress="OOF, AutoReply"))
	send_queue()
	assert "Not acknowledged" in newest().mail_note and inbox.messages == []


def test_too_many_mails_of_one_sender_go_into_one_record(server, account, inbox, settings):  # noqa: F811
	settings(mails_per_sender=2)
	before = counts()[0]
	receive(server, *(mail(Subject=f"Mail {number}") for number in range(6)))
	send_queue()
	assert counts()[0] == before + 2
	assert len(inbox.messages) == 2, "the others are not acknowledged"
	doc = newest()
	assert len(thread_of(doc)) == 5 and doc.mail_note.count("More mails came") == 1
	receive(server, mail(From="other@customer.example.com"))
	assert counts()[0] == before + 3, "nobody else is held up"


def test_acknowledgements_of_a_day_are_limited(server, account, inbox, settings):  # noqa: F811
	settings(acknowledgements_per_sender=1)
	receive(server, mail(Subject="One"), mail(Subject="Two"))
	send_queue()
	assert len(inbox.messages) == 1
	assert "Not acknowledged" in newest().mail_note


# Answers


def open_complaint(server) -> object:
	receive(server, mail(Subject="Broken goods"))
	return newest()


def test_answer_to_the_staffs_mail_joins_the_record_and_says_so(server, account, inbox, as_user):  # noqa: F811
	"""The clerk writes from the record; the customer answers; the clerk is told and nothing is reopened."""
	complaint = open_complaint(server)
	complaint.assigned_to = factories.email("clerk")
	complaint.save()
	send_queue()
	write_to_customer(complaint, as_user)
	sent = inbox.messages[-1]
	assert sent["To"] == SENDER
	before = counts()
	receive(server, mail("Here they are.", Subject=f"Re: {sent['Subject']}", In_Reply_To=sent["Message-ID"]))
	assert counts() == before
	complaint.reload()
	assert complaint.customer_answered_at and complaint.workflow_state == "Received"
	assert "Here they are." in thread_of(complaint)[-1].content
	events = frappe.get_all(
		"Service Event", {"reference_name": complaint.name, "event": "Customer Answered"}, ["after_value"]
	)
	assert [row.after_value for row in events] == ["Received"]
	from customer_service.tests.test_hot_line import wait_for

	assert wait_for("Notification Log", for_user=factories.email("clerk"), document_name=complaint.name)
	write_to_customer(complaint, as_user)
	complaint.reload()
	assert not complaint.customer_answered_at, "answered"


def write_to_customer(complaint, as_user) -> None:
	"""What Frappe's e-mail dialog of the record does."""
	from frappe.core.doctype.communication.email import make

	as_user("clerk")
	content = "Please send us pictures."
	make(doctype="Complaint", name=complaint.name, recipients=SENDER, subject="Pictures", content=content, send_email=1)
	frappe.set_user("Administrator")
	send_queue()


def test_answer_to_the_acknowledgement_joins_the_complaint(server, account, inbox):  # noqa: F811
	complaint = open_complaint(server)
	send_queue()
	receive(server, mail("And one more.", Subject="Re: thanks", In_Reply_To=inbox.messages[0]["Message-ID"]))
	assert newest().name == complaint.name and len(thread_of(complaint)) == 2


def test_answer_whose_thread_is_lost_is_found_by_the_number(server, account):
	complaint = open_complaint(server)
	receive(server, mail("More.", Subject=f"答复: 投诉（{complaint.name}）"))
	assert newest().name == complaint.name and len(thread_of(complaint)) == 2


def test_number_of_somebody_elses_complaint_opens_nothing(server, account):
	"""S3: a number is no authority. The stranger's mail becomes a record of its own that says so."""
	complaint = open_complaint(server)
	receive(server, mail("Let me in.", Subject=f"Re: {complaint.name}", From="stranger@elsewhere.example.com"))
	other = newest()
	assert other.name != complaint.name and complaint.name in other.mail_note
	complaint.reload()
	assert not complaint.customer_answered_at and len(thread_of(complaint)) == 1


def test_new_mail_with_an_old_subject_is_a_new_complaint(server, account):
	"""Frappe alone would add it to the old one."""
	complaint = open_complaint(server)
	receive(server, mail("This time it is another order.", Subject="Broken goods"))
	assert newest().name != complaint.name


def test_answer_to_a_closed_complaint_is_shown_and_changes_nothing(server, account, client):
	complaint = factories.end_case(open_complaint(server), "2026-01-31")
	receive(server, mail("Still broken.", Subject=f"Re: {complaint.name}"))
	complaint.reload()
	assert complaint.customer_answered_at and complaint.workflow_state == "Closed"
	path = "customer_service.customer_communication.mail_answers.mark_read"
	from customer_service.tests.client import Refused

	with pytest.raises(Refused) as refused:
		client("employee").call(path, doctype="Complaint", name=complaint.name)
	assert refused.value.status == 403
	client("clerk").call(path, doctype="Complaint", name=complaint.name)
	frappe.db.rollback()
	assert not frappe.db.get_value("Complaint", complaint.name, "customer_answered_at")


def test_waiting_case_tells_that_the_customer_has_answered(server, account, monkeypatch):
	complaint = open_complaint(server)
	complaint.assigned_to = factories.email("clerk")
	complaint.save()
	waiting = {"workflow_state": "Waiting for Customer", "state_category": "Waiting"}
	frappe.db.set_value("Complaint", complaint.name, waiting)
	told = []
	monkeypatch.setattr(mail_answers.notices, "tell", lambda users, doc, subject: told.append((users, subject)))
	receive(server, mail("Here.", Subject=f"Re: {complaint.name}"), mail("And.", Subject=f"Re: {complaint.name}"))
	((users, subject),) = told
	assert users == [factories.email("clerk")] and "waits for him" in subject, "told once"
	assert frappe.db.get_value("Complaint", complaint.name, "workflow_state") == "Waiting for Customer"


def test_saving_an_open_form_does_not_take_the_note_away(server, account, client):
	complaint = open_complaint(server)
	shown = client("clerk").get("Complaint", complaint.name)
	receive(server, mail("More.", Subject=f"Re: {complaint.name}"))
	client("clerk").update("Complaint", complaint.name, modified=shown["modified"], cause="Transport")
	frappe.db.rollback()
	assert frappe.db.get_value("Complaint", complaint.name, "customer_answered_at")


def test_notice_of_absence_joins_its_thread_and_is_no_answer(server, account, inbox):  # noqa: F811
	complaint = open_complaint(server)
	send_queue()
	absence = mail("I am away.", In_Reply_To=inbox.messages[0]["Message-ID"], Auto_Submitted="auto-replied")
	receive(server, absence)
	complaint.reload()
	assert len(thread_of(complaint)) == 2 and not complaint.customer_answered_at


def test_returned_mail_joins_the_record_it_was_sent_from(server, account, inbox):  # noqa: F811
	complaint = open_complaint(server)
	send_queue()
	report = EmailMessage()
	report["From"] = "MAILER-DAEMON@mx.example.com"
	report["To"] = MAILBOX
	report["Subject"] = "Undelivered Mail Returned to Sender"
	report.set_content("550 no such user")
	report.add_attachment(inbox.messages[0])
	report.set_type("multipart/report")
	receive(server, report)
	assert "550 no such user" in thread_of(complaint)[-1].content


def test_answer_of_a_colleague_is_not_the_customers(server, account):
	complaint = open_complaint(server)
	receive(server, mail("I called him.", From=factories.email("clerk"), Subject=f"Re: {complaint.name}"))
	complaint.reload()
	assert len(thread_of(complaint)) == 2 and not complaint.customer_answered_at


# Nothing is lost


def test_mail_that_cannot_be_stored_is_kept_for_the_administrator(server, account, monkeypatch):
	from customer_service.customer_communication import service_record

	def refuse(*_args):
		raise CustomerServiceError("a site's own rule")

	monkeypatch.setattr(service_record, "make", refuse)
	server.deliver(mail(Subject="Keep me"))
	with pytest.raises(Exception, match="a site's own rule"):
		pull()
	frappe.db.rollback()
	assert "Keep me" in frappe.get_all("Unhandled Email", pluck="raw")[0]


def test_mail_of_a_pop3_box_that_cannot_be_stored_is_kept_too(account, monkeypatch):
	"""POP3 deletes a mail when it is fetched."""
	from customer_service.customer_communication import service_mail, service_record

	account.use_imap = 0
	account.append_to = "Complaint"

	def refuse(*_args):
		raise CustomerServiceError("a site's own rule")

	monkeypatch.setattr(service_record, "make", refuse)
	assert service_mail.ServiceMail(bytes(mail(Subject="Keep me")), account).process() is None
	assert "Keep me" in frappe.get_all("Unhandled Email", pluck="raw")[0]


def test_accounts_of_other_doctypes_stay_frappes(server, account):
	account.imap_folder[0].append_to = "ToDo"
	account.save()
	frappe.db.commit()
	before = counts()
	account.reload()
	server.deliver(mail(Subject="Not ours"))
	(each,) = account.get_inbound_mails()
	assert type(each).__name__ == "InboundMail" and counts() == before


@pytest.mark.parametrize(
	"text, expected",
	[
		("Yes.\n\nOn Mon, 2 Mar 2026 at 09:00, Service wrote:\n> Is it broken?", "Yes."),
		("是的。\n\n在 2026年3月2日，客服 写道：\n> 坏了吗？", "是的。"),
		("是。\n------------------ 原始邮件 ------------------\n发件人: x", "是。"),
		("> Is it?\nYes.", "Yes."),
		("> only a quote", "> only a quote"),
		("On and on it goes. " * 2000, ("On and on it goes. " * 2000).strip()),
	],
)
def test_quoted_mail_is_left_out_of_an_answer(text, expected):
	assert mail_text.without_quotes(text) == expected


@pytest.mark.parametrize("length", [0, 3, 30_000])
def test_cut_keeps_whole_characters(length):
	text = "坏" * 40_000
	short = mail_text.cut(text, length)
	assert re.fullmatch("坏*", short) and len(short.encode()) < 65_000
	assert len(short) == (length if 0 < length < 21_000 else len(short))
