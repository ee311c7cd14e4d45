"""What a record says, as one value: for hashes that prove it has not changed since."""

import hashlib
import json

import frappe
from frappe.model import default_fields
from frappe.utils import flt

NOT_CONTENT = {*default_fields, "doctype", "disabled", "_user_tags", "_comments", "_assign", "_liked_by"}
"""Fields that change without anyone deciding so. `disabled` of a script follows the site's switch."""

NUMBERS = ("Float", "Currency", "Percent")
"""A browser sends 5 for what the database gives as 5.0."""


def content_of(doc) -> dict:
	"""What people can have changed in a record: every field that is not at its default, rows included."""
	content = {}
	for field in doc.meta.fields:
		value = doc.get(field.fieldname)
		if field.fieldtype in frappe.model.table_fields:
			if value:
				content[field.fieldname] = [content_of(row) for row in value]
		elif (
			field.fieldname in NOT_CONTENT
			or str(value) == str(field.default)
			or value in (None, "", 0, 0.0)
			and field.default in (None, "", "0")
		):
			continue
		else:
			content[field.fieldname] = str(flt(value) if field.fieldtype in NUMBERS else value)
	return content


def fingerprint(content: dict) -> str:
	"""A SHA-256 that is equal for equal content, whatever the order of its keys."""
	text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
	return hashlib.sha256(text.encode()).hexdigest()
