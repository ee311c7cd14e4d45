"""Endpoints of complaint handling beyond Frappe's own resource and workflow API."""

import frappe
from frappe import _
from frappe.utils import format_datetime

from customer_service.complaint_handling import bulk, tasks
from customer_service.organisation import guest, processes


@frappe.whitelist(allow_guest=True, methods=["POST"])
def complaint_status(token: str) -> dict:
	"""What the complainant may see of his complaint, by his personal link.

	:param token: from the mail or the answer page.
	:returns: ``{"number", "state", "received_at", "answer"}``, in the request's language; times in the site's time zone.
	:raises LinkInvalidError: HTTP 404 for a wrong, expired or revoked token; frappe.TooManyRequestsError: HTTP 429.
	"""
	guest.limit_posts("complaint_status")
	processes.require("Complaint")
	link = guest.resolve_link(token, "Complaint Status")
	case = frappe.get_doc(link.reference_doctype, link.reference_name)
	return {
		"number": case.name,
		"state": _(case.workflow_state),
		"received_at": format_datetime(case.received_at),
		"answer": case.answer if case.state_category in ("Resolved", "Closed") else None,
	}


@frappe.whitelist(methods=["POST"])
def add_tasks(complaint: str, departments: list | str, task_kind: str, instruction: str) -> list[str]:
	"""Ask several departments at once for the same thing; each gets a task with its own clocks (F-7).

	:param departments: names of departments; one that has a task of this kind under way gets no second one.
	:returns: numbers of the new tasks.
	:raises frappe.PermissionError: without the right to write the complaint; RecordClosedError: if it has ended.
	"""
	doc = frappe.get_doc("Complaint", complaint)
	doc.check_permission("write")
	return tasks.add(doc, frappe.parse_json(departments), task_kind, instruction)


@frappe.whitelist(methods=["POST"])
def import_complaints(rows: list | str, skip_bad_rows: bool | int = False, notify: bool | int = False) -> dict:
	"""Import complaints by the same rules as one that is typed in: checks, number, routing, clocks, audit trail (F-1, F-2, F-5, F-6).

	:param rows: at most 2,000 objects of field values, child rows as lists of objects; the first one is row 1.
	:param skip_bad_rows: store the good rows and name the bad ones; otherwise one bad row refuses all.
	:param notify: send what the site's Notifications send for a new complaint, such as the acknowledgement to the customer. Off by
		default: lists are mostly of cases that the customer knows of long since.
	:returns: ``{"names": [number, …], "errors": [{"row", "message"}, …]}``; the message names the field.
	:raises frappe.PermissionError: without the right to import and to create complaints; ImportRefusedError: for too many rows,
		or bad ones.
	"""
	bulk.check_rights()
	return bulk.import_rows(
		frappe.parse_json(rows), bool(frappe.utils.cint(skip_bad_rows)), bool(frappe.utils.cint(notify))
	)
