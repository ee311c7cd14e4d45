"""Which form, in which version, a record prints on (J-1).

A version is in force from the moment it took force until the next one did. A record belongs to the version that was in force
when it was made, and both moments never change, so it always reprints in that one. Nothing has to be stored on the record:
records of any DocType, imported ones and those of other apps follow the same rule.
"""

from datetime import datetime

import frappe
from frappe import _
from frappe.utils import escape_html, get_datetime

from customer_service.exceptions import PrintRefusedError
from customer_service.organisation import clock

DRAFT, APPROVED, IN_FORCE, SUPERSEDED, WITHDRAWN = "Draft", "Approved", "In Force", "Superseded", "Withdrawn"

FIELDS = (
	"name",
	"controlled_form",
	"version",
	"status",
	"title_en",
	"title_zh",
	"print_format",
	"language_mode",
	"print_qr",
	"print_changes",
	"paper_size",
	"is_landscape",
	"label_width",
	"label_height",
	"in_force_since",
	"in_force_until",
	"layout_hash",
)


def has_form(doctype: str) -> bool:
	"""Whether a controlled form is registered for the DocType."""
	return bool(frappe.db.exists("Controlled Form", {"document_type": doctype}))


def version_of(doc, form: str | None = None, layout: str | None = None) -> frappe._dict | None:
	"""The form version that a record prints in: the one in force when it was made; for one that is not saved yet, now.

	A record that is older than its form prints in the form's first version.

	:param form: name of a Controlled Form; the DocType's default form if not given.
	:param layout: only a form that has or had this Print Format in one of its versions: the desk offers a DocType's layouts by
		name, and whichever of a form's layouts is named, the record prints in its own version.
	:returns: the fields of `FIELDS`, or None if no form fits.
	"""
	moment = get_datetime(doc.creation) if doc.creation and not doc.get("__islocal") else clock.now()
	fitting = []
	for versions in _versions_by_form(doc.doctype, form):
		version = _at(versions, moment)
		if version and (not layout or any(each.print_format == layout for each in versions)):
			fitting.append(version)
	return fitting[0] if fitting else None


def in_force(form: str, at: datetime | None = None) -> frappe._dict | None:
	"""The version of a form that is in force at a moment (site time zone); now if not given."""
	doctype = frappe.db.get_value("Controlled Form", form, "document_type")
	at = at or clock.now()
	for version in _rows({"controlled_form": form, "document_type": doctype}):
		if version.in_force_since <= at and (not version.in_force_until or at < version.in_force_until):
			return version
	return None


def chosen(doctype: str, name: str) -> tuple[str, frappe._dict | None]:
	"""What a caller means by a form: a Controlled Form, or one certain Controlled Form Version.

	:returns: the form's name and, if a version was named, that version.
	:raises PrintRefusedError: for a form that does not exist or prints another DocType.
	"""
	version = frappe.db.get_value("Controlled Form Version", name, FIELDS, as_dict=True)
	form = version.controlled_form if version else name
	prints = frappe.db.get_value("Controlled Form", form, "document_type")
	if prints is None:
		frappe.throw(_("Form {0} does not exist.").format(frappe.bold(escape_html(str(name)[:140]))), PrintRefusedError)
	if prints != doctype:
		frappe.throw(
			_("Form {0} prints {1}, not {2}.").format(frappe.bold(escape_html(name)), _(prints), _(doctype)),
			PrintRefusedError,
		)
	return form, version


def changes_up_to(version) -> list[frappe._dict]:
	"""The change record of a form: its versions that took force, up to this one, in order. It grows with later versions only,
	so that a reprint shows the same rows."""
	rows = frappe.get_all(
		"Controlled Form Version",
		filters={"controlled_form": version.controlled_form, "in_force_since": ("is", "set")},
		fields=["version", "in_force_since", "change_summary", "change_order_no", "prepared_by", "approved_by"],
		order_by="in_force_since asc",
	)
	last = version.in_force_since
	return [row for row in rows if not last or row.in_force_since <= last]


def _versions_by_form(doctype: str, form: str | None) -> list[list[frappe._dict]]:
	"""The versions of each form of a DocType, the default form first."""
	filters = {"document_type": doctype, **({"name": form} if form else {})}
	forms = frappe.get_all("Controlled Form", filters=filters, pluck="name", order_by="is_default desc, creation asc")
	if not forms:
		return []
	rows = _rows({"document_type": doctype, "controlled_form": ("in", forms)})
	return [[row for row in rows if row.controlled_form == name] for name in forms]


def _rows(filters: dict) -> list[frappe._dict]:
	"""Versions that took force or will, the earliest first."""
	return frappe.get_all(
		"Controlled Form Version",
		filters={**filters, "in_force_since": ("is", "set")},
		fields=list(FIELDS),
		order_by="in_force_since asc",
	)


def _at(versions: list[frappe._dict], moment: datetime) -> frappe._dict | None:
	if not versions:
		return None
	if moment < versions[0].in_force_since:
		return versions[0]
	for version in versions:
		if version.in_force_since <= moment and (not version.in_force_until or moment < version.in_force_until):
			return version
	return None
