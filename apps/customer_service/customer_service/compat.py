"""The differences between the Frappe versions the app runs on. Nothing else asks for the version."""

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


def forget_documents(doctype: str, names: list[str]) -> None:
	"""Drop cached documents, now and at the transaction's end, as `frappe.clear_document_cache` does for one.

	Frappe asks Redis for each by itself; later versions keep them in each process besides, so that there is no short way.
	"""
	if hasattr(frappe, "client_cache"):
		for name in names:
			frappe.clear_document_cache(doctype, name)
		return
	keys = [frappe.get_document_cache_key(doctype, name) for name in names]

	def drop():
		frappe.cache().delete_value(keys)

	drop()
	frappe.db.after_commit.add(drop)
	frappe.db.after_rollback.add(drop)


def print_face() -> str:
	"""The type faces of prints, as a CSS list, all of them with Chinese.

	Old WeasyPrint takes every face of a page apart in Python, which is many seconds for the large Noto: there Latin text has a
	face of its own, and Chinese a small one.
	"""
	import weasyprint

	faces = ["Noto Sans CJK SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Liberation Sans"]
	if int(weasyprint.__version__.split(".")[0]) < 61:
		faces = ["Liberation Sans", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Noto Sans CJK SC"]
	return ", ".join(f'"{face}"' for face in faces) + ", sans-serif"
