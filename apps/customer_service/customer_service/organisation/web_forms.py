"""Web forms of our DocTypes: who takes what was posted, and what all of them take and refuse (F-1, E-2, S5, S9).

Frappe's own `accept` inserts whatever a guest sends, hidden fields too. Here a process says in the hook `web_form_intakes` which of its
functions takes the web forms of a DocType; one that nobody takes is refused.
"""

import base64
import binascii
import json
import math

import frappe
from frappe import _

from customer_service.exceptions import AttachmentError
from customer_service.organisation import attachments, guest, processes, text

HONEYPOT = "website_url"
"""A field that people do not see. Programs that fill in every field give themselves away."""

NUMBERS = ("Int", "Float", "Currency", "Percent")

LAYOUT = ("Section Break", "Column Break", "Page Break", "HTML")


@frappe.whitelist(allow_guest=True, methods=["POST"])
def accept(web_form: str, data: str, **kwargs) -> dict:
	"""Take what a web form posted (stands in for Frappe's own `accept`).

	Web forms of other apps go to Frappe's function unchanged. For ours: limited per address and site, only the form's visible fields
	are taken, as plain text of limited length; attachments are checked by content.

	:param web_form: name of the Web Form.
	:param data: JSON object of field values; an attachment is ``"name,data:…;base64,…"``.
	:returns: what the process says, such as ``{"name", "doctype", "status_path"}`` of a new complaint.
	:raises GuestInputError, AttachmentError: HTTP 417; frappe.TooManyRequestsError: HTTP 429.
	"""
	doctype = frappe.get_cached_value("Web Form", web_form, "doc_type")
	taken_by = intakes().get(doctype)
	if taken_by:
		form = frappe.get_cached_doc("Web Form", web_form)
		return frappe.get_attr(taken_by)(form, data)
	if doctype and processes.is_ours(doctype):
		frappe.throw(_("{0} cannot be filled in through a web form.").format(_(doctype)), frappe.PermissionError)
	from frappe.website.doctype.web_form.web_form import accept as frappe_accept

	return frappe_accept(web_form=web_form, data=data, **kwargs)


def intakes() -> dict[str, str]:
	"""DocType -> path of the function that takes its web forms (hook web_form_intakes): ``take(form, data) -> dict``."""
	hooked = frappe.get_hooks("web_form_intakes") or {}
	return {doctype: paths[-1] for doctype, paths in hooked.items()}


def read(form, data: str, most: int = 0) -> dict:
	"""The values that a published form posted.

	:param most: characters of all together; 0: as many as Frappe takes, for files go with them.
	:raises frappe.PageDoesNotExistError: for a form that is not published. :raises GuestInputError: for what is no set of values, too
		long, or sent by a program.
	"""
	if not form.published:
		raise frappe.PageDoesNotExistError
	if most and isinstance(data, str) and len(data) > most:
		guest.refuse(_("This is too much text. Please shorten it."))
	try:
		values = json.loads(data)
	except (TypeError, ValueError, RecursionError):
		values = None
	if not isinstance(values, dict):
		guest.refuse(_("The form could not be read. Please reload the page and try again."))
	if values.get(HONEYPOT):
		guest.refuse(_("Your message could not be accepted."))
	return values


def fill(doc, form, values: dict, never: frozenset[str]) -> list[tuple[str, str, bytes]]:
	"""Set the declared fields of a new record from what was posted: those that the form shows and lets be written.

	:param never: what the company decides, even if an administrator puts the field into the web form by mistake.
	:returns: (field, file name, content) of the checked attachments, for `attach`.
	"""
	files = []
	for field in form.web_form_fields:
		df = doc.meta.get_field(field.fieldname)
		if not df or field.fieldtype in LAYOUT or field.hidden or field.read_only or df.read_only:
			continue
		if field.fieldname in never:
			continue
		value = values.get(field.fieldname)
		if value in (None, ""):
			if field.reqd:
				guest.refuse(_("Please fill in {0}.").format(frappe.bold(_(field.label or df.label))))
			continue
		if df.fieldtype in ("Attach", "Attach Image"):
			files.append((field.fieldname, *_decode(value)))
		else:
			doc.set(field.fieldname, clean(df, value, field.label or df.label))
	return files


def clean(df, value, label: str):
	"""One answer as plain text of limited length. Lists and objects are never answers.

	:raises GuestInputError: names the field.
	"""
	shown = frappe.bold(_(label))
	if isinstance(value, bool | int | float):
		if not _is_number(value):
			guest.refuse(_("{0} must be a number.").format(shown))
		return value
	if not isinstance(value, str):
		guest.refuse(_("{0} cannot be read.").format(shown))
	longest = frappe.get_cached_doc("Customer Service Settings").guest_text_length or 0
	longest = min(longest, 140) if df.fieldtype == "Data" else longest
	if len(value) > longest:
		guest.refuse(_("{0} is too long: at most {1} characters.").format(shown, longest))
	if df.fieldtype in NUMBERS and not _is_number(value):
		guest.refuse(_("{0} must be a number.").format(shown))
	return text.plain(value)


def _is_number(value: str | float) -> bool:
	"""Whether it is a number with an end: JSON and float() know infinity and NaN, databases do not."""
	try:
		return math.isfinite(float(value))
	except (ValueError, OverflowError):
		return False


def _decode(value) -> tuple[str, bytes]:
	"""File name and content of an attachment as the browser sends it; checked.

	:raises AttachmentError: if it is not one, or not an allowed one.
	"""
	try:
		head, encoded = value.rsplit(";base64,", 1)
		filename = head.split(",data:", 1)[0]
		content = base64.b64decode(encoded, validate=True)
	except (AttributeError, ValueError, binascii.Error):
		frappe.throw(_("The attachment could not be read. Please attach it again."), AttachmentError)
	filename = text.plain(filename).replace("/", "_").replace("\\", "_")[-100:]
	attachments.check(filename, content)
	return filename, content


def attach(doc, files: list[tuple[str, str, bytes]]) -> None:
	"""Attach what `fill` returned to the record, which is stored by now."""
	for fieldname, filename, content in files:
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": filename,
				"attached_to_doctype": doc.doctype,
				"attached_to_name": doc.name,
				"attached_to_field": fieldname,
				"content": content,
				"is_private": 1,
			}
		)
		file.insert(ignore_permissions=True)
		# The record was made in this very request; a second save would only add statements and an empty version.
		doc.db_set(fieldname, file.file_url, update_modified=False)
