"""Files attached to our records: private, of an allowed kind by name and by content, and of limited size (S7)."""

import zipfile
from io import BytesIO
from pathlib import PurePath

import filetype
import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.exceptions import AttachmentError
from customer_service.organisation import processes

TEXT_EXTENSIONS = frozenset({"txt", "csv"})

# Kinds whose content several extensions may carry, by the extension that the sniffer reports.
SAME_CONTENT = {"jpeg": "jpg", "tiff": "tif"}

OFFICE_PARTS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}


def check(filename: str, content: bytes) -> None:
	"""Refuse a file that the settings do not allow.

	:raises AttachmentError: names the file and what is wrong with it.
	"""
	settings = frappe.get_cached_doc("Customer Service Settings")
	extension = PurePath(filename).suffix.lower().lstrip(".")
	allowed = settings.allowed_extensions()
	shown = frappe.bold(escape_html(filename[:100]))
	if extension not in allowed:
		frappe.throw(
			_("{0}: files of this kind are not accepted. Allowed are: {1}.").format(shown, ", ".join(allowed)),
			AttachmentError,
		)
	most = settings.attachment_megabytes or 0
	if len(content) > most * 1024 * 1024:
		frappe.throw(_("{0} is too large: at most {1} MB.").format(shown, most), AttachmentError)
	if not _content_matches(extension, content):
		frappe.throw(
			_("{0}: the content of the file does not match its name. Save it again in the right format.").format(shown),
			AttachmentError,
		)


def _content_matches(extension: str, content: bytes) -> bool:
	if extension in TEXT_EXTENSIONS:
		return _is_text(content)
	if extension in OFFICE_PARTS:
		return _is_office(content, OFFICE_PARTS[extension])
	kind = filetype.guess(content)
	return bool(kind) and kind.extension == SAME_CONTENT.get(extension, extension)


def _is_text(content: bytes) -> bool:
	if b"\x00" in content or filetype.guess(content):
		return False
	if content.lstrip()[:1] == b"<":  # a page in disguise
		return False
	for encoding in ("utf-8", "gb18030"):
		try:
			content.decode(encoding)
			return True
		except UnicodeDecodeError:
			continue
	return False


def _is_office(content: bytes, part: str) -> bool:
	try:
		with zipfile.ZipFile(BytesIO(content)) as archive:
			names = archive.namelist()
	except zipfile.BadZipFile:
		return False
	return "[Content_Types].xml" in names and any(name.startswith(part) for name in names)


def guard_file(file, _method=None) -> None:
	"""Hook before_insert of File: what is attached to our records is checked and private.

	Frappe has written the file by now; refusing rolls the transaction back, and with it the file on disk.
	"""
	if not _is_ours(file.attached_to_doctype) or file.is_folder or file.flags.made_by_the_app:
		return
	if file.is_remote_file:
		if file.file_url and file.file_url.startswith(("http://", "https://")):
			frappe.throw(_("Attach the file itself, not a link to it."), AttachmentError)
		return
	content = file.get_content()
	check(file.file_name or "", content if isinstance(content, bytes) else content.encode())


def keep_private(file, _method=None) -> None:
	"""Hook validate of File: an attachment of our records cannot be public, and moving a file to one of them is attaching it."""
	if not _is_ours(file.attached_to_doctype) or file.is_folder:
		return
	if not file.is_private:
		frappe.throw(
			_("Attachments of {0} are private. Mark the file as private.").format(_(file.attached_to_doctype)),
			AttachmentError,
		)
	before = file.get_doc_before_save()
	target = file.attached_to_doctype, file.attached_to_name
	if before and (before.attached_to_doctype, before.attached_to_name) != target:
		guard_file(file)
		frappe.get_doc(*target).check_permission("write")


def check_fields(doc) -> None:
	"""Refuse an Attach field, of the record or of one of its rows, that names somebody else's file: whoever may write the record
	could read it there.

	:raises AttachmentError: names the field.
	"""
	before = doc.get_doc_before_save()
	known = {url for _field, url in _attached_urls(before)} if before else set()
	for field, url in _attached_urls(doc):
		if url not in known and not _files_to_adopt(doc, url):
			frappe.throw(
				_("{0}: attach a file of your own to this record; a link to another file is not accepted.").format(
					frappe.bold(_(field.label))
				),
				AttachmentError,
			)


def adopt(doc) -> None:
	"""Attach to the record the files that its Attach fields and those of its rows name (on_update).

	Frappe does it a moment later in a hook of its own, but by a public copy; it leaves alone what is attached already.
	"""
	for field, url in _attached_urls(doc):
		if frappe.db.exists("File", {"file_url": url, **_attached_to(doc)}):
			continue
		name = _files_to_adopt(doc, url)[0]
		file = frappe.get_doc("File", name)
		content = file.get_content()
		check(file.file_name or "", content if isinstance(content, bytes) else content.encode())
		# Past the File's hooks: they ask for the right to write a record that is being saved with that very right.
		frappe.db.set_value("File", name, {**_attached_to(doc), "attached_to_field": field.fieldname})


def _attached_urls(doc) -> list[tuple]:
	"""(field, address) of every file that the record or one of its rows names."""
	return [
		(field, part.get(field.fieldname))
		for part in (doc, *doc.get_all_children())
		for field in part.meta.fields
		if field.fieldtype in ("Attach", "Attach Image") and part.get(field.fieldname)
	]


def _attached_to(doc) -> dict:
	return {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name}


def _files_to_adopt(doc, url: str) -> list[str]:
	"""Private files under this address that are attached here, or that the user uploaded and attached to no other record."""
	rows = frappe.get_all(
		"File",
		filters={"file_url": url, "is_private": 1},
		fields=["name", "owner", "attached_to_doctype", "attached_to_name"],
	)
	return [row.name for row in rows if _is_free(doc, row)]


def _is_free(doc, row) -> bool:
	if (row.attached_to_doctype, row.attached_to_name) == (doc.doctype, doc.name):
		return True
	if row.owner != frappe.session.user:
		return False
	# The desk uploads to a record that is not saved yet under a name that no record has.
	return not row.attached_to_name or not frappe.db.exists(row.attached_to_doctype, row.attached_to_name)


def _is_ours(doctype: str | None) -> bool:
	if not doctype or doctype == "Customer Service Settings":  # the company's logo is public
		return False
	return processes.is_ours(doctype)
