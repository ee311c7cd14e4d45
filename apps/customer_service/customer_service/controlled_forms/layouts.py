"""Layouts that an administrator changes in the desk: tried out before they are stored, so that a broken one never replaces one that
works."""

import frappe
from frappe import _
from frappe.utils import escape_html, get_link_to_form

from customer_service.controlled_forms import frozen, printing


def try_out(print_format, _method=None) -> None:
	"""Hook validate of Print Format: fill our layouts in with an empty record and the newest one.

	:raises PrintRefusedError: naming the line; what is stored stays as it was.
	"""
	if not _is_ours(print_format):
		return
	if not print_format.has_value_changed("html"):
		return
	try:
		template = frappe.get_jenv().from_string(print_format.html)
	except Exception as error:
		frozen.refuse_layout(print_format.name, error)
	frozen.try_out(print_format.doc_type, template, print_format.name)


def _is_ours(print_format) -> bool:
	if frappe.flags.in_install or frappe.flags.in_migrate or not print_format.html:
		return False
	if not print_format.custom_format or print_format.print_format_type != "Jinja":
		return False
	return printing.handles(print_format.doc_type)


def tell_about_versions(print_format, _method=None) -> None:
	"""Hook on_update of Print Format: an approved form keeps its layout; say how the change comes into force."""
	before = print_format.get_doc_before_save()
	if not before or before.html == print_format.html or not _is_ours(print_format):
		return
	versions = frappe.get_all(
		"Controlled Form Version",
		filters={"print_format": print_format.name, "status": "In Force"},
		fields=["name", "controlled_form"],
	)
	for version in versions:
		frappe.msgprint(
			_(
				"{0} keeps the layout it was approved with. To print with this change, make a new version of {1}."
			).format(
				frappe.bold(escape_html(version.name)), get_link_to_form("Controlled Form", version.controlled_form)
			),
			title=_("A new version is needed"),
			indicator="orange",
		)
