"""The pages of our public web forms: what Frappe does not translate by itself."""

import sys

import frappe
from frappe import _

from customer_service.organisation import web_forms

# What Frappe's own scripts show on a web form; Frappe sends a guest's browser only the texts of the DocType.
TEXTS_OF_FRAPPE = (
	"Advanced Search",
	"Are you sure you want to discard the changes?",
	"Attach",
	"Camera",
	"Cancel",
	"Clear",
	"Close",
	"Confirm",
	"Connection Lost",
	"Couldn't save, please check the data you have entered",
	"Data Clipped",
	"Date {0} must be in format: {1}",
	"Discard",
	"Discard?",
	"Drag and drop files here or upload from",
	"Drop files here",
	"Error",
	"File size exceeded the maximum allowed size of {0} MB",
	"File too big",
	"Following fields have invalid values:",
	"Following fields have missing values:",
	"Home",
	"Inavlid Values",
	"Internal Server Error",
	"Invalid Link",
	"Invalid values for fields:",
	"Library",
	"Link",
	"Mandatory fields required:",
	"Message",
	"Missing Values Required",
	"My Device",
	"No",
	"Not Saved",
	"Not found",
	"Not permitted",
	"Optimize",
	"Please attach a file first.",
	"Private",
	"Reload File",
	"Request Timed Out",
	"Request Timeout",
	"Server Error",
	"Server was too busy to process this request. Please try again.",
	"Set all private",
	"Set all public",
	"The resource you are looking for is not available",
	"Today",
	"Upload",
	"Upload file",
	"Upload {0} files",
	"Validation Error",
	"Yes",
	"You are not connected to Internet. Retry after sometime.",
)


def add_translations(context):
	"""Hook update_website_context: finish the language of our web forms.

	Frappe leaves out the introduction, the button, choices that are records of the site (such as topics), its own scripts'
	texts, and tells the scripts that every guest reads English.
	"""
	form = context.get("web_form_doc")
	taken_by = web_forms.intakes().get(form.get("doc_type")) if form else None
	if not taken_by or frappe.local.lang == "en":
		return
	context.boot["lang"] = frappe.local.lang
	for part in ("introduction_text", "button_label"):
		context[part] = _(context.get(part) or "")
	messages = frappe.parse_json(context.get("translated_messages") or "{}")
	messages.update({text: _(text) for text in TEXTS_OF_FRAPPE + texts_of(taken_by)})
	for field in form.web_form_fields:
		messages.update({text: _(text) for text in (field.label, field.description) if text})
		if field.fieldtype in ("Autocomplete", "Select") and isinstance(field.options, str):
			messages.update({choice: _(choice) for choice in field.options.split("\n") if choice})
	context.translated_messages = frappe.as_json(messages)


def texts_of(taken_by: str) -> tuple[str, ...]:
	"""What the script of a process's own form says: `TEXTS` of the module that takes the form."""
	return sys.modules[frappe.get_attr(taken_by).__module__].TEXTS
