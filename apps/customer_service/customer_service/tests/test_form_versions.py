"""Controlled forms under version control (J-1): a record prints in the version that was in force when it was made, for ever."""

import re
import subprocess
from datetime import timedelta

import frappe
import pytest

from customer_service.controlled_forms import approval, printing, register
from customer_service.exceptions import FormControlError, PrintRefusedError
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, make_complaint, make_contact

FORM = "HT-QR-MA-08"
LAYOUT = "Quality Feedback Form"


def text_of(content: bytes) -> str:
	return subprocess.run(
		["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True
	).stdout.decode()


def printed(complaint, **how) -> str:
	return text_of(printing.render_pdf("Complaint", complaint.name, **{"language": "en", **how}))


def draft(version: str = "A/1", **values):
	"""The next version of the complaint form, not approved yet."""
	doc = frappe.get_doc("Controlled Form Version", approval.new_version(FORM, version, "New measures table"))
	doc.update(values)
	return doc.save()


def approve(doc):
	"""As Administrator, who may approve his own."""
	from frappe.model.workflow import apply_workflow

	doc.reload()
	return frappe.get_doc(apply_workflow(doc, "Approve Form").as_dict())


def change_layout(remark: str) -> None:
	layout = frappe.get_doc("Print Format", LAYOUT)
	layout.html = layout.html.replace('{{ box("Cause", "cause") }}', f"<p>{remark}</p>")
	layout.save()


def test_record_reprints_in_the_version_it_was_made_under():
	old = make_complaint(description="旧记录，表面划伤")
	before = printed(old)
	change_layout("Remark of the new version")
	approve(draft(title_en="Customer Feedback, second edition"))
	new = make_complaint()
	assert "A/0" in before and "second edition" not in before
	assert printed(old) == before, "letter by letter, although the layout and the version in force have changed"
	assert "A/1" in printed(new) and "second edition" in printed(new) and "Remark of the new version" in printed(new)


def test_changed_layout_prints_only_from_the_next_version_on():
	complaint = make_complaint()
	before = printed(complaint)
	change_layout("Not approved yet")
	assert printed(complaint) == before
	assert printed(make_complaint(part_no="LATER")).count("Not approved yet") == 0


def test_approved_layout_prints_even_if_its_print_format_is_gone():
	complaint = make_complaint()
	before = printed(complaint)
	frappe.delete_doc("Print Format", LAYOUT, force=True)
	assert printed(complaint) == before


def test_template_of_the_app_may_change_and_the_reprint_does_not(monkeypatch):
	"""The base template is frozen with the layout: an update of the app changes no old print."""
	complaint = make_complaint()
	before = printed(complaint)
	environment = frappe.get_jenv()
	monkeypatch.setattr(environment, "loader", None)
	assert frappe.get_jenv() is environment
	choice = printing.choose(frappe.get_doc("Complaint", complaint.name))
	with printing.printing_as(choice, "en"):
		body = printing._fill(None, {"doc": frappe.get_doc("Complaint", complaint.name)}, choice)
	monkeypatch.undo()
	assert "Customer Quality Feedback" in body and "Customer Quality Feedback" in before


def test_record_older_than_its_form_prints_in_the_first_version():
	complaint = make_complaint()
	complaint.db_set("creation", frappe.utils.add_years(complaint.creation, -3))
	approve(draft())
	assert "A/0" in printed(complaint)


def test_future_version_takes_force_on_its_day_whether_or_not_anything_ran():
	"""A/1 from 1 December: 30 November 23:59 is A/0, 1 December 00:00 is A/1. The hourly job only follows."""
	today = frappe.utils.getdate()
	day = today + timedelta(days=10)
	version = approve(draft(effective_from=day))
	assert (version.status, str(version.in_force_since)) == ("Approved", f"{day} 00:00:00")
	assert register.in_force(FORM).version == "A/0"
	last_moment = frappe.utils.get_datetime(f"{day} 00:00:00") - timedelta(minutes=1)
	assert register.in_force(FORM, last_moment).version == "A/0"
	assert register.in_force(FORM, last_moment + timedelta(minutes=1)).version == "A/1"

	frappe.flags.service_now = last_moment
	approval.follow_dates()
	assert frappe.db.get_value("Controlled Form Version", f"{FORM} A/0", "status") == "In Force"
	frappe.flags.service_now = last_moment + timedelta(hours=5)
	approval.follow_dates()
	statuses = dict(
		frappe.get_all("Controlled Form Version", {"controlled_form": FORM}, ["version", "status"], as_list=1)
	)
	assert statuses == {"A/0": "Superseded", "A/1": "In Force"}
	assert frappe.db.get_value("Controlled Form", FORM, "current_version") == f"{FORM} A/1"


def test_two_versions_cannot_be_in_force_on_one_day():
	day = frappe.utils.getdate() + timedelta(days=10)
	approve(draft("A/1", effective_from=day))
	for effective_from in (day, day - timedelta(days=1), None):
		with pytest.raises(FormControlError, match="A/1"):
			approve(draft(f"B/{effective_from}", effective_from=effective_from))


def test_version_cannot_take_force_in_the_past():
	with pytest.raises(FormControlError, match="has passed"):
		approve(draft(effective_from=frappe.utils.getdate() - timedelta(days=1)))


def test_approved_version_changes_by_no_door():
	version = f"{FORM} A/0"
	for values in ({"title_en": "x"}, {"print_qr": 0}, {"in_force_until": "2026-01-01"}, {"status": "Draft"}):
		doc = frappe.get_doc("Controlled Form Version", version)
		doc.update(values)
		try:
			doc.save()
		except FormControlError:
			pass
		assert {key: frappe.db.get_value("Controlled Form Version", version, key) for key in values} != values
	doc = frappe.get_doc("Controlled Form Version", version)
	doc.signature_lines[0].line_label = "Forged"
	with pytest.raises(FormControlError, match="new version"):
		doc.save()
	with pytest.raises(FormControlError):
		frappe.delete_doc("Controlled Form Version", version)
	with pytest.raises(FormControlError):
		frappe.delete_doc("Controlled Form", FORM)


def test_approved_version_changes_by_no_door_of_the_api(client):
	version = f"{FORM} A/0"
	administrator = client("service_admin")
	with pytest.raises(Refused, match="approved and cannot be changed"):
		administrator.update("Controlled Form Version", version, title_en="x")
	with pytest.raises(Refused, match="approved and cannot be changed"):
		administrator.call(
			"frappe.client.set_value", doctype="Controlled Form Version", name=version, fieldname="title_zh", value="x"
		)


def test_who_prepared_a_version_does_not_approve_it_and_a_clerk_neither(client):
	administrator, manager, clerk = client("service_admin"), client("manager"), client("clerk")
	number = f"T-{frappe.generate_hash(length=6)}"
	administrator.insert("Controlled Form", form_number=number, document_type="Complaint", is_default=0)
	values = {"controlled_form": number, "version": "1", "title_en": "Trial", "title_zh": "试用"}
	with pytest.raises(Refused, match="403"):
		clerk.insert("Controlled Form Version", **values)
	name = administrator.insert("Controlled Form Version", **values)["name"]
	for wrong in (administrator, clerk):
		with pytest.raises(Refused):
			wrong.workflow("Controlled Form Version", name, "Approve Form")
	reached = manager.workflow("Controlled Form Version", name, "Approve Form")
	assert (reached["status"], reached["approved_by"]) == ("In Force", email("manager"))
	assert reached["prepared_by"] == email("service_admin")
	frappe.db.rollback()
	assert frappe.db.get_value("Controlled Form", number, ["status", "title_zh"]) == ("In Force", "试用")


def test_withdrawn_form_prints_old_records_and_no_new_ones():
	old = make_complaint()
	before = printed(old)
	from frappe.model.workflow import apply_workflow

	apply_workflow(frappe.get_doc("Controlled Form Version", f"{FORM} A/0"), "Withdraw Form")
	assert frappe.db.get_value("Controlled Form", FORM, "status") == "Withdrawn"
	assert printed(old) == before
	new = make_complaint()
	assert FORM not in printed(new)
	with pytest.raises(PrintRefusedError, match="in force"):
		printed(new, form=FORM)


def test_withdrawing_a_coming_version_leaves_the_present_one_in_force():
	from frappe.model.workflow import apply_workflow

	version = approve(draft(effective_from=frappe.utils.getdate() + timedelta(days=10)))
	apply_workflow(version, "Withdraw Form")
	assert frappe.db.get_value("Controlled Form Version", f"{FORM} A/0", "in_force_until") is None
	assert register.in_force(FORM).version == "A/0"


def test_draft_is_marked_wherever_it_is_printed():
	version = draft()
	assert "Draft" in printed(make_complaint(), form=version.name)


def test_form_in_another_version_than_the_records_own_is_marked():
	approve(draft())
	assert "Superseded" in printed(make_complaint(), form=f"{FORM} A/0")


def test_next_version_with_a_layout_of_its_own_prints_from_the_desks_button():
	"""The desk names the DocType's default layout; each record prints in its own version's layout all the same."""
	old = make_complaint()
	before = printed(old)
	copy = frappe.copy_doc(frappe.get_doc("Print Format", LAYOUT))
	copy.name = "Second Layout"
	copy.html = copy.html.replace('{{ box("Cause", "cause") }}', "<p>Laid out anew</p>")
	copy.insert()
	approve(draft("A/1", print_format="Second Layout"))
	new = make_complaint()
	for layout in (LAYOUT, "Second Layout"):
		for complaint, expected, unexpected in ((old, "A/0", "Laid out anew"), (new, "Laid out anew", "A/0")):
			html = printing.render_html(frappe.get_doc("Complaint", complaint.name), print_format=layout, language="en")
			text = text_of(printing.html_to_pdf(html))
			assert expected in text and unexpected not in text and "Not the Approved" not in text
	assert printed(old) == before


def test_copied_layout_prints_as_it_is_and_says_that_it_is_not_the_approved_one():
	copy = frappe.copy_doc(frappe.get_doc("Print Format", LAYOUT))
	copy.name = "Our Own Layout"
	copy.html = copy.html.replace('{{ box("Cause", "cause") }}', "<p>Our own remark</p>")
	copy.insert()
	complaint = frappe.get_doc("Complaint", make_complaint().name)
	html = printing.render_html(complaint, print_format="Our Own Layout", language="en")
	text = text_of(printing.html_to_pdf(html))
	assert "Our own remark" in text and FORM in text
	assert "Not the Approved Layout" in " ".join(text.split())


def test_preview_and_pdf_show_the_same_approved_body():
	from frappe.www.printview import get_html_and_style

	complaint = make_complaint(description="预览一致")
	change_layout("Changed after approval")
	preview = get_html_and_style("Complaint", complaint.name, print_format=LAYOUT)["html"]
	whole = printing.render_html(frappe.get_doc("Complaint", complaint.name))
	assert "预览一致" in preview and "Changed after approval" not in preview
	start = preview.index('<div class="form-number">')
	assert preview[start : preview.rindex("</table>")] in whole


@pytest.mark.parametrize(
	"broken, line",
	[
		("<p>one</p>\n<p>two</p>\n{% if doc.name %}\n", "3"),
		("<p>one</p>\n{{ doc.name | no_such_filter }}", "2"),
		("<p>one</p>\n<p>two</p>\n{{ 1 / 0 }}", "3"),
	],
)
def test_broken_layout_is_refused_with_its_line_and_the_good_one_stays(broken, line):
	complaint = make_complaint()
	before = printed(complaint)
	layout = frappe.get_doc("Print Format", LAYOUT)
	good = layout.html
	layout.html = broken
	frappe.clear_messages()
	with pytest.raises(frappe.ValidationError) as refused:
		layout.save()
	said = str(refused.value) + "".join(str(message) for message in frappe.get_message_log())
	assert f"ine {line}" in said
	assert frappe.db.get_value("Print Format", LAYOUT, "html") == good
	assert printed(complaint) == before


def test_version_with_a_broken_layout_is_not_approved():
	version = draft()
	frappe.db.set_value("Print Format", LAYOUT, "html", "<p>one</p>\n{{ 1 / 0 }}", update_modified=False)
	frappe.clear_document_cache("Print Format", LAYOUT)
	with pytest.raises(PrintRefusedError, match="Line 2"):
		approve(version)


def test_empty_form_has_its_number_boxes_to_tick_and_no_record():
	text = text_of(printing.render_blank(FORM, "both"))
	assert FORM in text and "A/0" in text and "客户品质反馈单" in text and "____" in text
	assert "☐ 紧急 Urgent" in text, "choices are ticked by hand"
	assert "CMP-" not in text and "None" not in text
	assert re.search(r"\b1 ?/ ?1\b", text), "one sheet"


def test_signatures_are_those_of_the_workflow():
	"""P1's form: prepared by the maker, reviewed by who decided, approved by who closed; reopened, it is signed anew."""
	from customer_service.organisation import events

	complaint = make_complaint()
	signed = signatures(complaint)
	assert signed["Prepared By"][0] == "Administrator" and signed["Reviewed By"] == ("", "")
	decided = frappe.utils.get_datetime("2026-03-02 09:30:00")
	frappe.set_user(email("quality_head"))
	events.record(complaint, "State Changed", "Investigating", "Decided", at=decided)
	frappe.set_user("Administrator")
	assert signatures(complaint)["Reviewed By"] == ("Hanna Head", "2026-03-02 09:30")
	events.record(complaint, "Reopened", "Answered", "Reopened", at=decided + timedelta(hours=1))
	assert signatures(complaint)["Reviewed By"] == ("", ""), "a new round is signed anew"


def signatures(complaint) -> dict:
	from customer_service.controlled_forms import signatures as module

	doc = frappe.get_doc("Complaint", complaint.name)
	return {line.label: (str(line.person), line.when) for line in module.of(doc, register.version_of(doc))}


def test_change_record_of_the_form_is_printed_where_the_version_says_so():
	first = make_complaint()
	approve(draft("A/1", print_changes=1, change_order_no="ECN-77"))
	second = make_complaint()
	approve(draft("A/2"))
	text = printed(second)
	assert "ECN-77" in text and "New measures" in text
	assert text == printed(second) and "A/2" not in text, "later versions do not appear in an earlier print"
	assert "ECN-77" not in printed(first)


@pytest.mark.parametrize(
	"paper, size", [("A4", (595, 842)), ("A5", (420, 595)), ("Letter", (612, 792)), ("Label", (283, 170))]
)
def test_paper_sizes(paper, size):
	"""In points: A4 210 × 297 mm, A5 148 × 210 mm, Letter 8.5 × 11 in, the label 100 × 60 mm."""
	import io

	from pypdf import PdfReader

	approve(draft("A/1", paper_size=paper, print_format=None))
	content = printing.render_pdf("Complaint", make_complaint().name)
	box = PdfReader(io.BytesIO(content)).pages[0].mediabox
	assert (round(box.width), round(box.height)) == size


def test_any_record_prints_field_by_field_without_a_layout():
	frappe.get_doc({"doctype": "Controlled Form", "form_number": "T-9", "document_type": "Service Customer"}).insert()
	version = frappe.get_doc(
		{
			"doctype": "Controlled Form Version",
			"controlled_form": "T-9",
			"version": "1",
			"title_en": "Customer Sheet",
			"title_zh": "客户资料表",
		}
	).insert()
	approve(version)
	from customer_service.tests.factories import make_customer

	customer = make_customer(region="华东")
	text = text_of(printing.render_pdf("Service Customer", customer.name, language="both"))
	for expected in ("客户资料表", "Customer Sheet", "T-9", "华东", customer.customer_name, "Li Example"):
		assert expected in text, expected


def test_contact_record_prints_on_its_form():
	contact = make_contact(content="客户询问交期", answer="下周发货")
	text = text_of(printing.render_pdf("Contact Record", contact.name, language="zh"))
	for expected in ("顾客信息记录表", "CR-01", "A/0", contact.name, "客户询问交期", "下周发货", "电话"):
		assert expected in text, expected


def test_cancelled_record_is_marked_on_every_page():
	complaint = make_complaint(description="\n".join(["line"] * 120))
	complaint.db_set({"workflow_state": "Cancelled", "state_category": "Cancelled"})
	text = printed(complaint)
	assert text.count("Cancelled") >= text.count("\f"), "one mark a page, besides the status"


def test_language_mode_of_the_version_decides():
	approve(draft("A/1", language_mode="Chinese"))
	text = text_of(printing.render_pdf("Complaint", make_complaint().name))
	assert "客户品质反馈单" in text and "Customer Quality Feedback" not in text


def test_two_approvals_at_once_leave_one_version_in_force():
	"""Two managers approve two drafts at the same moment, in processes of their own."""
	import sys
	import time

	number = f"R-{frappe.generate_hash(length=6)}"
	frappe.get_doc({"doctype": "Controlled Form", "form_number": number, "document_type": "Contact Record"}).insert()
	for version in ("1", "2"):
		frappe.get_doc(
			{
				"doctype": "Controlled Form Version",
				"controlled_form": number,
				"version": version,
				"title_en": "Race",
				"title_zh": "竞争",
			}
		).insert()
	frappe.db.commit()
	program = """
import os, sys, time, frappe
frappe.init(site=os.environ["CS_SITE"]); frappe.connect(); frappe.set_user("Administrator")
from frappe.model.workflow import apply_workflow
doc = frappe.get_doc("Controlled Form Version", sys.argv[1])
time.sleep(max(0, float(sys.argv[2]) - time.time()))
try:
	apply_workflow(doc, "Approve Form"); frappe.db.commit(); print("done")
except Exception as error:
	print(type(error).__name__)
"""
	start = str(time.time() + 4)
	both = [
		subprocess.Popen(
			[sys.executable, "-c", program, f"{number} {version}", start], stdout=subprocess.PIPE, text=True
		)
		for version in ("1", "2")
	]
	said = [process.communicate(timeout=60)[0].strip() for process in both]
	frappe.db.rollback()
	rows = frappe.get_all(
		"Controlled Form Version", {"controlled_form": number}, ["status", "in_force_since", "in_force_until"]
	)
	open_ended = [row for row in rows if row.in_force_since and not row.in_force_until]
	assert "done" in said and len(open_ended) == 1, (said, rows)
	frappe.db.set_value("Controlled Form", number, "is_default", 0)
	frappe.db.commit()
