"""Which records are work that waits for a department or a person: declared here for the workload report and everyone's queue."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

import frappe
from frappe.utils import getdate

from customer_service.organisation import processes, states


@dataclass(frozen=True)
class Work:
	"""How the running records of one DocType wait for somebody.

	:param department: column of the department; :param person: of the user. :param due: of the next limit, a moment or a day; on a day
	it is in time until that day ends. :param since: when it began. :param title: what it is about.
	:param state: column of the state that is shown. :param running: column and values that say that it is not done.
	"""

	department: str
	person: str
	due: str
	since: str
	title: str
	running: tuple[str, tuple[str, ...]] = ("state_category", states.RUNNING)
	due_is_day: bool = False
	state: str = "workflow_state"


WORK = {
	"Complaint": Work("lead_department", "assigned_to", "next_due", "received_at", "reported_company"),
	"Complaint Task": Work("department", "assigned_to", "due_at", "opened_at", "complaint"),
	"Complaint Disposition": Work(
		"responsible_department", "responsible_person", "planned_by", "creation", "complaint", due_is_day=True
	),
	"Review Opinion": Work("department", "assigned_to", "due_at", "asked_at", "contract_review", state="status"),
	"Service Instruction": Work("implementing_department", "assigned_to", "due_at", "issued_at", "subject"),
	"Improvement": Work("lead_department", "leader", "due_on", "creation", "title", due_is_day=True),
	"Improvement Action": Work(
		"department", "responsible", "due_date", "creation", "title", due_is_day=True, state="status"
	),
}


def in_use() -> dict[str, Work]:
	"""The work whose process is on, and that the user may read."""
	return {
		doctype: work
		for doctype, work in WORK.items()
		if processes.is_doctype_on(doctype) and frappe.has_permission(doctype, "read")
	}


def running(doctype: str, work: Work):
	"""Query of the running records and its table; select is left."""
	table = frappe.qb.DocType(doctype)
	column, values = work.running
	return frappe.qb.from_(table).where(table[column].isin(values)), table


@dataclass(frozen=True)
class Moments:
	"""The limits between late, due today and due this week, for moments or for days.

	:param late: due before it is late. :param today: due before it, and not late, is due today. :param week: the same until Sunday.
	"""

	late: datetime
	today: datetime
	week: datetime


def moments(work: Work, present: datetime) -> Moments:
	"""Where the limits lie at a moment; a due day ends with itself."""
	midnight = datetime.combine(getdate(present), time())
	tomorrow = midnight + timedelta(days=1)
	week = midnight + timedelta(days=7 - midnight.weekday())
	return Moments(midnight if work.due_is_day else present, tomorrow, week)
