"""Which rows of the procedure documents a user reaches (J-3, S2).

Roles with the reach ``all`` see everything, ``department`` the documents that the user's departments own and whatever is handed
in for signing, ``in force`` only what is in force. A copy is seen by its holder and by the roles with the reach ``all``.
"""

import frappe

from customer_service.compat import is_staff
from customer_service.organisation import access, processes, states

DOCUMENT, VERSION, COPY = "Procedure Document", "Procedure Document Version", "Document Copy"

READING = (None, "read", "select", "report", "print", "email", "export")

SIGNING = (states.OPEN, states.WAITING)


def document_conditions(user: str | None = None) -> str:
	"""Rows of Procedure Document a user may list (hook permission_query_conditions)."""
	return _conditions(DOCUMENT, user, "owner_department in ({names})", "ifnull(current_version, '') != ''", None)


def version_conditions(user: str | None = None) -> str:
	"""Rows of Procedure Document Version a user may list (hook permission_query_conditions)."""
	return _conditions(
		VERSION,
		user,
		"document in (select owned.name from `tabProcedure Document` owned where owned.owner_department in ({names}))",
		f"state_category = '{states.RESOLVED}'",
		f"(is_handed_in = 1 and state_category in {SIGNING})",
	)


def copy_conditions(user: str | None = None) -> str:
	"""Rows of Document Copy a user may list (hook permission_query_conditions)."""
	user = user or frappe.session.user
	me = frappe.db.escape(user, percent=False)
	return _conditions(COPY, user, "holder_department in ({names})", f"holder = {me}", None)


def _conditions(doctype: str, user: str | None, of_departments: str, of_all: str, of_signers: str | None) -> str:
	"""SQL that Frappe joins into its own statement; names are escaped here, the rest is this module's own text."""
	user = user or frappe.session.user
	processes.require(doctype)
	if access.sees_all_rows(doctype, user):
		return ""
	if not is_staff(user):
		return "1=0"
	conditions = [of_all]
	if access.sees_departments(doctype, user):
		departments = access.departments_of(user)
		if departments:
			names = ", ".join(frappe.db.escape(name, percent=False) for name in departments)
			conditions.append(of_departments.format(names=names))
		if of_signers:
			conditions.append(of_signers)
	# One by one in a subselect, so that no column is taken for another table's.
	either = " or ".join(f"({condition})" for condition in conditions)
	return f"`tab{doctype}`.name in (select name from `tab{doctype}` where {either})"


def may_touch_document(doc, ptype: str | None = None, user: str | None = None) -> bool | None:
	"""Whether the user may reach this document (hook has_permission)."""
	return _may_touch(doc, ptype, user, ["owner_department", "current_version"], _document_reached)


def may_touch_version(doc, ptype: str | None = None, user: str | None = None) -> bool | None:
	"""Whether the user may reach this version (hook has_permission)."""
	return _may_touch(doc, ptype, user, ["document", "state_category", "is_handed_in"], _version_reached)


def may_touch_copy(doc, ptype: str | None = None, user: str | None = None) -> bool | None:
	"""Whether the user may reach this copy (hook has_permission)."""
	return _may_touch(doc, ptype, user, ["holder", "holder_department"], _copy_reached)


def _may_touch(doc, ptype, user, fields, reached) -> bool | None:
	"""None leaves the answer to the roles. What is stored decides, never what was sent; a new record has only that."""
	user = user or frappe.session.user
	if not processes.is_doctype_on(doc.doctype) or not is_staff(user):
		return False
	if access.sees_all_rows(doc.doctype, user):
		return None
	stored = frappe.db.get_value(doc.doctype, doc.name, fields, as_dict=True) if doc.name else None
	return None if reached(stored or doc, ptype, user, not stored) else False


def _owns(doctype: str, department: str | None, user: str) -> bool:
	return access.sees_departments(doctype, user) and department in access.departments_of(user)


def _document_reached(row, ptype, user, is_new) -> bool:
	if _owns(DOCUMENT, row.get("owner_department"), user):
		return True
	if is_new:
		return not row.get("owner_department")  # the empty form; what is stored names a department
	return bool(row.current_version) and ptype in READING


def _version_reached(row, ptype, user, is_new) -> bool:
	department = row.get("document") and frappe.db.get_value(DOCUMENT, row.get("document"), "owner_department")
	if _owns(VERSION, department, user):
		return True
	if is_new:
		return not row.get("document")
	if row.is_handed_in and row.state_category in SIGNING and access.sees_departments(VERSION, user):
		return True
	return row.state_category == states.RESOLVED and ptype in READING


def _copy_reached(row, ptype, user, is_new) -> bool:
	return not is_new and is_holder(row, user)


def is_holder(copy, user: str) -> bool:
	"""Whether a copy is in this user's hands, his own or those of a department of his."""
	if copy.get("holder"):
		return copy.get("holder") == user
	return bool(copy.get("holder_department")) and copy.get("holder_department") in access.departments_of(user)
