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
	if not _is_ours(file.attached_to_doctype) or file.is_folder:
		return
	if file.is_remote_file:
		if file.file_url and file.file_url.startswith(("http://", "https://")):
			frappe.throw(_("Attach the file itself, not a link to it."), AttachmentError)
		return
	content = file.get_content()
	check(file.file_name or "", content if isinstance(content, bytes) else content.encode())


def keep_private(file, _method=None) -> None:
	"""Hook validate of File: an attachment of our records cannot be public."""
	if _is_ours(file.attached_to_doctype) and not file.is_folder and not file.is_private:
		frappe.throw(
			_("Attachments of {0} are private. Mark the file as private.").format(_(file.attached_to_doctype)),
			AttachmentError,
		)


def _is_ours(doctype: str | None) -> bool:
	if not doctype or doctype == "Customer Service Settings":  # the company's logo is public
		return False
	return processes.is_ours(doctype)
