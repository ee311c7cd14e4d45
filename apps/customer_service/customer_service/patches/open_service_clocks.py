"""Limits of complaints used to be columns of the complaint; they are rows of Service Clock now (F-6).

Every complaint with a deadline gets its rows, as they stood: what was stopped stays stopped, what runs goes on to the deadline that
it had. Idempotent: a complaint that has rows gets no others.
"""

import frappe
from frappe.utils import get_datetime

from customer_service.organisation import clock, clock_policy, clocks, escalation, seeding, states

CLOCKS = (
	("Response", "First Step", "response_due", "responded_at", "response_breached", "response_paused_minutes"),
	("Resolution", "Resolved", "resolution_due", "resolved_at", "resolution_breached", "resolution_paused_minutes"),
)
CHUNK = 1000


def execute():
	if not frappe.db.has_column("Complaint", "clock_started_at"):
		return  # a fresh site never had them
	path = seeding.SEEDS / "10_clocks.json"  # the kinds of clocks, which otherwise come after the patches
	seeding.sync_records(seeding.read(path), source=f"seeds/{path.name}")
	last = ""
	while chunk := _next(last):
		last = chunk[-1].name
		known = set(
			frappe.get_all(
				"Service Clock",
				{"reference_doctype": "Complaint", "reference_name": ("in", [row.name for row in chunk])},
				pluck="reference_name",
			)
		)
		rows = [row for case in chunk if case.name not in known for row in _rows(case)]
		clocks.insert_rows(rows, clock.now())


def _next(after: str) -> list:
	case = frappe.qb.DocType("Complaint")
	return frappe.qb.from_(case).select("*").where(case.name > after).orderby(case.name).limit(CHUNK).run(as_dict=True)


def _rows(case) -> list:
	made = []
	for name, stops_on, due, stopped, late, paused in CLOCKS:
		if not case[due]:
			continue
		limit = _limit(case.clock_policy, name)
		if not limit:
			continue
		row = frappe._dict.fromkeys(clocks.COLUMNS)
		start = case.clock_started_at if name == "Resolution" else case.received_at
		row.update(
			{
				"name": frappe.generate_hash(length=16),
				"reference_doctype": "Complaint",
				"reference_name": case.name,
				"clock": name,
				"round": 1 + (case.reopen_count or 0 if name == "Resolution" else 0),
				"department": case.lead_department,
				"priority": case.priority,
				"assigned_to": case.assigned_to,
				"clock_policy": case.clock_policy,
				"calendar": limit.calendar,
				"limit_minutes": clock_policy.limit_minutes(limit),
				"pauses_while_waiting": limit.pauses or 0,
				"stops_on": stops_on,
				"started_at": get_datetime(start or case.received_at),
				"due_at": get_datetime(case[due]),
				"stopped_at": case[stopped],
				"paused_minutes": case[paused] or 0,
				"waited_minutes": case.waited_minutes or 0,
				"used_minutes": 0,
				"is_waiting": int(bool(case.waiting_since)),
				"is_held": 0,
				"is_breached": case[late] or 0,
			}
		)
		_set_standing(row, case)
		made.append(row)
	return made


def _set_standing(row, case) -> None:
	row.status = clocks.RUNNING
	if row.stopped_at:
		row.update({"status": clocks.STOPPED, "is_waiting": 0, "used_minutes": clocks.used_minutes(row)})
	elif case.state_category not in states.RUNNING:
		row.update({"status": clocks.CANCELLED, "is_waiting": 0})
	elif case.waiting_since:
		row.paused_since = get_datetime(case.waiting_since)
		row.status = clocks.PAUSED if row.pauses_while_waiting else clocks.RUNNING
	row.next_notice_at = escalation.next_moment(row, set()) if row.status == clocks.RUNNING else None


def _limit(policy: str | None, name: str):
	known = clock_policy.policy_of(frappe._dict(doctype="Complaint", clock_policy=policy))
	return next((limit for limit in (known.limits if known else ()) if limit.clock == name), None)
