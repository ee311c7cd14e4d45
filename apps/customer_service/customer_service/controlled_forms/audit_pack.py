"""The audit pack: everything that proves a process or a clause of the standard for a period, with an index in front.

It holds the forms and their versions, the records made in the period, each on the form version it was made under, and the log of
what was done to them.
"""

import csv
import io
from datetime import datetime, time, timedelta

import frappe
from frappe import _
from frappe.utils import escape_html, getdate

from customer_service.controlled_forms import (
	batch,
	layout,
	printing,
	procedure_documents,
	register,
	registers,
	verification,
)
from customer_service.exceptions import PrintRefusedError
from customer_service.organisation import exports, processes


def check(job) -> None:
	"""Refuse a pack without a period, or of nothing.

	:raises PrintRefusedError: says what is missing.
	"""
	if not job.from_date or not job.to_date or getdate(job.to_date) < getdate(job.from_date):
		frappe.throw(_("Give the period: From, and To not before it."), PrintRefusedError)
	if not job.process_module and not job.clause:
		frappe.throw(_("Choose a process or a clause."), PrintRefusedError)
	if not _forms(job):
		frappe.throw(_("No controlled form belongs to this process or clause."), PrintRefusedError)
	job.total = sum(len(_names(job, doctype)) for doctype in _doctypes(job))
	if job.total > batch.MOST_RECORDS:
		frappe.throw(
			_("{0} records are too many for one pack (at most {1}). Choose a shorter period.").format(
				job.total, batch.MOST_RECORDS
			),
			PrintRefusedError,
		)


def _forms(job) -> list[frappe._dict]:
	forms = frappe.get_all(
		"Controlled Form",
		fields=["name", "document_type", "clause", "title_en", "title_zh", "status", "retention_months"],
		order_by="name asc",
	)
	return [form for form in forms if _belongs(form, job) and processes.is_doctype_on(form.document_type)]


def _belongs(form, job) -> bool:
	if job.process_module and frappe.get_meta(form.document_type).module != job.process_module:
		return False
	return not job.clause or job.clause.strip() in _clauses(form.clause)


def _clauses(text: str | None) -> set[str]:
	return {clause.strip() for clause in (text or "").replace("，", ",").split(",")}


def _procedures(job) -> list[str]:
	"""Names of the procedure versions of the clause or process that were in force at the end of the period."""
	documents = frappe.get_all(
		"Procedure Document", fields=["name", "iso_clauses", "process_name"], order_by="name asc"
	)
	wanted = [
		document.name
		for document in documents
		if (not job.clause or job.clause.strip() in _clauses(document.iso_clauses))
		and (not job.process_module or document.process_name == job.process_module)
	]
	versions = [procedure_documents.version_in_force(name, getdate(job.to_date)) for name in wanted]
	return [version for version in versions if version]


def _doctypes(job) -> list[str]:
	return list(dict.fromkeys(form.document_type for form in _forms(job)))


def _names(job, doctype: str) -> list[str]:
	"""Records made in the period that the job's maker may list, the earliest first."""
	first = datetime.combine(getdate(job.from_date), time())
	after = datetime.combine(getdate(job.to_date) + timedelta(days=1), time())
	return frappe.get_list(
		doctype,
		filters=[["creation", ">=", first], ["creation", "<", after]],
		pluck="name",
		order_by="creation asc",
		limit_page_length=0,
	)


def make(job, beat) -> tuple[bytes, list[str]]:
	"""The pack of a job as PDF or ZIP, and why records were left out."""
	choice = frappe._dict(version=None)
	with printing.printing_as(choice, printing.LANGUAGE_OF_MODE.get(job.language)):
		form = frappe._dict(languages=layout.languages(None))
	pack = _Pack(job, form)
	pack.add_forms()
	pack.add_procedures()
	pack.add_records(beat)
	pack.add_log()
	return pack.finish(), pack.left_out


class _Pack:
	"""Collects the parts; the index is made last, when the page numbers are known, and stands first."""

	def __init__(self, job, form):
		self.job, self.form = job, form
		self.as_zip = job.output == "ZIP"
		self.writer = batch.Zip() if self.as_zip else batch.OnePdf()
		self.left_out: list[str] = []
		self.index: list[list] = []
		self.docs: list[tuple[str, str]] = []

	def label(self, text: str):
		return layout.cs_label(text, self.form)

	def titles(self, text: str) -> list[str]:
		return [layout.in_language(language, text) for language in self.form.languages]

	def add_table(self, titles: list[str], file_name: str, heads: list, rows: list[list]) -> None:
		"""A table of the pack: its own part, and a line of the index."""
		place = self._place(file_name, registers.table_html(titles, self.form, heads, rows))
		self.index.append([escape_html(" ".join(dict.fromkeys(titles))), "", "", "", place])

	def _place(self, file_name: str, html: str) -> str:
		if self.as_zip:
			self.writer.add_file(file_name, printing.html_to_pdf(html))
			return escape_html(file_name)
		return str(self.writer.add_page(html))

	def add_forms(self) -> None:
		rows = []
		for form in _forms(self.job):
			for version in frappe.get_all(
				"Controlled Form Version",
				filters={"controlled_form": form.name, "status": ("!=", register.DRAFT)},
				fields=["version", "status", "in_force_since", "in_force_until", "change_summary", "approved_by"],
				order_by="in_force_since asc",
			):
				rows.append(
					[
						escape_html(form.name),
						escape_html((form.title_zh if "zh" in self.form.languages else form.title_en) or ""),
						escape_html(version.version),
						self.label(version.status),
						_moment(version.in_force_since),
						_moment(version.in_force_until),
						escape_html(version.change_summary or ""),
						escape_html(version.approved_by or ""),
						escape_html(str(form.retention_months or "")),
					]
				)
		heads = [
			self.label("Form Number"),
			self.label("Title"),
			self.label("Version"),
			self.label("Status"),
			self.label("In Force Since"),
			self.label("In Force Until"),
			self.label("What Has Changed"),
			self.label("Approved By"),
			self.label("Retention (months)"),
		]
		self.add_table(self.titles("Controlled Forms"), "forms.pdf", heads, rows)

	def add_procedures(self) -> None:
		for name in _procedures(self.job):
			self._add("Procedure Document Version", name)

	def add_records(self, beat) -> None:
		done = 0
		for doctype in _doctypes(self.job):
			for name in _names(self.job, doctype):
				self._add(doctype, name)
				done += 1
				beat(self.job, done, self.job.total)

	def _add(self, doctype: str, name: str) -> None:
		language = printing.LANGUAGE_OF_MODE.get(self.job.language)
		place = batch.add_record(self.writer, doctype, name, self.left_out, language=language)
		if place:
			self._note(frappe.get_doc(doctype, name), f"{name}.pdf" if self.as_zip else str(place))

	def _note(self, doc, place: str) -> None:
		own = doc.control_head() if hasattr(doc, "control_head") else None
		version = register.version_of(doc)
		form = f"{own['number']} {own['version']}" if own else version.name if version else ""
		self.docs.append((doc.doctype, doc.name))
		self.index.append(
			[
				escape_html(f"{layout.in_language(self.form.languages[0], doc.doctype)} {doc.name}"),
				escape_html(form),
				self.label(doc.get("state_category") or doc.get("status") or ""),
				verification.check_code(doc),
				escape_html(place),
			]
		)

	def add_log(self) -> None:
		rows = self._events()
		heads = [
			self.label("Record"),
			self.label("Event"),
			self.label("Before"),
			self.label("After"),
			self.label("Actor"),
			self.label("Happened At"),
		]
		safe = [[escape_html(str(cell or "")) for cell in row] for row in rows]
		self.add_table(self.titles("Audit Trail"), "log.pdf", heads, safe)
		if self.as_zip:
			out = io.StringIO()
			writer = csv.writer(out)
			writer.writerow(["record", "event", "before", "after", "actor", "happened_at"])
			writer.writerows([[exports.safe_cell(str(cell or "")) for cell in row] for row in rows])
			self.writer.add_file("log.csv", out.getvalue().encode("utf-8-sig"))

	def _events(self) -> list[list]:
		rows = []
		for doctype in dict.fromkeys(doctype for doctype, _name in self.docs):
			names = [name for of, name in self.docs if of == doctype]
			rows += frappe.get_all(
				"Service Event",
				filters={"reference_doctype": doctype, "reference_name": ("in", names)},
				fields=["reference_name", "event", "before_value", "after_value", "actor", "happened_at"],
				order_by="happened_at asc, creation asc",
				as_list=True,
			)
		return [[*row[:5], _moment(row[5])] for row in rows]

	def finish(self) -> bytes:
		"""The whole pack, index first."""
		if self.as_zip:
			self.writer.add_file("index.pdf", printing.html_to_pdf(self._index_html(self.index)))
			return self.writer.finish()
		pages = len(printing.lay_out(self._index_html(self.index)).pages)
		shifted = [[*row[:4], str(int(row[4]) + pages)] for row in self.index]
		front = printing.html_to_pdf(self._index_html(shifted))
		return batch.join([front, self.writer.finish()])

	def _index_html(self, rows: list[list]) -> str:
		job = self.job
		intro = [
			(self.label("Process"), self.label(job.process_module or "")),
			(self.label("Clause"), escape_html(job.clause or "")),
			(self.label("Period"), f"{getdate(job.from_date)} – {getdate(job.to_date)}"),
			(self.label("Records"), str(len(self.docs))),
			(self.label("Left Out"), str(len(self.left_out))),
			(self.label("Made By"), escape_html(frappe.utils.get_fullname(job.owner))),
		]
		place = self.label("File") if self.as_zip else self.label("Page")
		heads = [self.label("Part"), self.label("Form"), self.label("Status"), self.label("Check"), place]
		return registers.table_html(self.titles("Audit Pack"), self.form, heads, rows, intro)


def _moment(value) -> str:
	return value.strftime("%Y-%m-%d %H:%M") if value else ""
