"""Who in a department is to be asked today: head or deputy, group leaders, members who are not absent (G-4)."""

from datetime import date

import frappe
from frappe.utils import getdate

from customer_service.organisation import caching, clock

CACHE = "customer_service_department_people"


def head_of(department: str | None, on: date | None = None) -> str | None:
	"""The head of a department; his deputy while he is absent; None if nobody is named.

	:param on: the day, today (site time zone) if not given.
	"""
	known = _of(department)
	if not known:
		return None
	if known.head and not (known.deputy and _is_away(known.head_absence, on)):
		return known.head
	return known.deputy


def is_head_or_deputy(user: str, department: str | None) -> bool:
	"""Whether the user heads the department or is its deputy, absent or not."""
	known = _of(department)
	return bool(known) and user in (known.head, known.deputy)


def members_of(department: str | None, on: date | None = None) -> list[str]:
	"""Members who are not absent, in the order of the department's list; head and deputy only if they are members."""
	known = _of(department)
	return [row.user for row in known.members if not _is_away(row.absence, on)] if known else []


def group_leaders_of(department: str | None, on: date | None = None) -> list[str]:
	"""Group leaders who are not absent; without one, whoever heads the department."""
	known = _of(department)
	if not known:
		return []
	leaders = [row.user for row in known.members if row.is_group_leader and not _is_away(row.absence, on)]
	head = head_of(department, on)
	return leaders or ([head] if head else [])


def manager_of(department: str | None) -> str | None:
	"""Who supervises the department; None if nobody is named."""
	known = _of(department)
	return known.manager if known else None


def belongs(user: str, department: str | None) -> bool:
	"""Whether the user is head, deputy or member of the department."""
	known = _of(department)
	return bool(known) and user in (known.head, known.deputy, *(row.user for row in known.members))


def is_absent(user: str, department: str | None, on: date | None = None) -> bool:
	"""Whether the department's record says that this person is away on the day."""
	known = _of(department)
	if not known:
		return False
	if user == known.head and _is_away(known.head_absence, on):
		return True
	return any(row.user == user and _is_away(row.absence, on) for row in known.members)


def stand_in(user: str, department: str | None, on: date | None = None) -> str | None:
	"""Who acts for a person of the department: himself, or while he is absent the head (the deputy for the head)."""
	return head_of(department, on) if is_absent(user, department, on) else user


def _is_away(absence: tuple, on: date | None) -> bool:
	start, end = absence
	if not start and not end:
		return False
	day = getdate(on or clock.now())
	return (not start or start <= day) and (not end or day <= end)


def _of(department: str | None) -> frappe._dict | None:
	if not department:
		return None
	return frappe.cache().hget(CACHE, department, lambda: _load(department))


def _load(department: str) -> frappe._dict | None:
	if not frappe.db.exists("Service Department", department):
		return None
	doc = frappe.get_doc("Service Department", department)
	if not doc.is_active:
		return None
	return frappe._dict(
		head=doc.head,
		deputy=doc.deputy,
		manager=doc.manager,
		head_absence=_absence(doc.head_absent_from, doc.head_absent_until),
		members=[
			frappe._dict(
				user=row.user, is_group_leader=row.is_group_leader, absence=_absence(row.absent_from, row.absent_until)
			)
			for row in doc.members
		],
	)


def _absence(start, end) -> tuple[date | None, date | None]:
	return (getdate(start) if start else None, getdate(end) if end else None)


def forget() -> None:
	"""Drop what is cached; called when a department changes."""
	caching.forget(CACHE)
