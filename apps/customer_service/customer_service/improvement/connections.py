"""One function a DocType, since Frappe's hook override_doctype_dashboards does not tell which DocType it asks for.

``connections.complaint(data)`` adds the improvements to what the form of a complaint shows as its connections.
"""

from functools import partial

from customer_service.improvement.declared import SOURCES
from customer_service.organisation import processes


def _with_improvements(doctype: str, data):
	if not processes.is_doctype_on("Improvement"):
		return data
	data["fieldname"] = data.get("fieldname") or "reference_name"
	data["non_standard_fieldnames"] = {**(data.get("non_standard_fieldnames") or {}), "Improvement": "reference_name"}
	data["dynamic_links"] = {
		**(data.get("dynamic_links") or {}),
		"reference_name": [doctype, "reference_doctype"],
	}
	# The label stays English: the desk translates it, and Frappe keeps this for everybody, whatever his language.
	data["transactions"] = [*(data.get("transactions") or []), {"label": "Improvement", "items": ["Improvement"]}]
	return data


_BY_NAME = {doctype.lower().replace(" ", "_"): partial(_with_improvements, doctype) for doctype in SOURCES}


def __getattr__(name: str):
	if name in _BY_NAME:
		return _BY_NAME[name]
	raise AttributeError(name)
