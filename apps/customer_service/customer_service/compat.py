"""The differences between the Frappe versions the app runs on. Nothing else asks for the version."""

from contextlib import contextmanager

import frappe


def is_staff(user: str) -> bool:
	"""Whether the user works in the desk.

	The role "All" also covers website users of other apps, and "Desk User" exists only in later versions,
	so the user type decides.
	"""
	if user == "Administrator":
		return True
	if user == "Guest":
		return False
	return frappe.get_cached_value("User", user, "user_type") == "System User"


def server_scripts_enabled() -> bool:
	"""Whether this site runs Server Scripts at all; an enabled one on a site that does not makes every save throw."""
	from frappe.utils import safe_exec

	probe = getattr(safe_exec, "is_safe_exec_enabled", None)
	if probe:
		return bool(probe())
	return bool(frappe.conf.get("server_script_enabled", True))


def server_scripts_of(doctype: str, event: str) -> list[str]:
	"""Names of the enabled Server Scripts that Frappe will run for this document event now."""
	if frappe.flags.in_install or frappe.flags.in_migrate:
		return []
	from frappe.core.doctype.server_script.server_script_utils import get_server_script_map

	return get_server_script_map().get(doctype, {}).get(event) or []


@contextmanager
def without_desk_hooks(skip: bool = True):
	"""Save documents without what Frappe itself does after each save of any DocType, for records of the past.

	That is the to-do list of the people who may take the next step (Workflow Action), unread counters, assignment rules,
	energy points. Hooks of apps, webhooks and Server Scripts run as ever.
	"""
	everywhere = frappe.get_doc_hooks().get("*", {})
	before = {event: everywhere[event] for event in ("on_update", "on_change") if event in everywhere}
	if skip:
		for event, handlers in before.items():
			everywhere[event] = [handler for handler in handlers if not handler.startswith("frappe.")]
	try:
		yield
	finally:
		everywhere.update(before)
