"""Processes that a site can switch off (G-6).

What is off is gone from the desk, the web and the API: the row permissions refuse it (see access.py), boot no longer
offers it, its web forms and workspaces are hidden. Nothing is deleted: switched on again, everything is back.
"""

import frappe
from frappe import _

from customer_service.exceptions import ProcessSwitchedOffError

SETTINGS = "Customer Service Settings"

SWITCH_OF_MODULE = {
	"Customer Communication": "enable_customer_communication",
	"Complaint Handling": "enable_complaint_handling",
	"Contract Review": "enable_contract_review",
	"Customer Property": "enable_customer_property",
	"Customer Satisfaction": "enable_customer_satisfaction",
	"Improvement": "enable_improvement",
}
"""Module of a process -> its field in the settings. Modules that are not listed are always on."""


APP = "customer_service"


def is_ours(doctype: str) -> bool:
	"""Whether a DocType belongs to this app."""
	return frappe.local.module_app.get(frappe.scrub(frappe.get_meta(doctype).module)) == APP


def is_on(module: str) -> bool:
	"""Whether the process of this module is in use on the site."""
	switch = SWITCH_OF_MODULE.get(module)
	return not switch or bool(frappe.get_cached_doc(SETTINGS).get(switch))


def is_doctype_on(doctype: str) -> bool:
	"""Whether the process that a DocType belongs to is in use. The data shared by processes stays in use."""
	if doctype in SHARED_RECORDS:
		return True
	return is_on(frappe.get_meta(doctype).module)


SHARED_RECORDS = frozenset({"Routing Rule", "Routing Decision", "Communication Topic", "Assisting Department"})
"""Records of the communication module that other processes need as well."""


def require(doctype: str) -> None:
	"""Refuse the DocType if its process is switched off.

	:raises ProcessSwitchedOffError: HTTP 403.
	"""
	if not is_doctype_on(doctype):
		frappe.throw(
			_("{0} is switched off on this site.").format(_(frappe.get_meta(doctype).module)),
			ProcessSwitchedOffError,
		)


def doctypes_switched_off() -> set[str]:
	"""Names of all DocTypes whose process is off."""
	modules = [module for module in SWITCH_OF_MODULE if not is_on(module)]
	if not modules:
		return set()
	names = frappe.get_all("DocType", filters={"module": ("in", modules)}, pluck="name")
	return set(names) - SHARED_RECORDS


def pages_switched_off() -> set[str]:
	"""Names of the desk pages whose process is off."""
	modules = [module for module in SWITCH_OF_MODULE if not is_on(module)]
	return set(frappe.get_all("Page", filters={"module": ("in", modules)}, pluck="name")) if modules else set()


def hide_from_boot(bootinfo) -> None:
	"""Take what is switched off out of the desk's lists of what a user can reach (hook extend_bootinfo)."""
	off = doctypes_switched_off()
	if not off:
		return
	for page in pages_switched_off():
		(bootinfo.get("page_info") or {}).pop(page, None)
	for key, value in bootinfo.user.items():
		if isinstance(value, list) and (key.startswith("can_") or key in ("all_read", "in_create")):
			bootinfo.user[key] = [doctype for doctype in value if doctype not in off]


def show_or_hide(settings) -> None:
	"""Publish or withdraw the web forms and workspaces of each process, following the settings just saved."""
	for module, switch in SWITCH_OF_MODULE.items():
		on = bool(settings.get(switch))
		for name in frappe.get_all("Web Form", filters={"module": module}, pluck="name"):
			_set_flag("Web Form", name, "published", on)
		for name in frappe.get_all("Workspace", filters={"module": module, "public": 1}, pluck="name"):
			_set_flag("Workspace", name, "is_hidden", not on)
	frappe.clear_cache()
	# Once more when others can see it: a request in between would keep the old list of web forms for an hour.
	frappe.db.after_commit.add(frappe.clear_cache)


def _set_flag(doctype: str, name: str, field: str, value: bool) -> None:
	doc = frappe.get_doc(doctype, name)
	if bool(doc.get(field)) != value:
		doc.set(field, int(value))
		doc.flags.ignore_permissions = True
		doc.save()
