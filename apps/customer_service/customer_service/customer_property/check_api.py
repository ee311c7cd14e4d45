"""Endpoints of periodic checks: one is done with one call, from a form, a phone or a calibration system (D-6)."""

import frappe

from customer_service.customer_property import checks
from customer_service.organisation import locking, retry, states


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def close(
	name: str,
	result: str,
	findings: str | None = None,
	event_kind: str | None = None,
	done_on: str | None = None,
	next_due_on: str | None = None,
) -> dict:
	"""Close a check with its result.

	:param result: ``In Order`` or ``Not in Order``, which needs ``findings`` and ``event_kind`` and reports an abnormality.
	:param done_on: ``YYYY-MM-DD``, today if not given. :param next_due_on: by the interval of the plan if not given.
	:returns: ``state``, ``next_due_on``, ``property_event``. :raises PropertyError: says what is wrong; frappe.PermissionError.
	"""
	frappe.get_doc(checks.DOCTYPE, name).check_permission("write")
	doc = locking.load(checks.DOCTYPE, name)
	given = {"findings": findings, "event_kind": event_kind, "done_on": done_on, "next_due_on": next_due_on}
	doc.update({"result": result, **{field: value for field, value in given.items() if value}})
	doc.workflow_state = states.state_for(checks.DOCTYPE, checks.CLOSED)
	doc.save()  # asks the workflow whether this person may
	return {
		"state": doc.workflow_state,
		"next_due_on": str(doc.next_due_on or ""),
		"property_event": doc.property_event,
	}
