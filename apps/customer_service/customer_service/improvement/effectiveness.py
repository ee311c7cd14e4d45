"""Effectiveness checks become due without anyone opening a record (I-1).

The job works from stored dates: one that comes late, runs twice or is killed in the middle ends as a punctual one. Each improvement
is a transaction of its own, under a lock on its row, that moves the state, leaves the notices and notes the round that was called
for, so that none of it happens without the others, and a round is called for once (L5).
"""

import frappe
from frappe import _

from customer_service.improvement import step_names, verification
from customer_service.organisation import clock, events, people, processes, retry, states

DOCTYPE = "Improvement"


def run() -> None:
	"""What the scheduler calls every day."""
	if not processes.is_doctype_on(DOCTYPE):
		return
	for name in due():
		try:
			call_for_check(name)
			frappe.db.commit()
		except Exception:
			frappe.db.rollback()
			frappe.log_error(
				title="Effectiveness check could not be called for", reference_doctype=DOCTYPE, reference_name=name
			)
			frappe.db.commit()


def due() -> list[str]:
	"""Names of the verified improvements whose day has come, the longest due first."""
	return frappe.get_all(
		DOCTYPE,
		filters=[
			["state_category", "not in", states.ENDED],
			["step", "=", step_names.VERIFIED],
			["effectiveness_due_on", "is", "set"],
			["effectiveness_due_on", "<=", clock.now().date()],
		],
		order_by="effectiveness_due_on asc, name asc",
		pluck="name",
	)


@retry.after_conflict
def call_for_check(name: str) -> None:
	"""Bring a verified improvement to the state of the effectiveness check and tell those concerned; the caller commits.

	A workflow without such a state keeps the improvement where it is; the people are told all the same.
	"""
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	if doc.step != step_names.VERIFIED:  # another run has been here
		return
	state = _state_of_check()
	if state:
		before = doc.workflow_state
		category = states.category_of(DOCTYPE, state)
		# A step that nobody takes: it follows from the date, so it passes the workflow's roles by.
		doc.db_set(
			{"workflow_state": state, "state_category": category, "step": step_names.EFFECTIVENESS_CHECK}, notify=True
		)
		events.record(doc, "State Changed", before, state)
	notify(doc)


def _state_of_check() -> str | None:
	rows = states.states_of(DOCTYPE)
	return next((row.state for row in rows if row.get(states.STEP_FIELD) == step_names.EFFECTIVENESS_CHECK), None)


def recipients(doc) -> list[str]:
	"""Owner, supervisor, and the head of the department that checks; those that exist and work."""
	named = [doc.leader, doc.supervisor]
	rule = verification.rule_for(doc, verification.EFFECTIVENESS)
	named += [people.head_of(name) for name in verification.departments_meant(doc, rule)]
	wanted = [user for user in dict.fromkeys(named) if user]
	enabled = set(frappe.get_all("User", {"name": ("in", wanted), "enabled": 1}, pluck="name")) if wanted else set()
	return [user for user in wanted if user in enabled]


def notify(doc) -> None:
	"""Tell those concerned that the check is due, once a round; the caller has locked or saved the record."""
	if (doc.called_for_round or 0) >= doc.round:
		return
	doc.db_set("called_for_round", doc.round, update_modified=False)
	for user in recipients(doc):
		language = frappe.get_cached_value("User", user, "language") or frappe.local.lang
		notice = frappe.new_doc("Notification Log")
		notice.update(
			{
				"for_user": user,
				"type": "Alert",
				"document_type": DOCTYPE,
				"document_name": doc.name,
				"subject": _("The effectiveness of improvement {0} is to be checked.", language).format(doc.name),
			}
		)
		notice.insert(ignore_permissions=True)
