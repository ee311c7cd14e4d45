"""The public complaint form's page: what Frappe does not translate by itself."""

import frappe
from frappe import _


def add_translations(context):
	"""Hook update_website_context: translate the choices that are records of the site, such as topics, for web forms of ours."""
	form = context.get("web_form_doc")
	if not form or form.get("doc_type") != "Complaint" or frappe.local.lang == "en":
		return
	messages = frappe.parse_json(context.get("translated_messages") or "{}")
	for field in form.web_form_fields:
		messages.update({text: _(text) for text in (field.label, field.description) if text})
		if field.fieldtype in ("Autocomplete", "Select") and isinstance(field.options, str):
			messages.update({choice: _(choice) for choice in field.options.split("\n") if choice})
	context.translated_messages = frappe.as_json(messages)
