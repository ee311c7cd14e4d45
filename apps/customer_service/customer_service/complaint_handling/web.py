"""The public complaint form's page: what Frappe does not translate by itself."""

import frappe
from frappe import _

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
	"Couldn't save, please check the data you have entered",
	"Data Clipped",
	"Discard",
	"Discard?",
	"Drag and drop files here or upload from",
	"Drop files here",
	"Error",
	"Home",
	"Invalid Link",
	"Invalid values for fields:",
	"Library",
	"Link",
	"Mandatory fields required:",
	"Message",
	"My Device",
	"No",
	"Not Saved",
	"Optimize",
	"Please attach a file first.",
	"Private",
	"Reload File",
	"Set all private",
	"Set all public",
	"Today",
	"Upload",
	"Upload file",
	"Upload {0} files",
	"Validation Error",
	"Yes",
)


def add_translations(context):
	"""Hook update_website_context: finish the language of our web forms.

	Frappe leaves out the introduction, the button, choices that are records of the site (such as topics), its own scripts'
	texts, and tells the scripts that every guest reads English.
	"""
	form = context.get("web_form_doc")
	if not form or form.get("doc_type") != "Complaint" or frappe.local.lang == "en":
		return
	context.boot["lang"] = frappe.local.lang
	for part in ("introduction_text", "button_label"):
		context[part] = _(context.get(part) or "")
	messages = frappe.parse_json(context.get("translated_messages") or "{}")
	messages.update({text: _(text) for text in TEXTS_OF_FRAPPE})
	for field in form.web_form_fields:
		messages.update({text: _(text) for text in (field.label, field.description) if text})
		if field.fieldtype in ("Autocomplete", "Select") and isinstance(field.options, str):
			messages.update({choice: _(choice) for choice in field.options.split("\n") if choice})
	context.translated_messages = frappe.as_json(messages)
