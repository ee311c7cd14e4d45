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


ODD = {
	"a word of 65,000 letters": "x" * 64_000,
	"a Chinese text without a break": "裂" * 21_000,
	"emoji": "😀👩‍🔧🇨🇳",
	"right to left": "سطح المنتج مخدوش",
	"rare Chinese": "㐀𠮷𪚥",
	"control characters": "be\x00fore\x07 af\x1fter",
	"entities": "&amp; &lt;b&gt; &#x41;",
	"many lines": "\n".join(["line"] * 1000),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_text_prints_within_seconds_and_nothing_is_lost(kind):
	import time

	text = ODD[kind]
	complaint = frappe.get_doc("Complaint", make_complaint().name)
	complaint.description = text
	began = time.process_time()
	content = printing.html_to_pdf(printing.render_html(complaint, language="zh"))
	assert time.process_time() - began < 15
	printed = "".join(text_of(content).split())
	expected = "".join(text.replace("\x00", "").replace("\x07", "").replace("\x1f", "").split())
	if kind in ("a word of 65,000 letters", "a Chinese text without a break"):
		assert printed.count(text[0]) >= len(text)
	elif kind == "many lines":
		assert printed.count("line") >= 1000
	elif kind == "rare Chinese" or kind == "entities":
		assert expected in printed
	elif kind == "control characters":
		assert "beforeafter" in printed
	assert complaint.name in printed


def test_two_thousand_rows_are_refused_with_a_way_out():
	complaint = frappe.get_doc("Complaint", make_complaint().name)
	for _number in range(2000):
		complaint.append("assisting_departments", {"department": "Marketing"})
	with pytest.raises(PrintRefusedError, match="more than 1000 rows. Print it in parts"):
		printing.render_html(complaint)


def test_long_table_breaks_cleanly_and_repeats_its_head():
	"""400 steps: every page with rows has the table's head, no step is lost or torn apart."""
	from customer_service.organisation import events

	complaint = make_complaint()
	events.record_many(
		[("Complaint", complaint.name, "State Changed", "a", f"Step {number:03d}", None) for number in range(400)]
	)
	content = printing.render_pdf("Complaint", complaint.name, language="en")
	pages = text_of(content).split("\f")[:-1]
	rows = [re.findall(r"Step (\d{3})", page) for page in pages]
	assert sorted(number for page in rows for number in page) == [f"{number:03d}" for number in range(400)]
	assert all("Date and Time" in page for page, found in zip(pages, rows, strict=True) if found)
	assert len(pages) > 8


def test_missing_logo_leaves_its_place_empty():
	settings = frappe.get_doc("Customer Service Settings")
	for logo in ("/files/gone.png", "/private/files/../../site_config.json", "http://127.0.0.1:1/x.png"):
		settings.db_set("company_logo", logo)
		frappe.clear_document_cache("Customer Service Settings", "Customer Service Settings")
		html = printing.render_html(frappe.get_doc("Complaint", make_complaint().name))
		assert 'class="logo"' not in html


def test_without_a_chinese_font_the_print_is_refused_not_full_of_boxes(tmp_path):
	"""In a process whose fontconfig knows Latin faces only."""
	import os
	import sys

	config = tmp_path / "fonts.conf"
	config.write_text(
		'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
		f"<dir>/usr/share/fonts/truetype/dejavu</dir><cachedir>{tmp_path}</cachedir></fontconfig>"
	)
	program = """
import os, sys, frappe
frappe.init(site=os.environ["CS_SITE"]); frappe.connect()
from customer_service.controlled_forms import printing
print(len(printing.html_to_pdf("<p>Latin only</p>")) > 500)
try:
	printing.html_to_pdf("<p>外壳破裂</p>")
except Exception as error:
	print(type(error).__name__, error)
"""
	done = subprocess.run(
		[sys.executable, "-c", program],
		env={**os.environ, "FONTCONFIG_FILE": str(config)},
		capture_output=True,
		text=True,
		check=True,
	)
	assert done.stdout.splitlines()[0] == "True"
	assert "PrintRefusedError No font with Chinese characters" in done.stdout


def test_report_prints_as_pdf_without_wkhtmltopdf(client):
	response = client("clerk").request(
		"POST",
		"/api/method/frappe.utils.print_format.report_to_pdf",
		data={"html": "<h1>客诉清单</h1><img src='file:///etc/passwd'><table><tr><td>CMP-1</td></tr></table>"},
	)
	text = text_of(response.content)
	assert "客诉清单" in text and "CMP-1" in text and "root:" not in text
