"""Actions of improvements: planned by who runs the improvement, reported done by their owners, verified by others (I-1)."""

import frappe
from frappe import _
from frappe.utils import escape_html, getdate

from customer_service.exceptions import ImprovementStepError
from customer_service.organisation import clock, states

DOCTYPE = "Improvement Action"

OPEN, DONE, VERIFIED, CANCELLED = "Open", "Done", "Verified", "Cancelled"

CATEGORY = {OPEN: states.OPEN, DONE: states.RESOLVED, VERIFIED: states.CLOSED, CANCELLED: states.CANCELLED}

FIELDS = (
	"name",
	"action_type",
	"description",
	"department",
	"responsible",
	"due_date",
	"status",
	"round",
	"done_at",
	"done_by",
	"done_note",
	"evidence",
	"verified_by",
	"verified_at",
	"verification_result",
)


def rows_of(improvement: str | None, with_cancelled: bool = False) -> list[frappe._dict]:
	"""The actions of an improvement in the order of their rounds and dates; none for one that is not saved yet."""
	if not improvement:
		return []
	filters = {"improvement": improvement}
	if not with_cancelled:
		filters["status"] = ("!=", CANCELLED)
	return frappe.get_all(DOCTYPE, filters=filters, fields=list(FIELDS), order_by="round asc, creation asc, name asc")


def of(doc, *kinds: str) -> list:
	"""Actions as documents, for a print layout."""
	names = [row.name for row in rows_of(doc.name) if not kinds or row.action_type in kinds]
	return [frappe.get_doc(DOCTYPE, name) for name in names]


def departments_of(improvement: str | None) -> list[str]:
	"""Departments that carry actions out, in the order in which they came in."""
	return list(dict.fromkeys(row.department for row in rows_of(improvement) if row.department))


def executing_units(improvement: str | None) -> list[str]:
	"""Departments of the corrective and preventive actions."""
	rows = [row for row in rows_of(improvement) if row.action_type in ("Corrective", "Preventive")]
	return list(dict.fromkeys(row.department for row in rows))


def as_table(doc) -> str:
	"""The actions as a table for the form, every text escaped."""
	today = clock.now().date()
	rows = rows_of(doc.name, with_cancelled=True)
	for row in rows:
		row.is_late = row.status == OPEN and row.due_date and getdate(row.due_date) < today
		row.person = frappe.get_cached_value("User", row.responsible, "full_name") if row.responsible else ""
	return frappe.render_template(
		"customer_service/templates/improvement/actions.html", {"rows": rows}, safe_render=False
	)


def follow_improvement(doc) -> None:
	"""After a step is stored: who verifies the improvement verifies its actions; a cancelled one takes its open actions along."""
	before = doc.get_doc_before_save()
	if not before or before.workflow_state == doc.workflow_state:
		return
	if doc.verified_at and not before.verified_at:
		_move(doc, DONE, VERIFIED, {"verification_result": "Accepted"})
	elif doc.state_category == states.CANCELLED:
		_move(doc, OPEN, CANCELLED, {})
	elif doc.state_category == states.CLOSED:
		_move(doc, DONE, VERIFIED, {"verification_result": "Accepted"})


def _move(doc, status: str, target: str, values: dict) -> None:
	for name in frappe.get_all(DOCTYPE, {"improvement": doc.name, "status": status}, pluck="name", order_by="creation"):
		action = frappe.get_doc(DOCTYPE, name)
		action.flags.ignore_permissions = True  # follows from a step on the improvement, which was allowed
		action.flags.follows_improvement = True
		action.move(target, **values)


def told(action) -> str:
	"""An action for a message: its number."""
	return frappe.bold(escape_html(action.name))


def refuse_empty(action, *fieldnames: str) -> None:
	"""Refuse a step without what it must show: at least one of the fields.

	:raises ImprovementStepError: names them.
	"""
	if not any(str(action.get(field) or "").strip() for field in fieldnames):
		labels = [frappe.bold(_(action.meta.get_label(field))) for field in fieldnames]
		frappe.throw(_("Fill in {0} first.").format(" / ".join(labels)), ImprovementStepError)
