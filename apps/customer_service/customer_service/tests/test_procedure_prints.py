"""Prints of procedures (J-3): marks and numbers on every page, controlled copies only with approval, text that fetches nothing (S6)."""

import io
import json
import re

import frappe
import pytest
from frappe.model.workflow import apply_workflow
from pypdf import PdfReader

from customer_service.controlled_forms import document_copies, fetcher, printing
from customer_service.controlled_forms.procedure_prints import cs_rich
from customer_service.exceptions import PrintRefusedError
from customer_service.tests.client import Refused
from customer_service.tests.factories import approve_version, make_copy, make_procedure, make_version
from customer_service.tests.test_printing import text_of

VERSION, COPY = "Procedure Document Version", "Document Copy"

LONG = "".join(f"<p>Paragraph {number} of the procedure. 程序第 {number} 段。</p>" for number in range(1, 151))


def pages_of(content: bytes) -> list[str]:
	count = len(PdfReader(io.BytesIO(content)).pages)
	pages = text_of(content).split("\f")[:count]
	assert count == len(pages)
	return pages


def test_every_page_says_that_a_print_is_uncontrolled():
	version = approve_version(make_version(make_procedure().name, content=LONG))
	pages = pages_of(printing.render_pdf(VERSION, version.name))
	assert len(pages) > 2
	for number, page in enumerate(pages, start=1):
		assert "Uncontrolled when printed / 打印件非受控" in page
		assert version.document in page and "A/0" in page
		assert re.search(rf"{number} ?/ ?{len(pages)}", page)


def test_every_page_of_a_controlled_copy_has_its_number():
	version = approve_version(make_version(make_procedure().name, content=LONG))
	make_copy(version.name)
	pages = pages_of(printing.render_pdf(COPY, make_copy(version.name, "engineer").name))
	assert len(pages) > 2
	for page in pages:
		assert "Controlled copy no. 2 / 受控副本 第 2 号" in page
		assert "Uncontrolled" not in page
	assert "Enno Engineer" in pages[0]


@pytest.mark.parametrize(
	"language, labels, others",
	[
		("en", ["Change Record", "Issue Date", "Countersigned"], ["更改记录", "已会签"]),
		("zh", ["更改记录", "发布日期", "已会签"], ["Change Record", "Countersigned"]),
		("both", ["更改记录 Change Record", "发布日期 Issue Date", "已会签 Countersigned"], []),
	],
)
def test_print_has_titles_dates_change_record_and_approvals(language, labels, others):
	version = approve_version(make_version(make_procedure().name))
	text = text_of(printing.render_pdf(VERSION, version.name, language=language))
	for expected in (
		version.document,
		"A/0",
		"Handling of Complaints",
		"客户投诉处理程序",
		str(version.issue_date),
		"CO-17",
		"First issue 首次发布",
		"8.2.1, 9.1.2",
		"每件投诉都有答复",
		"Hanna Head",
		"Ada Admin",
		"Gloria General",
		*labels,
	):
		assert expected in text, expected
	for unexpected in others:
		assert unexpected not in text, unexpected


def test_marks_follow_the_version():
	tomorrow = frappe.utils.add_days(frappe.utils.nowdate(), 1)
	draft = make_version(make_procedure().name)
	waiting = approve_version(make_version(make_procedure().name, effective_from=tomorrow))
	superseded = approve_version(make_version(make_procedure().name))
	approve_version(make_version(superseded.document, version="A/1"))
	withdrawn = apply_workflow(approve_version(make_version(make_procedure().name)), "Withdraw")
	expected = {
		draft.name: "Draft, not valid / 草案，无效",
		waiting.name: "Not yet in force / 尚未生效",
		superseded.name: "Superseded / 已作废",
		withdrawn.name: "Withdrawn / 已作废",
	}
	for name, mark in expected.items():
		for page in pages_of(printing.render_pdf(VERSION, name)):
			assert mark in page, name


@pytest.mark.parametrize("layout", ["Procedure Document", "Standard"])
def test_no_layout_leaves_the_mark_out(layout, client):
	version = approve_version(make_version(make_procedure().name))
	frappe.db.commit()
	assert "Uncontrolled when printed" in text_of(client("clerk").pdf(VERSION, version.name, format=layout))
	preview = client("clerk").read(
		"frappe.www.printview.get_html_and_style", doc=VERSION, name=version.name, print_format=layout
	)
	assert "Uncontrolled when printed" in preview.json()["message"]["html"]


def test_mark_does_not_follow_what_a_request_says(client):
	"""The desk can print a document that it sends along; its state is the stored one's."""
	version = approve_version(make_version(make_procedure().name))
	approve_version(make_version(version.document, version="A/1"))
	frappe.db.commit()
	version.reload()
	forged = {**json.loads(version.as_json()), "state_category": "Resolved", "workflow_state": "In Force"}
	answer = client("service_admin").call("frappe.www.printview.get_html_and_style", doc=json.dumps(forged))
	assert "Superseded" in answer["html"] and "Uncontrolled" not in answer["html"]


def test_controlled_copies_are_printed_only_with_approval(client):
	"""Whoever is not named prints uncontrolled ones; a holder has his copy already."""
	version = approve_version(make_version(make_procedure().name))
	copy = make_copy(version.name)
	frappe.db.commit()
	for person in ("clerk", "engineer", "quality_head", "employee"):
		with pytest.raises(Refused, match="403"):
			client(person).pdf(COPY, copy.name)
		with pytest.raises(Refused, match="403"):
			client(person).read("frappe.www.printview.get_html_and_style", doc=COPY, name=copy.name)
	assert "第 1 号" in text_of(client("general_manager").pdf(COPY, copy.name))


def test_returned_and_recalled_copies_are_not_printed_again():
	version = approve_version(make_version(make_procedure().name))
	returned, recalled = make_copy(version.name), make_copy(version.name)
	document_copies.confirm_return(returned.name, "Returned")
	approve_version(make_version(version.document, version="A/1"))
	for copy in (returned, recalled):
		with pytest.raises(PrintRefusedError, match="cannot be printed"):
			printing.render_pdf(COPY, copy.name)


def test_texts_of_a_procedure_are_escaped():
	procedure = make_procedure(title_en="R&D < Sales", title_zh="研发 & 销售", process_name="{{ 7*7 }}")
	version = make_version(
		procedure.name, changes=[{"summary": "5 < 6 & {{ 7*7 }}"}], content="<p>{{ 7*7 }} &lt;b&gt;</p>"
	)
	html = printing.render_html(version, language="en")
	for expected in ("R&amp;D &lt; Sales", "5 &lt; 6 &amp; {{ 7*7 }}", "{{ 7*7 }} &lt;b&gt;"):
		assert expected in html, expected


@pytest.mark.parametrize(
	"html, expected",
	[
		("<h2 onclick='x()'>One</h2>", "<h2>One</h2>"),
		("<p style='background:url(http://x)'>a</p>", "<p>a</p>"),
		("a<img src='file:///etc/passwd'>b", "ab"),
		("<a href='http://x'>link</a>", "link"),
		("<link rel=attachment href='file:///etc/passwd'>x", "x"),
		("<style>@import url(http://x);</style>x", "x"),
		("<svg><image href='http://x'/></svg>x", "x"),
		("<script>alert(1)</script>x", "x"),
		("<scr<script>ipt>y</script>x", None),
		("5 &lt; 6 &amp; 7", "5 &lt; 6 &amp; 7"),
		("&lt;img src=x&gt;", "&lt;img src=x&gt;"),
		(
			'<ol><li data-list="bullet">a</li><li class="ql-indent-2 evil" data-list="ordered">b</li></ol>',
			'<ol><li class="bullet">a</li><li class="indent-2">b</li></ol>',
		),
		("<table><tbody><tr><td data-row=1>x</td></tr></tbody></table>", None),
		(None, ""),
	],
)
def test_rich_text_keeps_its_form_and_fetches_nothing(html, expected, monkeypatch):
	shown = cs_rich(html)
	if expected is not None:
		assert shown == expected
	assert not re.search(r"<(?!/?(p|br|h\d|ol|ul|li|table|tbody|tr|td)\b)|<[^>]*\b(src|href|style|on\w+)\b", shown), (
		shown
	)
	asked = []
	monkeypatch.setattr(fetcher, "may_fetch", lambda url: asked.append(url))
	printing.html_to_pdf(f"<body>{shown}</body>")
	assert asked == []
