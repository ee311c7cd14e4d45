"""Who is told when a limit comes near or has passed, and that each notice is given once (F-5, F-6, I-2).

An **Escalation Rule** is chosen for a clock when that is planned; its levels are moments measured from the limit in the
limit's own calendar. The sweep asks :func:`next_moment` when to come back, and `Notices` whom to tell.
"""

import hashlib
from datetime import datetime, timedelta

import frappe

from customer_service.organisation import batched, caching, clock, clock_policy, conditions, people

CACHE = "customer_service_escalation_rules"
LAST_RESORT = "Customer Service Manager"

BEFORE, AFTER, SINCE = "Before the Limit", "After the Limit", "After the Start"

HIGHER = {
	"Assigned Person": "Group Leader",
	"Group Leader": "Department Head",
	"Department Head": "Supervising Manager",
}
"""Whom to tell where a place is empty. Above the manager, and for an empty role, the role `LAST_RESORT`."""


def rules(doctype: str) -> list[frappe._dict]:
	"""Enabled rules for a DocType in the order in which they are tried, from the cache."""
	return batched.remember((CACHE, doctype), lambda: frappe.cache().hget(CACHE, doctype, lambda: _load(doctype)))


def _load(doctype: str) -> list[frappe._dict]:
	names = frappe.get_all(
		"Escalation Rule",
		filters={"enabled": 1, "document_type": doctype},
		order_by="`rank` asc, creation asc",
		pluck="name",
	)
	return [_entry(frappe.get_doc("Escalation Rule", name)) for name in names]  # a handful, while the cache is cold


def _entry(doc) -> frappe._dict:
	fields = ("doctype", "name", "clock", "major_only", "condition", *conditions.MATCHED_FIELDS)
	entry = frappe._dict({field: doc.get(field) for field in fields})
	entry.levels = [
		frappe._dict(
			key=row.name,
			level=row.idx,
			moment=row.moment,
			offset_value=row.offset_value,
			offset_unit=row.offset_unit,
			notify=row.notify,
			department=row.department,
			role=row.role,
			user=row.user,
			at_once=row.at_once,
		)
		for row in doc.levels
	]
	return entry


def forget_rules() -> None:
	"""Drop the cached rules; called when one changes."""
	caching.forget(CACHE)


def choose(case, clock_name: str) -> str | None:
	"""Name of the rule for one clock of a case: the first that matches; None without one."""
	for rule in rules(case.doctype):
		if rule.clock in (None, "", clock_name) and conditions.matches(rule, case):
			return rule.name
	return None


def levels_of(doctype: str, rule: str | None) -> list[frappe._dict]:
	"""The levels of a rule; none if it is disabled by now."""
	if not rule:
		return []
	return next((known.levels for known in rules(doctype) if known.name == rule), [])


def moment_of(level, row) -> datetime:
	"""When a level of escalation is reached for a clock, in the clock's calendar."""
	if level.moment == AFTER and not level.offset_value:
		return row.due_at
	offset = clock_policy.in_minutes(level.offset_value, level.offset_unit, row.calendar)
	whole = (row.limit_minutes or 0) + (row.paused_minutes or 0)
	minutes = max(offset if level.moment == SINCE else whole + (offset if level.moment == AFTER else -offset), 0)
	if not row.calendar:  # a date that people agreed on counts plain time
		return row.started_at + timedelta(minutes=minutes)
	return clock.deadline(row.started_at, minutes, row.calendar)


def next_moment(row, done: set[str]) -> datetime | None:
	"""When a running clock needs the sweep again: its breach, or the next level that was not reached yet.

	:param done: keys of the levels that have been noticed.
	"""
	levels = [level for level in levels_of(row.reference_doctype, row.escalation_rule) if level.key not in done]
	if not row.is_breached:
		levels = [level for level in levels if level.moment != AFTER]  # none of these comes before the breach
	return _earliest([moment_of(level, row) for level in levels], row)


def _earliest(moments: list[datetime], row) -> datetime | None:
	"""The first of the moments of levels still to come, and of the breach if that is."""
	if not row.is_breached:
		moments.append(row.due_at)
	return min(moments, default=None)


def levels_done(clock_names: list[str]) -> dict[str, set[str]]:
	"""Clock -> keys of the levels already noticed."""
	found: dict[str, set[str]] = {}
	if clock_names:
		for row in frappe.get_all(
			"Escalation Log", {"service_clock": ("in", clock_names)}, ["service_clock", "level_key"]
		):
			found.setdefault(row.service_clock, set()).add(row.level_key)
	return found


def recipients(level, row) -> tuple[list[str], str]:
	"""Whom a level tells, and as what. Where nobody holds the place, the next higher one is told.

	:returns: users (empty only if the site has no active user in the last resort's role), and the place they hold.
	"""
	place = level.notify
	department = level.department or row.department
	while place:
		found = [user for user in _holders(place, level, row, department) if user]
		if found:
			return list(dict.fromkeys(found)), place
		place = HIGHER.get(place)
	return users_with_role(LAST_RESORT), LAST_RESORT


def _holders(place: str, level, row, department: str | None) -> list[str | None]:
	if place == "Assigned Person":
		return [people.stand_in(row.assigned_to, department)] if row.assigned_to else []
	if place == "Group Leader":
		return people.group_leaders_of(department)
	if place == "Department Head":
		return [people.head_of(department)]
	if place == "Supervising Manager":
		return [people.manager_of(department)]
	if place == "Role":
		return users_with_role(level.role)
	return [level.user]


def users_with_role(role: str) -> list[str]:
	"""Active users of the desk who have the role, by name; the Administrator, who has every role, only if nobody else has it."""
	holders = frappe.get_all("Has Role", {"role": role, "parenttype": "User"}, pluck="parent", distinct=True)
	active = {"name": ("in", holders), "enabled": 1, "user_type": "System User"}
	users = frappe.get_all("User", active, pluck="name", order_by="name asc")
	return [user for user in users if user != "Administrator"] or users


def log_name(clock_name: str, level_key: str, recipient: str) -> str:
	"""Primary key of a notice: two workers, or a sweep that was killed and runs again, cannot give it twice."""
	return hashlib.sha256(f"{clock_name}|{level_key}|{recipient}".encode()).hexdigest()[:32]


LOG_COLUMNS = (
	*batched.STANDARD,
	"reference_doctype",
	"reference_name",
	"service_clock",
	"clock",
	"department",
	"escalation_rule",
	"due_at",
	"noticed_at",
	"level_key",
	"level",
	"recipient",
	"notified_as",
	"at_once",
)


class Notices:
	"""Rows of **Escalation Log** for the levels that clocks have reached by one moment and that were not noticed before.

	:param done: what :func:`levels_done` gave.
	"""

	def __init__(self, at: datetime, done: dict[str, set[str]]):
		self.at = at
		self.done = done
		self.made: dict[tuple, list[str]] = {}
		self.asked: dict[tuple, tuple[list[str], str]] = {}  # the same place of a department is looked up once
		self.levels: dict[tuple, list[frappe._dict]] = {}  # and so is a rule

	def add(self, row) -> datetime | None:
		"""Notice what one clock has reached; returns when it needs the sweep again, as :func:`next_moment`."""
		rule = (row.reference_doctype, row.escalation_rule)
		if rule not in self.levels:
			self.levels[rule] = levels_of(*rule)
		known, later = self.done.get(row.name, ()), []
		for level in self.levels[rule]:
			if level.key in known:
				continue
			moment = moment_of(level, row)
			if moment > self.at:
				later.append(moment)
				continue
			told, place = self.whom(level, row)
			for recipient in told or [None]:  # a level that reaches nobody is logged too, and seen there
				notice = (level.key, level.level, recipient, place, level.at_once or 0)
				self.made.setdefault(notice, []).append(row.name)
		return _earliest(later, row)

	def whom(self, level, row) -> tuple[list[str], str]:
		person = row.assigned_to if level.notify == "Assigned Person" else None
		key = (level.key, row.department, person)
		if key not in self.asked:
			self.asked[key] = recipients(level, row)
		return self.asked[key]

	def store(self) -> None:
		"""Insert the notices, one statement for each level and person told, straight from the clocks' rows.

		Plain SQL with parameters and past the document layer, like the audit trail: a chunk has thousands. The name is `log_name`.
		"""
		for (key, level, recipient, place, at_once), clock_names in self.made.items():
			frappe.db.sql(
				f"""insert into `tabEscalation Log` ({", ".join(f"`{column}`" for column in LOG_COLUMNS)})
				select left(sha2(concat(name, '|', %(key)s, '|', %(told)s), 256), 32), %(at)s, %(at)s, %(user)s, %(user)s,
					reference_doctype, reference_name, name, clock, department, escalation_rule, due_at, %(at)s,
					%(key)s, %(level)s, %(recipient)s, %(place)s, %(at_once)s
				from `tabService Clock` where name in %(names)s""",
				{
					"key": key,
					"told": recipient or "",
					"at": self.at,
					"user": frappe.session.user,
					"level": level,
					"recipient": recipient,
					"place": place,
					"at_once": at_once,
					"names": tuple(clock_names),
				},
			)
