"""B9: the PDF of a complaint's controlled form, and of a pro forma invoice, against WeasyPrint alone on the same page.

Ours: `render_pdf` as the API calls it: load the record, check the permission, form in force, Jinja layout, guarded fetcher, write.
Theirs: `weasyprint.HTML(string=…).write_pdf()` with the HTML that ours made. The complaint is written in Chinese, has been
through a few steps, and prints as Quality Feedback Form. Time is the process's CPU.

The pro forma invoice has twelve lines, discounts, freight and two payment parts, and prints in both languages.

Batch: records put into one PDF against the same records one by one, for each record. Growth: one record with more and more rows.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import contextmanager

import frappe
import weasyprint
from pypdf import PdfReader

from benchmarks.protocol import CPU, Result, Side, compare, measure, micro, require_equal, time_block
from customer_service.controlled_forms import batch, printing
from customer_service.organisation import events
from customer_service.tests import factories, proforma

GOAL = 1.10
LAYOUT = "Quality Feedback Form"
STEPS = 18
BATCH = 3
INVOICE_LINES = 12

TEXTS = {
	"reported_company": "示例仪器有限公司",
	"contact_person": "李示例",
	"order_no": "ORD-2026-0317",
	"part_no": "BG-示例-01",
	"description": "2026年3月收到的第二批货物中，两千件里有五百件表面有划痕，外包装完好。" * 6,
	"customer_demand": "请尽快补发合格品，并说明划痕产生的原因以及今后的预防措施。" * 3,
	"cause": "出货前的堆放夹具边缘磨损，搬运时与工件表面接触。" * 4,
	"decision": "不良品全数更换，运费由我方承担。" * 3,
	"measures": "更换夹具护边；每班点检一次；出货检验增加表面项目。" * 4,
	"answer": "已安排补发五百件，预计五个工作日内送达。" * 3,
}


def run(verbose: bool = False) -> list[Result]:
	"""One PDF against bare WeasyPrint, many in one file against one by one, and the time of a row."""
	return [*single(), invoice(), batch_against_singles(), growth()]


def single() -> list[Result]:
	"""One record's PDF against WeasyPrint alone on the same page."""
	with complaint() as case:
		html = printing.render_html(frappe.get_doc(case.doctype, case.name), language="zh")
		mine, bare = ours(case.name), theirs(html)
		require_equal(fingerprint(mine), fingerprint(bare), "B9 PDFs")
		check(mine, case)
		comparison, control, remark = measure(
			Side("render_pdf", lambda: ours(case.name)), Side("weasyprint", lambda: theirs(html)), CPU, rounds=20
		)
		page = Side("page only", lambda: printing.render_html(frappe.get_doc("Complaint", case.name), language="zh"))
		parts = compare(page, page, CPU, rounds=5)
	pages = len(PdfReader(io.BytesIO(mine)).pages)
	print(
		f"  {micro(comparison.ours)} / {micro(comparison.theirs)} = {comparison.ratio:.3f} "
		f"[{comparison.low:.3f}, {comparison.high:.3f}], control {control:.3f} {remark}; page's HTML alone {micro(parts.ours)}"
	)
	return [
		Result(
			id="B9",
			what="PDF of a Complaint / WeasyPrint on the same page",
			ratio=comparison.ratio,
			low=comparison.low,
			high=comparison.high,
			control=control,
			goal=f"≤ {GOAL:.2f}",
			met=comparison.ratio <= GOAL and not remark.startswith("VOID"),
			note=(
				f"{micro(comparison.ours)} against {micro(comparison.theirs)} CPU; {pages} page(s), {STEPS + 1} rows of steps, Chinese; "
				f"load, permission and Jinja {micro(parts.ours)}; WeasyPrint {weasyprint.__version__}. {remark}"
			).strip(),
		)
	]


def invoice() -> Result:
	"""A pro forma invoice's PDF against WeasyPrint alone on the same page."""
	with pro_forma() as doc:
		name = doc.name
		html = printing.render_html(frappe.get_doc(doc.doctype, name), language="both")
		mine, bare = of_invoice(name), theirs(html)
		require_equal(fingerprint(mine), fingerprint(bare), "B9 invoice PDFs")
		text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(mine)).pages)
		for expected in (name, "形式发票", "Pro Forma Invoice", doc.total_in_chinese, doc.swift):
			if expected not in text:
				raise AssertionError(f"B9 invoice: {expected} is not in the PDF")
		comparison, control, remark = measure(
			Side("render_pdf", lambda: of_invoice(name)), Side("weasyprint", lambda: theirs(html)), CPU, rounds=20
		)
	print(
		f"  invoice {comparison.ratio:.3f} [{comparison.low:.3f}, {comparison.high:.3f}], control {control:.3f} {remark}"
	)
	return Result(
		id="B9 invoice",
		what="PDF of a Pro Forma Invoice / WeasyPrint on the same page",
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control,
		goal=f"≤ {GOAL:.2f}",
		met=comparison.ratio <= GOAL and not remark.startswith("VOID"),
		note=(
			f"{micro(comparison.ours)} against {micro(comparison.theirs)} CPU; {INVOICE_LINES} lines, both languages; "
			f"WeasyPrint {weasyprint.__version__}. {remark}"
		).strip(),
	)


def of_invoice(name: str) -> bytes:
	return printing.render_pdf("Pro Forma Invoice", name, language="both")


@contextmanager
def pro_forma():
	"""An issued invoice of twelve lines, seen by a clerk; rolled back."""
	try:
		proforma.make_company()
		lines = [proforma.line(10 + number, 9.99 + number, 5 * (number % 2)) for number in range(INVOICE_LINES)]
		charges = {"discount_kind": "Percentage", "discount_percent": 2, "freight": 120, "insurance": 12.35}
		doc = proforma.issued(lines=lines, **charges)
		frappe.set_user(factories.email("clerk"))
		yield doc
	finally:
		frappe.set_user("Administrator")
		frappe.db.rollback()


def batch_against_singles() -> Result:
	"""Records in one file, each against its own PDF; the batch of 100 is timed once, since 20 rounds of it take half an hour."""
	with complaint() as case:
		names = [case.name] * BATCH
		require_equal(fingerprint(together(names)), fingerprint(apart(names)), "B9 batch")
		comparison, control, remark = measure(
			Side("batch", lambda: together(names)), Side("singles", lambda: apart(names)), CPU, rounds=20
		)
		hundred = time_block(Side("batch of 100", lambda: together([case.name] * 100)), CPU) / 100
	each = comparison.theirs / BATCH
	print(f"  batch {comparison.ratio:.3f}, control {control:.3f} {remark}; of 100: {hundred / each:.3f}")
	return Result(
		id="B9 batch",
		what=f"each of {BATCH} records in one PDF / its own PDF",
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control,
		goal="≤ 0.95",
		met=comparison.ratio <= 0.95 and not remark.startswith("VOID"),
		note=(
			f"{micro(comparison.ours / BATCH)} against {micro(each)} CPU a record; in a batch of 100, timed once: "
			f"{micro(hundred)}, {hundred / each:.2f}. {remark}"
		).strip(),
	)


def growth() -> Result:
	"""Milliseconds that a further row of a long record costs, from 100 to 900 rows; half of them first, to see it is linear."""
	seconds = {}
	for rows in (100, 500, 900):
		with complaint(rows) as case:
			ours(case.name)
			seconds[rows] = min(time_block(Side("pdf", lambda: ours(case.name)), CPU) for _round in range(3))
	first, second = ((seconds[rows + 400] - seconds[rows]) / 400 for rows in (100, 500))
	print(f"  a row: {micro(first)} up to 500, {micro(second)} up to 900")
	return Result(
		id="B9 growth",
		what="a further row above 500 / one below",
		ratio=second / first,
		low=second / first,
		high=second / first,
		control=1.0,
		goal="linear, ≤ 6 ms a row",
		met=second / first <= 1.20 and max(first, second) <= 0.006,
		note=f"{micro(first)} a row from 100 to 500 rows, {micro(second)} from 500 to 900; best of three, no interval.",
	)


def together(names: list[str]) -> bytes:
	writer = batch.OnePdf()
	for name in names:
		doc = frappe.get_doc("Complaint", name)
		printing.check_permission(doc)
		writer.add(doc, language="zh")
	return writer.finish()


def apart(names: list[str]) -> bytes:
	return batch.join([ours(name) for name in names])


def ours(name: str) -> bytes:
	return printing.render_pdf("Complaint", name, language="zh")


def theirs(html: str) -> bytes:
	return weasyprint.HTML(string=html).write_pdf()


def fingerprint(pdf: bytes) -> str:
	"""A hash of the pages' text in order."""
	text = "\f".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
	return hashlib.sha256(text.encode()).hexdigest()


def check(pdf: bytes, case) -> None:
	"""The PDF is the form that it claims to be."""
	text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
	for expected in (case.name, "客户品质反馈单", "HT-QR-MA-08", "示例仪器有限公司"):
		if expected not in text:
			raise AssertionError(f"B9: {expected} is not in the PDF")


@contextmanager
def complaint(steps: int = STEPS):
	"""A complaint in Chinese with a long trail, seen by a clerk; rolled back."""
	try:
		case = factories.make_complaint(**TEXTS, language="zh")
		for number in range(steps):
			before, after = ("Acknowledged", "Assessed") if number % 2 else ("Received", "Acknowledged")
			events.record(case, "State Changed", before, after)
		require_equal(case.meta.default_print_format or LAYOUT, LAYOUT, "B9 layout")
		frappe.set_user(factories.email("clerk"))
		yield case
	finally:
		frappe.set_user("Administrator")
		frappe.db.rollback()
