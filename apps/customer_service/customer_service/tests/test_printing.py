"""Prints (J-1): the controlled form in both languages, by every way a user has, through a renderer that fetches nothing (S6)."""

import io
import re
import subprocess

import frappe
import pytest
from pypdf import PdfReader

from customer_service.controlled_forms import printing
from customer_service.exceptions import PrintRefusedError
from customer_service.tests.factories import make_complaint

CHINESE = "外壳有裂纹，共五百件，请尽快更换。㐀𠮷"


def text_of(content: bytes) -> str:
	done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
	return done.stdout.decode()


@pytest.mark.parametrize(
	"language, has, has_not",
	[
		("zh", ["客户品质反馈单", "订单号", "品质部"], ["Customer Quality Feedback", "Order No."]),
		("en", ["Customer Quality Feedback", "Order No.", "Quality Department"], ["客户品质反馈单", "订单号"]),
		("both", ["客户品质反馈单", "Customer Quality Feedback", "订单号", "Order No."], []),
	],
)
def test_form_in_each_language_mode(language, has, has_not):
	complaint = make_complaint(description=CHINESE)
	text = text_of(printing.render_pdf("Complaint", complaint.name, language=language))
	for expected in (complaint.name, "HT-QR-MA-08", "A/0", CHINESE, *has):
		assert expected in text, expected
	for unexpected in has_not:
		assert unexpected not in text, unexpected
	assert re.search(r"1 ?/ ?1", text), "an ordinary complaint fits on one page"


def test_long_form_repeats_its_head_and_counts_its_pages():
	complaint = make_complaint(description="\n".join(["one line"] * 150))
	content = printing.render_pdf("Complaint", complaint.name, language="en")
	pages = len(PdfReader(io.BytesIO(content)).pages)
	text = text_of(content)
	assert pages > 2
	assert text.count("Customer Quality Feedback") == pages
	for page in range(1, pages + 1):
		assert re.search(rf"{page} ?/ ?{pages}", text)


def test_preview_of_the_desk_shows_the_same_body():
	from frappe.www.printview import get_html_and_style

	complaint = make_complaint(description=CHINESE)
	preview = get_html_and_style("Complaint", complaint.name, print_format="Quality Feedback Form")["html"]
	assert CHINESE in preview and "HT-QR-MA-08" in preview


def test_several_records_in_one_file(client):
	names = [make_complaint(part_no=f"MULTI-{number}").name for number in range(3)]
	frappe.db.commit()
	response = client("clerk").read(
		"frappe.utils.print_format.download_multi_pdf",
		doctype="Complaint",
		name=frappe.as_json(names),
		format="Quality Feedback Form",
	)
	text = text_of(response.content)
	assert all(name in text for name in names)


def test_pdf_by_the_api_with_form_and_language(client):
	complaint = make_complaint(description=CHINESE)
	frappe.db.commit()
	values = {"doctype": "Complaint", "name": complaint.name, "form": "HT-QR-MA-08", "language": "both"}
	response = client("clerk").read("customer_service.controlled_forms.printing.pdf", **values)
	assert response.headers["Content-Type"] == "application/pdf"
	assert "客户品质反馈单" in text_of(response.content)


def test_unknown_language_and_foreign_form_are_refused():
	complaint = make_complaint()
	with pytest.raises(PrintRefusedError, match="zh, en or both"):
		printing.render_pdf("Complaint", complaint.name, language="de")
	for foreign in ("CR-01", "CR-01 A/0", "NO-SUCH-FORM"):
		with pytest.raises(PrintRefusedError, match=foreign):
			printing.render_pdf("Complaint", complaint.name, form=foreign)


def test_who_may_not_read_may_not_print(as_user):
	complaint = make_complaint(lead_department="Materials", contact_window="Materials", assisting_departments=[])
	as_user("quality_reviewer")
	with pytest.raises(frappe.PermissionError):
		printing.render_pdf("Complaint", complaint.name)
	as_user(None)
	with pytest.raises(frappe.PermissionError):
		printing.render_pdf("Complaint", complaint.name)


def test_picture_in_the_page_is_shown():
	pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	content = printing.html_to_pdf(f"<img src='data:image/png;base64,{pixel}'>")
	assert len(PdfReader(io.BytesIO(content)).pages[0].images) == 1


def test_page_of_unreasonable_size_is_refused():
	with pytest.raises(PrintRefusedError, match="too large"):
		printing.html_to_pdf("x" * (printing.MOST_HTML_BYTES + 1))
