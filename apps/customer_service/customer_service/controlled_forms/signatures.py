"""Who signed a form: taken from what people really did, never typed (J-1).

A signature line of a form says how it is signed: by hand, by whoever made the record, or by whoever brought it to a state.
"""

import frappe
from frappe.utils import escape_html
from markupsafe import Markup

STEPS = ("Created", "State Changed", "Reopened")


def of(doc, version) -> list[frappe._dict]:
	"""The signature lines of a record: label (to translate), person and when, both empty where it is not signed yet."""
	if not version:
		return []
	lines = frappe.get_cached_doc("Controlled Form Version", version.name).signature_lines
	return [frappe._dict(label=line.line_label, **_signature(doc, line)) for line in lines]


def _signature(doc, line) -> dict:
	step = None
	if line.signed_by == "Who Made the Record" and doc.name and not doc.get("__islocal"):
		step = frappe._dict(actor=doc.owner, happened_at=doc.creation)
	elif line.signed_by == "Who Reached a State":
		step = _last_step_to(doc, line.workflow_state)
	if not step:
		return {"person": "", "when": ""}
	person = frappe.get_cached_value("User", step.actor, "full_name") or step.actor
	return {
		"person": Markup(escape_html(person)),
		"when": frappe.utils.get_datetime(step.happened_at).strftime("%Y-%m-%d %H:%M"),
	}


def _last_step_to(doc, state: str) -> frappe._dict | None:
	"""The step by which the record reached a state, if nothing has reopened it since: a new round is signed anew."""
	found = None
	for step in steps_of(doc):
		if step.event == "Reopened":
			found = None
		if step.after_value == state:
			found = step
	return found


def steps_of(doc) -> list[frappe._dict]:
	"""The record's way through its states, in order; read once for each print."""
	if not doc.name or doc.get("__islocal"):
		return []
	known = doc.flags.get("service_steps")
	if not known or known[0] != str(doc.modified):
		steps = frappe.get_all(
			"Service Event",
			filters={"reference_doctype": doc.doctype, "reference_name": doc.name, "event": ("in", STEPS)},
			fields=["event", "after_value", "actor", "happened_at"],
			order_by="happened_at asc, creation asc",
		)
		known = doc.flags.service_steps = (str(doc.modified), steps)
	return known[1]
