"""Many records printed in the background: a **Print Job** makes one PDF, a ZIP, a register or an audit pack.

A job carries its maker: what he may not print is left out and said so. It can be killed and started again: until it is done
nothing is kept of it, and only one process at a time works on it.
"""

import io
import json
import zipfile
from contextlib import contextmanager
from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint
from pypdf import PdfReader, PdfWriter
from weasyprint.text.fonts import FontConfiguration

from customer_service.controlled_forms import printing
from customer_service.exceptions import PrintRefusedError
from customer_service.organisation import clock

QUEUED, RUNNING, DONE, FAILED = "Queued", "Running", "Done", "Failed"
RECORDS, REGISTER, AUDIT_PACK = "Records", "Register", "Audit Pack"

MODE_OF_LANGUAGE = {language: mode for mode, language in printing.LANGUAGE_OF_MODE.items()}

MOST_RECORDS = 1_000
PAGES_AT_ONCE = 100  # laid-out records that are held in memory before they are written
BEAT_SECONDS = 2
STALLED_MINUTES = 5


class OnePdf:
	"""Puts records into one PDF, each with its own page numbers; faces are embedded once for many records, not for each."""

	def __init__(self):
		self.font_config = FontConfiguration()
		self.laid_out: list = []
		self.written: list[bytes] = []
		self.pages = 0

	def add(self, doc, **how) -> int:
		"""Print one record; see `printing.render_html` for the arguments. Returns the number of its first page."""
		return self.add_page(printing.render_html(doc, **how))

	def add_page(self, html: str) -> int:
		"""Add a page that is finished. Returns the number of its first sheet."""
		document = printing.lay_out(html, self.font_config)
		first = self.pages + 1
		self.pages += len(document.pages)
		self.laid_out.append(document)
		if len(self.laid_out) >= PAGES_AT_ONCE:
			self._write()
		return first

	def _write(self) -> None:
		if self.laid_out:
			pages = [each for document in self.laid_out for each in document.pages]
			self.written.append(self.laid_out[0].copy(pages).write_pdf())
			self.laid_out = []

	def finish(self) -> bytes:
		"""The whole file.

		:raises PrintRefusedError: if nothing was added.
		"""
		self._write()
		if not self.written:
			frappe.throw(_("There is nothing to print."), PrintRefusedError)
		return self.written[0] if len(self.written) == 1 else join(self.written)


def join(parts: list[bytes]) -> bytes:
	"""Several PDFs as one, their bookmarks kept."""
	writer = PdfWriter()
	for part in parts:
		writer.append(PdfReader(io.BytesIO(part)))
	out = io.BytesIO()
	writer.write(out)
	return out.getvalue()


class Zip:
	"""Puts files into a ZIP, each record a PDF of its own."""

	def __init__(self):
		self.out = io.BytesIO()
		self.archive = zipfile.ZipFile(self.out, "w", zipfile.ZIP_DEFLATED)
		self.names: set[str] = set()

	def add(self, doc, **how) -> int:
		"""Print one record into a file named after it; see `printing.render_html` for the arguments."""
		self.add_file(f"{doc.name}.pdf", printing.html_to_pdf(printing.render_html(doc, **how)))
		return 1

	def add_file(self, name: str, content: bytes) -> None:
		"""Add one file; a name that is there already gets a number."""
		clean = "".join("-" if each in '/\\:*?"<>|' or ord(each) < 32 else each for each in name)
		stem, dot, kind = clean.rpartition(".")
		number = 1
		while clean in self.names:
			number += 1
			clean = f"{stem} ({number}){dot}{kind}"
		self.names.add(clean)
		self.archive.writestr(clean, content)

	def finish(self) -> bytes:
		"""The whole archive."""
		if not self.names:
			frappe.throw(_("There is nothing to print."), PrintRefusedError)
		self.archive.close()
		return self.out.getvalue()


@frappe.whitelist(methods=["POST"])
def start(
	doctype: str,
	names: list | str,
	kind: str = RECORDS,
	form: str | None = None,
	language: str | None = None,
	output: str = "One PDF",
) -> str:
	"""Print many records in the background. The result is attached to the Print Job, whose name is returned.

	:param names: names of the records, a list or its JSON.
	:param kind: ``Records`` for their forms, ``Register`` for a table of them.
	:param form: name of a Controlled Form or Controlled Form Version; the form of each record if not given.
	:param language: ``zh``, ``en`` or ``both``; as the form says if not given.
	:param output: ``One PDF`` or ``ZIP``.
	:raises PrintRefusedError: for no record, or more than a job takes.
	"""
	frappe.has_permission(doctype, "print", throw=True)
	names = json.loads(names) if isinstance(names, str) else names
	job = frappe.new_doc("Print Job")
	job.update(
		{
			"kind": kind,
			"document_type": doctype,
			"controlled_form": form,
			"language": MODE_OF_LANGUAGE.get(language, language),
			"output": output,
			"records": json.dumps([str(name) for name in names]),
		}
	)
	return job.insert().name


def check(job) -> None:
	"""Refuse a job that could not be carried out.

	:raises PrintRefusedError: says what is missing.
	"""
	if job.kind == AUDIT_PACK:
		from customer_service.controlled_forms import audit_pack

		return audit_pack.check(job)
	if not job.document_type or not printing.handles(job.document_type):
		frappe.throw(_("Choose a document type that prints on forms."), PrintRefusedError)
	names = json.loads(job.records or "[]")
	if not names:
		frappe.throw(_("Choose at least one record."), PrintRefusedError)
	if len(names) > MOST_RECORDS:
		frappe.throw(_("One job prints at most {0} records.").format(MOST_RECORDS), PrintRefusedError)
	if job.controlled_form:
		from customer_service.controlled_forms import register

		register.chosen(job.document_type, job.controlled_form)
	job.total = len(names)


def enqueue(name: str) -> None:
	"""Hand a job to a worker, once what was stored is visible to it."""
	frappe.enqueue(run, queue="long", timeout=3600, enqueue_after_commit=True, name=name)


def run(name: str) -> None:
	"""Carry a job out (background). A job that another process has, or that is done, is left alone."""
	if not _claim(name):
		return
	job = frappe.get_doc("Print Job", name)
	try:
		content, left_out = make(job)
		_keep(job, content, left_out)
	except Exception as error:
		frappe.db.rollback()
		if not isinstance(error, frappe.ValidationError):
			job.log_error("Print Job failed")
		message = (
			str(error)
			if isinstance(error, frappe.ValidationError)
			else _("The job has failed. Please tell your administrator.")
		)
		job.db_set({"status": FAILED, "message": frappe.utils.strip_html(message)[:1000], "finished_at": clock.now()})
	frappe.db.commit()


def _claim(name: str) -> bool:
	"""Take a job, in one statement, so that of two processes one gets it; a stalled one may be taken over."""
	job = frappe.qb.DocType("Print Job")
	now = clock.now()
	stalled = now - timedelta(minutes=STALLED_MINUTES)
	(
		frappe.qb.update(job)
		.set(job.status, RUNNING)
		.set(job.started_at, now)
		.set(job.beat_at, now)
		.where(job.name == name)
		.where((job.status == QUEUED) | ((job.status == RUNNING) & (job.beat_at < stalled)))
	).run()
	taken = frappe.db._cursor.rowcount == 1
	frappe.db.commit()
	return taken


def make(job) -> tuple[bytes, list[str]]:
	"""The file of a job, and why records were left out, one line each."""
	if job.kind == AUDIT_PACK:
		from customer_service.controlled_forms import audit_pack

		return audit_pack.make(job, beat)
	names = json.loads(job.records)
	language = printing.LANGUAGE_OF_MODE.get(job.language)
	if job.kind == REGISTER:
		from customer_service.controlled_forms import registers

		docs, left_out = _readable(job, names)
		return registers.render(job.document_type, docs, language), left_out
	left_out: list[str] = []
	writer = Zip() if job.output == "ZIP" else OnePdf()
	for number, name in enumerate(names, start=1):
		add_record(writer, job.document_type, name, left_out, form=job.controlled_form, language=language)
		beat(job, number, len(names))
	return writer.finish(), left_out


def _readable(job, names: list[str]) -> tuple[list, list[str]]:
	docs, left_out = [], []
	for number, name in enumerate(names, start=1):
		doc = checked(job.document_type, name, left_out)
		if doc:
			docs.append(doc)
		beat(job, number, len(names))
	return docs, left_out


def checked(doctype: str, name: str, left_out: list[str]):
	"""A record that the job's maker may print; None, with the reason added to the list, if he may not or it is gone."""
	try:
		doc = frappe.get_doc(doctype, name)
		printing.check_permission(doc)
	except (frappe.PermissionError, frappe.DoesNotExistError):
		frappe.clear_messages()
		left_out.append(_("{0}: not there, or you may not print it.").format(name))
		return None
	return doc


def add_record(writer, doctype: str, name: str, left_out: list[str], **how) -> int | None:
	"""Print one record into a file; one that cannot be printed is left out and does not stop the others.

	:returns: the number of its first page, None if it was left out.
	"""
	doc = checked(doctype, name, left_out)
	if not doc:
		return None
	try:
		return writer.add(doc, **{key: value for key, value in how.items() if value})
	except PrintRefusedError as error:
		frappe.clear_messages()
		left_out.append(f"{name}: {frappe.utils.strip_html(str(error))}")
	return None


def beat(job, done: int, total: int) -> None:
	"""Show how far the job is, every few seconds; the sign of life keeps others from taking it over."""
	now = clock.now()
	if done < total and (now - frappe.utils.get_datetime(job.beat_at or job.creation)).total_seconds() < BEAT_SECONDS:
		return
	job.beat_at = now
	job.db_set(
		{"beat_at": now, "progress": round(100 * done / max(total, 1)), "total": total},
		update_modified=False,
		commit=True,
	)


def _keep(job, content: bytes, left_out: list[str]) -> None:
	"""Attach the result and end the job, in one transaction."""
	kind = "zip" if job.output == "ZIP" and job.kind != REGISTER else "pdf"
	title = {RECORDS: job.document_type, REGISTER: f"{job.document_type} Register"}.get(job.kind) or job.kind
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{title} {clock.now():%Y-%m-%d %H%M}.{kind}",
			"content": content,
			"is_private": 1,
			"attached_to_doctype": job.doctype,
			"attached_to_name": job.name,
			"attached_to_field": "result",
		}
	)
	file.flags.made_by_the_app = True
	with _any_size(content):
		file.insert(ignore_permissions=True)
	job.db_set(
		{
			"status": DONE,
			"progress": 100,
			"result": file.file_url,
			"message": "\n".join(left_out)[:5000] or None,
			"finished_at": clock.now(),
		}
	)


@contextmanager
def _any_size(content: bytes):
	"""Frappe's limit is for what people upload; a hundred records in a ZIP are more than it allows."""
	before = frappe.local.conf.get("max_file_size")
	frappe.local.conf.max_file_size = max(cint(before), len(content) + 1)
	try:
		yield
	finally:
		frappe.local.conf.max_file_size = before


@frappe.whitelist(methods=["POST"])
def start_again(name: str) -> None:
	"""Start a failed job once more.

	:raises frappe.PermissionError: for anybody but its maker.
	"""
	job = frappe.get_doc("Print Job", name)
	job.check_permission("read")
	if job.status == FAILED:
		job.db_set({"status": QUEUED, "message": None, "progress": 0})
		enqueue(name)


def resume_stalled() -> None:
	"""Hand jobs that died with their worker to another one (every few minutes)."""
	job = frappe.qb.DocType("Print Job")
	before = clock.now() - timedelta(minutes=STALLED_MINUTES)
	rows = (
		frappe.qb.from_(job)
		.select(job.name, job.owner)
		.where(((job.status == RUNNING) & (job.beat_at < before)) | ((job.status == QUEUED) & (job.creation < before)))
	).run(as_dict=True)
	user = frappe.session.user
	for row in rows:
		frappe.set_user(row.owner)  # a job prints what its maker may print, whoever hands it on
		enqueue(row.name)
		frappe.set_user(user)


def delete_old() -> None:
	"""Delete jobs and their results a month after they ended (daily)."""
	before = clock.now() - timedelta(days=30)
	for name in frappe.get_all("Print Job", {"creation": ("<", before)}, pluck="name", limit_page_length=500):
		frappe.delete_doc("Print Job", name, ignore_permissions=True, delete_permanently=True)
