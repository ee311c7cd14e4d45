"""The clocks of a record while it lives: started, paused, stopped, started anew (F-6, G-5).

One row of **Service Clock** is one time limit of one record in one round. What a save does to them is planned in clock_plan.py. A
deadline is always computed from the start, the limit and the working time paused, never moved step by step, so that nothing is lost
by rounding. A controller that runs under clocks derives from `UnderClocks`.
"""

from datetime import datetime

import frappe
from frappe import _

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import batched, clock, escalation

COLUMNS = (
	*batched.STANDARD,
	"reference_doctype",
	"reference_name",
	"part",
	"clock",
	"round",
	"department",
	"priority",
	"assigned_to",
	"status",
	"clock_policy",
	"calendar",
	"limit_minutes",
	"pauses_while_waiting",
	"stops_on",
	"escalation_rule",
	"started_at",
	"due_at",
	"stopped_at",
	"next_notice_at",
	"paused_since",
	"is_held",
	"is_waiting",
	"paused_minutes",
	"waited_minutes",
	"used_minutes",
	"is_breached",
)
KEPT = COLUMNS[len(batched.STANDARD) :]
"""What a clock is, beside who wrote it when."""

RUNNING, PAUSED, STOPPED, CANCELLED = "Running", "Paused", "Stopped", "Cancelled"
ALIVE = (RUNNING, PAUSED)


class UnderClocks:
	"""For controllers of records under clocks. `validate` ends with `plan_clocks`, `after_insert` and `on_update` call
	`store_clocks`. The record has `state_category`, `clock_policy`, and what `CLOCK_FIELDS` names."""

	CLOCK_START = "received_at"
	"""Field with the moment of receipt."""

	CLOCK_FIELDS: dict[str, tuple[str, str, str]] = {
		"First Step": ("response_due", "responded_at", "response_breached"),
		"Resolved": ("resolution_due", "resolved_at", "resolution_breached"),
	}
	"""What a clock stops on -> the record's own fields that show when it is due, when it stopped, and whether late. They show the
	earliest such clock of the present round, for lists and filters; the clocks themselves are the rows of Service Clock."""

	def plan_clocks(self) -> None:
		"""Start, pause, resume and stop clocks with what is about to be saved."""
		from customer_service.organisation.clock_plan import Plan  # which needs the rows that are declared here

		plan = Plan(self)
		plan.make()
		self.flags.clock_plan = plan

	def store_clocks(self) -> None:
		"""Write what was planned."""
		plan = self.flags.pop("clock_plan", None)
		if plan:
			plan.store()

	def hold_clocks(self, reason: str) -> None:
		"""Pause the clocks that pause, by hand (F-6). The caller saves.

		:raises CustomerServiceError: without a reason, or if they are held already.
		"""
		if not (reason or "").strip():
			frappe.throw(_("Give a reason for pausing the clocks."), CustomerServiceError)
		if self.get("held_since"):
			frappe.throw(_("The clocks are paused already."), CustomerServiceError)
		self.flags.hold_reason = reason.strip()

	def release_clocks(self) -> None:
		"""Let clocks that were paused by hand go on. The caller saves.

		:raises CustomerServiceError: if they are not held.
		"""
		if not self.get("held_since"):
			frappe.throw(_("The clocks are not paused by hand."), CustomerServiceError)
		self.flags.release_clocks = True


def insert_rows(rows: list, at: datetime) -> None:
	"""Insert clocks by one statement, past the document layer like the audit trail: they have no hooks and no permissions to
	check, and a record's insert may not cost more than that."""
	if not rows:
		return
	batched.insert(
		"Service Clock",
		COLUMNS,
		[(*batched.standard(at, row.name), *(row[column] for column in KEPT)) for row in rows],
	)


def locked_rows(doctype: str, names: list[str]) -> list[frappe._dict]:
	"""The clocks of records, whatever their round, held until the transaction ends.

	Found first and locked by their names then: a lock while searching would hold what is beside them, too.
	"""
	of_these = {"reference_doctype": doctype, "reference_name": ("in", names or [""]), "part": ("is", "not set")}
	found = frappe.get_all("Service Clock", of_these, pluck="name")
	if not found:
		return []
	table = frappe.qb.DocType("Service Clock")
	query = frappe.qb.from_(table).select(table.name, *(table[column] for column in KEPT))
	return query.where(table.name.isin(found)).orderby(table["round"]).for_update().run(as_dict=True)


def fetch(doctype: str, names: list[str]) -> None:
	"""Within `batched.gathered`: have the clocks of records ready that are about to be saved, and their levels of escalation."""
	rows = locked_rows(doctype, names)
	done = escalation.levels_done([row.name for row in rows])
	for name in names:
		own = [row for row in rows if row.reference_name == name]
		batched.lay_ready(("clocks", doctype, name), own)
		batched.lay_ready(("levels", doctype, name), {row.name: done[row.name] for row in own if row.name in done})


def used_minutes(row) -> float:
	"""Working minutes between a clock's start and its stop, pauses taken off."""
	if not row.calendar:  # a date that people agreed on counts plain time
		return max((row.stopped_at - row.started_at).total_seconds() / 60, 0)
	return max(clock.elapsed(row.started_at, row.stopped_at, row.calendar) - (row.paused_minutes or 0), 0)


def rows_of(doctype: str, name: str) -> list[frappe._dict]:
	"""The clocks of a record in all rounds, in the order in which they started."""
	return frappe.get_all(
		"Service Clock",
		filters={"reference_doctype": doctype, "reference_name": name},
		fields=["name", *KEPT],
		order_by="`round` asc, started_at asc, due_at asc",
	)


def summary(doc) -> list[dict]:
	"""The clocks of a record's present round for a person to read: label, when due, and one of running, soon, late, kept, paused.

	A cancelled record has none that runs.
	"""
	soon = frappe.get_cached_doc("Customer Service Settings").due_soon_minutes or 0
	moment = clock.now()
	latest = {(row.clock, row.part): row for row in rows_of(doc.doctype, doc.name) if row.status != CANCELLED}
	shown = []
	for row in latest.values():
		if row.status == STOPPED:
			state = "late" if row.is_breached else "kept"
		elif row.status == PAUSED:
			state = "paused"
		elif moment > row.due_at:
			state = "late"
		else:
			state = "soon" if (row.due_at - moment).total_seconds() <= soon * 60 else "running"
		shown.append(
			{"clock": row.clock, "label": _(row.clock), "due": row.due_at, "stopped": row.stopped_at, "state": state}
		)
	return shown
