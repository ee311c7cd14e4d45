"""Who may see which row: roles × department × ownership (design rule "who may see what", G-4, A-8).

`permission_table.json` declares for every DocType and role what it may do and how far it sees:

- ``all``: every record of the DocType,
- ``department``: records that the user's departments lead, assist with or speak for, those assigned to the user, and own ones,
- ``own``: records that the user made.

The actions are the DocTypes' ordinary role permissions, so that the Role Permission Manager works as usual; this module adds
the rows. A role that an administrator gives rights to and that the table does not name sees its departments' rows.
"""

import json
from functools import lru_cache
from pathlib import Path

import frappe

from customer_service.compat import is_staff
from customer_service.exceptions import ProcessSwitchedOffError
from customer_service.organisation import caching, processes
from customer_service.organisation.row_parents import PARENTS
from customer_service.organisation.row_rules import CONFIDENTIAL, ROW_RULES

TABLE = Path(__file__).with_name("permission_table.json")


@lru_cache(maxsize=1)
def permission_table() -> dict[str, dict[str, dict]]:
	"""The declared table: DocType -> role -> {"actions": [...], "rows": "all" | "department" | "own"}."""
	return json.loads(TABLE.read_text(encoding="utf-8"))


def sees_all_rows(doctype: str, user: str) -> bool:
	"""Whether one of the user's roles sees every record of the DocType."""
	if user == "Administrator":
		return True
	declared = permission_table().get(doctype, {})
	return any(declared.get(role, {}).get("rows") == "all" for role in frappe.get_roles(user))


def sees_departments(doctype: str, user: str) -> bool:
	"""Whether one of the user's roles reaches the rows of his departments; "own" alone does not. A role that the table does
	not name got its rights from an administrator and counts as one that does."""
	roles = set(frappe.get_roles(user))
	declared = permission_table().get(doctype, {})
	if any(declared[role]["rows"] == "department" for role in roles & declared.keys()):
		return True
	return any(row.role in roles and row.role not in declared for row in frappe.get_meta(doctype).permissions)


def departments_of(user: str) -> list[str]:
	"""Names of the active departments in which the user is head, deputy or member."""
	return frappe.cache().hget("customer_service_departments", user, lambda: _find_departments(user))


def _find_departments(user: str) -> list[str]:
	department = frappe.qb.DocType("Service Department")
	member = frappe.qb.DocType("Service Department Member")
	rows = (
		frappe.qb.from_(department)
		.left_join(member)
		.on((member.parent == department.name) & (member.user == user))
		.select(department.name)
		.where(department.is_active == 1)
		.where((department.head == user) | (department.deputy == user) | member.name.isnotnull())
		.distinct()
		.orderby(department.name)
	).run()
	return [row[0] for row in rows]


def forget_departments() -> None:
	"""Drop the cached memberships; called when a department changes."""
	caching.forget("customer_service_departments")


NOT_BY_DEPARTMENT = frozenset({"All", "System Manager", "Customer Service Administrator"})
"""Roles of the table that only a system manager gives, person by person."""


def grantable_roles() -> set[str]:
	"""Roles that membership in a department may give."""
	return {role for roles in permission_table().values() for role in roles} - NOT_BY_DEPARTMENT


def roles_by_departments(user: str, besides: str | None = None) -> set[str]:
	"""Roles that the user has by being head, deputy or member of active departments, one of them not counted."""
	departments = [name for name in _find_departments(user) if name != besides]
	if not departments:
		return set()
	return set(frappe.get_all("Service Department Role", filters={"parent": ("in", departments)}, pluck="role"))


def add_roles(user: str, roles: set[str]) -> None:
	"""Give a user the roles that he lacks."""
	doc = frappe.get_doc("User", user)
	missing = roles - {row.role for row in doc.roles}
	if missing:
		doc.flags.ignore_permissions = True  # granting by department is the administrator's decision on the department
		doc.add_roles(*sorted(missing))


def remove_roles(user: str, roles: set[str]) -> None:
	"""Take roles back from a user."""
	if not roles:
		return
	doc = frappe.get_doc("User", user)
	doc.flags.ignore_permissions = True
	doc.remove_roles(*sorted(roles))


def case_conditions(doctype: str, user: str | None = None) -> str:
	"""SQL condition for the rows of a DocType of `ROW_RULES` that the user may list; empty for all.

	:raises ProcessSwitchedOffError: if the process is off, so that lists, counts and link search refuse as the form does.
	"""
	user = user or frappe.session.user
	processes.require(doctype)
	if sees_all_rows(doctype, user):
		return ""
	if not is_staff(user):
		return "1=0"
	rule = ROW_RULES[doctype]
	# Frappe joins this text into its own statement, so values are escaped here; there is no parameter to pass.
	me = frappe.db.escape(user, percent=False)
	conditions = [f"`tab{doctype}`.{column} = {me}" for column in rule.people]
	conditions += [_in_table(doctype, *table, me) for table in rule.people_tables]
	if sees_departments(doctype, user):
		conditions += _department_conditions(doctype, user)
	return f"({' or '.join(conditions)})" if conditions else "1=0"  # nobody's own, and the user has no department


def part_conditions(child: str, user: str | None = None) -> str:
	"""SQL condition for the rows of a table that the user may list: those of records that he reaches (hook
	permission_query_conditions of child DocTypes, S2); empty for all."""
	user = user or frappe.session.user
	found, sees_all = [], True
	for parent in PARENTS[child]:
		belongs = f"`tab{child}`.parenttype = {frappe.db.escape(parent)}"
		if not processes.is_doctype_on(parent):
			sees_all = False
		elif parent not in ROW_RULES or not (reached := case_conditions(parent, user)):
			found.append(belongs)
		else:
			sees_all = False
			found.append(
				f"({belongs} and `tab{child}`.parent in (select `tab{parent}`.name from `tab{parent}` where {reached}))"
			)
	if sees_all:
		return ""
	return f"({' or '.join(found)})" if found else "1=0"


def _department_conditions(doctype: str, user: str) -> list[str]:
	rule = ROW_RULES[doctype]
	conditions = []
	departments = departments_of(user)
	if departments:
		names = ", ".join(frappe.db.escape(name, percent=False) for name in departments)
		conditions += [f"`tab{doctype}`.{column} in ({names})" for column in rule.departments]
		conditions += [_in_table(doctype, *table, names) for table in rule.tables]
	for field, target in rule.follows:
		if processes.is_doctype_on(target):
			reached = case_conditions(target, user) or "1=1"
			conditions.append(
				f"`tab{doctype}`.{field} in (select `tab{target}`.name from `tab{target}` where {reached})"
			)
	return conditions


def _in_table(doctype: str, child: str, column: str, names: str) -> str:
	"""Whether a row of a child table names one of us: looked up record by record. For `exists` the server would rather read the whole
	child table first, for a page of twenty records as well."""
	return (
		f"(select part.idx from `tab{child}` part where part.parent = `tab{doctype}`.name"
		f" and part.parenttype = {frappe.db.escape(doctype)} and part.{column} in ({names}) limit 1) is not null"
	)


def may_touch_case(doc, ptype: str | None = None, user: str | None = None) -> bool | None:
	"""Whether the user may reach this very record (hook has_permission). None leaves the answer to the roles."""
	user = user or frappe.session.user
	if not processes.is_doctype_on(doc.doctype):
		return False
	if not is_staff(user):
		return False
	if ptype == "create" or sees_all_rows(doc.doctype, user):
		return None
	return None if _is_own_case(doc, user) else False


def _is_own_case(doc, user: str) -> bool:
	"""The same rule as `case_conditions`, for one document.

	What is stored decides, never what was sent: a document built from a request may name the sender's own department.
	"""
	rule = ROW_RULES[doc.doctype]
	fields = [*rule.people, *rule.departments, *(field for field, _target in rule.follows)]
	stored = frappe.db.get_value(doc.doctype, doc.name, fields, as_dict=True) if doc.name else None
	if not stored:
		return True  # not saved yet: the right to create decides
	if user in [stored[column] for column in rule.people]:
		return True
	if any(_names(doc, child, column, {user}) for child, column in rule.people_tables):
		return True
	if not sees_departments(doc.doctype, user):
		return False
	departments = set(departments_of(user))
	if departments & {stored[column] for column in rule.departments}:
		return True
	if departments and any(_names(doc, child, column, departments) for child, column in rule.tables):
		return True
	return any(stored[field] and _reaches(target, stored[field], user) for field, target in rule.follows)


def _names(doc, child: str, column: str, wanted: set[str]) -> bool:
	"""Whether a stored row of the child table names one of the wanted departments or users."""
	rows = frappe.get_all(child, filters={"parent": doc.name, "parenttype": doc.doctype}, pluck=column)
	return not wanted.isdisjoint(rows)


def _reaches(doctype: str, name: str, user: str) -> bool:
	"""Whether the user reaches the record that another one follows."""
	if not processes.is_doctype_on(doctype):
		return False
	return sees_all_rows(doctype, user) or _is_own_case(frappe._dict(doctype=doctype, name=name), user)


def may_touch_process_record(doc, ptype: str | None = None, user: str | None = None) -> bool | None:
	"""Refuse records of a process that is off (hook has_permission of the other DocTypes)."""
	return None if processes.is_doctype_on(doc.doctype) else False


def process_conditions(user: str | None = None) -> str:
	"""Lists of a process that is off are refused (hook permission_query_conditions of its other DocTypes)."""
	processes.require("Complaint Class")
	return ""


def improvement_conditions(user: str | None = None) -> str:
	"""Lists of improvement's own rules and branches are refused while it is off (hook permission_query_conditions)."""
	processes.require("Improvement")
	return ""


def order_conditions(user: str | None = None) -> str:
	"""Lists of contract review's own data are refused while it is off (hook permission_query_conditions)."""
	processes.require("Contract Review")
	return ""


def property_conditions(user: str | None = None) -> str:
	"""Lists of the data of customers' property are refused while it is off (hook permission_query_conditions)."""
	processes.require("Customer Property")
	return ""


def satisfaction_conditions(user: str | None = None) -> str:
	"""Lists of surveys and scoring schemes are refused while satisfaction is off (hook permission_query_conditions)."""
	processes.require("Survey Campaign")
	return ""


def file_conditions(user: str | None = None) -> str:
	"""Files a user may list: those attached to our records only with the record (hook permission_query_conditions of File)."""
	user = user or frappe.session.user
	hidden = []
	for doctype, condition in _row_conditions(user).items():
		name = frappe.db.escape(doctype)
		hidden.append(
			f"(`tabFile`.attached_to_doctype = {name} and `tabFile`.attached_to_name not in"
			f" (select name from `tab{doctype}` where {condition}))"
		)
	return f"not ({' or '.join(f'ifnull({part}, 0)' for part in hidden)})" if hidden else ""


def _row_conditions(user: str) -> dict[str, str]:
	"""DocType -> condition of the rows that the user may list, for those of our DocTypes where he may not list all."""
	known = {doctype: condition_of(doctype, user) for doctype in frappe.get_hooks("permission_query_conditions")}
	return {doctype: condition for doctype, condition in known.items() if condition}


def condition_of(doctype: str, user: str) -> str | None:
	"""SQL condition of the rows of one of our DocTypes that the user may list; None for all, and for other apps' DocTypes."""
	functions = frappe.get_hooks("permission_query_conditions").get(doctype)
	if not functions or doctype == "File" or not processes.is_ours(doctype):
		return None
	if not processes.is_doctype_on(doctype):
		return "1=0"
	return frappe.call(functions[-1], user=user) or None


def event_conditions(user: str | None = None) -> str:
	"""Audit rows a user may list: those who see every complaint see every event, others those of their own actions."""
	user = user or frappe.session.user
	if sees_all_rows("Service Event", user):
		return " and ".join(_events_of_readable(doctype, user) for doctype in CONFIDENTIAL)
	return f"`tabService Event`.actor = {frappe.db.escape(user, percent=False)}"


def _events_of_readable(doctype: str, user: str) -> str:
	"""Events of other DocTypes, and those of this one whose record the user may list."""
	condition = condition_of(doctype, user)
	name = frappe.db.escape(doctype)
	if not condition:
		return "1=1"
	return (
		f"(`tabService Event`.reference_doctype != {name} or `tabService Event`.reference_name in"
		f" (select name from `tab{doctype}` where {condition}))"
	)


def may_read_event(doc, ptype: str | None = None, user: str | None = None) -> bool | None:
	"""An audit row is readable with the record it tells of (hook has_permission)."""
	user = user or frappe.session.user
	if doc.reference_doctype not in CONFIDENTIAL and (sees_all_rows("Service Event", user) or doc.actor == user):
		return None
	try:
		return None if frappe.has_permission(doc.reference_doctype, "read", doc.reference_name, user=user) else False
	except (frappe.DoesNotExistError, ProcessSwitchedOffError):
		return False


@frappe.whitelist()
def get_count(doctype: str, filters: str | list | dict | None = None, debug: bool = False, cache: bool = False) -> int:
	"""Number of records that match (stands in for Frappe's own, which counts rows that the user may not see).

	Other apps' DocTypes go to Frappe unchanged.
	"""
	if not processes.is_ours(doctype):
		from frappe.client import get_count as frappe_count

		return frappe_count(doctype, filters, debug, cache)
	from frappe.client import get_safe_filters

	return len(frappe.get_list(doctype, filters=get_safe_filters(filters), limit_page_length=0, pluck="name"))
